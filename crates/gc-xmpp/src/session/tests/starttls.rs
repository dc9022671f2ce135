//! STARTTLS.

use super::*;

const FEATURES_TLS: &str = "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>\
    <mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>";
const PROCEED: &str = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

fn session_with(encryption: Encryption) -> Session {
    let mut session = Session::new(account(), Timing::default(), encryption);
    feed(&mut session, Input::Connected);
    session
}

#[test]
fn tls_comes_before_the_password_and_after_it_everything_begins_anew() {
    for encryption in [Encryption::StartTls, Encryption::StartTlsIfOffered] {
        let mut session = session_with(encryption);
        assert_eq!(
            receive(&mut session, &["OPEN", FEATURES_TLS]),
            [r#"<starttls xmlns="urn:ietf:params:xml:ns:xmpp-tls"/>"#, "Step in 5s"]
        );
        assert_eq!(receive(&mut session, &[PROCEED]), ["start TLS"]);
        assert!(!session.has_sent_password());
        assert_eq!(feed(&mut session, Input::Encrypted), ["open", "Step in 5s"]);
        receive(&mut session, &["OPEN", FEATURES_PLAIN]);
        assert!(session.has_sent_password());
        receive(&mut session, &[SUCCESS, "OPEN", FEATURES_BIND, BOUND, ECHO]);
        assert!(session.is_ready());
    }
}

#[test]
fn without_starttls_the_password_is_sent_only_if_that_is_allowed() {
    let mut strict = session_with(Encryption::StartTls);
    let outputs = receive(&mut strict, &["OPEN", FEATURES_PLAIN]);
    assert_eq!(closed_with(&outputs), "the server does not offer STARTTLS: the password was not sent");
    assert!(!strict.has_sent_password());
    let mut lax = session_with(Encryption::StartTlsIfOffered);
    assert!(receive(&mut lax, &["OPEN", FEATURES_PLAIN])[0].starts_with("<auth"));
}

#[test]
fn no_answer_but_the_agreement_starts_tls() {
    let failure = "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
    for encryption in [Encryption::StartTls, Encryption::StartTlsIfOffered] {
        let mut session = session_with(encryption);
        receive(&mut session, &["OPEN", FEATURES_TLS]);
        assert!(receive(&mut session, &["<proceed xmlns='else'/>", SUCCESS, FEATURES_PLAIN]).is_empty());
        let outputs = receive(&mut session, &[failure]);
        assert_eq!(closed_with(&outputs), "the server cannot start TLS just now");
        assert!(!session.has_sent_password());
    }
}

#[test]
fn a_stream_that_is_encrypted_already_asks_for_no_tls() {
    let mut session = session_with(Encryption::Settled);
    assert!(receive(&mut session, &["OPEN", FEATURES_TLS])[0].starts_with("<auth"));
    let mut session = session_with(Encryption::StartTls);
    receive(&mut session, &["OPEN", FEATURES_TLS]);
    feed(&mut session, Input::Encrypted);
    assert!(receive(&mut session, &["OPEN", FEATURES_TLS])[0].starts_with("<auth"), "once is enough");
}

#[test]
fn the_agreement_has_a_deadline() {
    let mut session = session_with(Encryption::StartTls);
    receive(&mut session, &["OPEN", FEATURES_TLS]);
    let outputs = feed(&mut session, Input::TimerFired(Timer::Step));
    assert_eq!(closed_with(&outputs), "no answer in time to the step: STARTTLS");
}
