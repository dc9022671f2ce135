//! What a stranger who reaches the listener tries, without a token, with a wrong one, and with that of another tenant. Each
//! time nothing happens, and the answer does not say what is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::json;

use crate::support::receiver::Receiver;
use crate::support::soon;
use crate::support::stage::Stage;
use crate::support::tenants::{ACMES_SESSION, Tenants, refuses};

#[tokio::test]
async fn a_stranger_drives_an_agent_by_leaving_session_url_out() {
    let tenants = Tenants::at_work().await;
    for (who, stranger) in tenants.strangers() {
        for command in ["MakeReady#1001", "MakeCall#1001", "Logout#1001", "force_logout#1001"] {
            refuses(who, &stranger.send(command, "2002").await, 409, "RE_LOGIN");
            // Nor does it help to know the session.
            let named = json!({ "type": command, "body": "2002", "sessionUrl": ACMES_SESSION });
            refuses(who, &stranger.send_data(named).await, 409, "RE_LOGIN");
        }
    }
    assert_eq!(tenants.stage.server.pending_commands(), 0);
    tenants.end().await;
}

#[tokio::test]
async fn a_stranger_reads_an_agents_live_stream() {
    let tenants = Tenants::at_work().await;
    for (who, stranger) in tenants.strangers() {
        let stream = stranger.http.get(format!("{}/gc/events/acme", stranger.url));
        refuses(who, &stranger.ask(stream).await, 404, "There is no client");
    }
    tenants.end().await;
}

#[tokio::test]
async fn a_stranger_redirects_a_callback_with_one_hello() {
    let tenants = Tenants::start().await;
    let (mut acmes, strangers) = (Receiver::good().await, Receiver::good().await);
    tenants.acme.hello_with_callback("acme", &acmes.url).await;
    acmes.next().await;
    for (who, stranger) in tenants.strangers() {
        let hello = json!({ "type": "Hello#acme", "callbackFqdn": strangers.url });
        refuses(who, &stranger.send_data(hello).await, 403, "not one of this caller's");
        let connect = json!({ "type": "Connect#1001", "body": "acme,demo", "callbackFqdn": strangers.url });
        refuses(who, &stranger.send_data(connect).await, 403, "not one of this caller's");
        tenants.acme.accepted("Beat#acme", "").await;
        assert_eq!(acmes.next().await.event["type"], "System", "{who}");
    }
    assert!(strangers.is_empty());
    tenants.stage.end().await;
}

#[tokio::test]
async fn a_stranger_overwrites_a_session_url() {
    let tenants = Tenants::start().await;
    let mut acmes = Receiver::good().await;
    let hello = json!({ "type": "Hello#acme", "sessionUrl": ACMES_SESSION, "callbackFqdn": acmes.url });
    tenants.acme.send_data(hello).await.command_id();
    acmes.next().await;
    for (who, stranger) in tenants.strangers() {
        let hello = json!({ "type": "Hello#acme", "sessionUrl": "https://stranger.example" });
        refuses(who, &stranger.send_data(hello).await, 403, "not one of this caller's");
        tenants.acme.accepted("Beat#acme", "").await;
        assert_eq!(acmes.next().await.headers["gc-session-url"], ACMES_SESSION, "{who}");
    }
    tenants.stage.end().await;
}

#[tokio::test]
async fn a_stranger_takes_the_events_of_a_client_without_callback_by_a_plain_get() {
    let tenants = Tenants::start().await;
    tenants.acme.hello("acme").await;
    for (who, stranger) in tenants.strangers() {
        let stream = stranger.http.get(format!("{}/gc/events/acme?last_event_id=", stranger.url));
        refuses(who, &stranger.ask(stream).await, 404, "There is no client");
    }
    let first = tenants.acme.events("acme", None).await.next().await.unwrap();
    assert_eq!((first.sequence(), first.brief().as_str()), (1, "System IN_SERVICE"));
    tenants.stage.end().await;
}

#[tokio::test]
async fn a_stranger_locks_an_account_with_six_connects() {
    let tenants = Tenants::at_work().await;
    for (who, stranger) in tenants.strangers() {
        for _ in 0..6 {
            refuses(who, &stranger.send("Connect#1001", "acme,wrong").await, 409, "RECONNECT");
        }
    }
    let nobody = tenants.stage.client();
    for _ in 0..6 {
        refuses("without a token", &nobody.send("Connect#1001", "nobody,wrong").await, 401, "");
    }
    // A tenant may connect the agent, if it has the password.
    let mut bells = tenants.bell.watched("bell").await;
    for connect in 0..6 {
        tenants.bell.accepted("Connect#1001", "bell,wrong").await;
        bells.brief(if connect < 2 { "Error SUBSCRIPTION_FAILED" } else { "Error PLEASE_RETRY" }).await;
    }
    // Finesse is read with the password, so the account is not locked.
    tenants.end().await;
}

