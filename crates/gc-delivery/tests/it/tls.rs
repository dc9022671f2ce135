//! Callbacks over TLS: who is trusted.

use std::{sync::Arc, time::Duration};

use gc_delivery::{Callback, Config, Failure, Reason};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer},
};
use tokio_util::task::AbortOnDropHandle;

use crate::support::{append, config, crm, delivery, until};

/// A receiver behind a certificate that only it knows: its callback, the certificate, the listener.
async fn receiver() -> (Callback, String, AbortOnDropHandle<()>) {
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
    let address = listener.local_addr().unwrap().to_string();
    let listening = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                _ = stream.read(&mut [0; 4096]).await;
                _ = stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                    .await;
                _ = stream.shutdown().await;
            }
        }
    });
    // No scheme: https is the default.
    (Callback::from_parts(&address, "/events").unwrap(), cert.pem(), AbortOnDropHandle::new(listening))
}

#[tokio::test]
async fn a_private_authority_is_trusted_when_configured() {
    let (callback, certificate, _listening) = receiver().await;
    let delivery = delivery(Config { trust: gc_delivery::Trust::SystemAnd(certificate), ..config() });
    delivery.register(&crm(), Some(callback));
    append(&delivery, &crm(), 2).await;
    until(|| delivery.counts(&crm()).unwrap().undelivered == 0).await;
    assert_eq!(delivery.counts(&crm()).unwrap().dead_letters, 0);
}

#[tokio::test]
async fn an_unknown_certificate_is_refused() {
    let (callback, _, _listening) = receiver().await;
    let delivery = delivery(Config { max_age: Duration::ZERO, ..config() });
    delivery.register(&crm(), Some(callback));
    append(&delivery, &crm(), 1).await;
    until(|| delivery.counts(&crm()).unwrap().dead_letters == 1).await;
    let letters = delivery.dead_letters(&crm()).await.unwrap();
    let Reason::Expired(Failure::Unreachable(why)) = &letters[0].reason else { panic!("{:?}", letters[0]) };
    assert!(why.contains("certificate"), "{why}");
}
