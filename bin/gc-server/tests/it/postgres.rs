//! The store in PostgreSQL: killed and started, away and back, from a file and back to one.

use std::process::Stdio;
use std::time::Duration;

use finesse_sim::{Config as SimConfig, Running, Sim};
use gc_environment::RealEnvironment;
use gc_store::Sealer;
use gc_store_postgres::testing;
use secrecy::ExposeSecret;
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

use crate::connections;
use crate::support::events::Event;
use crate::support::group::is_without_postgres;
use crate::support::process::{Process, config_file, program, run};
use crate::support::stage::{Control, gc_toml};
use crate::support::until;

/// A simulated Finesse, and a database.
struct Site {
    sim: Running,
    server: testing::Server,
    url: String,
    key: String,
}

impl Site {
    /// None where there is no PostgreSQL.
    async fn new() -> Option<Self> {
        if is_without_postgres() {
            return None;
        }
        gc_server::choose_crypto();
        let server = testing::Server::start(&["fsync = off"]).unwrap();
        let url = server.database("gc").unwrap();
        let sim = Sim::start(SimConfig::demo().unwrap()).await.unwrap();
        let key = Sealer::new_key("first", &RealEnvironment).expose_secret().to_owned();
        Some(Self { sim, server, url, key })
    }

    fn config(&self, store: &str) -> String {
        self.config_with(store, &[])
    }

    fn config_with(&self, store: &str, settings: &[(&str, &str)]) -> String {
        format!("{store}\nstore.key = '{}'\n{}", self.key, gc_toml(&self.sim, settings))
    }

    fn in_database(&self) -> String {
        self.config(&format!("store.url = '{}'", self.url))
    }

    async fn serve(&self) -> Process {
        Process::serve(&self.in_database(), "info").await
    }

    async fn serve_with(&self, settings: &[(&str, &str)]) -> Process {
        let store = format!("store.url = '{}'", self.url);
        Process::serve(&self.config_with(&store, settings), "info").await
    }

