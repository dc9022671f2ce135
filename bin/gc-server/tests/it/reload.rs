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

#[tokio::test]
async fn the_log_level_counts_from_the_reload_on_and_what_needs_a_restart_is_named_once() {
    let sim = simulator(true).await;
    let toml = |settings: &[(&str, &str)]| gc_toml(&sim, settings);
    let process = Process::serve(&toml(&[]), "gc_server=info").await;
    process.client().hello("before").await;
    let fixed = [
        ("http.health_listen", "'127.0.0.1:1'"),
        ("store.path", "'/tmp/gc-of-a-test.redb'"),
        ("callback.max_age", "'2h'"),
        ("callback.rejected_tries", "5"),
        ("session.deadline", "'7s'"),
    ];
    // `reload` writes a configuration that logs at INFO.
    process.reload(&toml(&fixed), "only a restart changes anything").await;
    process.client().hello("after").await;
    process.terminate().await;
    let (code, logs) = process.ended().await;
    let registered: Vec<_> = logs.lines().filter(|line| line.contains("client registered")).collect();
    assert!(registered.len() == 1 && registered[0].contains("after"), "{logs}");
    let warnings: Vec<_> = logs.lines().filter(|line| line.contains("only a restart")).collect();
    assert_eq!((code, warnings.len()), (Some(0), 1), "{logs}");
    let keys = "\"keys\":\"callback.max_age, http.health_listen, session.deadline, store.path\"";
    assert!(warnings[0].contains(keys) && warnings[0].contains("\"WARN\""), "{logs}");
    sim.shutdown().await;
}

#[tokio::test]
async fn what_callbacks_may_go_to_counts_from_the_reload_on() {
    let sim = simulator(true).await;
    let toml = |allow: &str| gc_toml(&sim, &[("callback.allow", allow)]);
    let process = Process::serve(&toml("[]"), "info").await;
    let anyone = process.client();
    let hello = async || {
        anyone
            .send_data(json!({ "type": "Hello#desk", "callbackFqdn": "http://169.254.169.254/latest" }))
            .await
    };
    hello().await.is_error(400, "PLEASE_RETRY");
    process.reload(&toml("['169.254.169.254']"), "\"reloaded\"").await;
    assert_eq!(hello().await.status, 202);
    process.reload(&toml("[]"), "\"reloaded\"").await;
    hello().await.is_error(400, "PLEASE_RETRY");
    process.terminate().await;
    assert_eq!(process.ended().await.0, Some(0));
    sim.shutdown().await;
}

#[tokio::test]
async fn a_faulty_file_is_logged_with_all_of_its_faults() {
    let sim = simulator(true).await;
    let process = Process::serve(&gc_toml(&sim, &[]), "info").await;
    let faulty =
        gc_toml(&sim, &[("http.max_clients", "0"), ("session.deadline", "7"), ("http.opne", "true")]);
    process.reload(&faulty, "nothing reloaded").await;
    process.client().hello("desk").await;
    let file = format!("{}:", process.file());
    process.terminate().await;
    let (_, logs) = process.ended().await;
    let error = logs.lines().find(|line| line.contains("nothing reloaded")).unwrap();
    for key in ["http.max_clients: ", "session.deadline: ", "http.opne: "] {
        let (before, _) = error.split_once(key).unwrap_or_else(|| panic!("{key}: {error}"));
        let place = before.rsplit("; ").next().unwrap();
        assert!(place.contains(&file), "with its file and line: {error}");
    }
    sim.shutdown().await;
}

#[tokio::test]
async fn no_hangup_ends_the_process_whatever_it_is_doing() {
    let sim = simulator(true).await;
    let process = Process::listening(&gc_toml(&sim, &[]), "info").await;
    for _ in 0..5 {
        process.signal("HUP").await;
    }
    process.logged("\"reloaded\"").await;
    process.client().hello("desk").await;
    process.signal("TERM").await;
    process.signal("HUP").await;
    assert_eq!(process.ended().await.0, Some(0));
    sim.shutdown().await;
}

#[tokio::test]
async fn a_program_without_a_configuration_is_not_ended_by_a_hangup_either() {
    use tokio::io::{AsyncBufReadExt, BufReader};
    let mut listen = crate::support::process::program();
    listen.args(["listen", "--listen", "127.0.0.1:0"]).stdout(std::process::Stdio::piped());
    let mut listen = listen.spawn().unwrap();
    let mut lines = BufReader::new(listen.stdout.take().unwrap()).lines();
    let line = lines.next_line().await.unwrap().unwrap();
    let url = line.strip_prefix("receiving callbacks at ").unwrap().to_owned();
    let signal = async |name: &str| {
        let kill = format!("kill -{name} {}", listen.id().unwrap());
        assert!(tokio::process::Command::new("sh").arg("-c").arg(kill).status().await.unwrap().success());
    };
    signal("HUP").await;
    assert_eq!(crate::support::http().post(url).body("{}").send().await.unwrap().status(), 204);
    signal("TERM").await;
    let status = listen.wait().await.unwrap();
    assert_eq!(status.code(), Some(0), "{status}");
}
