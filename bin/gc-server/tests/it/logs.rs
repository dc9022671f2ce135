//! Standard error that takes no logs: the service goes on.

use std::net::SocketAddr;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStderr};

use crate::support::client::Client;
use crate::support::process::{config_file, program};
use crate::support::soon;
use crate::support::stage::{Control, gc_toml, simulator};

/// The program, which logs everything, and its standard error after the line that says where it listens.
async fn start(gc_toml: &str) -> (Child, Client, BufReader<ChildStderr>) {
    let config = config_file(&format!("log.filter = 'trace'\n{gc_toml}"));
    let mut command = program();
    command.args(["serve", "--config"]).arg(config.path()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut logs = BufReader::new(child.stderr.take().unwrap());
    let address: SocketAddr = soon("the address", async {
        loop {
            let mut line = String::new();
            assert!(logs.read_line(&mut line).await.unwrap() > 0, "it ended");
            if let Some((_, address)) = line.split_once("taking commands listen=") {
                let address = address.split_whitespace().next().unwrap();
                return address.parse().unwrap();
            }
        }
    })
    .await;
    (child, Client::of(address), logs)
}

/// An agent signs in and becomes ready, and the program stops in order.
async fn works(mut child: Child, client: &Client, control: &Control) {
    client.is_ready().await;
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    // Each of them is logged with much that comes with it: more than a pipe holds.
    for _ in 0..300 {
        client.accepted("Beat#desk", "").await;
    }
    client.accepted("MakeReady#1001", "").await;
    events.all_until(|event| event.data["state"] == "READY").await;
    control.until_state("1001", "READY").await;
    let pid = rustix::process::Pid::from_raw(child.id().unwrap().try_into().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(soon("the end", child.wait()).await.unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_gone_stops_nobody() {
    let sim = simulator(true).await;
    let (child, client, logs) = start(&gc_toml(&sim, &[])).await;
    drop(logs);
    works(child, &client, &Control::of(&sim)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_not_read_stops_nobody() {
    let sim = simulator(true).await;
    let (child, client, mut logs) = start(&gc_toml(&sim, &[])).await;
    works(child, &client, &Control::of(&sim)).await;
    let mut first = [0; 1024];
    assert!(logs.read(&mut first).await.unwrap() > 0);
}
