//! The program against a connector and a simulator in this process. Only counts are checked, because times depend on
//! the machine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod spawn;
mod support;

use serde_json::json;
use support::{Stage, counts, gc_load};

#[tokio::test]
async fn five_agents_take_a_call_each_and_every_step_is_counted() {
    let stage = Stage::start().await;
    let ran = stage.load("calls", &["--agents", "5", "--clients", "2", "--all-at-once"]).await;
    ran.is_good();
    assert_eq!(
        counts(&ran.json),
        [
            "log in and ready 5/5: Connect 5, Login 5, MakeReady 5, chain 5",
            "ring and answer 5/5: ring 5, AnswerCall 5, chain 5",
            "release 5/5: ReleaseCall 5, chain 5",
            "sign out 5/5: MakeNotReady 5, Logout 5, chain 5",
        ]
    );
    assert_eq!((&ran.json["clients"], &ran.json["atOnce"]), (&json!(2), &json!(5)));
    assert_eq!(ran.json["eventsBy"], "callback");
    // For each agent ConnectStatus, AgentInfo, DialogState; a State for each step; three events of the call.
    assert!(ran.json["events"]["received"].as_u64().unwrap() >= 5 * 11, "{}", ran.json["events"]);
    let costs = ran.json["phases"][0]["processes"].as_array().unwrap();
    let names: Vec<_> = costs.iter().map(|cost| cost["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["server", "simulator", "gc-load"]);
    for member in ["rssBytes", "openFiles"] {
        assert!(costs.iter().all(|cost| cost[member].as_u64() > Some(0)), "{costs:?}");
    }
    stage.assert_everybody_signed_out().await;
    stage.end().await;
}

#[tokio::test]
async fn in_a_shift_every_agent_takes_one_call_in_each_interval() {
    let stage = Stage::start().await;
    // Due at 0 and 400 ms for the first agent, at 200 and 600 ms for the second one.
    let options = ["--agents", "2", "--for", "700ms", "--every", "400ms", "--talk", "10ms"];
    let ran = stage.load("shift", &options).await;
    ran.is_good();
    assert_eq!(
        counts(&ran.json),
        [
            "log in and ready 2/2: Connect 2, Login 2, MakeReady 2, chain 2",
            "shift 2/2: ring 4, AnswerCall 4, ReleaseCall 4, chain 4",
            "sign out 2/2: MakeNotReady 2, Logout 2, chain 2",
        ]
    );
    assert_eq!(ran.json["scenario"], "shift");
    stage.assert_everybody_signed_out().await;
    stage.end().await;
}

#[tokio::test]
async fn calls_that_are_missed_need_no_command() {
    let stage = Stage::start().await;
    // Due at 0 and 200 ms for the first agent, at 100 and 300 ms for the second one.
    let options = ["--agents", "2", "--for", "350ms", "--every", "200ms", "--talk", "10ms"];
    let ran = stage.load("missed", &options).await;
    ran.is_good();
    assert_eq!(counts(&ran.json)[1], "missed calls 2/2: ring 4, hang up 4, chain 4");
    stage.assert_everybody_signed_out().await;
    stage.end().await;
}

#[tokio::test]
async fn calls_that_are_due_come_late_rather_than_never_and_count_from_when_they_were_due() {
    let stage = Stage::start().await;
    // Each call takes 60 ms at least, so that the fifth call, due at 40 ms, begins after 240 ms.
    let options = ["--agents", "1", "--for", "50ms", "--every", "10ms", "--talk", "60ms"];
    let ran = stage.load("shift", &options).await;
    ran.is_good();
    let ring = &ran.json["phases"][1]["steps"][0];
    assert_eq!((&ring["name"], &ring["count"]), (&json!("ring"), &json!(5)));
    assert!(ring["maxMs"].as_f64().unwrap() >= 200.0, "{ring}");
    stage.end().await;
}

#[tokio::test]
async fn the_live_stream_delivers_the_same_as_callbacks() {
    let stage = Stage::start().await;
    let ran = stage.load("ready", &["--agents", "5", "--clients", "2", "--at-once", "2", "--stream"]).await;
    ran.is_good();
    assert_eq!(
        counts(&ran.json),
        [
            "log in and ready 5/5: Connect 5, Login 5, MakeReady 5, chain 5",
            "sign out 5/5: MakeNotReady 5, Logout 5, chain 5",
        ]
    );
    assert_eq!((&ran.json["eventsBy"], &ran.json["atOnce"]), (&json!("stream"), &json!(2)));
    stage.other_clients_are_refused().await;
    stage.assert_everybody_signed_out().await;
    stage.end().await;
}

#[tokio::test]
async fn commands_may_go_to_several_connectors_and_events_wait_for_a_client_that_is_away() {
    let stage = Stage::start().await;
    let server = stage.server_url();
    let options = ["--agents", "2", "--server", &server, "--connections", "1", "--waiting", "7"];
    let ran = stage.load("ready", &options).await;
    ran.is_good();
    assert_eq!((&ran.json["connectors"], &ran.json["waiting"]), (&json!(2), &json!(7)));
    assert_eq!(stage.events_waiting_for("load-away").await, 7);
    stage.end().await;
}

#[tokio::test]
async fn after_an_outage_every_agent_has_logged_in_once_more_and_is_still_signed_in() {
    let stage = Stage::start().await;
    let ran = stage.load("outage", &["--agents", "5", "--all-at-once", "--away", "1500ms"]).await;
    ran.is_good();
    assert_eq!(
        counts(&ran.json),
        [
            "log in and ready 5/5: Connect 5, Login 5, MakeReady 5, chain 5",
            "sign out 5/5: MakeNotReady 5, Logout 5, chain 5",
        ]
    );
    let outage = &ran.json["outage"];
    assert_eq!((&outage["back"], &outage["logins"]), (&json!(5), &json!(5)), "{outage}");
    assert_eq!(outage["streams"]["count"], 5, "{outage}");
    // Each is read again: the user and its calls.
    assert!(outage["requests"].as_u64() >= Some(10), "{outage}");
    stage.end().await;
}

#[tokio::test]
async fn a_failed_agent_is_counted_by_its_code_and_the_others_continue() {
    let stage = Stage::start().await;
    // 1019 and 1020 exist, 1021 does not.
    let options = ["--agents", "3", "--first-agent", "1019", "--first-extension", "2019"];
    let ran = stage.load("ready", &options).await;
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert_eq!(
        counts(&ran.json),
        [
            "log in and ready 2/3: Connect 2, Login 2, MakeReady 2, chain 2",
            "sign out 2/2: MakeNotReady 2, Logout 2, chain 2",
        ]
    );
    assert_eq!(ran.json["phases"][0]["errors"], json!({ "SUBSCRIPTION_FAILED": 1 }));
    let first = json!([{ "agent": "1021", "step": "Connect", "code": "SUBSCRIPTION_FAILED" }]);
    assert_eq!(ran.json["phases"][0]["firstFailures"], first);
    stage.end().await;
}

#[tokio::test]
async fn calls_that_the_simulator_refuses_fail_without_blocking() {
    let stage = Stage::start().await;
    // Not a control API: the connector itself responds 404.
    let control = stage.server_url();
    let ran = stage.load("calls", &["--agents", "2", "--control", &control]).await;
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let phase = &ran.json["phases"][1];
    assert_eq!((&phase["began"], &phase["completed"]), (&json!(2), &json!(0)));
    assert_eq!(phase["errors"], json!({ "simulator: HTTP 404": 2 }));
    assert_eq!(ran.json["phases"][3]["began"], 0);
    stage.end().await;
}

#[tokio::test]
async fn a_missing_connector_is_reported() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let server = format!("http://{address}");
    let ran = gc_load(&["login", "--server", &server]).await;
    assert_eq!(ran.code, Some(69));
    assert!(ran.stderr.starts_with(&format!("gc-load: no connector at {server}: ")), "{}", ran.stderr);
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
}

#[tokio::test]
async fn a_connector_that_does_not_know_the_load_says_so_in_its_own_words() {
    let hash = gc_access::Token::new(&secrecy::SecretBox::new(Box::new([1; 32]))).hash();
    let known = format!(
        "[[client]]\nname = 'crm'\ntoken_hashes = ['{hash}']\ndestinations = ['crm']\nrights = ['agent']\n"
    );
    let stage = Stage::with(&known).await;
    let ran = gc_load(&["login", "--server", &stage.server_url()]).await;
    let says = "gc-load: Hello of load-0 is refused: HTTP 401 GENERAL_ERROR: The request has no token";
    assert!(ran.code == Some(69) && ran.stderr.starts_with(says), "{}", ran.stderr);
    stage.end().await;
}

#[tokio::test]
async fn a_process_that_cannot_be_measured_is_an_error_before_the_load() {
    let ran = gc_load(&["login", "--sim-pid", "1073741824"]).await;
    assert_eq!(ran.code, Some(69));
    assert!(ran.stderr.starts_with("gc-load: simulator (/proc/1073741824/stat): "), "{}", ran.stderr);
}

#[tokio::test]
async fn without_json_the_report_is_a_table() {
    let stage = Stage::start().await;
    let ran = gc_load(&["login", "--agents", "1", "--server", &stage.server_url()]).await;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("\nlog in and out: 1 of 1 agents in "), "{}", ran.stdout);
    assert_eq!(ran.stderr, "", "no progress without a terminal");
    stage.end().await;
}

