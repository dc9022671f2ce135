//! Connections beyond the limit, and health checks nevertheless.

use reqwest::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::client::Client;
use crate::support::encrypted::Encrypted;
use crate::support::events::Events;
use crate::support::stage::Stage;
use crate::support::{http, http2, soon, until};

const LONG: (&str, &str) = ("http.header_timeout", "'1h'");

#[tokio::test]
async fn two_thousand_idle_connections_keep_nobody_out() {
    let stage = Stage::with(&[LONG, ("http.max_connections", "100")]).await;
    let listener = stage.server.address();
    let mut idle = Vec::new();
    for number in 0..2000 {
        let mut peer = TcpStream::connect(listener).await.unwrap();
        // Half of them have begun to say something.
        if number % 2 == 0 {
            let _ = peer.write_all(b"POST /gc/command HTTP/1.1\r\nx-half: ").await;
        }
        idle.push(peer);
    }
    // Each time a new connection.
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(stage.client().get(path).await.status(), 200);
    }
    stage.client().watched("desk").await;
    // The oldest have been closed.
    let mut rest = Vec::new();
    let _ = soon("the end of the oldest", idle[1].read_to_end(&mut rest)).await;
    assert!(rest.is_empty(), "{rest:?}");
    drop(idle);
    stage.end().await;
}

#[tokio::test]
async fn where_all_connections_are_busy_health_checks_are_answered_and_others_get_503() {
    let stage = Stage::with(&[LONG, ("http.max_connections", "3")]).await;
    let client = stage.client();
    client.hello("desk").await;
    let mut streams: Vec<Events> = Vec::new();
    for _ in 0..3 {
        streams.push(Client { http: http(), ..client.clone() }.events("desk", None).await);
    }
    let late = stage.client();
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(late.get(path).await.status(), 200);
    }
    late.send("Beat#desk", "").await.is_error(503, "PLEASE_RETRY");
    let answer = late.get("/gc/events/desk").await;
    assert_eq!(
        (answer.status(), &answer.headers()["retry-after"]),
        (StatusCode::SERVICE_UNAVAILABLE, &"1".parse().unwrap())
    );
    // Requests that do not come whole are not waited for there. The answer to the one before shows that it was begun.
    let health = "GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let begun = "POST /gc/command HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{";
    let mut slow = Vec::new();
    for _ in 0..100 {
        let mut peer = TcpStream::connect(stage.server.address()).await.unwrap();
        peer.write_all(format!("{health}{begun}").as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        soon("an answer", peer.read_exact(&mut answer)).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
        slow.push(peer);
    }
    drop(slow);
    // On the same connection, once there is room.
    streams.pop();
    until("room for more", async || late.send("Beat#desk", "").await.status == 202).await;
    drop(streams);
    stage.end().await;
}

#[tokio::test]
async fn health_checks_can_have_a_listener_of_their_own_that_answers_nothing_else() {
    let settings = [LONG, ("http.health_listen", "'127.0.0.1:0'"), ("http.max_connections", "1")];
    let stage = Stage::with(&settings).await;
    let health = Client::of(stage.server.health_address().unwrap());
    let _idle = TcpStream::connect(stage.server.health_address().unwrap()).await.unwrap();
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(health.get(path).await.status(), 200);
    }
    for path in ["/gc/events/desk", "/admin", "/"] {
        assert_eq!(health.get(path).await.status(), 404);
    }
    let command = health.http.post(format!("{}/gc/command", health.url));
    assert_eq!(
        command.json(&serde_json::json!({ "data": { "type": "Hello#desk" } })).send().await.unwrap().status(),
        404
    );
    stage.control().system("OUT_OF_SERVICE").await;
    until("the news", async || health.get("/health/ready").await.status() == 503).await;
    stage.end().await;
}

#[tokio::test]
async fn an_idle_connection_is_closed_of_either_version_also_after_a_request() {
    let stage = Encrypted::with(&[("http.header_timeout", "'200ms'")]).await;
    let mut stream = stage.authority.shake_hands(stage.server.address(), &["http/1.1"]).await;
    stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    // Without a word of TLS that it ends.
    let _ = soon("the end of the connection", stream.read_to_string(&mut answer)).await;

    let stream = stage.authority.shake_hands(stage.server.address(), &["h2"]).await;
    let (mut sender, connection) = http2::open(stream, 65_535).await;
    let request = http2::get("/health/live");
    let (answer, ended) = tokio::join!(sender.send_request(request), soon("the end", connection));
    assert_eq!(answer.unwrap().status(), 200);
    // In order: a request that crosses the end can be sent again.
    ended.unwrap();
    stage.end().await;
}
