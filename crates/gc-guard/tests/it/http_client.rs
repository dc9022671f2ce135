//! The guard as the resolver of an HTTP client. Nothing but loopback is ever dialled.

use std::collections::HashMap;
use std::future::ready;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use gc_guard::{Class, Entry, Forbidden, Guard};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

tokio::task_local! {
    /// The port of the request that is being made: the resolver's interface does not pass it on.
    static PORT: u16;
}

/// Resolves from a table, and asks the guard. A real one asks the system in place of the table.
struct Guarded {
    guard: Guard,
    table: HashMap<&'static str, Vec<SocketAddr>>,
    asked: Mutex<Vec<(String, Option<u16>)>>,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let port = PORT.try_with(|port| *port).ok();
        self.asked.lock().unwrap().push((name.as_str().to_owned(), port));
        let found = self.table.get(name.as_str()).cloned().unwrap_or_default();
        let found = found.into_iter().map(|address| SocketAddr::new(address.ip(), port.unwrap_or_default()));
        let checked = self.guard.check_resolved(name.as_str(), found);
        Box::pin(ready(match checked {
            Ok(addresses) => Ok(Box::new(addresses.into_iter()) as Addrs),
            Err(forbidden) => Err(forbidden.into()),
        }))
    }
}

struct Stage {
    resolver: Arc<Guarded>,
    client: reqwest::Client,
    port: u16,
    accepted: Arc<Mutex<usize>>,
}

impl Stage {
    async fn new(allowed: &[&str], table: &[(&'static str, &[&str])]) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let addresses =
            |texts: &[&str]| texts.iter().map(|text| format!("{text}:0").parse().unwrap()).collect();
        let resolver = Arc::new(Guarded {
            guard: Guard::new(allowed.iter().map(|entry| entry.parse::<Entry>().unwrap())),
            table: table.iter().map(|(name, texts)| (*name, addresses(texts))).collect(),
            asked: Mutex::default(),
        });
        let client =
            reqwest::Client::builder().no_proxy().dns_resolver(Arc::clone(&resolver)).build().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let accepted = Arc::new(Mutex::new(0));
        tokio::spawn(answer_all(listener, Arc::clone(&accepted)));
        Self { resolver, client, port, accepted }
    }

    async fn get(&self, host: &str) -> Result<u16, reqwest::Error> {
        let request = self.client.get(format!("http://{host}:{}/e", self.port)).send();
        PORT.scope(self.port, request).await.map(|response| response.status().as_u16())
    }

    /// Why a request failed, after making sure that nothing was dialled.
    async fn refused(&self, host: &str) -> Forbidden {
        let error = self.get(host).await.unwrap_err();
        assert_eq!(*self.accepted.lock().unwrap(), 0, "nobody was called");
        Forbidden::in_causes_of(&error).unwrap_or_else(|| panic!("{error:?}"))
    }
}

async fn answer_all(listener: TcpListener, accepted: Arc<Mutex<usize>>) {
    while let Ok((mut socket, _)) = listener.accept().await {
        *accepted.lock().unwrap() += 1;
        tokio::spawn(async move {
            let mut request = [0; 1024];
            if socket.read(&mut request).await.is_ok() {
                let _ = socket.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").await;
            }
        });
    }
}

#[tokio::test]
async fn what_the_guard_lets_pass_is_dialled_without_another_resolve() {
    let stage = Stage::new(&["good.test"], &[("good.test", &["127.0.0.1"])]).await;
    assert_eq!(stage.get("good.test").await.unwrap(), 204);
    assert_eq!(*stage.resolver.asked.lock().unwrap(), [("good.test".to_owned(), Some(stage.port))]);
}

#[tokio::test]
async fn a_name_that_resolves_to_a_forbidden_address_fails_with_the_reason() {
    let stage = Stage::new(&[], &[("rebound.test", &["127.0.0.1"])]).await;
    assert_eq!(stage.refused("rebound.test").await, Forbidden::Address(Class::Loopback));
}

#[tokio::test]
async fn one_forbidden_address_among_others_stops_the_call() {
    let stage = Stage::new(&["127.0.0.1"], &[("mixed.test", &["127.0.0.1", "127.0.0.2"])]).await;
    assert_eq!(stage.refused("mixed.test").await, Forbidden::Address(Class::Loopback));
}

/// Why literals have to be checked before.
#[tokio::test]
async fn a_literal_address_is_not_resolved() {
    let stage = Stage::new(&[], &[]).await;
    assert_eq!(stage.get("127.0.0.1").await.unwrap(), 204);
    assert!(stage.resolver.asked.lock().unwrap().is_empty());
}
