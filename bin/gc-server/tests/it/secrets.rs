//! Passwords and tokens stay inside, however much is logged and however wrong the request is.

#[cfg(target_os = "linux")]
mod memory;
mod run;

use gc_access::Bearer;
use gc_protocol::{Command, CommandName, Request};
use gc_rules::{Credentials, Output};
use gc_server::Config;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use secrecy::{ExposeSecret, SecretString};

use crate::support::pki::{Authority, Files};
use crate::support::process::Process;
use crate::support::stage::{gc_toml, simulator};
use crate::support::tenants::{entry, token};

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
        let ask =
            hyper::Request::builder().uri("https://localhost/gc/events/crm").header("authorization", bearer);
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

#[test]
fn what_holds_a_secret_does_not_print_it() {
    let password = || SecretString::from("hush,2001");
    let credentials = Credentials::new("1001", password());
    let login = Command::parse(CommandName::Login, password().expose_secret()).unwrap();
    let bearer = format!("Bearer {}", token(1).expose());
    let config = "finesse.administrator = { user = 'x', password = 'hush' }";
    let printed = [
        format!("{:?}", Request::new(&login, "1001").unwrap()),
        format!("{:?}", Output::OpenStream(credentials.clone())),
        format!("{:?}", Config::parse(config).unwrap()),
        format!("{credentials:?} {login:?} {:?}", token(1)),
    ];
    let hash = format!("{:?}", Bearer::from_headers([bearer.as_bytes()]));
    assert!(hash.contains("sha256:") && !hash.contains("gct_"), "{hash}");
    for text in printed {
        assert!(text.contains("REDACTED") && !text.contains("hush") && !text.contains("gct_"), "{text}");
    }
}