/// The shortest report: what it measures takes as long as it has to.
const SHORT: [&str; 8] = ["--for", "300ms", "--every", "150ms", "--talk", "10ms", "--away", "1500ms"];

#[tokio::test]
async fn the_report_is_made_of_a_connector_that_runs_but_without_a_restart() {
    let stage = Stage::start().await;
    let ran = stage.load("report", &[&["--agents", "3"], &SHORT[..]].concat()).await;
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.stdout, ran.stderr);
    let reports = ran.json["reports"].as_array().unwrap();
    let scenarios: Vec<_> = reports.iter().map(|report| report["scenario"].as_str().unwrap()).collect();
    assert_eq!(scenarios, ["login", "ready", "calls", "shift", "outage"]);
    for report in reports {
        assert_eq!((&report["agents"], &report["atOnce"]), (&json!(3), &json!(3)), "{report}");
        let costs = report["phases"][0]["processes"].as_array().unwrap();
        let names: Vec<_> = costs.iter().map(|cost| cost["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["server", "simulator", "gc-load"]);
    }
    let [_, shift, _] = &counts(&reports[3])[..] else { panic!("{}", ran.stdout) };
    assert_eq!(shift, "shift 3/3: ring 6, AnswerCall 6, ReleaseCall 6, chain 6");
    assert_eq!(reports[4]["outage"]["streams"]["count"], 3, "{}", reports[4]);
    let left_out = ran.json["leftOut"].as_array().unwrap();
    assert_eq!((left_out.len(), &left_out[0]["scenario"]), (1, &json!("restart")));
    assert!(left_out[0]["why"].as_str().unwrap().ends_with("without --server"), "{left_out:?}");
    stage.assert_everybody_signed_out().await;
    stage.end().await;
}

#[tokio::test]
async fn without_a_control_api_the_report_says_what_is_left_out_and_why() {
    let stage = Stage::start().await;
    let server = stage.server_url();
    let ran = gc_load(&["report", "--server", &server, "--agents", "2"]).await;
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.stdout, ran.stderr);
    let lines: Vec<_> = ran.stdout.lines().skip(2).filter(|line| !line.is_empty()).collect();
    let begins = ["| log in and out | 2 | ", "| log in and ready | 2 | "];
    let begins =
        begins.into_iter().chain(["calls is left out: ", "shift is left out: ", "outage is left out: "]);
    let begins: Vec<_> = begins.chain(["restart is left out: "]).collect();
    assert_eq!(lines.len(), begins.len(), "{}", ran.stdout);
    assert!(lines.iter().zip(begins).all(|(line, begin)| line.starts_with(begin)), "{}", ran.stdout);
    // Where nothing is left, nothing is loaded.
    let ran = gc_load(&["sizing", "--server", &server]).await;
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{}", ran.stderr);
    assert!(ran.stderr.contains("shift is left out: ") && ran.stderr.contains("--control"), "{}", ran.stderr);
    stage.end().await;
}

