//! A callback that misbehaves delays its own client and loses nothing.

use crate::support::client::Client;
use crate::support::receiver::{OK, Receiver, Then};
use crate::support::stage::Stage;

/// Sends Beat so many times, with and after Hello to this callback.
async fn beats(client: &Client, callback: &Receiver, count: usize) {
    client.hello_with_callback("crm", &callback.url).await;
    for _ in 1..count {
        client.accepted("Beat#crm", "").await;
    }
}

#[tokio::test]
async fn everything_a_bad_callback_missed_comes_again_in_order() {
    let bad = [
        Then::Answer("HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n"),
        Then::Answer("HTTP/1.1 302 Elsewhere\r\nlocation: /other\r\ncontent-length: 0\r\n\r\n"),
        Then::Answer("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"),
        Then::Silence,
        Then::Close(""),
        Then::Close("HTTP/1.1 20"),
        Then::Answer("this is not HTTP\r\n\r\n"),
    ];
    let failures = bad.len();
    let stage = Stage::with(&[("callback.attempt_timeout", "'200ms'")]).await;
    let mut receiver = Receiver::scripted(bad, OK).await;
    beats(&stage.client(), &receiver, 5).await;
    let mut sequences = Vec::new();
    let mut paths = Vec::new();
    for _ in 0..failures + 5 {
        let callback = receiver.next().await;
        sequences.push(callback.sequence());
        paths.push(callback.path);
    }
    // The first event until it is taken, then each once; a redirect is not followed.
    assert_eq!(sequences, [vec![1; failures + 1], vec![2, 3, 4, 5]].concat());
    assert!(paths.iter().all(|path| path == "POST /"), "{paths:?}");
    stage.end().await;
}

#[tokio::test]
async fn the_live_stream_shows_all_that_a_dead_callback_does_not_take_and_a_later_one_gets_it() {
    let stage = Stage::with(&[("callback.attempt_timeout", "'200ms'")]).await;
    let client = stage.client();
    let dead = Receiver::scripted([], Then::Silence).await;
    beats(&client, &dead, 4).await;
    let mut events = client.events("crm", None).await;
    for sequence in 1..=4 {
        assert_eq!(events.next().await.unwrap().sequence(), sequence);
    }
    // Somebody else is served meanwhile.
    client.watched("desk").await;

    let mut good = Receiver::good().await;
    client.hello_with_callback("crm", &good.url).await;
    for sequence in 1..=5 {
        assert_eq!(good.next().await.sequence(), sequence);
    }
    stage.end().await;
}

#[tokio::test]
async fn an_answer_that_breaks_off_after_its_head_took_the_event() {
    let stage = Stage::start().await;
    let half = Then::Close("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf");
    let mut receiver = Receiver::scripted([half], OK).await;
    beats(&stage.client(), &receiver, 3).await;
    for sequence in 1..=3 {
        assert_eq!(receiver.next().await.sequence(), sequence);
    }
    stage.end().await;
}

#[tokio::test]
async fn a_callback_that_cannot_be_used_is_refused_at_once() {
    let stage = Stage::start().await;
    let client = stage.client();
    for callback in ["ftp://crm.example.com/", "http://user:pass@crm.example.com/", "http://", "::"] {
        let hello = serde_json::json!({ "type": "Hello#crm", "callbackFqdn": callback });
        client.send_data(hello).await.is_error(400, "PLEASE_RETRY");
    }
    assert_eq!(client.get("/gc/events/crm").await.status(), 404);
    stage.end().await;
}
