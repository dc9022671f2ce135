//! STARTTLS over real sockets: what is not encrypted never counts, and never carries the password.

use gc_net::Trust;
use gc_xmpp::{CloseReason, ConnectError, Endpoint, Event, FramingError, Options, connect};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::certificates::{Certificates, certificates};
use crate::peer::{FEATURES_PLAIN, HEADER, Peer, listen, next, options};

const FEATURES_TLS: &str =
    "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>";
const ASKED: &str = "<starttls xmlns=\"urn:ietf:params:xml:ns:xmpp-tls\"/>";
const PROCEED: &str = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

fn starttls(port: u16, trusted: &Certificates, allow_plaintext: bool) -> Options {
    let trust = Trust::Authority(trusted.authority_pem.clone()).client_config().unwrap();
    let endpoint = Endpoint::start_tls("127.0.0.1", port).with_tls_name(trust, "cc1.example");
    Options { allow_plaintext_auth: allow_plaintext, ..options(endpoint) }
}

/// A peer that was asked for TLS.
async fn asked(peer: &mut Peer<TcpStream>) {
    peer.hear("version=\"1.0\">").await;
    peer.say(&format!("{HEADER}{FEATURES_TLS}")).await;
    peer.hear(ASKED).await;
}

#[tokio::test]
async fn the_whole_login_is_encrypted() {
    for allow_plaintext in [false, true] {
        let server = certificates(&["cc1.example"]);
        let (listener, port) = listen().await;
        let acceptor = TlsAcceptor::from(server.server_config());
        let script = async {
            let mut peer = Peer::accept(&listener).await;
            asked(&mut peer).await;
            peer.say(PROCEED).await;
            let mut peer = Peer::over(acceptor.accept(peer.socket).await.unwrap());
            peer.let_in().await;
            peer
        };
        let (session, _peer) = tokio::join!(connect(starttls(port, &server, allow_plaintext)), script);
        let (_handle, mut events) = session.unwrap();
        assert!(matches!(next(&mut events).await, Event::Ready { .. }));
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_gets_no_password() {
    for allow_plaintext in [false, true] {
        let (ours, theirs) = (certificates(&["cc1.example"]), certificates(&["cc1.example"]));
        let (listener, port) = listen().await;
        let acceptor = TlsAcceptor::from(theirs.server_config());
        let script = async {
            let mut peer = Peer::accept(&listener).await;
            asked(&mut peer).await;
            peer.say(PROCEED).await;
            assert!(acceptor.accept(peer.socket).await.is_err());
        };
        let (session, ()) = tokio::join!(connect(starttls(port, &ours, allow_plaintext)), script);
        let error = session.map(|(handle, _)| handle).unwrap_err();
        assert!(matches!(error, ConnectError::Untrusted(_)) && !error.has_sent_password(), "{error}");
    }
}

#[tokio::test]
async fn what_was_said_before_tls_is_not_taken_for_something_said_after_it() {
    let server = certificates(&["cc1.example"]);
    let (listener, port) = listen().await;
    let script = async {
        let mut peer = Peer::accept(&listener).await;
        asked(&mut peer).await;
        peer.say(&format!("{PROCEED}{HEADER}{FEATURES_PLAIN}")).await;
        peer.hear_the_end().await
    };
    let (session, heard) = tokio::join!(connect(starttls(port, &server, true)), script);
    let error = session.map(|(handle, _)| handle).unwrap_err();
    assert!(
        matches!(error, ConnectError::NoLogin(CloseReason::BadStream(FramingError::StrayText))),
        "{error}"
    );
    assert_eq!(heard, "");
}

#[tokio::test]
async fn a_server_that_offers_no_tls_gets_the_password_only_if_that_is_allowed() {
    let server = certificates(&["cc1.example"]);
    let (listener, port) = listen().await;
    let script = async {
        let mut peer = Peer::accept(&listener).await;
        peer.hear("version=\"1.0\">").await;
        peer.say(&format!("{HEADER}{FEATURES_PLAIN}")).await;
        peer.hear_the_end().await
    };
    let (session, heard) = tokio::join!(connect(starttls(port, &server, false)), script);
    let error = session.map(|(handle, _)| handle).unwrap_err();
    assert!(matches!(error, ConnectError::NoLogin(CloseReason::NoStartTls)), "{error}");
    assert!(!heard.contains("<auth"), "{heard}");

    let script = async {
        let mut peer = Peer::accept(&listener).await;
        peer.let_in().await;
        peer
    };
    let (session, _peer) = tokio::join!(connect(starttls(port, &server, true)), script);
    session.unwrap();
}

#[tokio::test]
async fn without_a_trust_there_is_no_tls_and_no_password() {
    let (listener, port) = listen().await;
    let endpoint = Endpoint::start_tls("127.0.0.1", port);
    let options = Options { allow_plaintext_auth: false, ..options(endpoint) };
    let script = async { Peer::accept(&listener).await.hear_the_end().await };
    let (session, heard) = tokio::join!(connect(options), script);
    let error = session.map(|(handle, _)| handle).unwrap_err();
    assert!(matches!(error, ConnectError::NoLogin(CloseReason::PlaintextRefused)), "{error}");
    assert_eq!(heard, "");
}
