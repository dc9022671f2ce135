//! Which certificates are taken.

use std::sync::Arc;

use gc_net::{Fingerprint, Trust};
use gc_xmpp::{CloseReason, ConnectError, Endpoint, Event, Lost, connect};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ClientConfig;

use crate::certificates::{Certificates, certificates};
use crate::peer::{Peer, end_of, listen, next, options};

/// Connects to a server with these certificates by this name, and logs in when it is trusted.
async fn connect_with(
    trust: Arc<ClientConfig>,
    server: &Certificates,
    name: &str,
) -> Result<(), ConnectError> {
    let (listener, port) = listen().await;
    let acceptor = TlsAcceptor::from(server.server_config());
    let script = async move {
        let tcp = listener.accept().await.unwrap().0;
        if let Ok(stream) = acceptor.accept(tcp).await {
            let mut peer = Peer::over(stream);
            peer.let_in().await;
        }
    };
    let endpoint = Endpoint::tcp("127.0.0.1", port).with_tls_name(trust, name);
    let mut options = options(endpoint);
    options.allow_plaintext_auth = false;
    let (session, ()) = tokio::join!(connect(options), script);
    session.map(|_| ())
}

fn authority(certificates: &Certificates) -> Arc<ClientConfig> {
    Trust::Authority(certificates.authority_pem.clone()).client_config().unwrap()
}

#[tokio::test]
async fn a_certificate_of_our_authority_is_taken_for_its_own_name_only() {
    let ours = certificates(&["cc1.example"]);
    connect_with(authority(&ours), &ours, "cc1.example").await.unwrap();
    let error = connect_with(authority(&ours), &ours, "cc2.example").await.unwrap_err();
    assert!(matches!(error, ConnectError::Untrusted(_)), "{error}");
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_refused_for_good() {
    let (ours, theirs) = (certificates(&["cc1.example"]), certificates(&["cc1.example"]));
    let error = connect_with(authority(&ours), &theirs, "cc1.example").await.unwrap_err();
    assert!(matches!(error, ConnectError::Untrusted(_)), "{error}");
    let says =
        "the server's certificate is not trusted: no trusted authority has signed the server's certificate";
    assert_eq!(gc_net::causes(&error), says);
    assert!(!error.is_transient());
}

#[tokio::test]
async fn a_private_certificate_is_not_taken_by_the_systems_authorities() {
    let Ok(system) = Trust::System.client_config() else {
        eprintln!("skipped: this system has no certificate authorities");
        return;
    };
    let server = certificates(&["cc1.example"]);
    let error = connect_with(system, &server, "cc1.example").await.unwrap_err();
    assert!(matches!(error, ConnectError::Untrusted(_)), "{error}");
}

#[tokio::test]
async fn a_pinned_certificate_is_taken_by_any_name_and_no_other_is() {
    let (pinned, other) = (certificates(&["cc1.example"]), certificates(&["cc1.example"]));
    let trust = Trust::Pinned(vec![Fingerprint::of(b"another node"), Fingerprint::of(&pinned.der)])
        .client_config()
        .unwrap();
    connect_with(trust.clone(), &pinned, "10.0.0.1").await.unwrap();
    let error = connect_with(trust, &other, "cc1.example").await.unwrap_err();
    assert!(matches!(error, ConnectError::Untrusted(_)), "{error}");
}

#[tokio::test]
async fn a_name_that_is_none_is_refused_before_anything_is_said() {
    let server = certificates(&["cc1.example"]);
    let (_listener, port) = listen().await;
    let endpoint = Endpoint::tcp("127.0.0.1", port).with_tls_name(authority(&server), "not a name");
    let error = connect(options(endpoint)).await.unwrap_err();
    assert!(matches!(error, ConnectError::BadAddress(_)), "{error}");
}

#[tokio::test]
async fn a_tls_server_that_goes_without_a_goodbye_has_closed_the_connection() {
    let server = certificates(&["cc1.example"]);
    let (listener, port) = listen().await;
    let acceptor = TlsAcceptor::from(server.server_config());
    let endpoint = Endpoint::tcp("127.0.0.1", port).with_tls_name(authority(&server), "cc1.example");
    let script = async {
        let mut peer = Peer::over(acceptor.accept(listener.accept().await.unwrap().0).await.unwrap());
        peer.let_in().await;
        peer
    };
    let (session, peer) = tokio::join!(connect(options(endpoint)), script);
    let (_handle, mut events) = session.unwrap();
    drop(peer);
    assert!(matches!(next(&mut events).await, Event::Ready { .. }));
    assert_eq!(end_of(&mut events).await, CloseReason::Lost(Lost::Eof));
}
