//! What other processes can see of the memory, and what is left in it of secrets that are not needed any more.

use std::fs::{metadata, read_to_string};
use std::os::unix::fs::MetadataExt;

use finesse_sim::{Config as SimConfig, Sim};
use serde_json::json;

use crate::support::memory::{Memory, base64_behind};
use crate::support::pki::{Authority, Files};
use crate::support::process::Process;
use crate::support::stage::{Control, gc_toml, simulator};
use crate::support::tenants::{entry, token};
use crate::support::{soon, until};

const RIGHT: &str = "otter-6Xw3-lantern";
const REFUSED: &str = "heron-4Vq8-kettle";

/// Of processes of root the kernel shows the same with and without protection.
const NOBODY: u32 = 65534;

/// The headers that hyper keeps in its write buffers: one for each open connection to Finesse's REST API.
const MOST_HEADERS: usize = 8;

#[tokio::test]
async fn there_are_no_core_files_and_debuggers_only_where_they_are_configured() {
    let sim = simulator(true).await;
    let our_user = metadata("/proc/self").unwrap().uid();
    let user = if our_user == 0 { NOBODY } else { our_user };
    for (debuggable, owner) in [("false", 0), ("true", user)] {
        let toml = gc_toml(&sim, &[("process.debuggable", debuggable)]);
        let process = Process::of_user(user, &toml, "info").await;
        let files = format!("/proc/{}", process.id());
        let limits = read_to_string(format!("{files}/limits")).unwrap();
        let core = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).unwrap();
        assert_eq!(core.split_whitespace().collect::<Vec<_>>(), ["0", "0", "bytes"]);
        // The kernel gives the files of a process that must not be read to root.
        assert_eq!(metadata(format!("{files}/mem")).unwrap().uid(), owner, "debuggable = {debuggable}");
        process.terminate().await;
        let (_, logs) = process.ended().await;
        assert_eq!(logs.contains("process.debuggable"), debuggable == "true", "{logs}");
    }
    sim.shutdown().await;
}

#[tokio::test]
async fn no_token_no_refused_password_and_none_of_a_session_that_is_over_stays_in_memory() {
    gc_server::choose_crypto();
    let mut world = SimConfig::demo().unwrap();
    world.world.password = RIGHT.into();
    let (sim, authority) = (Sim::start(world).await.unwrap(), Authority::new());
    let (files, clients) =
        (Files::of(&authority), format!("[{}, {}]", entry("desk", 1, "agent"), entry("ops", 2, "admin")));
    let toml = gc_toml(
        &sim,
        &[
            ("client", &clients),
            ("http.tls", &files.setting()),
            ("process.debuggable", "true"),
            ("session.keep_signed_out", "'1ms'"),
        ],
    );
    let process = Process::listening(&toml, "info").await;
    let Some(memory) = Memory::of(process.id()) else { return };
    let client = authority.bearing(process.address, &token(1));
    client.is_ready().await;
    let mut events = client.watched("desk").await;
    client.accepted("Connect#1001", &format!("desk,{RIGHT}")).await;
    events.of_type("ConnectStatus").await;
    // A recording outlives the session.
    let ops = authority.bearing(process.address, &token(2));
    let recording = ops.http.post(format!("{}/admin/agents/1001/recording", ops.url)).send();
    assert_eq!(soon("an answer", recording).await.unwrap().status(), 201);
    drop(ops);
    client.accepted("Login#1001", &format!("{RIGHT},2001")).await;
    events.of_type("DialogState").await;
    assert!(memory.count(RIGHT) > 0, "the session needs it: this search finds nothing");
    // An open stream stays, and REST checks the password; without one, XMPP does. Never so often that the account is locked.
    for agent in [1001; 3].into_iter().chain(1002..1199) {
        client.accepted(&format!("Connect#{agent}"), &format!("desk,{REFUSED}")).await;
        events.of_type("Error").await;
    }
    client.accepted("Logout#1001", "").await;
    events.brief("State LOGOUT").await;
    let control = Control::of(&sim);
    until("the end of the stream", || async { control.user("1001").await["streams"] == json!([]) }).await;
    drop((client, events));

    let token = token(1);
    for secret in [RIGHT, REFUSED, token.expose()] {
        let in_plain = base64_behind("\x001001\0", secret);
        let gone = || async { memory.count(secret) + memory.count(&in_plain) == 0 };
        until(&format!("the end of {secret} in memory"), gone).await;
        let headers = memory.count(&base64_behind("1001:", secret));
        assert!(headers <= MOST_HEADERS, "{headers} times in a header");
    }
    process.terminate().await;
    process.ended().await;
    sim.shutdown().await;
}
