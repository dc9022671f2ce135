//! Trust in servers.

use std::sync::Arc;

use gc_directory::Sources;
use gc_rules::{Found, LookupError, Query};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::support::{ask, sources};

/// A source of statistics with a self-signed certificate: its URL, the certificate and its fingerprint.
async fn server() -> (String, String, gc_net::Fingerprint) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let tls = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                _ = stream.read(&mut [0; 4096]).await;
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n[]";
                _ = stream.write_all(answer).await;
                _ = stream.shutdown().await;
            }
        }
    });
    (url, cert.pem(), gc_net::Fingerprint::of(cert.der()))
}

fn trusting(url: &str, http: &str) -> Sources {
    sources(&format!("[ccx]\nurl = {url:?}\nhttp = {{ {http} }}"))
}

#[tokio::test]
async fn a_configured_authority_and_a_pin_are_trusted() {
    let (url, pem, pin) = server().await;
    for http in [format!("ca_pem = {pem:?}"), format!("pinned_sha256 = \"{pin}\"")] {
        let found = ask(&trusting(&url, &http), Query::QueueStatistics).await;
        assert_eq!(found, Ok(Found::QueueStatistics(Vec::new())), "{http}");
    }
}

#[tokio::test]
async fn other_certificates_are_not_trusted() {
    let (url, ..) = server().await;
    let (_, other_pem, other_pin) = server().await;
    for http in [format!("ca_pem = {other_pem:?}"), format!("pinned_sha256 = \"{other_pin}\"")] {
        let error = ask(&trusting(&url, &http), Query::QueueStatistics).await.unwrap_err();
        let LookupError::Unreachable { reason, .. } = error else { panic!("{error:?}") };
        assert!(reason.contains("certificate"), "{reason}");
    }
}
