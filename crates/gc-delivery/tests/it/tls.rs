//! Callbacks over TLS: who is trusted, and who is asked for a certificate.

use std::{sync::Arc, time::Duration};

use gc_delivery::{Callback, Config, Delivery, Failure, HttpSink, Identity, MemoryJournal, Reason, Trust};
use gc_environment::RealEnvironment;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        RootCertStore, ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer},
        server::{NoClientAuth, WebPkiClientVerifier, danger::ClientCertVerifier},
    },
};
use tokio_util::task::AbortOnDropHandle;

use crate::support::{append, config, crm, delivery, until};

/// A receiver behind a certificate that only it knows: its callback, the certificate, the listener.
async fn receiver() -> (Callback, String, AbortOnDropHandle<()>) {
    receiver_for(Arc::new(NoClientAuth)).await
}

/// The same for senders with this certificate only.
async fn receiver_of(sender: &CertificateDer<'static>) -> (Callback, String, AbortOnDropHandle<()>) {
    let (mut roots, provider) = (RootCertStore::empty(), Arc::new(ring::default_provider()));
    roots.add(sender.clone()).unwrap();
    receiver_for(WebPkiClientVerifier::builder_with_provider(roots.into(), provider).build().unwrap()).await
}

async fn receiver_for(senders: Arc<dyn ClientCertVerifier>) -> (Callback, String, AbortOnDropHandle<()>) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let tls = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(senders)
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

fn identity() -> (CertificateDer<'static>, Identity) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["gc".to_owned()]).unwrap();
    let identity = Identity::from_pem(&cert.pem(), &signing_key.serialize_pem()).unwrap();
    (cert.der().clone(), identity)
}

#[tokio::test]
async fn a_receiver_that_demands_a_certificate_gets_the_configured_one_and_no_other_is_enough() {
    let ((certificate, right), (_, wrong)) = (identity(), identity());
    let (callback, authority, _listening) = receiver_of(&certificate).await;
    let trust = Trust::SystemAnd(authority);
    for (identity, arrives) in [(Some(right), 1), (Some(wrong), 0), (None, 0)] {
        let config = Config { trust: trust.clone(), identity, max_age: Duration::ZERO, ..config() };
        let delivery = delivery(config);
        delivery.register(&crm(), Some(callback.clone()));
        append(&delivery, &crm(), 1).await;
        until(|| delivery.counts(&crm()).unwrap().undelivered == 0).await;
        assert_eq!(delivery.counts(&crm()).unwrap().dead_letters, 1 - arrives);
    }
}

#[tokio::test]
async fn a_new_authority_and_a_new_certificate_count_from_the_next_attempt_on() {
    let (certificate, identity) = identity();
    let (callback, authority, _listening) = receiver_of(&certificate).await;
    let sink = Arc::new(HttpSink::new(&config(), Arc::new(RealEnvironment)).unwrap());
    let journal = Arc::new(MemoryJournal::default());
    let delivery = Delivery::with_sink(config(), journal, sink.clone(), Arc::new(RealEnvironment)).unwrap();
    delivery.register(&crm(), Some(callback));
    append(&delivery, &crm(), 1).await;
    let unusable = Config { trust: Trust::SystemAnd(String::new()), ..config() };
    assert!(sink.reload(&unusable).is_err());
    assert_eq!(delivery.counts(&crm()).unwrap().undelivered, 1);
    let identity = Some(identity);
    sink.reload(&Config { trust: Trust::SystemAnd(authority), identity, ..config() }).unwrap();
    until(|| delivery.counts(&crm()).unwrap().undelivered == 0).await;
    assert_eq!(delivery.counts(&crm()).unwrap().dead_letters, 0);
}
