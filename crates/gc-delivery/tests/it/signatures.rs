//! Signed callbacks, verified as a receiver does.

use std::{sync::Arc, time::SystemTime};

use gc_delivery::{
    ClientKey, Config, Delivery, HttpSink, MemoryJournal, NotGenuine, Secrets, Signing, Wrapping,
};
use gc_environment::RealEnvironment;
use http::{HeaderMap, HeaderName};

use crate::{
    receiver::{Answer, Receiver, Request},
    support::{append, config, crm, delivery},
};

const OLD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NEW: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

fn secrets(text: &str) -> Secrets {
    Secrets::parse(&text.into()).unwrap()
}

fn headers(request: &Request) -> HeaderMap {
    let header = |(name, value): (&String, &String)| {
        (HeaderName::try_from(name.as_str()).unwrap(), value.parse().unwrap())
    };
    request.headers.iter().map(header).collect()
}

fn verified(request: &Request, secret: &str) -> Result<(), NotGenuine> {
    secrets(secret).verify(&headers(request), request.body.as_bytes(), SystemTime::now())
}

#[tokio::test]
async fn each_attempt_is_signed_over_the_body_as_it_is_sent() {
    for wrapping in [Wrapping::Bare, Wrapping::Data] {
        let mut receiver = Receiver::scripted([Answer::Status(503)], Answer::Status(200)).await;
        let delivery = delivery(Config { wrapping, signing: Signing::with(secrets(OLD)), ..config() });
        delivery.register(&crm(), Some(receiver.callback()));
        append(&delivery, &crm(), 1).await;
        for _ in 0..2 {
            let mut request = receiver.next().await;
            assert_eq!(verified(&request, OLD), Ok(()), "{wrapping:?}");
            request.body.push(' ');
            assert_eq!(verified(&request, OLD), Err(NotGenuine::Signature), "{wrapping:?}");
        }
    }
}

#[tokio::test]
async fn each_client_has_its_secrets_or_none() {
    let mut receiver = Receiver::good().await;
    let of = |client: &ClientKey| if *client == crm() { secrets(OLD) } else { Secrets::default() };
    let delivery = delivery(Config { signing: Signing::by(of), ..config() });
    for client in [crm(), ClientKey::from("desk")] {
        delivery.register(&client, Some(receiver.callback()));
        append(&delivery, &client, 1).await;
        let request = receiver.next().await;
        assert_eq!(request.headers.contains_key("webhook-signature"), client == crm());
        assert_eq!(verified(&request, OLD).is_ok(), client == crm());
    }
}

#[tokio::test]
async fn a_secret_is_replaced_without_a_moment_in_which_a_receiver_refuses() {
    let mut receiver = Receiver::good().await;
    let config = Config { signing: Signing::with(secrets(OLD)), ..config() };
    let sink = Arc::new(HttpSink::new(&config, Arc::new(RealEnvironment)).unwrap());
    let journal = Arc::new(MemoryJournal::default());
    let delivery =
        Delivery::with_sink(config.clone(), journal, sink.clone(), Arc::new(RealEnvironment)).unwrap();
    delivery.register(&crm(), Some(receiver.callback()));
    for (signing, good) in [(OLD, vec![OLD]), (&format!("{NEW} {OLD}"), vec![OLD, NEW]), (NEW, vec![NEW])] {
        sink.reload(&Config { signing: Signing::with(secrets(signing)), ..config.clone() }).unwrap();
        append(&delivery, &crm(), 1).await;
        let request = receiver.next().await;
        for secret in [OLD, NEW] {
            assert_eq!(verified(&request, secret).is_ok(), good.contains(&secret), "{signing}: {secret}");
        }
    }
    assert_eq!(receiver.connections(), 1, "new secrets need no new connection");
}
