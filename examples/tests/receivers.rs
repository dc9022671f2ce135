//! The receivers are run, and real callbacks are posted to them.
//!
//! `INTEROP_PYTHON` is a Python with standardwebhooks (default `python3`). With `INTEROP_REQUIRED=1` a missing one is a
//! failure.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use gc_delivery::{
    Callback, ClientKey, Config, Delivery, HttpSink, MemoryJournal, Message, Secrets, Signing,
};
use gc_environment::{Environment, RealEnvironment};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// Interpreters start slowly on a busy machine.
const DEADLINE: Duration = Duration::from_secs(60);

struct Running {
    lines: Lines<BufReader<ChildStdout>>,
    url: String,
    _process: Child,
}

impl Running {
    async fn start(mut command: Command) -> Self {
        command.env("CALLBACK_SECRET", SECRET).stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut running = Self { lines, url: String::new(), _process: process };
        let line = running.next().await;
        running.url = format!("http://{}/events", line.strip_prefix("listening on ").unwrap());
        running
    }

    async fn next(&mut self) -> String {
        let line = timeout(DEADLINE, self.lines.next_line()).await.expect("the receiver says something");
        line.unwrap().expect("the receiver is there")
    }
}

fn signing(secret: &str) -> Signing {
    Signing::with(Secrets::parse(&secret.into()).unwrap())
}

async fn append(delivery: &Delivery, text: &str) {
    let message = Message::new("Greeting", format!(r#"{{"text":"{text}"}}"#));
    delivery.append([(ClientKey::from("crm"), message)]).unwrap().await.unwrap();
}

/// A right callback, the same again with another body, once more as it was; then one that is not signed with the secret
/// until the third attempt; then one behind two that were never sent.
async fn receives(command: Command) {
    _ = rustls::crypto::ring::default_provider().install_default();
    let mut receiver = Running::start(command).await;
    let config = Config { signing: signing(SECRET), ..Config::default() };
    let config = Config { retry_at: Vec::new(), retry_every: Duration::from_millis(20), ..config };
    let environment = Arc::new(RealEnvironment);
    let sink = Arc::new(HttpSink::new(&config, environment.clone()).unwrap());
    let journal = Arc::new(MemoryJournal::default());
    let signs = |secret| sink.reload(&Config { signing: signing(secret), ..config.clone() }).unwrap();
    let delivery = Delivery::with_sink(config.clone(), journal, sink.clone(), environment).unwrap();
    delivery.register(&ClientKey::from("crm"), Some(Callback::parse(&receiver.url).unwrap()));

    append(&delivery, "one").await;
    assert_eq!(receiver.next().await, r#"event 1: {"text":"one"}"#);

    signs(OTHER);
    append(&delivery, "two").await;
    assert!(receiver.next().await.starts_with("refused: "));
    signs(SECRET);
    let mut line = receiver.next().await;
    while line.starts_with("refused: ") {
        line = receiver.next().await;
    }
    assert_eq!(line, r#"event 2: {"text":"two"}"#);

    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let post = async |id: &str, (epoch, order): (&str, Option<&str>), sequence: u64, signed: &str| {
        let now = RealEnvironment.now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let secrets = Secrets::parse(&SECRET.into()).unwrap();
        let request = http.post(&receiver.url).header("webhook-id", id).header("webhook-timestamp", now);
        let request = request.header("webhook-signature", secrets.sign(id, now, signed.as_bytes()).unwrap());
        let mut request = request.header("gc-epoch", epoch).header("gc-sequence", sequence);
        if let Some(order) = order {
            request = request.header("gc-order", order);
        }
        request.body("{}").send().await.unwrap().status().as_u16()
    };
    let by_client = ("another", None);
    assert_eq!(post("a", by_client, 1, "{}").await, 204);
    assert_eq!(post("a", by_client, 1, "{}").await, 204);
    assert_eq!(post("b", by_client, 2, "{ }").await, 401);
    assert_eq!(post("c", by_client, 4, "{}").await, 204);
    let by_agent = ("third", Some("agent"));
    assert_eq!(post("d", by_agent, 9, "{}").await, 204);
    assert_eq!(post("e", by_agent, 8, "{}").await, 204);
    let unsigned = http.post(&receiver.url).body("{}").send().await.unwrap();
    assert_eq!(unsigned.status().as_u16(), 401);
    for expected in [
        "event 1: {}",
        "again: 1",
        "refused: ",
        "missing: 2 to 3: ",
        "event 4: {}",
        "event 9: {}",
        "event 8: {}",
        "refused: ",
    ] {
        let line = receiver.next().await;
        assert!(line.starts_with(expected), "{line} instead of {expected}");
    }
}

#[tokio::test]
async fn the_receiver_in_rust() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_receiver"));
    command.arg("127.0.0.1:0");
    receives(command).await;
}

#[tokio::test]
async fn the_receiver_in_python() {
    let python = std::env::var("INTEROP_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut probe = Command::new(&python);
    probe.args(["-c", "import standardwebhooks"]).stdin(Stdio::null()).stderr(Stdio::null());
    if !probe.status().await.is_ok_and(|status| status.success()) {
        assert_ne!(std::env::var("INTEROP_REQUIRED").as_deref(), Ok("1"), "no Python with standardwebhooks");
        eprintln!("skipped: no Python with standardwebhooks (INTEROP_PYTHON)");
        return;
    }
    let mut command = Command::new(python);
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/receiver.py")).args(["127.0.0.1", "0"]);
    receives(command).await;
}

#[tokio::test]
async fn without_a_secret_each_says_in_one_line_what_to_set() {
    let python = std::env::var("INTEROP_PYTHON").unwrap_or("python3".to_owned());
    let mut in_python = Command::new(python);
    in_python.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/receiver.py"));
    for mut command in [Command::new(env!("CARGO_BIN_EXE_receiver")), in_python] {
        let ended = timeout(DEADLINE, command.env_remove("CALLBACK_SECRET").output()).await.unwrap();
        // Without Python there is nothing to see.
        let Ok(ended) = ended else { continue };
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(!ended.status.success() && said.contains("set CALLBACK_SECRET"), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}
