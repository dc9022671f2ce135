//! The program. gc-load and scripts read the addresses that it prints.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

/// A test that waits this long has failed.
const DEADLINE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn it_prints_its_addresses_when_ready_and_ends_on_sigterm() {
    let files = tempfile::tempdir().unwrap();
    let ca = files.path().join("ca.pem");
    let mut command = Command::new(env!("CARGO_BIN_EXE_finesse-sim"));
    for port in ["rest", "websocket", "xmpp", "control", "neighbours"] {
        command.args([&format!("--{port}-port"), "0"]);
    }
    command.arg("--write-ca").arg(&ca).stdout(Stdio::piped()).kill_on_drop(true);
    let mut sim = command.spawn().unwrap();
    let mut lines = BufReader::new(sim.stdout.take().unwrap()).lines();
    let mut printed = Vec::new();
    while printed.len() < 7 {
        let line = timeout(DEADLINE, lines.next_line()).await.expect("no line in time").unwrap();
        printed.push(line.expect("it ended early"));
    }
    let values: Vec<_> = printed.iter().map(|line| line.split_once(' ').unwrap()).collect();
    let names: Vec<_> = values.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["REST", "WebSocket", "BOSH", "XMPP", "neighbours", "control", "authority"]);
    assert!(values[0].1.trim().starts_with("https://localhost:"), "{printed:?}");
    assert!(values[5].1.trim().ends_with("/sim"), "{printed:?}");
    assert_eq!(values[6].1.trim(), ca.to_str().unwrap());
    assert!(std::fs::read_to_string(&ca).unwrap().starts_with("-----BEGIN CERTIFICATE-----"));

    let kill = format!("kill -TERM {}", sim.id().unwrap());
    assert!(Command::new("sh").args(["-c", &kill]).status().await.unwrap().success());
    assert_eq!(timeout(DEADLINE, sim.wait()).await.expect("it does not end").unwrap().code(), Some(0));
}
