//! SIGHUP: the clients that gc.toml lists are read again.

use serde_json::json;

use crate::support::process::Process;
use crate::support::receiver::Receiver;
use crate::support::stage::{Control, gc_toml, simulator};
use crate::support::tenants::{entry, token};

/// A client with a token of each of these numbers.
fn crm(numbers: &[u8], destinations: &str, right: &str) -> String {
    let hashes: Vec<_> = numbers.iter().map(|number| format!("'{}'", token(*number).hash())).collect();
    let hashes = hashes.join(", ");
    format!(
        "[{{ name = 'crm', token_hashes = [{hashes}], destinations = ['{destinations}'], rights = ['{right}'] }}]"
    )
}

#[tokio::test]
async fn a_token_that_is_removed_is_refused_at_once_and_its_streams_end() {
    let sim = simulator(true).await;
    let toml = |clients: &str| gc_toml(&sim, &[("client", clients)]);
    let process = Process::serve(&toml(&crm(&[1, 2], "crm*", "agent")), "info").await;
    let [old, new] = [1, 2].map(|number| process.client().bearing(&token(number)));
    let mut olds = old.watched("crm-1").await;
    let mut news = new.watched("crm-2").await;
    new.signs_in("1001", "crm-2", &mut news).await;

    process.reload(&toml(&crm(&[2, 3], "crm*", "agent")), "\"reloaded\"").await;
    assert!(olds.next().await.is_none(), "its stream goes on");
    old.send("Beat#crm-1", "").await.is_error(401, "GENERAL_ERROR");
    assert_eq!(old.get("/gc/events/crm-1").await.status(), 401);
    // The other token of the same client is as good as before, and so is its stream.
    new.accepted("MakeReady#1001", "").await;
    news.brief("State READY").await;
    process.client().bearing(&token(3)).accepted("Beat#crm-1", "").await;

    // What the client may read counts as well.
    process.reload(&toml(&crm(&[2], "crm-1", "agent")), "\"reloaded\"").await;
    assert!(news.rest().await.is_empty());
    let mut others = new.events("crm-1", None).await;
    process.reload(&toml(&crm(&[2], "crm-1", "admin")), "\"reloaded\"").await;
    others.rest().await;

    process.terminate().await;
    let (_, logs) = process.ended().await;
    assert_eq!(logs.lines().filter(|line| line.contains("\"outcome\":\"cut\"")).count(), 3, "{logs}");
    sim.shutdown().await;
}

#[tokio::test]
async fn a_file_that_cannot_be_used_changes_nothing_and_the_log_says_why() {
    let sim = simulator(true).await;
    let toml = |clients: &str| gc_toml(&sim, &[("client", clients)]);
    let good = toml(&format!("[{}]", entry("crm", 1, "agent")));
    let process = Process::serve(&good, "info").await;
    let crm = process.client().bearing(&token(1));
    let mut events = crm.watched("crm").await;
    for (faulty, says) in [
        ("client = [".to_owned(), "nothing reloaded"),
        (toml("[{ name = 'crm', token_hashes = ['md5'], destinations = ['*'] }]"), "client.crm.token_hashes"),
        (format!("{good}\nhttp.opne = true"), "opne"),
        // Without clients everybody would be let in.
        (gc_toml(&sim, &[]), "client: whether callers are identified changes only with a restart"),
        (toml("[]"), "client: whether callers are identified changes only with a restart"),
    ] {
        process.reload(&faulty, says).await;
        crm.accepted("Beat#crm", "").await;
        events.of_type("System").await;
        process.client().send("Beat#crm", "").await.is_error(401, "GENERAL_ERROR");
    }
    process.terminate().await;
    let (_, logs) = process.ended().await;
    let errors = logs.lines().filter(|line| line.contains("\"ERROR\"") && line.contains("stay in use"));
    assert_eq!(errors.count(), 5, "{logs}");
    sim.shutdown().await;
}

#[tokio::test]
async fn an_open_listener_identifies_nobody_until_it_is_restarted() {
    let sim = simulator(true).await;
    let process = Process::serve(&gc_toml(&sim, &[]), "info").await;
    let anyone = process.client();
    anyone.hello("desk").await;
    let clients = format!("[{}]", entry("crm", 1, "agent"));
    process.reload(&gc_toml(&sim, &[("client", &clients)]), "changes only with a restart").await;
    anyone.accepted("Beat#desk", "").await;
    process.reload(&gc_toml(&sim, &[]), "\"reloaded\"").await;
    anyone.accepted("Beat#desk", "").await;
    process.terminate().await;
    assert_eq!(process.ended().await.0, Some(0));
    sim.shutdown().await;
}

#[tokio::test]
async fn callbacks_and_agents_of_a_client_that_is_removed_stay_until_a_restart() {
    let sim = simulator(true).await;
    let toml = |clients: &str| gc_toml(&sim, &[("client", clients)]);
    let both = format!("[{}, {}]", entry("acme", 1, "agent"), entry("bell", 2, "agent"));
    let process = Process::serve(&toml(&both), "info").await;
    let acme = process.client().bearing(&token(1));
    let mut receiver = Receiver::good().await;
    acme.hello_with_callback("acme", &receiver.url).await;
    receiver.next().await;
    acme.accepted("Connect#1001", "acme,demo").await;
    assert_eq!(receiver.next().await.event["type"], "ConnectStatus");
    process.reload(&toml(&format!("[{}]", entry("bell", 2, "agent"))), "\"reloaded\"").await;
    acme.send("GetState#1001", "").await.is_error(401, "GENERAL_ERROR");
    Control::of(&sim).system("OUT_OF_SERVICE").await;
    while receiver.next().await.event["status"] != "OUT_OF_SERVICE" {}
    assert_ne!(Control::of(&sim).user("1001").await["streams"], json!([]));
    process.terminate().await;
    assert_eq!(process.ended().await.0, Some(0));
    sim.shutdown().await;
}
