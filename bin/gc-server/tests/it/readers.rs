//! Readers of the live stream who do not read: they are cut, and what they missed they get when they come again.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;

use crate::support::client::Client;
use crate::support::encrypted::Encrypted;
use crate::support::http2;
use crate::support::soon;
use crate::support::stage::Stage;
use crate::support::tenants::{entry, token};

/// With its envelope each event is as long as this makes it.
fn long_session() -> String {
    "s".repeat(2000)
}

async fn greets(client: &Client) {
    let hello = json!({ "type": "Hello#desk", "sessionUrl": long_session() });
    client.send_data(hello).await.command_id();
}

#[tokio::test]
async fn a_reader_whose_socket_takes_nothing_is_cut_and_resumes_where_it_was() {
    // Two clients of one destination: one sends, the other may have one stream.
    let entries = [entry("sender", 1, "agent"), entry("reader", 2, "read")];
    let clients =
        format!("[{}]", entries.join(", ")).replace("'sender*'", "'desk'").replace("'reader*'", "'desk'");
    let settings = [
        ("client", clients.as_str()),
        ("http.write_timeout", "'200ms'"),
        ("http.limits.requests_at_once", "1"),
    ];
    let stage = Stage::with(&settings).await;
    let (sender, reader) = (stage.client().bearing(&token(1)), stage.client().bearing(&token(2)));
    greets(&sender).await;

    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut peer = socket.connect(stage.server.address()).await.unwrap();
    let request = format!(
        "GET /gc/events/desk?envelope=true HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\r\n",
        token(2).expose()
    );
    peer.write_all(request.as_bytes()).await.unwrap();
    soon("the stream", peer.readable()).await.unwrap();
    assert_eq!(reader.get("/gc/events/desk").await.status(), 429, "it has its one stream");

    // Its stream is over when it may have another one.
    let cut = async {
        loop {
            for _ in 0..50 {
                sender.accepted("Beat#desk", "").await;
            }
            if reader.get("/gc/events/nobody").await.status() != 429 {
                return;
            }
        }
    };
    soon("the end of the stream", cut).await;
    let mut text = Vec::new();
    let _ = soon("the end of the socket", peer.read_to_end(&mut text)).await;
    let text = String::from_utf8(text).unwrap();
    let whole = text.rsplit_once("\n\n").unwrap().0;
    let last = whole.rsplit_once("\nid: ").unwrap().1.lines().next().unwrap();
    let seen: u64 = last.split_once('.').unwrap().1.parse().unwrap();

    let next = reader.events("desk", Some(last)).await.next().await.unwrap();
    match next.event_type.as_str() {
        // More than is kept for replay.
        "Gap" => {
            assert_eq!((&next.data["from"], &next.data["otherEpoch"]), (&json!(seen + 1), &json!(false)))
        }
        _ => assert_eq!(next.sequence(), seen + 1),
    }
    stage.end().await;
}

#[tokio::test]
async fn a_reader_of_http_2_that_takes_none_of_an_answer_is_cut_although_it_reads_its_socket() {
    // An answer that is short is out of our hands at once; then its connection is one without a request.
    let settings = [("http.write_timeout", "'200ms'"), ("http.header_timeout", "'1s'")];
    let stage = Encrypted::with(&settings).await;
    greets(&stage.client()).await;
    for (path, window) in [("/gc/events/desk?envelope=true", 100), ("/gc/events/desk", 0), ("/nothing", 0)] {
        let stream = stage.authority.shake_hands(stage.server.address(), &["h2"]).await;
        let (mut sender, connection) = http2::open(stream, window).await;
        let connection = tokio::spawn(connection);
        // Of its own in each round: its connection too is closed when it is idle.
        let client = stage.client();
        // Only its headers are taken.
        let answer = soon("an answer", sender.send_request(http2::get(path))).await.unwrap();
        for _ in 0..10 {
            client.accepted("Beat#desk", "").await;
        }
        // Closed in whatever way.
        let _ = soon("the end of the connection", connection).await.unwrap();
        drop((answer, sender));
    }
    stage.end().await;
}

#[tokio::test]
async fn a_reader_who_reads_is_not_cut_however_long_nothing_happens() {
    let stage = Stage::with(&[("http.write_timeout", "'50ms'"), ("http.header_timeout", "'50ms'")]).await;
    let client = stage.client();
    let mut events = client.watched("desk").await;
    // Longer than either.
    assert!(events.next_within(std::time::Duration::from_millis(300)).await.is_none());
    client.accepted("Beat#desk", "").await;
    events.of_type("System").await;
    stage.end().await;
}
