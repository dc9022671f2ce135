//! The process is killed, or stopped, and starts again: calls go on, commands have their outcome, events come in order.

use std::collections::BTreeSet;

use finesse_sim::{Config as SimConfig, Platform, Running, Sim};
use gc_environment::RealEnvironment;
use gc_store::Sealer;
use secrecy::ExposeSecret;
use serde_json::json;
use tempfile::TempDir;

use crate::audit::entries;
use crate::support::events::Event;
use crate::support::process::{Process, config_file, run};
use crate::support::receiver::{Callback, Receiver};
use crate::support::stage::{Control, gc_toml};

/// A simulated Finesse, and a place for what is kept.
struct Site {
    sim: Running,
    place: TempDir,
    key: String,
}

impl Site {
    async fn new() -> Self {
        Self::on(Platform::Ucce).await
    }

    async fn on(platform: Platform) -> Self {
        gc_server::choose_crypto();
        let sim = Sim::start(SimConfig { platform, ..SimConfig::demo().unwrap() }).await.unwrap();
        let key = Sealer::new_key("first", &RealEnvironment).expose_secret().to_owned();
        Self { sim, place: tempfile::tempdir().unwrap(), key }
    }

    fn file(&self) -> std::path::PathBuf {
        self.place.path().join("store.redb")
    }

    fn config(&self, with_key: bool) -> String {
        let key = if with_key { format!("store.key = '{}'\n", self.key) } else { String::new() };
        format!("store.path = '{}'\n{key}{}", self.file().display(), gc_toml(&self.sim, &[]))
    }

    async fn serve(&self) -> Process {
        Process::serve(&self.config(true), "info").await
    }

    fn control(&self) -> Control {
        Control::of(&self.sim)
    }

    /// Whether the simulator has the agent signed in.
    async fn has_signed_in(&self, agent: &str) -> bool {
        self.control().user(agent).await["state"] != "LOGOUT"
    }

    /// A process in whose life a call rings at agent 1001 of the client "desk".
    async fn rings(&self) -> Ringing {
        let process = self.serve().await;
        let client = process.client();
        let mut events = client.watched("desk").await;
        client.signs_in("1001", "desk", &mut events).await;
        client.accepted("MakeReady#1001", "").await;
        let before = events.brief("State READY").await.id;
        let call = self.control().call("5550100", "Sales").await;
        let rings = events.of_type("NewInboundCall").await.id;
        Ringing { process, call, before, rings }
    }
}

