//! Requests that two programs could read differently, byte for byte: the table of docs/security.md.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::encrypted::Encrypted;
use crate::support::stage::Stage;
use crate::support::{http2, soon};

const LINE: &str = "POST /gc/command HTTP/1.1\r\n";
const HOST: &str = "Host: localhost\r\n";
const JSON: &str = "Content-Type: application/json\r\n";
const LENGTH: &str = "Content-Length: 30\r\n";
const CHUNKED: &str = "Transfer-Encoding: chunked\r\n";
const CLOSE: &str = "Connection: close\r\n";
const END: &str = "\r\n";
const BODY: &str = r#"{"data":{"type":"Hello#desk"}}"#;
const CHUNKS: &str = "1e\r\n{\"data\":{\"type\":\"Hello#desk\"}}\r\n0\r\n\r\n";
/// What must not be read as a second request.
const NEXT: &str = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// What the listener answers until it closes the connection.
async fn answers(stage: &Stage, request: &[u8]) -> String {
    let mut peer = TcpStream::connect(stage.server.address()).await.unwrap();
    peer.write_all(request).await.unwrap();
    let mut answers = Vec::new();
    // A reset is as good an end as another.
    let _ = soon("the end of the connection", peer.read_to_end(&mut answers)).await;
    String::from_utf8(answers).unwrap()
}

async fn each_gets(status: &str, requests: &[(&str, &[&str])]) {
    let stage = Stage::start().await;
    for (name, parts) in requests {
        let request: Vec<u8> = parts.concat().chars().map(|char| u8::try_from(char).unwrap()).collect();
        let answers = answers(&stage, &request).await;
        assert!(answers.starts_with(&format!("HTTP/1.1 {status} ")), "{name}: {answers}");
        assert_eq!(answers.matches("HTTP/1.").count(), 1, "{name}: {answers}");
    }
    assert_eq!(stage.client().get("/health/live").await.status(), 200);
    stage.end().await;
}

#[tokio::test]
async fn a_body_whose_length_is_not_certain_is_refused_and_nothing_behind_it_is_read() {
    let of = |value: &str| format!("Transfer-Encoding: {value}\r\n");
    let [list, gzip, last, other] = ["chunked, chunked", "gzip, chunked", "gzip", "xchunked"].map(of);
    let [plus, minus, empty, twice] =
        ["+30", "-1", "", "30, 30"].map(|value| format!("Content-Length: {value}\r\n"));
    each_gets(
        "400",
        &[
            ("Transfer-Encoding twice", &[LINE, HOST, JSON, CHUNKED, CHUNKED, END, CHUNKS, NEXT]),
            ("a coding twice", &[LINE, HOST, JSON, &list, END, CHUNKS, NEXT]),
            ("another coding first", &[LINE, HOST, JSON, &gzip, END, CHUNKS, NEXT]),
            ("another coding last", &[LINE, HOST, JSON, &last, END, CHUNKS, NEXT]),
            ("an unknown coding", &[LINE, HOST, JSON, &other, END, CHUNKS, NEXT]),
            ("two lengths", &[LINE, HOST, JSON, LENGTH, "Content-Length: 3\r\n", END, BODY, NEXT]),
            ("a list of lengths", &[LINE, HOST, JSON, &twice, END, BODY, NEXT]),
            ("a length with a sign", &[LINE, HOST, JSON, &plus, END, BODY, NEXT]),
            ("a length below zero", &[LINE, HOST, JSON, &minus, END, BODY, NEXT]),
            ("a length of nothing", &[LINE, HOST, JSON, &empty, END, BODY, NEXT]),
            (
                "a chunk that ends in LF",
                &[LINE, HOST, JSON, CHUNKED, END, "1e\n", BODY, "\r\n0\r\n\r\n", NEXT],
            ),
            ("a chunk beyond all lengths", &[LINE, HOST, JSON, CHUNKED, END, "fffffffffffffffff\r\n", NEXT]),
        ],
    )
    .await;
}

#[tokio::test]
async fn chunks_are_for_http_1_1() {
    let line = "POST /gc/command HTTP/1.0\r\n";
    each_gets("400", &[("HTTP/1.0", &[line, HOST, JSON, CHUNKED, END, CHUNKS, NEXT])]).await;
}

