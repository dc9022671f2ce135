//! Who may ask, as the configuration says it.

use gc_access::{Authenticator, Bearer, Presented, Right, Token};
use secrecy::SecretBox;

use super::*;

fn token(number: u8) -> Token {
    Token::new(&SecretBox::new(Box::new([number; 32])))
}

fn hash(number: u8) -> String {
    format!("token_hashes = ['{}']", token(number).hash())
}

fn authenticator(text: &str) -> Result<std::sync::Arc<dyn Authenticator>, String> {
    Config::parse(text).and_then(|config| config.authenticator()).map_err(|error| error.to_string())
}

fn from_anywhere(bearer: Bearer) -> Presented<'static> {
    Presented { peer: [192, 0, 2, 1].into(), bearer, certificate: None }
}

#[test]
fn an_entry_becomes_a_principal_with_what_stands_in_it() {
    let cluster = "[[cluster]]\nname = 'west'\n[[cluster]]\nname = 'east'\n";
    let text = format!(
        "{cluster}[[client]]\nname = 'crm'\n{}\ndestinations = ['crm-*']\ncluster = 'east'\n\
         [[client]]\nname = 'keeper'\nrights = ['admin', 'read']\n{}\ndestinations = ['*']",
        hash(1),
        hash(2)
    );
    let known = authenticator(&text).unwrap();
    let caller = |number| known.authenticate(&from_anywhere(Bearer::Token(token(number).hash()))).unwrap();
    let crm = caller(1);
    assert_eq!(
        (crm.name(), crm.cluster(), crm.may_use("crm-1"), crm.may_use("x")),
        ("crm", Some("east"), true, false)
    );
    assert!(crm.may(Right::Agent) && !crm.may(Right::Supervisor) && !crm.may(Right::Admin));
    let keeper = caller(2);
    assert!(keeper.may(Right::Admin) && keeper.may(Right::Read) && !keeper.may(Right::Agent));
    assert!(known.authenticate(&from_anywhere(Bearer::Absent)).is_err());
}

#[test]
fn an_entry_that_cannot_be_used_is_refused_with_key_value_and_what_to_write() {
    let good = format!("name = 'crm'\ndestinations = ['*']\n{}", hash(1));
    authenticator(&format!("[[client]]\n{good}")).unwrap();
    for (client, says) in [
        (good.replace("crm", ""), "client.0.name: \"\" cannot be used: write a name"),
        (good.replace("crm", "c r m"), "client.0.name: \"c r m\" cannot be used"),
        (good.replace("sha256:", ""), "client.crm.token_hashes: \""),
        (
            format!("{good}\ncertificates = ['CN=crm']"),
            "client.crm.certificates: \"CN=crm\" cannot be used: write sha256:",
        ),
        (
            format!("{good}\naddresses = ['crm.example']"),
            "client.crm.addresses: \"crm.example\" cannot be used: write an address",
        ),
        (
            format!("{good}\naddresses = ['10.0.0.7/24']"),
            "client.crm.addresses: \"10.0.0.7/24\" cannot be used: a range begins",
        ),
        (
            format!("{good}\nrights = ['agent', 'king']"),
            "client.crm.rights: \"king\" is not a right: write one or more of read,",
        ),
        (format!("{good}\nrights = []"), "client.crm.rights: is empty: write one or more of"),
        (
            format!("{good}\ncluster = 'north'"),
            "client.crm.cluster: there is no cluster \"north\": write default",
        ),
        (good.replace("['*']", "[]"), "client.crm.destinations: is empty: write the destinations"),
        (good.replace("'*'", "''"), "client.crm.destinations: \"\" matches nothing"),
        ("name = 'crm'\ndestinations = ['*']".to_owned(), "client.crm.token_hashes: is empty, and so are"),
        (format!("{good}\n[[client]]\n{good}"), "client.1.name: two clients are named crm"),
        (format!("{good}\n[[client]]\n{}", good.replace("crm", "desk")), "client.desk: sha256:"),
    ] {
        let error = authenticator(&format!("[[client]]\n{client}")).unwrap_err();
        assert!(error.starts_with(says), "{client}\n{error}");
    }
    // An administrator has no clients of its own.
    let keeper = good.replace("['*']", "[]");
    authenticator(&format!("[[client]]\n{keeper}\nrights = ['admin']")).unwrap();
}

#[test]
fn a_token_that_stands_where_its_hash_belongs_is_not_repeated() {
    let token = token(1);
    let text =
        format!("[[client]]\nname = 'crm'\ntoken_hashes = ['{}']\ndestinations = ['*']", token.expose());
    let error = authenticator(&text).unwrap_err();
    assert!(error.contains(&format!("write its hash, \"{}\"", token.hash())), "{error}");
    assert!(!error.contains("gct_"), "{error}");
}

#[test]
fn everybody_is_an_administrator_only_where_only_this_machine_can_ask() {
    for (text, admin) in [
        ("", true),
        ("http.open = true", true),
        ("http.listen = '[::1]:0'", true),
        ("http.listen = '0.0.0.0:0'\nhttp.open = true", false),
        ("http.listen = '[::]:0'\nhttp.open = true", false),
    ] {
        let anyone = authenticator(text).unwrap().authenticate(&from_anywhere(Bearer::Unusable)).unwrap();
        assert!(anyone.is_open() && anyone.may(Right::Supervisor), "{text}");
        assert_eq!(anyone.may(Right::Admin), admin, "{text}");
    }
}
