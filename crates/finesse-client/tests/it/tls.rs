//! Which servers are trusted with a password.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use finesse_client::{Cluster, Fingerprint, Link, Trust};
use finesse_types::{Answer, Failure};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::node::{ask, config, user};

struct Secure {
    url: String,
    port: u16,
    /// How many have trusted its certificate.
    asked: Arc<AtomicUsize>,
    authority: String,
    fingerprint: Fingerprint,
}

/// A server of a private authority, for the name localhost, that knows one user.
async fn start() -> Secure {
    start_with(|_| "<User><loginId>1042</loginId></User>".to_owned()).await
}

/// The same, which answers everything so, by its port.
async fn start_with(answer: impl FnOnce(u16) -> String) -> Secure {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let tls = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (url, body, asked) =
        (format!("https://localhost:{port}"), answer(port), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let Ok(mut socket) = acceptor.accept(socket).await else { continue };
            count.fetch_add(1, Ordering::SeqCst);
            let _ = socket.read(&mut [0; 4096]).await;
            let length = body.len();
            let answer =
                format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
            let _ = socket.write_all(answer.as_bytes()).await;
            let _ = socket.shutdown().await;
        }
    });
    Secure { url, port, asked, authority: authority.pem(), fingerprint: Fingerprint::of(certificate.der()) }
}

async fn requested(url: &str, trust: Trust) -> Result<Answer, Failure> {
    let mut config = config(&[url]);
    config.trust = trust;
    config.allow_plaintext = false;
    ask(&Cluster::new(config).unwrap(), &user()).await
}

#[tokio::test]
async fn a_private_authority_and_a_pinned_certificate_are_trusted() {
    let server = start().await;
    let by_authority = requested(&server.url, Trust::Authority(server.authority.clone())).await;
    assert!(matches!(by_authority, Ok(Answer::User(_))), "{by_authority:?}");
    let by_pin = requested(&server.url, Trust::Pinned(vec![server.fingerprint])).await;
    assert!(matches!(by_pin, Ok(Answer::User(_))), "{by_pin:?}");
}

#[tokio::test]
async fn everybody_else_gets_no_password() {
    let (server, other) = (start().await, start().await);
    let by_name = server.url.replace("localhost", "127.0.0.1");
    for (url, trust, says) in [
        (
            &server.url,
            Trust::Authority(other.authority),
            "no trusted authority has signed the server's certificate",
        ),
        (
            &server.url,
            Trust::Pinned(vec![other.fingerprint]),
            "the server's certificate has none of the pinned fingerprints",
        ),
        (
            &by_name,
            Trust::Authority(server.authority.clone()),
            "the server's certificate is for localhost, not for 127.0.0.1",
        ),
    ] {
        let failure = requested(url, trust).await.unwrap_err();
        let Failure::Unreachable { sent: false, reason } = &failure else { panic!("{failure:?}") };
        assert!(reason.ends_with(says), "{reason}");
    }
}

#[tokio::test]
async fn a_node_that_is_only_named_has_to_be_trusted_like_a_configured_one() {
    let named = start().await;
    let found = |trusts_named: bool| {
        let (port, pin) = (named.port, named.fingerprint);
        async move {
            let first = start_with(|own| {
                format!(
                    "<SystemInfo><status>IN_SERVICE</status><xmppDomain>localhost</xmppDomain>\
                     <primaryNode><host>localhost</host><httpsPort>{own}</httpsPort></primaryNode>\
                     <secondaryNode><host>127.0.0.1</host><httpsPort>{port}</httpsPort></secondaryNode></SystemInfo>"
                )
            })
            .await;
            let mut pins = vec![first.fingerprint];
            pins.extend(trusts_named.then_some(pin));
            let mut config = config(&[&first.url]);
            (config.trust, config.allow_plaintext) = (Trust::Pinned(pins), false);
            let cluster = Cluster::new(config).unwrap();
            loop {
                let node = cluster.measures().nodes.into_iter().nth(1);
                if let Some(reason) = node.and_then(|node| node.reason) {
                    return reason;
                }
                tokio::task::yield_now().await;
            }
        }
    };
    let reason = found(false).await;
    assert!(reason.contains("certificate"), "{reason}");
    assert_eq!(named.asked.load(Ordering::SeqCst), 0, "nothing was sent to it");
    let reason = found(true).await;
    assert!(!reason.contains("certificate"), "{reason}");
    assert!(named.asked.load(Ordering::SeqCst) > 0);
}