#[tokio::test]
async fn the_sizing_is_measured_of_a_connector_that_runs() {
    let stage = Stage::start().await;
    let ran = stage.load("sizing", &[&["--agents", "2"], &SHORT[..6]].concat()).await;
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.stdout, ran.stderr);
    let [report] = &ran.json["reports"].as_array().unwrap()[..] else { panic!("{}", ran.stdout) };
    let [_, shift, _] = &counts(report)[..] else { panic!("{}", ran.stdout) };
    assert_eq!(shift, "shift 2/2: ring 4, AnswerCall 4, ReleaseCall 4, chain 4");
    assert_eq!(report["store"], json!(null), "what a connector that runs keeps is not known");
    stage.end().await;
}

#[tokio::test]
async fn what_was_measured_before_a_failure_is_shown() {
    let stage = Stage::start().await;
    // Not a control API: the connector itself responds 404.
    let control = stage.server_url();
    let ran = stage.load("report", &[&["--agents", "1", "--control", &control], &SHORT[..]].concat()).await;
    assert_eq!(ran.code, Some(69), "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("\ngc-load: the simulator: HTTP status client error (404"), "{}", ran.stderr);
    let reports = ran.json["reports"].as_array().unwrap();
    let scenarios: Vec<_> = reports.iter().map(|report| report["scenario"].as_str().unwrap()).collect();
    assert_eq!(scenarios, ["login", "ready", "calls", "shift"]);
    stage.end().await;
}
