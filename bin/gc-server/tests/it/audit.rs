//! The audit log: who asked what of whom, and what came of it.

use gc_access::Token;
use serde_json::{Value, json};

use crate::support::process::Process;
use crate::support::stage::{Control, gc_toml, simulator};
use crate::support::tenants::{Tenants, entry, token};

/// The audit log among these logs, each entry as `action agent client outcome reason-or-error`.
pub(crate) fn entries(logs: &str) -> Vec<(Value, String)> {
    let lines = logs.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let audit = lines.filter(|line| line["target"] == "audit").map(|line| line["fields"].clone());
    audit
        .map(|fields| {
            let names = ["principal", "action", "agent", "client", "outcome", "reason", "error"];
            let words: Vec<_> = names.iter().map(|name| fields[name].as_str().unwrap_or("-")).collect();
            let brief = words.join(" ");
            (fields, brief)
        })
        .collect()
}

#[tokio::test]
async fn each_command_is_a_line_when_it_is_taken_and_one_when_it_ends() {
    let sim = simulator(true).await;
    let clients = format!("[{}]", entry("crm", 1, "supervisor"));
    // Little is logged; the audit log is there all the same.
    let process = Process::serve(&gc_toml(&sim, &[("client", &clients)]), "gc_server=info,off").await;
    let crm = process.client().bearing(&token(1));
    let mut events = crm.watched("crm-1").await;
    crm.signs_in("1001", "crm-1", &mut events).await;
    let failed = crm.accepted("Logout#1001", "not, an, argument").await;
    events.of_type("Error").await;
    let mine = json!({ "type": "MakeReady#1001", "correlationId": "mine" });
    assert_eq!(crm.send_data(mine).await.command_id(), "mine");
    events.brief("State READY").await;
    process.terminate().await;
    let (_, logs) = process.ended().await;
    let entries = entries(&logs);
    let briefs: Vec<_> = entries.iter().map(|(_, brief)| brief.as_str()).collect();
    let expected = vec![
        "crm Hello - crm-1 accepted - -",
        "crm Hello - crm-1 done - -",
        "crm GET /gc/events/{client_destination} - crm-1 accepted - -",
        "crm Connect 1001 crm-1 accepted - -",
        "crm Connect 1001 crm-1 done - -",
        "crm Login 1001 crm-1 accepted - -",
        "crm Login 1001 crm-1 done - -",
        "crm Logout 1001 crm-1 accepted - -",
        "crm Logout 1001 crm-1 failed - PLEASE_RETRY",
        "crm MakeReady 1001 crm-1 accepted - -",
        "crm MakeReady 1001 crm-1 done - -",
    ];
    // An outcome may be written after the client has sent its next command.
    let sorted = |mut lines: Vec<&str>| {
        lines.sort_unstable();
        lines.join("\n")
    };
    assert_eq!(sorted(briefs.clone()), sorted(expected));
    for (fields, _) in &entries {
        let first = entries.iter().find(|(other, _)| other["command_id"] == fields["command_id"]);
        assert_eq!(first.unwrap().0["outcome"], "accepted", "{briefs:#?}");
    }

    let place = |line: &str| briefs.iter().position(|brief| *brief == line).unwrap();
    let fields = |line: &str| &entries[place(line)].0;
    let failed_fields = fields("crm Logout 1001 crm-1 failed - PLEASE_RETRY");
    assert_eq!(failed_fields["command_id"], failed);
    assert_eq!(failed_fields["address"], "127.0.0.1");
    assert!(failed_fields["ms"].is_u64(), "{failed_fields}");
    for outcome in ["accepted", "done"] {
        assert_eq!(fields(&format!("crm MakeReady 1001 crm-1 {outcome} - -"))["command_id"], "mine");
    }
    sim.shutdown().await;
}

