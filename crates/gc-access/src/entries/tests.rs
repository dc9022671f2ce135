//! Who is taken for whom.

use secrecy::SecretBox;

use super::*;
use crate::{Destinations, OpenListener, Right, Token};

fn token(byte: u8) -> Token {
    Token::new(&SecretBox::new(Box::new([byte; 32])))
}

fn entry(name: &str) -> Entry {
    Entry::of(Principal::new(name, Destinations::new(["*"]), [Right::Agent]))
}

fn certificate(der: &[u8], names: &[&str]) -> ClientCertificate {
    ClientCertificate::new(der, names.iter().map(|name| (*name).to_owned()))
}

fn rule(text: &str) -> CertificateRule {
    text.parse().unwrap()
}

fn fingerprint(der: &[u8]) -> CertificateRule {
    certificate(der, &[]).rules().next().unwrap()
}

/// crm has token 1 and 2, certificate A and everything named crm.example; old the network 10.20.0.0/24, and older
/// the one address 10.20.0.7 in it.
fn entries() -> Entries {
    let addresses = |text: &str| vec![text.parse().unwrap()];
    let crm = Entry {
        tokens: vec![token(1).hash(), token(2).hash()],
        certificates: vec![fingerprint(b"A"), rule("dns:crm.example")],
        ..entry("crm")
    };
    let desk = Entry { certificates: vec![rule("dns:desk.example")], ..entry("desk") };
    let old = Entry { addresses: addresses("10.20.0.0/24"), ..entry("old") };
    let older = Entry { addresses: addresses("10.20.0.7"), ..entry("older") };
    Entries::new([crm, desk, old, older]).unwrap()
}

fn from(peer: &str, headers: &[&str], certificate: Option<&ClientCertificate>) -> Result<String, Denied> {
    let bearer = Bearer::from_headers(headers.iter().map(|value| value.as_bytes()));
    let presented = Presented { peer: peer.parse().unwrap(), bearer, certificate };
    entries().authenticate(&presented).map(|principal| principal.name().to_owned())
}

fn is(name: &str) -> Result<String, Denied> {
    Ok(name.to_owned())
}

#[test]
fn each_listed_token_is_its_owner_from_anywhere() {
    for byte in [1, 2] {
        assert_eq!(from("192.0.2.1", &[&format!("Bearer {}", token(byte).expose())], None), is("crm"));
    }
    assert_eq!(from("192.0.2.1", &[&format!("bearer   {}", token(1).expose())], None), is("crm"));
}

#[test]
fn a_token_counts_more_than_the_address_and_the_certificate() {
    let header = format!("Bearer {}", token(1).expose());
    assert_eq!(from("10.20.0.7", &[&header], Some(&certificate(b"B", &["desk.example"]))), is("crm"));
}

#[test]
fn a_wrong_token_is_refused_though_address_and_certificate_are_listed() {
    let good = certificate(b"A", &[]);
    let unknown = format!("Bearer {}", token(9).expose());
    assert_eq!(from("10.20.0.7", &[&unknown], Some(&good)), Err(Denied::UnknownToken));
    let right = token(1);
    for header in
        ["", "Bearer", "Bearer ", "Bearer secret", "Basic MTAwMTpkZW1v", right.expose(), "Bearer gct_\u{e9}"]
    {
        assert_eq!(from("10.20.0.7", &[header], Some(&good)), Err(Denied::UnusableHeader), "{header}");
    }
    let twice = format!("Bearer {}", right.expose());
    assert_eq!(from("10.20.0.7", &[&twice, &twice], None), Err(Denied::UnusableHeader));
    assert_eq!(from("10.20.0.7", &[&format!("{twice} x")], None), Err(Denied::UnusableHeader));
}

#[test]
fn a_certificate_is_found_by_its_fingerprint_or_by_one_of_its_names() {
    let of = |der: &[u8], names: &[&str]| from("192.0.2.1", &[], Some(&certificate(der, names)));
    assert_eq!(of(b"A", &["whatever.example"]), is("crm"));
    assert_eq!(of(b"renewed", &["other.example", "CRM.Example"]), is("crm"));
    assert_eq!(of(b"B", &["www.crm.example"]), Err(Denied::UnknownCertificate));
    // A name of two entries says nothing, unless the certificate itself is listed.
    assert_eq!(of(b"B", &["crm.example", "desk.example"]), Err(Denied::UnknownCertificate));
    assert_eq!(of(b"A", &["desk.example"]), is("crm"));
}

#[test]
fn a_certificate_that_nobody_listed_is_refused_though_the_address_is_listed() {
    assert_eq!(from("10.20.0.7", &[], Some(&certificate(b"B", &[]))), Err(Denied::UnknownCertificate));
}

#[test]
fn an_address_counts_where_nothing_else_is_presented_and_the_narrowest_range_wins() {
    assert_eq!(from("10.20.0.8", &[], None), is("old"));
    assert_eq!(from("::ffff:10.20.0.8", &[], None), is("old"));
    assert_eq!(from("10.20.0.7", &[], None), is("older"));
    assert_eq!(from("10.20.1.8", &[], None), Err(Denied::NoCredentials));
}

#[test]
fn what_could_mean_two_callers_or_none_is_no_configuration() {
    let with = |name: &str| Entry { tokens: vec![token(1).hash()], ..entry(name) };
    let error = |entries: [Entry; 2]| Entries::new(entries).unwrap_err();
    assert_eq!(error([with("a"), entry("b")]), EntryError::NoWayIn("b".to_owned()));
    assert_eq!(error([with("a"), with("a")]), EntryError::SameName("a".to_owned()));
    let (first, second) = ("a".to_owned(), "b".to_owned());
    let value = token(1).hash().to_string();
    assert_eq!(error([with("a"), with("b")]), EntryError::Ambiguous { value, first, second });
    let at = |name: &str| Entry { addresses: vec!["10.0.0.0/8".parse().unwrap()], ..entry(name) };
    assert!(matches!(error([at("a"), at("b")]), EntryError::Ambiguous { .. }));
    let of = |name: &str| Entry { certificates: vec![rule("dns:x.example")], ..entry(name) };
    assert!(matches!(error([of("a"), of("b")]), EntryError::Ambiguous { .. }));
    // Once too often in one entry harms nobody.
    let twice = Entry { tokens: vec![token(1).hash(), token(1).hash()], ..entry("a") };
    assert!(Entries::new([twice]).is_ok());
}

#[test]
fn an_open_listener_identifies_nobody() {
    let listener = OpenListener::new([Right::Agent]);
    let bearer = Bearer::Unusable;
    let caller =
        listener.authenticate(&Presented { peer: [127, 0, 0, 1].into(), bearer, certificate: None }).unwrap();
    assert!(caller.is_open() && caller.may(Right::Agent) && !caller.may(Right::Supervisor));
}