#[tokio::test]
async fn of_length_and_chunks_the_chunks_count_and_nothing_behind_them_is_read() {
    each_gets(
        "202",
        &[
            ("the length first", &[LINE, HOST, JSON, LENGTH, CHUNKED, END, CHUNKS, NEXT]),
            ("the chunks first", &[LINE, HOST, JSON, CHUNKED, "Content-Length: 3\r\n", END, CHUNKS, NEXT]),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_head_that_is_not_well_formed_is_refused() {
    each_gets(
        "400",
        &[
            ("two Hosts", &[LINE, HOST, HOST, JSON, LENGTH, END, BODY, NEXT]),
            ("a folded header", &[LINE, HOST, JSON, "X-Long: a\r\n b\r\n", LENGTH, END, BODY, NEXT]),
            ("NUL in a value", &[LINE, HOST, JSON, "X-Odd: a\0b\r\n", LENGTH, END, BODY, NEXT]),
            ("NUL in a name", &[LINE, HOST, JSON, "X-\0dd: a\r\n", LENGTH, END, BODY, NEXT]),
            ("NUL in the path", &["POST /gc/\0 HTTP/1.1\r\n", HOST, JSON, LENGTH, END, BODY, NEXT]),
            ("CR in a value", &[LINE, HOST, JSON, "X-Odd: a\rb\r\n", LENGTH, END, BODY, NEXT]),
            ("a space before the colon", &[LINE, HOST, JSON, "Content-Length : 30\r\n", END, BODY, NEXT]),
            ("no colon", &[LINE, HOST, JSON, "X-Odd\r\n", LENGTH, END, BODY, NEXT]),
            ("no name", &[LINE, HOST, JSON, ": a\r\n", LENGTH, END, BODY, NEXT]),
            ("no version", &["GET /health/live\r\n", END, NEXT]),
            ("another version", &["POST /gc/command HTTP/3.0\r\n", HOST, JSON, LENGTH, END, BODY, NEXT]),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_head_that_is_too_long_gets_431() {
    let long = format!("X-Long: {}\r\n", "a".repeat(16 * 1024));
    let many: String = (0..100).map(|number| format!("X-{number}: a\r\n")).collect();
    each_gets(
        "431",
        &[
            ("a long header", &[LINE, HOST, JSON, &long, LENGTH, END, BODY, NEXT]),
            ("many headers", &[LINE, HOST, JSON, &many, LENGTH, END, BODY, NEXT]),
            ("a long header without an end", &[LINE, HOST, JSON, long.trim_end()]),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_head_that_is_too_long_gets_431_over_http_2_as_well() {
    let stage = Encrypted::with(&[]).await;
    let stream = stage.authority.shake_hands(stage.server.address(), &["h2"]).await;
    let (mut sender, connection) = http2::open(stream, 65_535).await;
    let connection = tokio::spawn(connection);
    let mut request = http2::get("/health/live");
    request.headers_mut().insert("x-long", "a".repeat(16 * 1024).parse().unwrap());
    let answer = soon("an answer", sender.send_request(request)).await.unwrap();
    assert_eq!(answer.status(), 431);
    drop((answer, sender));
    soon("the end", connection).await.unwrap().unwrap();
    stage.end().await;
}

#[tokio::test]
async fn what_is_odd_and_means_one_thing_is_taken() {
    let odd = |char: char| format!("X-Odd: {char}\r\n");
    let (latin, tab) = (odd('\u{e4}'), odd('\t'));
    let old = "POST /gc/command HTTP/1.1\n".to_owned();
    let lf = [&old, HOST, JSON, LENGTH, CLOSE, END].concat().replace("\r\n", "\n");
    let long = format!("Cookie: {}\r\n", "a".repeat(15 * 1024));
    each_gets(
        "202",
        &[
            ("lines that end in LF", &[&lf, BODY]),
            ("one length twice", &[LINE, HOST, JSON, LENGTH, LENGTH, CLOSE, END, BODY]),
            ("no Host", &[LINE, JSON, LENGTH, CLOSE, END, BODY]),
            ("lines before the first", &["\r\n\r\n", LINE, HOST, JSON, LENGTH, CLOSE, END, BODY]),
            (
                "an extension of a chunk",
                &[LINE, HOST, JSON, CHUNKED, CLOSE, END, &CHUNKS.replacen("\r", ";a=b\r", 1)],
            ),
            ("chunks in capitals", &[LINE, HOST, JSON, &CHUNKED.to_uppercase(), CLOSE, END, CHUNKS]),
            ("a byte of Latin-1", &[LINE, HOST, JSON, &latin, LENGTH, CLOSE, END, BODY]),
            ("a tab", &[LINE, HOST, JSON, &tab, LENGTH, CLOSE, END, BODY]),
            ("a long cookie", &[LINE, HOST, JSON, &long, LENGTH, CLOSE, END, BODY]),
            (
                "an absolute address",
                &["POST http://localhost/gc/command HTTP/1.1\r\n", HOST, JSON, LENGTH, CLOSE, END, BODY],
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn old_clients_without_host_and_of_http_1_0_are_served() {
    let stage = Stage::start().await;
    let request = ["POST /gc/command HTTP/1.0\r\n", JSON, LENGTH, END, BODY].concat();
    let answer = answers(&stage, request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.0 202 "), "{answer}");
    stage.end().await;
}

#[tokio::test]
async fn a_member_that_is_there_twice_is_refused() {
    let stage = Stage::start().await;
    let client = stage.client();
    for body in [
        r#"{"data":{"type":"Hello#desk","type":"Hello#other"}}"#,
        r#"{"data":{"type":"Hello#desk"},"data":{"type":"Hello#other"}}"#,
    ] {
        client.send_raw("application/json", body).await.is_error(400, "PLEASE_RETRY");
    }
    assert_eq!(client.get("/gc/events/other").await.status(), 404);
    stage.end().await;
}