#[tokio::test]
async fn a_stranger_on_an_open_listener_does_not_lock_an_account_either() {
    let stage = Stage::start().await;
    let (owner, stranger) = (stage.client(), stage.client());
    let mut acmes = owner.watched("acme").await;
    owner.signs_in("1001", "acme", &mut acmes).await;
    // As itself, as the owner, and with the owner's own commands.
    let mut strangers = stranger.watched("stranger").await;
    for connect in 0..6 {
        stranger.accepted("Connect#1001", "stranger,wrong").await;
        strangers.brief(if connect < 2 { "Error SUBSCRIPTION_FAILED" } else { "Error PLEASE_RETRY" }).await;
    }
    for connect in 0..6 {
        stranger.accepted("Connect#1001", "acme,wrong").await;
        acmes.brief(if connect < 1 { "Error SUBSCRIPTION_FAILED" } else { "Error PLEASE_RETRY" }).await;
    }
    stranger.accepted("Login#1001", "wrong,2001").await;
    acmes.brief("Error PLEASE_RETRY").await;

    // Finesse is read with the password, so the account is not locked.
    owner.accepted("GetState#1001", "").await;
    acmes.of_type("DialogState").await;
    stage.end().await;
}

#[tokio::test]
async fn a_stranger_takes_all_command_slots_of_an_agent() {
    let tenants = Tenants::at_work().await;
    for (who, stranger) in tenants.strangers() {
        for _ in 0..65 {
            refuses(who, &stranger.send("GetState#1001", "").await, 409, "RE_LOGIN");
            assert_eq!(tenants.stage.server.pending_commands(), 0, "{who}");
        }
    }
    // Connect is the one command that others may send.
    tenants.bell.hello("bell").await;
    let check = json!({ "method": "GET", "path": "/finesse/api/User/1001" });
    tenants.stage.control().fault(json!({ "when": check, "then": { "do": "delay", "ms": 2000 } })).await;
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(tenants.bell.send("Connect#1001", "bell,wrong").await.status);
    }
    assert_eq!(statuses, [202, 202, 202, 202, 429, 429]);
    tenants.stage.control().until_faults_are_used().await;
    let mut acmes = tenants.acme.events("acme", None).await;
    tenants.acme.accepted("GetState#1001", "").await;
    acmes.of_type("DialogState").await;
    tenants.end().await;
}

#[tokio::test]
async fn a_stranger_sprays_one_password_over_all_agents() {
    let tenants = Tenants::start().await;
    for (who, stranger) in tenants.strangers() {
        for agent in 1001..=1020 {
            // With a callback the owner's destination need not be there; it is not a tenant's to use all the same.
            for (callback, status) in [(json!(null), 409), (json!("http://127.0.0.1:1"), 403)] {
                let mut connect = json!({ "type": format!("Connect#{agent}"), "body": "acme,demo" });
                if callback.is_string() {
                    connect["callbackFqdn"] = callback;
                }
                refuses(who, &stranger.send_data(connect).await, status, "");
            }
        }
    }
    assert_eq!(tenants.stage.server.sessions(), 0);
    let users = tenants.stage.control().get("users").await;
    assert!(users.iter().all(|user| user["streams"] == json!([])), "somebody was signed in");
    tenants.stage.end().await;
}

#[tokio::test]
async fn a_tenant_sprays_one_password_over_all_agents() {
    let tenants = Tenants::with(&[("session.max_refused_passwords", "5")]).await;
    let mut bells = tenants.bell.watched("bell").await;
    let mut others = tenants.bell.watched("bell-2").await;
    // Together, so that none has been refused when the last one comes.
    for agent in 1001..=1020 {
        tenants.bell.accepted(&format!("Connect#{agent}"), "bell,guess").await;
    }
    let mut refused = 0;
    for _ in 1001..=1020 {
        let error = bells.of_type("Error").await;
        refused += usize::from(error.brief() == "Error SUBSCRIPTION_FAILED");
    }
    assert_eq!(refused, 5);
    // Another destination of the same tenant has no limit of its own, and the right password is not found either.
    tenants.bell.accepted("Connect#1021", "bell-2,demo").await;
    others.brief("Error PLEASE_RETRY").await;

    let mut acmes = tenants.acme.watched("acme").await;
    tenants.acme.signs_in("1001", "acme", &mut acmes).await;
    tenants.stage.end().await;
}