struct Ringing {
    process: Process,
    call: String,
    /// The ids of the last event before it rang, and of the one that announced it.
    before: String,
    rings: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_goes_on_through_a_kill_and_nobody_connects_again() {
    let site = Site::new().await;
    let Ringing { process, call, rings, .. } = site.rings().await;
    process.kill().await;

    // It still rings, and the agent answers with the next process.
    let after = site.serve().await;
    let client = after.client();
    let mut events = client.events("desk", Some(&rings)).await;
    assert_eq!(events.of_type("System").await.data["status"], "IN_SERVICE");
    client.accepted("AnswerCall#1001", &call).await;
    let seen = events.all_until(|event| event.brief() == "InboundCall ACTIVE").await;
    assert!(seen.iter().all(|event| event.brief() != "InboundCall ALERTING"), "repeated: {seen:?}");
    client.accepted("ReleaseCall#1001", &call).await;
    events.brief("InboundCall DROPPED").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_meanwhile_is_reported_once_and_what_was_undelivered_comes_first() {
    let site = Site::new().await;
    let Ringing { process, call, before, rings } = site.rings().await;
    process.kill().await;
    site.control().hang_up(&call).await;

    let after = site.serve().await;
    let mut events = after.client().events("desk", Some(&before)).await;
    let seen = events.all_until(|event| event.brief() == "InboundCall DROPPED").await;
    let of_call: Vec<_> = seen.iter().filter(|event| event.event_type.contains("Call")).collect();
    let briefs: Vec<_> = of_call.iter().map(|event| event.brief()).collect();
    assert_eq!(briefs, ["NewInboundCall", "InboundCall DROPPED"], "{seen:?}");
    assert_eq!(of_call[0].id, rings, "the numbers go on in their epoch");
    let numbers: Vec<_> = seen.iter().map(Event::sequence).collect();
    assert!(numbers.is_sorted_by(|one, next| *next == one + 1), "{numbers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_and_started_nobody_is_signed_out_and_no_event_is_lost_or_repeated() {
    let site = Site::on(Platform::Uccx).await;
    let Ringing { process, call, rings, .. } = site.rings().await;
    // Beside the reader of a live stream, one with a callback.
    let client = process.client();
    let mut crm = Receiver::good().await;
    client.hello_with_callback("crm", &crm.url).await;
    client.accepted("Connect#1002", "crm,demo").await;
    client.accepted("Login#1002", "demo,2002").await;
    let mut taken = crm.all_until("State NOT_READY").await;
    process.terminate().await;
    let (code, logs) = process.ended().await;
    assert_eq!(code, Some(0), "{logs}");
    assert!(!logs.contains("events left undelivered"), "{logs}");
    site.control().hang_up(&call).await;
    let signed_in = async |agent| site.has_signed_in(agent).await;
    assert_eq!((signed_in("1001").await, signed_in("1002").await), (true, true));

    let after = site.serve().await;
    let client = after.client();
    let mut events = client.events("desk", Some(&rings)).await;
    let seen = events.all_until(|event| event.brief() == "InboundCall DROPPED").await;
    assert!(seen.iter().all(|event| !event.event_type.starts_with("New")), "repeated: {seen:?}");
    let epoch = |id: &str| id.split_once('.').unwrap().0.to_owned();
    let number = |id: &str| id.split_once('.').unwrap().1.parse::<u64>().unwrap();
    let expected: Vec<_> = (number(&rings) + 1..).take(seen.len()).collect();
    assert_eq!(seen.iter().map(Event::sequence).collect::<Vec<_>>(), expected, "{seen:?}");
    assert!(seen.iter().all(|event| epoch(&event.id) == epoch(&rings)), "{seen:?}");

    // Nobody connects again.
    client.accepted("MakeReady#1002", "").await;
    taken.extend(crm.all_until("State READY").await);
    let numbers: Vec<_> = taken.iter().map(Callback::sequence).collect();
    assert!(numbers.is_sorted_by(|one, next| *next == one + 1), "{numbers:?}");
    let outboxes: BTreeSet<_> = taken.iter().map(|callback| &callback.headers["gc-epoch"]).collect();
    assert_eq!(outboxes.len(), 1, "{outboxes:?}");
    let signed_out =
        |callback: &Callback| matches!(callback.event["state"].as_str(), Some("LOGOUT" | "RE_LOGIN"));
    let at_login = taken.iter().position(|callback| callback.event["state"] == "NOT_READY").unwrap();
    assert!(!taken[at_login..].iter().any(signed_out), "{taken:?}");
    assert_eq!((signed_in("1001").await, signed_in("1002").await), (true, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_the_client_is_asked_to_connect_again() {
    let site = Site::new().await;
    let before = Process::serve(&site.config(false), "info").await;
    let client = before.client();
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    client.accepted("GetState#1001", "").await;
    let last = events.of_type("DialogState").await.id;
    before.kill().await;

    let after = Process::serve(&site.config(false), "info").await;
    let mut events = after.client().events("desk", Some(&last)).await;
    assert_eq!(events.of_type("System").await.data["status"], "RECONNECT");
    after.client().signs_in("1001", "desk", &mut events).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_in_use_or_damaged_stops_the_start_and_is_left_as_it_is() {
    let site = Site::new().await;
    let running = site.serve().await;
    let config = config_file(&site.config(true));
    let arguments = ["serve", "--config", config.path().to_str().unwrap()];
    let second = run(&arguments).await;
    assert_eq!(second.status.code(), Some(75), "it may be started again");
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(said.contains("store.path"), "{said}");
    running.kill().await;

    std::fs::write(site.file(), "not a store at all").unwrap();
    let refused = run(&arguments).await;
    assert_eq!(refused.status.code(), Some(78));
    assert_eq!(std::fs::read_to_string(site.file()).unwrap(), "not a store at all");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_ends_after_a_restart_has_its_line_in_the_audit_log() {
    // Its session goes on, or it does not.
    for with_key in [true, false] {
        let site = Site::new().await;
        let process = Process::serve(&site.config(with_key), "info").await;
        let client = process.client();
        let mut events = client.watched("desk").await;
        client.signs_in("1001", "desk", &mut events).await;
        site.control().fault(json!({ "when": { "action": "READY" }, "then": { "do": "silent" } })).await;
        let id = client.accepted("MakeReady#1001", "").await;
        site.control().until_faults_are_used().await;
        process.kill().await;

        let after = Process::serve(&site.config(with_key), "info").await;
        let mut events = after.client().events("desk", None).await;
        events.all_until(|event| event.data["type"] == "Error").await;
        after.terminate().await;
        let (_, logs) = after.ended().await;
        let entries = entries(&logs);
        let mine: Vec<_> = entries.iter().filter(|(fields, _)| fields["command_id"] == *id).collect();
        let briefs: Vec<_> = mine.iter().map(|(_, brief)| brief.as_str()).collect();
        assert_eq!(briefs, ["- MakeReady 1001 desk failed - PLEASE_RETRY"], "{with_key}: {logs}");
    }
}

/// A process whose files may not become larger than 1 MiB, when its store may not grow any more.
async fn outgrown(site: &Site) -> Process {
    let process = Process::limited(512, &site.config(true), "info").await;
    let client = process.client();
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    // Its commands are kept until the file is full.
    for _ in 0..10_000 {
        if process.has_logged("the store has failed") {
            return process;
        }
        client.accepted("GetState#1001", "").await;
    }
    panic!("the store has not failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_may_not_grow_does_not_end_the_service_and_the_next_start_says_reconnect() {
    let site = Site::new().await;
    let process = outgrown(&site).await;
    process.logged("the file may not grow").await;
    let client = process.client();
    let mut events = client.watched("other").await;
    client.signs_in("1002", "other", &mut events).await;

    // While the disk fails a second one does not start.
    let config = config_file(&site.config(true));
    let second = run(&["serve", "--config", config.path().to_str().unwrap()]).await;
    assert_eq!(second.status.code(), Some(75));
    process.kill().await;

    // The file knows "desk" and its agent, but nothing that came later: its client is asked to connect.
    let after = site.serve().await;
    let mut events = after.client().events("desk", None).await;
    let asked = |event: &Event| event.event_type == "System" && event.data["status"] == "RECONNECT";
    events.all_until(asked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_removed_is_noticed_and_a_new_one_is_made() {
    let site = Site::new().await;
    let process = site.serve().await;
    std::fs::remove_file(site.file()).unwrap();
    let client = process.client();
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    process.logged("the file was removed while it was in use").await;
    assert!(!site.file().exists(), "it is tried after 30 s");
}
