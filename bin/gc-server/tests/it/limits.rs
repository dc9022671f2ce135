//! How much one address, or one client, may ask for.

use reqwest::header::ORIGIN;
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::support::client::Client;
use crate::support::stage::Stage;
use crate::support::tenants::{Tenants, token};
use crate::support::{http_with, soon, until};

/// Says Hello or the like until it is refused for asking too much; how many were not.
async fn until_refused(client: &Client, command: &str) -> usize {
    let mut taken = 0;
    loop {
        let request = client.http.post(format!("{}/gc/command", client.url));
        let answer = request.json(&json!({ "data": { "type": command } })).send().await.unwrap();
        if answer.status() != 429 {
            taken += 1;
            assert!(taken < 2000, "nothing is refused");
            continue;
        }
        let wait: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
        let error: serde_json::Value = answer.json().await.unwrap();
        assert_eq!((&error["type"], &error["errorType"]), (&json!("Error"), &json!("PLEASE_RETRY")));
        return taken;
    }
}

#[tokio::test]
async fn an_address_that_asks_too_much_gets_429_and_may_still_ask_how_the_connector_is() {
    let settings = [("http.limits.requests_per_second", "1"), ("http.limits.requests_burst", "20")];
    let stage = Stage::with(&settings).await;
    let client = stage.client();
    client.hello("desk").await;
    assert!(until_refused(&client, "Beat#desk").await >= 19);
    for path in ["/health/live", "/health/ready"] {
        for _ in 0..20 {
            assert_eq!(client.get(path).await.status(), 200);
        }
    }
    until("room for more", async || client.send("Beat#desk", "").await.status == 202).await;
    stage.end().await;
}

#[tokio::test]
async fn a_page_that_may_use_the_connector_can_read_how_long_to_wait() {
    let origin = "https://desk.example";
    let settings = [
        ("http.origins", &*format!("['{origin}']")),
        ("http.limits.requests_per_second", "1"),
        ("http.limits.requests_burst", "1"),
    ];
    let stage = Stage::with(&settings).await;
    let page = Client {
        http: http_with([(ORIGIN, origin.parse().unwrap())].into_iter().collect()),
        ..stage.client()
    };
    until("a refusal", async || {
        let answer = page.get("/gc/events/nobody").await;
        let headers = answer.headers();
        assert_eq!(headers["access-control-allow-origin"], origin);
        assert_eq!(headers["access-control-expose-headers"], "retry-after");
        answer.status() == 429 && headers.contains_key("retry-after")
    })
    .await;
    stage.end().await;
}

#[tokio::test]
async fn guessing_tokens_is_limited_before_anybody_looks_at_them() {
    let settings = [("http.limits.requests_per_second", "1"), ("http.limits.requests_burst", "20")];
    let tenants = Tenants::with(&settings).await;
    let guessing = tenants.stage.client().bearing(&token(9));
    assert!(until_refused(&guessing, "Beat#acme").await >= 20);
    tenants.stage.end().await;
}

#[tokio::test]
async fn hellos_have_a_limit_of_their_own() {
    let settings = [("http.limits.hellos_per_second", "1"), ("http.limits.hellos_burst", "20")];
    let stage = Stage::with(&settings).await;
    let client = stage.client();
    assert!(until_refused(&client, "Hello#desk").await >= 20);
    for _ in 0..20 {
        client.accepted("Beat#desk", "").await;
    }
    stage.end().await;
}

#[tokio::test]
async fn a_client_has_so_many_requests_at_once_and_takes_none_of_anothers() {
    let tenants = Tenants::with(&[("http.limits.requests_at_once", "2")]).await;
    let (acme, bell) = (&tenants.acme, &tenants.bell);
    acme.hello("acme").await;
    let streams = [acme.events("acme", None).await, acme.events("acme", None).await];
    acme.send("Beat#acme", "").await.is_error(429, "PLEASE_RETRY");
    bell.hello("bell").await;
    drop(streams);
    until("the end of the streams", async || acme.send("Beat#acme", "").await.status == 202).await;
    tenants.stage.end().await;
}

#[tokio::test]
async fn an_address_has_so_many_connections_and_a_further_one_is_closed() {
    let stage = Stage::with(&[("http.limits.connections", "20")]).await;
    let listener = stage.server.address();
    let mut kept = Vec::new();
    let mut refused = false;
    while !refused {
        let mut peer = TcpStream::connect(listener).await.unwrap();
        let ended = tokio::time::timeout(std::time::Duration::from_millis(50), peer.read_u8()).await;
        refused = ended.is_ok();
        kept.push(peer);
        assert!(kept.len() <= 21);
    }
    drop(kept);
    let answers =
        async || match stage.client().http.get(format!("http://{listener}/health/live")).send().await {
            Ok(answer) => answer.status() == 200,
            Err(_) => false,
        };
    until("room for more", answers).await;
    soon("the end", stage.end()).await;
}
