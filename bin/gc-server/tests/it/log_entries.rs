//! Entries of the log that support relies on.

use serde_json::{Value, json};

use crate::support::process::Process;
use crate::support::stage::{Control, gc_toml, simulator};
use crate::support::until;

/// The entries with this message, of a log in JSON.
fn entries(logs: &str, message: &str) -> Vec<Value> {
    let entries = logs.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    entries.filter(|entry| entry["fields"]["message"] == message).collect()
}

#[tokio::test]
async fn the_first_entry_says_what_starts_and_the_next_that_too_few_files_may_be_open() {
    let gc_toml = "http.listen = '127.0.0.1:0'\nhttp.max_connections = 500\nsession.licences = 2000\n\
                   finesse.nodes = [{ url = 'https://127.0.0.1:1' }, { url = 'https://127.0.0.1:2' }]\n";
    let process = Process::with_open_files(300, gc_toml, "info").await;
    process.terminate().await;
    let (_, logs) = process.ended().await;
    let first = entries(&logs, "starting").remove(0)["fields"].clone();
    let version = format!("{} (development build)", env!("CARGO_PKG_VERSION"));
    assert_eq!(first["version"], version);
    assert_eq!(first["nodes"], "https://127.0.0.1:1, https://127.0.0.1:2");
    assert_eq!((&first["store"], &first["open_files"]), (&json!("memory"), &json!("300")));
    let warned = logs.lines().find(|line| line.contains("the limit of open files is low")).unwrap();
    let warned: Value = serde_json::from_str(warned).unwrap();
    assert_eq!(warned["level"], "WARN");
    assert_eq!((&warned["fields"]["open_files"], &warned["fields"]["needed"]), (&json!(300), &json!(2564)));
}

#[tokio::test]
async fn a_warning_about_an_agent_names_it_also_when_only_warnings_are_logged() {
    let sim = simulator(true).await;
    let process = Process::serve(&gc_toml(&sim, &[]), "gc_server=info,warn").await;
    let client = process.client();
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    for node in ["a", "b"] {
        Control::of(&sim).cut("1001", node).await;
    }
    process.logged("notification stream ended").await;
    process.terminate().await;
    let (_, logs) = process.ended().await;
    let ended = &entries(&logs, "notification stream ended")[0];
    assert_eq!((&ended["level"], &ended["span"]["id"]), (&json!("WARN"), &json!("1001")), "{ended}");
}

#[tokio::test]
async fn a_notification_and_its_event_are_logged_with_the_call_and_the_number() {
    let sim = simulator(true).await;
    let process = Process::serve(&gc_toml(&sim, &[]), "gc_session=debug,gc_store=debug,info").await;
    let client = process.client();
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    client.accepted("MakeReady#1001", "").await;
    events.all_until(|event| event.data["state"] == "READY").await;
    let call = Control::of(&sim).call("5550100", "1001").await;
    let event = events.of_type("NewInboundCall").await;
    process.terminate().await;
    let (_, logs) = process.ended().await;
    let of_call = |entry: &&Value| entry["fields"]["dialog_id"] == call.as_str();
    let notified = entries(&logs, "notification");
    let notified = notified.iter().find(of_call).unwrap();
    assert_eq!((&notified["level"], &notified["span"]["id"]), (&json!("DEBUG"), &json!("1001")));
    assert_eq!(
        (&notified["fields"]["event"], &notified["fields"]["object"]),
        (&json!("POST"), &json!("dialogs"))
    );
    let emitted = entries(&logs, "event emitted");
    let emitted = emitted.iter().find(of_call).unwrap();
    let fields = &emitted["fields"];
    assert_eq!((&fields["event_type"], &fields["agent_id"]), (&json!("NewInboundCall"), &json!("1001")));
    assert!(event.id.ends_with(&format!(".{}", fields["sequence"])), "{fields}");
    assert!(!logs.contains("5550100"), "a customer's number is in the log");
}

#[tokio::test]
async fn health_checks_of_a_node_that_is_away_do_not_fill_the_log() {
    let gc_toml = "http.listen = '127.0.0.1:0'\nfinesse.health_interval = '50ms'\n\
                   finesse.nodes = [{ url = 'https://127.0.0.1:1' }]\n";
    let process = Process::listening(gc_toml, "info").await;
    let client = process.client();
    let failed = "gc_finesse_request_seconds_count{cluster=\"default\",operation=\"system_info\",outcome=\"unreachable\"} ";
    let checked = async || {
        let scrape = client.get("/metrics").await.text().await.unwrap();
        let count = scrape.lines().find_map(|line| line.strip_prefix(failed)?.parse::<u64>().ok());
        count.is_some_and(|count| count >= 9)
    };
    until("three checks", checked).await;
    process.terminate().await;
    let (_, logs) = process.ended().await;
    let about_finesse =
        logs.lines().filter(|line| line.contains("127.0.0.1:1") || line.contains("SystemInfo"));
    // What starts, and that the node is out of service.
    assert_eq!(about_finesse.count(), 2, "{logs}");
}
