//! Passwords stay inside, however much is logged and however wrong the request is.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use finesse_sim::{Config as SimConfig, Sim};
use hyper::Request;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::json;

use crate::support::pki::{Authority, Files};
use crate::support::process::Process;
use crate::support::stage::{gc_toml, simulator};
use crate::support::tenants::{entry, token};

const RIGHT: &str = "right-7Kq,horse";
const WRONG: &str = "wrong-9Zt,battery";

/// A password as it stands, and as it travels: in Basic authentication and in SASL PLAIN.
fn shapes(password: &str) -> Vec<String> {
    let basic = BASE64_STANDARD.encode(format!("1001:{password}"));
    let plain = BASE64_STANDARD.encode(format!("\01001\0{password}"));
    let (first, last) = password.split_once(',').unwrap();
    vec![first.to_owned(), last.to_owned(), basic, plain]
}

#[tokio::test]
async fn no_token_is_in_logs_of_http_2() {
    let (sim, authority) = (simulator(true).await, Authority::new());
    let (files, clients) = (Files::of(&authority), format!("[{}]", entry("crm", 1, "agent")));
    let toml = gc_toml(&sim, &[("client", &clients), ("http.tls", &files.setting())]);
    let process = Process::listening(&toml, "trace").await;
    let stream = authority.shake_hands(process.address, &["h2"]).await;
    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    for number in [1, 1, 9] {
        let bearer = format!("Bearer {}", token(number).expose());
        let ask = Request::builder().uri("https://localhost/gc/events/crm").header("authorization", bearer);
        let answer = sender.send_request(ask.body(String::new()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), if number == 1 { 404 } else { 401 });
    }
    drop(sender);
    connection.await.unwrap().unwrap();
    process.terminate().await;
    let (_, logs) = process.ended().await;
    assert!(logs.contains("h2::") && logs.contains("unknown_token"), "these are not all logs: {logs}");
    let lines: Vec<_> = logs.lines().filter(|line| line.contains("gct_")).collect();
    assert!(lines.is_empty(), "{lines:#?}");
    sim.shutdown().await;
}

#[tokio::test]
async fn no_token_is_in_logs_or_answers() {
    let sim = simulator(true).await;
    let clients = format!("[{}]", entry("crm", 1, "admin"));
    let process = Process::serve(&gc_toml(&sim, &[("client", &clients)]), "trace").await;
    let mut seen = Vec::new();
    for number in [1, 9] {
        for scheme in ["Bearer", "Basic", "token"] {
            let client = process.client().authorized(&format!("{scheme} {}", token(number).expose()));
            seen.push(format!("{:?}", client.send("Hello#crm", "").await));
            for path in ["/gc/events/crm", "/admin", "/nowhere"] {
                seen.push(client.get(path).await.text().await.unwrap());
            }
        }
    }
    process.terminate().await;
    let (_, logs) = process.ended().await;
    assert!(logs.contains("\"TRACE\"") && logs.contains("unknown_token"), "these are not all logs: {logs}");
    seen.push(logs);
    for text in &seen {
        let lines: Vec<_> = text.lines().filter(|line| line.contains("gct_")).collect();
        assert!(lines.is_empty(), "{lines:#?}");
    }
    sim.shutdown().await;
}

#[tokio::test]
async fn no_password_is_in_logs_answers_or_events() {
    gc_server::choose_crypto();
    let mut world = SimConfig::demo().unwrap();
    world.world.password = RIGHT.into();
    let sim = Sim::start(world).await.unwrap();
    let process = Process::serve(&gc_toml(&sim, &[("session.deadline", "'1s'")]), "trace").await;
    let client = process.client();
    let mut events = client.watched("desk").await;
    let mut seen = Vec::new();

    let connect = |password: &str| json!({ "type": "Connect#1001", "body": format!("desk,{password}") });
    let login = |body: String| json!({ "type": "Login#1001", "body": body });
    // Refused, then right; then right and wrong once more on the open stream.
    for (request, until) in [
        (connect(WRONG), "Error SUBSCRIPTION_FAILED"),
        (connect(RIGHT), "ConnectStatus ConnectSuccess"),
        (connect(WRONG), "Error SUBSCRIPTION_FAILED"),
        (login(format!("{WRONG},2001")), "Error Unauthorized"),
        (login(format!("{RIGHT},20x1")), "Error WRONG_EXTENSION"),
        (login(format!("{RIGHT},")), "Error MISSING_EXTENSION"),
        (login(format!("{RIGHT},2001")), "DialogState NOT_FOUND"),
        (
            json!({ "type": "MobileAgentLogin#1001", "body": format!("{RIGHT},2001,5550100,perhaps") }),
            "Error PLEASE_RETRY",
        ),
        (json!({ "type": "MakeReady#1001", "body": RIGHT }), "Error PLEASE_RETRY"),
    ] {
        let answer = client.send_data(request.clone()).await;
        assert_eq!(answer.status, 202, "{request}: {answer:?}");
        seen.push(format!("{answer:?}"));
        seen.extend(
            events.all_until(|event| event.brief() == until).await.iter().map(|event| event.data.to_string()),
        );
    }
    // Requests that are wrong around the password.
    for body in [
        format!("{{\"data\":{{\"type\":\"Connect#1001\",\"body\":\"desk,{RIGHT}\""),
        format!("{{\"data\":{{\"type\":\"Connect#1001\",\"body\":[\"desk,{RIGHT}\"]}}}}"),
        format!("{{\"data\":{{\"type\":\"Konnect#1001\",\"body\":\"desk,{RIGHT}\"}}}}"),
        format!("{{\"data\":{{\"type\":\"Connect#\",\"body\":\"desk,{RIGHT}\"}}}}"),
        format!("desk,{RIGHT}"),
    ] {
        seen.push(format!("{:?}", client.send_raw("application/json", body).await));
    }
    seen.push(format!("{:?}", client.send("Connect#1001", &format!("unknown,{WRONG}")).await));
    seen.push(format!("{:?}", client.send_raw("text/plain", format!("desk,{RIGHT}")).await));

    process.terminate().await;
    let (code, logs) = process.ended().await;
    assert_eq!(code, Some(0));
    assert!(logs.contains("\"TRACE\"") && logs.contains("Connect"), "these are not all logs: {logs}");
    seen.push(logs);
    for secret in [RIGHT, WRONG].into_iter().flat_map(shapes) {
        for text in &seen {
            let lines: Vec<_> = text.lines().filter(|line| line.contains(&secret)).collect();
            assert!(lines.is_empty(), "{secret} stands in {lines:#?}");
        }
    }
    sim.shutdown().await;
}