#[tokio::test]
async fn each_refusal_is_a_line_with_its_reason() {
    let sim = simulator(true).await;
    let clients = format!("[{}, {}]", entry("crm", 1, "agent"), entry("root", 2, "admin"));
    let settings = [("client", clients.as_str()), ("http.hosts", "['gc.example']")];
    let process = Process::serve(&gc_toml(&sim, &settings), "info").await;
    let nobody = process.client();
    let crm = nobody.bearing(&token(1));
    let stranger = nobody.bearing(&token(9));
    nobody.send("Connect#1001", "crm,demo").await.is_error(401, "GENERAL_ERROR");
    stranger.send("Connect#1001", "crm,demo").await.is_error(401, "GENERAL_ERROR");
    nobody.authorized("Basic MTAwMTpkZW1v").get("/gc/events/crm").await;
    assert_eq!(crm.send("bargein#1001", "17").await.status, 403);
    crm.send("Hello#other", "").await.is_error(403, "GENERAL_ERROR");
    assert_eq!(crm.send("GetState#1001 outcome=done", "").await.status, 409);
    crm.send_raw("text/plain", "Connect").await;
    crm.send_raw("application/json", "Connect").await;
    crm.send_data(json!({ "type": "Hello#crm", "callbackFqdn": "http://169.254.0.1" })).await;
    crm.get("/gc/events/other?token=gct_1").await;
    crm.get("/gc/events/crm").await;
    crm.get("/gc/command").await;
    crm.get("/elsewhere/gct_1").await;
    crm.get("/admin/refusals").await;
    let page = crm.http.get(format!("{}/gc/events/crm", crm.url)).header("origin", "https://page.example");
    crm.ask(page).await;
    let named = crm.http.get(format!("{}/health/live", crm.url)).header("host", "page.example");
    crm.ask(named).await;
    // Nothing is refused here, and health is nobody's business.
    nobody.get("/health/live").await;
    nobody.bearing(&token(2)).get("/admin/refusals").await;
    process.terminate().await;
    let (_, logs) = process.ended().await;
    assert!(!logs.contains("gct_"), "{logs}");
    let entries = entries(&logs);
    let briefs: Vec<_> = entries.iter().map(|(_, brief)| brief.as_str()).collect();
    assert_eq!(
        briefs,
        [
            "- POST /gc/command - - refused no_credentials -",
            "- POST /gc/command - - refused unknown_token -",
            "- GET /gc/events/{client_destination} - - refused unusable_header -",
            "crm bargein 1001 - refused right_missing -",
            "crm Hello - other refused not_its_own -",
            "crm GetState 1001 outcome=done - refused unknown_agent -",
            "crm POST /gc/command - - refused not_json -",
            "crm POST /gc/command - - refused bad_request -",
            "crm Hello - crm refused bad_callback -",
            "crm GET /gc/events/{client_destination} - other refused not_its_own -",
            "crm GET /gc/events/{client_destination} - crm refused unknown_client -",
            "- GET /gc/command - - refused method_not_allowed -",
            "- GET elsewhere - - refused not_found -",
            "crm GET /admin/refusals - - refused right_missing -",
            "- GET /gc/events/{client_destination} - - refused foreign_page -",
            "- GET /health/live - - refused foreign_host -",
            "root GET /admin/refusals - - accepted - -",
        ]
    );
    sim.shutdown().await;
}

#[tokio::test]
async fn a_command_that_the_stop_ends_has_its_line_too() {
    let sim = simulator(true).await;
    let settings = [("http.stop_grace", "'100ms'")];
    let process = Process::serve(&gc_toml(&sim, &settings), "info").await;
    let client = process.client();
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    Control::of(&sim).fault(json!({ "when": { "action": "READY" }, "then": { "do": "silent" } })).await;
    client.accepted("MakeReady#1001", "").await;
    process.terminate().await;
    let (_, logs) = process.ended().await;
    let ended = "anyone MakeReady 1001 desk failed - PLEASE_RETRY";
    assert!(entries(&logs).iter().any(|(_, brief)| brief == ended), "{logs}");
    sim.shutdown().await;
}

#[tokio::test]
async fn administrators_see_how_many_requests_were_refused_for_which_reason() {
    let admin = entry("root", 3, "admin");
    let clients = format!("[{}, {admin}]", entry("acme", 1, "agent"));
    let Tenants { stage, acme, .. } = Tenants::with(&[("client", &clients)]).await;
    let counts = async |who: &Token| {
        let answer = stage.client().bearing(who).get("/admin/refusals").await;
        assert_eq!(answer.status(), 200);
        answer.json::<Value>().await.unwrap()
    };
    let before = counts(&token(3)).await;
    for number in [8, 9] {
        stage.client().bearing(&token(number)).send("Hello#acme", "").await;
    }
    acme.get("/admin/refusals").await;
    let after = counts(&token(3)).await;
    let rose = |reason: &str| after[reason].as_u64().unwrap() - before[reason].as_u64().unwrap();
    assert_eq!((rose("unknown_token"), rose("right_missing"), rose("not_its_own")), (2, 1, 0), "{after}");
    stage.end().await;
}
