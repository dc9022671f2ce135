//! Refusals that are clear before the request has been sent: the client sees them nevertheless.

use axum::body::Body;
use futures_util::stream;
use hyper::Request;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::sync::mpsc;

use crate::support::encrypted::Encrypted;
use crate::support::tenants::{Tenants, entry};
use crate::support::{http2, soon};

/// More than the sockets hold, and little enough to be read in time by a machine that does much else.
const LENGTH: usize = 1 << 19;

#[tokio::test]
async fn a_client_that_sends_everything_before_it_reads_sees_its_401() {
    let tenants = Tenants::start().await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_send_buffer_size(4096).unwrap();
    let mut peer = socket.connect(tenants.stage.server.address()).await.unwrap();
    let head = format!("POST /gc/command HTTP/1.1\r\nhost: localhost\r\ncontent-length: {LENGTH}\r\n\r\n");
    peer.write_all(head.as_bytes()).await.unwrap();
    peer.write_all(&vec![b' '; LENGTH]).await.unwrap();
    // The connection can be used on.
    peer.write_all(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answers = String::new();
    soon("the answers", peer.read_to_string(&mut answers)).await.unwrap();
    assert!(answers.starts_with("HTTP/1.1 401 ") && answers.contains("HTTP/1.1 200 "), "{answers}");
    tenants.stage.end().await;
}

#[tokio::test]
async fn over_http_2_a_refusal_comes_after_the_last_byte_of_the_request() {
    let clients = format!("[{}]", entry("acme", 1, "agent"));
    let stage = Encrypted::with(&[("client", &clients)]).await;
    let stream = stage.authority.shake_hands(stage.server.address(), &["h2"]).await;
    let (mut sender, connection) = http2::open(stream, 65_535).await;
    let connection = tokio::spawn(connection);
    let (chunks, mut taken) = mpsc::channel::<Result<Vec<u8>, std::convert::Infallible>>(1);
    let body = Body::from_stream(stream::poll_fn(move |context| taken.poll_recv(context)));
    let request = Request::post("https://localhost/gc/command").body(body).unwrap();
    let sends = async {
        for _ in 0..LENGTH >> 14 {
            // Nobody takes more of a request that was reset.
            chunks.send(Ok(vec![b' '; 1 << 14])).await.unwrap();
        }
        drop(chunks);
    };
    let (answer, ()) = soon("an answer", async { tokio::join!(sender.send_request(request), sends) }).await;
    assert_eq!(answer.unwrap().status(), 401);
    drop(sender);
    connection.await.unwrap().unwrap();
    stage.end().await;
}

#[tokio::test]
async fn whoever_asks_before_it_sends_is_refused_before_it_sends() {
    let tenants = Tenants::start().await;
    let mut peer = tokio::net::TcpStream::connect(tenants.stage.server.address()).await.unwrap();
    let head =
        "POST /gc/command HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: 100\r\n\r\n";
    peer.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    soon("an answer", peer.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    tenants.stage.end().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for_long() {
    let tenants = Tenants::with(&[("http.request_timeout", "'200ms'")]).await;
    let mut peer = tokio::net::TcpStream::connect(tenants.stage.server.address()).await.unwrap();
    peer.write_all(b"POST /gc/command HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{")
        .await
        .unwrap();
    let mut answer = String::new();
    soon("an answer", peer.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    tenants.stage.end().await;
}
