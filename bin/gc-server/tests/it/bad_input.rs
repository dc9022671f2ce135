//! Whatever a client sends: a clear answer or one outcome, and the connector goes on serving.

use std::collections::{HashMap, HashSet};

use gc_protocol::CommandName;
use gc_protocol::catalogue::examples;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::client::{Answer, Client};
use crate::support::soon;
use crate::support::stage::Stage;

const NASTY: &str = "😀<&>\"'";

/// A command still gets its outcome.
async fn still_serves(client: &Client) {
    client.watched("still-here").await;
}

#[tokio::test]
async fn what_is_no_request_is_refused_with_an_error_that_says_so() {
    let stage = Stage::start().await;
    let client = stage.client();
    let bodies: &[&[u8]] = &[
        b"",
        b"not JSON",
        b"{\"data\":{\"type\":\"Hello#desk\"",
        b"\xff\xfe\x00",
        b"null",
        b"[]",
        b"\"Hello#desk\"",
        b"{}",
        b"{\"data\":[]}",
        b"{\"data\":{}}",
        b"{\"data\":{\"type\":7}}",
        b"{\"data\":{\"type\":\"Hello#desk\",\"body\":{}}}",
        b"{\"data\":{\"type\":\"Hello#desk\",\"callbackFqdn\":[1]}}",
        b"{\"data\":{\"type\":\"\"}}",
        b"{\"data\":{\"type\":\"#1001\"}}",
        b"{\"data\":{\"type\":\"Explode#1001\"}}",
        b"{\"data\":{\"type\":\"MakeReady\"}}",
        b"{\"data\":{\"type\":\"MakeReady#\"}}",
        b"{\"data\":{\"type\":\"MakeReady#  \"}}",
        b"{\"data\":{\"type\":\"MakeReady#10\\u000001\"}}",
    ];
    for body in bodies {
        client.send_raw("application/json", body.to_vec()).await.is_error(400, "PLEASE_RETRY");
    }
    let deep = "[".repeat(60_000);
    client.send_raw("application/json", deep).await.is_error(400, "PLEASE_RETRY");
    let long = json!({ "type": format!("MakeReady#{}", "1".repeat(5000)) });
    client.send_data(long).await.is_error(400, "PLEASE_RETRY");
    still_serves(&client).await;
    stage.end().await;
}

