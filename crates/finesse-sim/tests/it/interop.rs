//! Third-party clients, where installed: each signs in, receives two states, and disconnects.
//!
//! `INTEROP_PYTHON` is a Python with slixmpp (default `python3`), `INTEROP_NODE_DIR` a directory whose
//! `node_modules` contain strophe.js, @xmldom/xmldom, @xmpp/client and ws. With `INTEROP_REQUIRED=1` a missing client
//! is a failure.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use finesse_sim::Running;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::support::Bench;

/// Interpreters start slowly on a busy machine.
const DEADLINE: Duration = Duration::from_secs(60);

fn script(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}

/// Prints why a client is skipped, or fails if it is required.
fn skip(reason: &str) {
    assert!(std::env::var("INTEROP_REQUIRED").as_deref() != Ok("1"), "interop is required: {reason}");
    eprintln!("skipped: {reason}");
}

async fn works(mut command: Command) -> bool {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().await;
    status.is_ok_and(|status| status.success())
}

/// Signs the client's agent in and changes its state while the client receives notifications.
async fn follow(bench: &Bench, mut command: Command) {
    let mut client = command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(client.stdout.take().unwrap()).lines();
    let mut printed = Vec::new();
    let conversation = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            match line.as_str() {
                "online" => {
                    bench.login("1091").await;
                    bench.state("1091", "READY").await;
                    printed.push(line);
                }
                line if line == "bye" || line.starts_with("state ") => printed.push(line.to_owned()),
                _ => {}
            }
        }
        client.wait().await.unwrap()
    };
    let status = tokio::time::timeout(DEADLINE, conversation).await.expect("the client ends in time");
    assert_eq!(printed, ["online", "state NOT_READY", "state READY", "bye"]);
    assert!(status.success(), "{status}");
}

/// A simulator with TLS, and a file with its authority's certificate.
async fn bench_with_authority(name: &str) -> (Bench, PathBuf) {
    let bench = Bench::with(|config| config.host = "localhost".to_owned()).await;
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join(format!("authority-{name}-{}.pem", std::process::id()));
    std::fs::write(&file, bench.sim.ca_pem().unwrap()).unwrap();
    (bench, file)
}

#[tokio::test]
async fn slixmpp_over_tcp_with_tls() {
    slixmpp("direct").await;
}

#[tokio::test]
async fn slixmpp_over_tcp_with_starttls() {
    slixmpp("starttls").await;
}

async fn slixmpp(tls: &str) {
    let python = std::env::var("INTEROP_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut probe = Command::new(&python);
    probe.args(["-c", "import slixmpp"]);
    if !works(probe).await {
        return skip("no Python with slixmpp (INTEROP_PYTHON)");
    }
    let (bench, authority) = bench_with_authority(&format!("slixmpp-{tls}")).await;
    let address = if tls == "direct" { bench.sim.xmpp_addr() } else { bench.sim.starttls_addr().unwrap() };
    let mut command = Command::new(python);
    command.arg("-Wignore").arg(script("slixmpp_client.py"));
    command.args(["localhost", &address.port().to_string(), "1091", "demo", tls]);
    command.env("CA_FILE", &authority);
    follow(&bench, command).await;
    std::fs::remove_file(authority).unwrap();
}

const STROPHE: &[&str] = &["strophe.js", "@xmldom/xmldom", "ws"];

#[tokio::test]
async fn strophe_js_over_websocket_with_tls() {
    node_client("strophe", STROPHE, "strophe_client.mjs", Running::websocket_url).await;
}

#[tokio::test]
async fn strophe_js_over_bosh_with_tls() {
    node_client("strophe-bosh", STROPHE, "strophe_client.mjs", Running::bosh_url).await;
}

#[tokio::test]
async fn xmpp_js_over_websocket_with_tls() {
    node_client("xmpp-js", &["@xmpp/client", "ws"], "xmpp_js_client.mjs", Running::websocket_url).await;
}

async fn node_client(name: &str, packages: &[&str], file: &str, url: fn(&Running) -> String) {
    let Ok(folder) = std::env::var("INTEROP_NODE_DIR") else {
        return skip("no folder with node_modules (INTEROP_NODE_DIR)");
    };
    for package in packages {
        let mut probe = Command::new("node");
        probe.current_dir(&folder).args(["-e", "require.resolve(process.argv[1])", package]);
        if !works(probe).await {
            return skip(&format!("no {package} in {folder}"));
        }
    }
    let (bench, authority) = bench_with_authority(name).await;
    let mut command = Command::new("node");
    command.current_dir(&folder).arg(script(file));
    command.args([&url(&bench.sim), "localhost", "1091", "demo"]);
    command.env("NODE_EXTRA_CA_CERTS", &authority);
    follow(&bench, command).await;
    std::fs::remove_file(authority).unwrap();
}