    /// What 15 s would do that nobody has to wait for here.
    fn ends_the_lease(&self) {
        self.server.sql("gc", "update gc.store set expires_at = now()").unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_postgresql_a_call_goes_on_through_kills_and_no_event_is_lost_or_repeated() {
    let Some(site) = Site::new().await else { return };
    let control = Control::of(&site.sim);
    let mut process = site.serve().await;
    let client = process.client();
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    client.accepted("MakeReady#1001", "").await;
    let mut last = events.brief("State READY").await.id;
    for _ in 0..4 {
        let call = control.call("5550100", "1001").await;
        let mut events = process.client().events("desk", Some(&last)).await;
        let rings = events.of_type("NewInboundCall").await;
        process.kill().await;
        site.ends_the_lease();
        process = site.serve().await;
        let client = process.client();
        // Of what was reported before the kill nothing comes again.
        let mut events = client.events("desk", Some(&rings.id)).await;
        client.accepted("AnswerCall#1001", &call).await;
        let mut seen = events.all_until(|event| event.brief() == "InboundCall ACTIVE").await;
        client.accepted("ReleaseCall#1001", &call).await;
        seen.extend(events.all_until(|event| event.brief() == "InboundCall DROPPED").await);
        assert!(seen.iter().all(|event| !event.event_type.starts_with("New")), "repeated: {seen:?}");
        let numbers: Vec<_> = std::iter::once(&rings).chain(&seen).map(Event::sequence).collect();
        assert!(numbers.is_sorted_by(|one, next| *next == one + 1), "{numbers:?}");
        last = seen.last().unwrap().id.clone();
    }
    process.terminate().await;
    let (code, logs) = process.ended().await;
    assert!(code == Some(0) && !logs.contains("could not be released"), "{logs}");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_commands_are_refused_and_events_wait() {
    let Some(site) = Site::new().await else { return };
    let process = site.serve().await;
    let client = process.client();
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    client.accepted("MakeReady#1001", "").await;
    events.brief("State READY").await;
    site.server.crash().unwrap();
    until("the outage", async || process.has_logged("PostgreSQL is away")).await;
    let answer = client.send("MakeNotReady#1001", "").await;
    answer.is_error(503, "PLEASE_RETRY");
    let text = answer.json["errorMessage"].as_str().unwrap();
    assert!(text.contains("Nothing was begun") && answer.says_when, "{answer:?}");
    let call = Control::of(&site.sim).call("5550100", "1001").await;
    site.server.up().unwrap();
    events.of_type("NewInboundCall").await;
    client.accepted("AnswerCall#1001", &call).await;
    events.brief("InboundCall ACTIVE").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_was_begun_but_not_kept_gets_503_with_the_id_of_its_events() {
    let Some(site) = Site::new().await else { return };
    let process = site.serve_with(&[("http.request_timeout", "'2s'")]).await;
    let client = process.client();
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    let mut events = client.events_at("/gc/events/desk?envelope=true&since=9999-01-01T00:00:00Z", None).await;
    // Without its standby a synchronous server acknowledges nothing.
    site.server.waits_for("b").unwrap();
    let answer = client.send("MakeReady#1001", "").await;
    answer.is_error(503, "PLEASE_RETRY");
    assert!(!answer.says_when, "it may take effect: {answer:?}");
    let id = answer.json["commandId"].as_str().expect("it was begun").to_owned();
    site.server.waits_for("").unwrap();
    let ready = events.until(|event| event.data["event"]["state"] == "READY").await;
    assert_eq!(ready.data["commandId"], id);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_a_stop_takes_no_longer_and_says_what_is_lost() {
    let Some(site) = Site::new().await else { return };
    let process = site.serve_with(&[("http.stop_grace", "'200ms'")]).await;
    let client = process.client();
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    client.accepted("MakeReady#1001", "").await;
    events.brief("State READY").await;
    site.server.crash().unwrap();
    until("the outage", async || process.has_logged("PostgreSQL is away")).await;
    Control::of(&site.sim).call("5550100", "1001").await;
    // Until the call is known here, and waits.
    until("the call", async || client.get("/metrics").await.text().await.unwrap().contains("NewInboundCall"))
        .await;
    let began = Instant::now();
    process.terminate().await;
    let (code, logs) = process.ended().await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert!(code == Some(0) && logs.contains("are lost: the store did not take them in time"), "{logs}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_whose_store_another_one_has_taken_ends_with_exit_code_75() {
    let Some(site) = Site::new().await else { return };
    let first = site.serve().await;
    let second = config_file(&site.in_database());
    let second = second.path().to_str().unwrap();
    let refused = run(&["serve", "--config", second]).await;
    let words = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.status.code() == Some(75) && words.contains("in use by another connector"), "{words}");
    site.server.sql("gc", "update gc.store set holder = gen_random_uuid()").unwrap();
    let (code, logs) = first.ended().await;
    assert!(code == Some(75) && logs.contains("another connector has taken the store"), "{logs}");
}

#[tokio::test(flavor = "multi_thread")]
async fn check_config_says_whether_the_database_can_be_reached_and_has_a_store() {
    let Some(site) = Site::new().await else { return };
    let what = "store.url: the database";
    let (code, lines) = connections::connect(&site.in_database()).await;
    assert_eq!(connections::result(&lines, what), "OK: there is no store yet, and it will be made");
    assert_eq!(code, Some(0), "{lines:#?}");
    let process = site.serve().await;
    process.terminate().await;
    assert_eq!(process.ended().await.0, Some(0));
    let (_, lines) = connections::connect(&site.in_database()).await;
    assert_eq!(connections::result(&lines, what), "OK");
    let away = site.config("store.url = 'postgresql://gc@127.0.0.1:1/gc?sslmode=disable'");
    let (code, lines) = connections::connect(&away).await;
    assert!(connections::result(&lines, what).starts_with("FAILED: "), "{lines:#?}");
    assert_eq!(code, Some(69), "{lines:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_goes_from_a_file_to_postgresql_and_back() {
    let Some(site) = Site::new().await else { return };
    let place = tempfile::tempdir().unwrap();
    let (file, back) = (place.path().join("store.redb"), place.path().join("back.redb"));
    let process = Process::serve(&site.config(&format!("store.path = '{}'", file.display())), "info").await;
    let client = process.client();
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    client.accepted("MakeReady#1001", "").await;
    let last = events.brief("State READY").await.id;
    process.terminate().await;
    assert_eq!(process.ended().await.0, Some(0));

    moves(file.to_str().unwrap(), &site.url).await;
    let process = site.serve().await;
    let client = process.client();
    let mut events = client.events("desk", Some(&last)).await;
    client.accepted("MakeNotReady#1001", "").await;
    let after = events.brief("State NOT_READY").await;
    assert_eq!(after.id.split_once('.').unwrap().0, last.split_once('.').unwrap().0, "another epoch");
    process.terminate().await;
    assert_eq!(process.ended().await.0, Some(0));

    moves(&site.url, back.to_str().unwrap()).await;
    let process = Process::serve(&site.config(&format!("store.path = '{}'", back.display())), "info").await;
    let mut events = process.client().events("desk", Some(&after.id)).await;
    process.client().accepted("MakeReady#1001", "").await;
    assert_eq!(
        events.brief("State READY").await.id.split_once('.').unwrap().0,
        last.split_once('.').unwrap().0
    );
}

/// `store export` into `store import`, and both are good and the same.
async fn moves(from: &str, to: &str) {
    let exported = run(&["store", "export", from]).await;
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    let mut import = program();
    let import =
        import.args(["store", "import", "--same-epochs", to]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut running = import.stderr(Stdio::piped()).spawn().unwrap();
    running.stdin.take().unwrap().write_all(&exported.stdout).await.unwrap();
    let imported = running.wait_with_output().await.unwrap();
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    let again = run(&["store", "export", to]).await;
    let sorted = |bytes: &[u8]| {
        let mut lines: Vec<_> =
            String::from_utf8(bytes.to_vec()).unwrap().lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&exported.stdout), sorted(&again.stdout));
    let checked = run(&["store", "check", to]).await;
    assert!(String::from_utf8(checked.stdout).unwrap().contains("good; clients 1, sessions 1"));
}

#[tokio::test]
async fn the_address_of_the_database_is_masked() {
    let file = config_file(
        "store.url = 'postgresql://gc:hunter2@db.example/gc'\nfinesse.nodes = [{ url = 'https://finesse-a.example:8445' }]\n",
    );
    std::fs::set_permissions(file.path(), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let path = file.path().to_str().unwrap();
    for arguments in [["print-config", "--config", path], ["check-config", "--config", path]] {
        let output = run(&arguments).await;
        let all = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(output.status.success() && !all.contains("hunter2"), "{all}");
    }
    // What is taken for the name of a file is not shown if it may be an address.
    for address in ["PostgreSQL://gc:hunter2@db.example/gc", "host=db.example password=hunter2"] {
        let output = run(&["store", "check", address]).await;
        let words = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(65) && !words.contains("hunter2"), "{words}");
    }
    std::fs::set_permissions(file.path(), std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let output = run(&["check-config", "--config", path]).await;
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(78) && words.contains("store.url"), "{words}");
}
