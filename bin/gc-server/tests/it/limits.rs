//! How much one address, or one client, may ask for.

use reqwest::header::ORIGIN;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::client::Client;
use crate::support::process::Process;
use crate::support::stage::{Stage, gc_toml, simulator};
use crate::support::tenants::{Tenants, entry, token};
use crate::support::{http_with, soon, until};

/// Says Hello or the like until it is refused for asking too much; how many were not.
async fn until_refused(client: &Client, command: &str) -> usize {
    let mut taken = 0;
    loop {
        let request = client.http.post(format!("{}/gc/command", client.url));
        let answer = request.json(&json!({ "data": { "type": command } })).send().await.unwrap();
        if answer.status() != 429 {
            taken += 1;
            assert!(taken < 200, "nothing is refused");
            continue;
        }
        let wait: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
        let error: Value = answer.json().await.unwrap();
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
    // Only that: what is not there is limited like everything else.
    until("a refusal", async || client.get("/health/elsewhere").await.status() == 429).await;
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
async fn hellos_and_connects_have_limits_of_their_own() {
    for (kind, command) in [("hellos", "Hello#desk"), ("connects", "Connect#1001")] {
        let (rate, burst) = (format!("http.limits.{kind}_per_second"), format!("http.limits.{kind}_burst"));
        let stage = Stage::with(&[(&rate, "1"), (&burst, "20")]).await;
        let client = stage.client();
        assert!(until_refused(&client, command).await >= 20);
        for _ in 0..20 {
            assert_ne!(client.send("Beat#desk", "").await.status, 429);
        }
        stage.end().await;
    }
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

/// A connection that stays open, and what is answered on it.
struct Connection(TcpStream);

impl Connection {
    async fn open(stage: &Stage) -> Self {
        Self(TcpStream::connect(stage.server.address()).await.unwrap())
    }

    /// The head of the answer to a request with the token of this number.
    async fn asks(&mut self, number: u8) -> String {
        let token = token(number);
        let head = format!(
            "GET /gc/events/x HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\r\n",
            token.expose()
        );
        self.0.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"}") {
            assert!(soon("an answer", self.0.read_buf(&mut answer)).await.unwrap() > 0, "{answer:?}");
        }
        String::from_utf8(answer).unwrap()
    }
}

#[tokio::test]
async fn a_client_has_so_many_connections_and_each_counts_for_whoever_used_it_last() {
    const TAKEN: &str = "HTTP/1.1 404";
    let Tenants { stage, .. } = Tenants::with(&[("http.limits.client_connections", "2")]).await;
    let [mut one, mut two, mut three] =
        [Connection::open(&stage).await, Connection::open(&stage).await, Connection::open(&stage).await];
    for _ in 0..3 {
        assert!(one.asks(1).await.starts_with(TAKEN));
        assert!(two.asks(1).await.starts_with(TAKEN));
    }
    let refused = three.asks(1).await;
    assert!(refused.starts_with("HTTP/1.1 429") && refused.contains("retry-after: 1\r\n"), "{refused}");
    assert!(refused.contains("connection: close\r\n") && refused.contains("PLEASE_RETRY"), "{refused}");
    let mut rest = Vec::new();
    assert_eq!(soon("its end", three.0.read_to_end(&mut rest)).await.unwrap(), 0);
    // A proxy uses it for bell now, so acme may have another one.
    assert!(two.asks(2).await.starts_with(TAKEN));
    assert!(Connection::open(&stage).await.asks(1).await.starts_with(TAKEN));
    stage.end().await;
}

#[tokio::test]
async fn what_limits_refuse_is_in_the_log_once_a_minute() {
    let sim = simulator(true).await;
    let clients = format!("[{}]", entry("crm", 1, "agent"));
    let settings = [
        ("client", &*clients),
        ("http.limits.connects_per_second", "1"),
        ("http.limits.connects_burst", "2"),
        ("http.max_clients", "1"),
    ];
    let process = Process::serve(&gc_toml(&sim, &settings), "info").await;
    let crm = process.client().bearing(&token(1));
    assert!(until_refused(&crm, "Connect#1001").await >= 2);
    crm.hello("crm").await;
    crm.send("Hello#crm-2", "").await.is_error(429, "PLEASE_RETRY");
    process.terminate().await;
    let (_, logs) = process.ended().await;
    let lines: Vec<Value> = logs.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of_limits = lines.iter().filter(|line| line["fields"]["limit"].is_string());
    let briefs: Vec<_> = of_limits
        .map(|line| {
            let fields = &line["fields"];
            (
                line["level"].as_str(),
                fields["limit"].as_str(),
                fields["address"].as_str(),
                fields["refused"].as_u64(),
            )
        })
        .collect();
    let (warn, first) = (Some("WARN"), Some(1));
    assert_eq!(
        briefs,
        [
            (warn, Some("http.limits.connects_per_second"), Some("127.0.0.1"), first),
            (warn, Some("http.max_clients"), None, first),
        ],
        "{logs}"
    );
    sim.shutdown().await;
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