#[tokio::test]
async fn a_stranger_learns_which_clients_and_agents_are_there() {
    let tenants = Tenants::at_work().await;
    // The clients acme and acme-2, of which one is there, and the agents 1001 and 1002.
    let names = [["acme", "acme-2"], ["1001", "1002"]];
    for (who, stranger) in tenants.strangers() {
        for (command, body, [there, not_there]) in [
            ("Hello#@", "", names[0]),
            ("Beat#@", "", names[0]),
            ("Connect#1001", "@,demo", names[0]),
            ("GetState#@", "", names[1]),
            ("MakeReady#@", "", names[1]),
            ("getteamusers#@", "1", names[1]),
            ("AnswerCall#@", "17", names[1]),
        ] {
            let learns = async |name: &str| {
                let answer = stranger.send(&command.replace('@', name), &body.replace('@', name)).await;
                (answer.status, answer.json.to_string().replace(name, "@"))
            };
            assert_eq!(learns(there).await, learns(not_there).await, "{who} {command}");
        }
        let reads = async |name: &str| {
            let answer = stranger.get(&format!("/gc/events/{name}")).await;
            (answer.status(), soon("an end", answer.text()).await.unwrap().replace(name, "@"))
        };
        assert_eq!(reads("acme").await, reads("acme-2").await, "{who}");
    }
    tenants.end().await;
}

#[tokio::test]
async fn a_stranger_has_the_server_post_to_an_address_of_its_choice() {
    let tenants = Tenants::start().await;
    let inside = Receiver::good().await;
    for (who, stranger) in tenants.strangers() {
        // With its own destination a tenant may name an address that the guard allows.
        for (command, body, status) in [
            ("Hello#bell", "", 400),
            ("Connect#1001", "bell,demo", 400),
            ("Hello#acme", "", 403),
            ("Connect#1001", "acme,demo", 403),
        ] {
            let host = if status == 400 { "http://169.254.169.254/" } else { &inside.url };
            let data = json!({ "type": command, "body": body, "callbackFqdn": host });
            refuses(who, &stranger.send_data(data).await, status, "");
        }
    }
    tenants.stage.control().system("OUT_OF_SERVICE").await;
    tenants.acme.hello("acme").await;
    tenants.acme.events("acme", None).await.of_type("System").await;
    assert!(inside.is_empty());
    tenants.stage.end().await;
}

const DOCUMENT: &str = include_str!("../../../../docs/security.md");

/// The names in the last column of a table: of each row.
fn tests_of_rows(table: &str) -> Vec<Vec<&str>> {
    let cells = table.lines().skip(2).map(|row| row.trim_end_matches(" |").rsplit_once("| ").unwrap().1);
    cells.map(|cell| cell.split('`').skip(1).step_by(2).collect()).collect()
}

#[test]
fn every_act_of_a_stranger_is_in_the_document_with_its_test() {
    let (_, section) = DOCUMENT.split_once("### What a stranger tries").unwrap();
    let table = section.split("\n\n").find(|part| part.starts_with("| the stranger |")).unwrap();
    let listed: Vec<_> = tests_of_rows(table).into_iter().map(|tests| tests[0]).collect();
    let here = include_str!("strangers.rs").lines();
    let tests = here.filter_map(|line| line.strip_prefix("async fn ")?.strip_suffix("() {"));
    assert_eq!(listed, tests.collect::<Vec<_>>());
}

#[test]
fn every_attack_in_the_document_has_a_test_that_exists() {
    let mut tests = BTreeSet::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for folder in ["bin", "crates"] {
        names_of_tests(&root.join(folder), &mut tests);
    }
    let begins = ["| attack | answer |", "| the stranger |"];
    let tables = DOCUMENT.split("\n\n").filter(|part| begins.iter().any(|begin| part.starts_with(begin)));
    let mut count = 0;
    for (table, row) in tables.flat_map(|table| table.lines().skip(2).zip(tests_of_rows(table))) {
        count += 1;
        assert!(!row.is_empty() || table.ends_with("| none: nothing stops it |"), "no test: {table}");
        for test in row {
            assert!(tests.contains(test), "there is no test {test}: {table}");
        }
    }
    assert_eq!(count, 69, "rows of seven tables");
}

/// The names of all tests in the files below a folder.
fn names_of_tests(folder: &Path, names: &mut BTreeSet<String>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            names_of_tests(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let mut is_test = false;
            for line in fs::read_to_string(&path).unwrap().lines().map(str::trim) {
                if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                    is_test = true;
                } else if let Some((_, name)) = line.split_once("fn ").filter(|_| is_test) {
                    names.extend(name.split_once('(').map(|(name, _)| name.to_owned()));
                    is_test = false;
                }
            }
        }
    }
}