#[tokio::test]
async fn a_request_that_is_too_long_gets_its_answer_however_it_is_sent() {
    let stage = Stage::start().await;
    let client = stage.client();
    let body = json!({ "data": { "type": "Hello#desk", "body": "x".repeat(1 << 20) } }).to_string();
    client.send_raw("application/json", body.clone()).await.is_error(413, "PLEASE_RETRY");
    let (a, b) = body.split_at(1000);
    let pieces = [a.to_owned(), b.to_owned()].map(Ok::<_, std::io::Error>);
    let chunked = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
    client.send_raw("application/json", chunked).await.is_error(413, "PLEASE_RETRY");

    // A peer that says everything before it listens, and has no room to hold what it says.
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_send_buffer_size(4096).unwrap();
    let mut peer = socket.connect(stage.server.address()).await.unwrap();
    let head = format!(
        "POST /gc/command HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    peer.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let mut answer = String::new();
    soon("an answer", peer.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    still_serves(&client).await;
    stage.end().await;
}

#[tokio::test]
async fn the_wrong_type_method_or_path_is_named() {
    let stage = Stage::start().await;
    let client = stage.client();
    let hello = r#"{"data":{"type":"Hello#desk"}}"#;
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""] {
        client.send_raw(content_type, hello).await.is_error(415, "PLEASE_RETRY");
    }
    client.send_raw("Application/JSON; charset=utf-8", hello).await.command_id();
    let (http, url) = (&client.http, &client.url);
    client.ask(http.get(format!("{url}/gc/command"))).await.is_error(405, "GENERAL_ERROR");
    client.ask(http.delete(format!("{url}/gc/events/desk"))).await.is_error(405, "GENERAL_ERROR");
    client.ask(http.post(format!("{url}/health/live"))).await.is_error(405, "GENERAL_ERROR");
    for path in ["/", "/gc", "/gc/commands", "/gc/events/", "/gc/events/a/b", "/../etc/passwd"] {
        client.ask(http.get(format!("{url}{path}"))).await.is_error(404, "GENERAL_ERROR");
    }
    client.ask(http.get(format!("{url}/gc/events/nobody"))).await.is_error(404, "PLEASE_RETRY");
    client.ask(http.get(format!("{url}/gc/events/%ff"))).await.is_error(400, "PLEASE_RETRY");
    client
        .ask(http.get(format!("{url}/gc/events/desk?envelope=perhaps")))
        .await
        .is_error(400, "PLEASE_RETRY");
    client.ask(http.get(format!("{url}/gc/events/%20"))).await.is_error(404, "PLEASE_RETRY");
    for id in ["yesterday", "Gestern\u{e4}"] {
        let resume = http.get(format!("{url}/gc/events/desk")).header("Last-Event-ID", id);
        client.ask(resume).await.is_error(400, "PLEASE_RETRY");
    }
    let resume = http.get(format!("{url}/gc/events/desk?last_event_id=yesterday"));
    client.ask(resume).await.is_error(400, "PLEASE_RETRY");
    let odd = json!({ "type": "Hello#desk", "callbackFqdn": "ftp://crm.example" });
    client.send_data(odd).await.is_error(400, "PLEASE_RETRY");
    still_serves(&client).await;
    stage.end().await;
}

#[tokio::test]
async fn what_is_there_and_empty_is_as_if_it_were_not_there() {
    let stage = Stage::start().await;
    let client = stage.client();
    let queries = ["", "?last_event_id=", "?envelope=", "?envelope=&last_event_id=%20", "?unknown=1"];
    for (number, query) in queries.iter().enumerate() {
        for header in [None, Some(""), Some(" ")] {
            let desk = format!("desk-{number}-{}", header.map_or(9, str::len));
            client.hello(&desk).await;
            let mut events = client.events_at(&format!("/gc/events/{desk}{query}"), header).await;
            assert_eq!(events.next().await.unwrap().brief(), "System IN_SERVICE", "{query} {header:?}");
        }
    }
    // An empty header leaves the word to the query.
    client.hello("desk").await;
    let first = client.events("desk", None).await.next().await.unwrap();
    client.accepted("Beat#desk", "").await;
    let behind = format!("/gc/events/desk?last_event_id={}", first.id);
    let second = client.events_at(&behind, Some("")).await.next().await.unwrap();
    assert_eq!(second.sequence(), first.sequence() + 1);
    let empty = json!({
        "type": "Beat#desk", "body": "", "sessionUrl": "", "callbackFqdn": "", "callbackEndpoint": "", "correlationId": "",
    });
    client.send_data(empty).await.command_id();
    stage.end().await;
}

#[tokio::test]
async fn a_misspelled_command_gets_the_nearest_name() {
    let stage = Stage::start().await;
    let answer = stage.client().send("MakeCal#1001", "2002").await;
    answer.is_error(400, "PLEASE_RETRY");
    assert_eq!(answer.json["errorMessage"], "MakeCal is not a command. Did you mean MakeCall?");
    stage.end().await;
}

#[tokio::test]
async fn a_peer_that_does_not_finish_what_it_began_is_disconnected() {
    let settings = [("http.header_timeout", "'200ms'"), ("http.request_timeout", "'200ms'")];
    let stage = Stage::with(&settings).await;
    let heads: &[&str] = &[
        "",
        "P",
        "PRI * HTTP/2.0\r\n",
        "POST /gc/command HTTP/1.1\r\nhost: localhost\r\nx-half: ",
        "POST /gc/command HTTP/1.1\r\nhost: localhost\r\n",
    ];
    for head in heads {
        let mut peer = TcpStream::connect(stage.server.address()).await.unwrap();
        peer.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        soon("the end of the connection", peer.read_to_end(&mut answer)).await.unwrap();
        assert!(!String::from_utf8_lossy(&answer).contains(" 200 "), "{head:?}");
    }
    // A header without an end is cut by its length, long before its time.
    let mut peer = TcpStream::connect(stage.server.address()).await.unwrap();
    peer.write_all(b"POST /gc/command HTTP/1.1\r\nx-long: ").await.unwrap();
    soon("the end of the connection", async { while peer.write_all(&[b'a'; 4096]).await.is_ok() {} }).await;
    // A body that does not come has its own deadline, and its own answer.
    let mut peer = TcpStream::connect(stage.server.address()).await.unwrap();
    let head = "POST /gc/command HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{";
    peer.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    soon("an answer", peer.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("\"type\":\"Error\""), "{answer}");
    still_serves(&stage.client()).await;
    stage.end().await;
}

async fn still_alive(client: &Client) {
    assert_eq!(client.get("/health/live").await.status(), 200);
}

/// Every command's example, with each argument in turn made nasty.
fn nasty_requests() -> Vec<Value> {
    let mut requests = Vec::new();
    for example in examples() {
        let request: Value = serde_json::from_str(example.request.to_json().expose_secret()).unwrap();
        let body = request["data"]["body"].as_str().unwrap().to_owned();
        let arguments: Vec<&str> = body.split(',').collect();
        for index in 0..arguments.len() {
            let mut arguments = arguments.clone();
            arguments[index] = NASTY;
            // Those that may end the session, or lock the account, have an agent of their own.
            let agent = match example.command.name() {
                CommandName::Connect | CommandName::Login | CommandName::MobileAgentLogin => "1002",
                CommandName::Hello | CommandName::Beat => "desk",
                _ => "1001",
            };
            let command = format!("{}#{agent}", example.command.name());
            requests.push(json!({ "type": command, "body": arguments.join(",") }));
        }
        requests.push(json!({ "type": format!("{}#{NASTY}", example.command.name()), "body": body }));
    }
    requests
}

#[tokio::test]
async fn emoji_and_markup_in_every_argument_of_every_command_have_one_outcome() {
    let stage = Stage::with(&[("session.deadline", "'500ms'")]).await;
    let client = stage.client();
    let mut events = client.watched("desk").await;
    client.signs_in("1002", "desk", &mut events).await;
    client.signs_in("1001", "desk", &mut events).await;
    let events = client.events_at("/gc/events/desk?envelope=true", None).await;

    let mut taken = HashMap::new();
    for request in nasty_requests() {
        let answer = client.send_data(request.clone()).await;
        match answer.status {
            202 => _ = taken.insert(answer.command_id(), request),
            400 | 409 | 429 => assert!(answer.json["type"].is_string(), "{request}: {answer:?}"),
            status => panic!("{request}: {status}"),
        }
    }
    assert!(taken.len() > 60, "{}", taken.len());
    soon("the outcomes", async {
        while stage.server.pending_commands() > 0 {
            still_alive(&client).await
        }
    })
    .await;
    // Each has an event that names it: at the client who owns the agent, or at the one with the nasty name.
    for (destination, mut events) in [
        ("desk", events),
        (NASTY, client.events_at(&format!("/gc/events/{NASTY}?envelope=true"), None).await),
    ] {
        let last = client.accepted(&format!("Beat#{destination}"), "").await;
        let answered = events.all_until(|event| event.data["commandId"] == last.as_str()).await;
        answered
            .iter()
            .filter_map(|event| event.data["commandId"].as_str())
            .for_each(|id| _ = taken.remove(id));
    }
    assert!(taken.is_empty(), "without an outcome: {taken:#?}");
    assert_eq!(stage.server.pending_commands(), 0);
    still_serves(&client).await;
    stage.end().await;
}

#[tokio::test]
async fn more_commands_than_an_agent_may_have_open_are_refused_and_those_taken_end() {
    let stage = Stage::with(&[("session.max_open_commands", "8")]).await;
    let client = stage.client();
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    let slow = json!({ "when": { "method": "GET" }, "times": 1000, "then": { "do": "delay", "ms": 500 } });
    stage.control().fault(slow).await;
    let mut events = client.events_at("/gc/events/desk?envelope=true", None).await;
    let many = (0..100).map(|_| client.send("GetState#1001", ""));
    let answers = futures_util::future::join_all(many).await;
    let (taken, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 202);
    refused.iter().for_each(|answer| answer.is_error(429, "PLEASE_RETRY"));
    assert!((8..100).contains(&taken.len()), "{}", taken.len());
    let mut taken: HashSet<_> = taken.into_iter().map(Answer::command_id).collect();
    while !taken.is_empty() {
        let event = events.next().await.unwrap();
        event.data["commandId"].as_str().into_iter().for_each(|id| _ = taken.remove(id));
    }
    soon("room for more", async { while client.send("GetState#1001", "").await.status != 202 {} }).await;
    stage.end().await;
}
