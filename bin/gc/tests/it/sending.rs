//! `gc send` and `gc call`: the outcome is shown, and is the exit code.

use std::process::Command;

use crate::support::Stage;

#[tokio::test]
async fn a_newcomers_first_commands_show_what_came_of_them() {
    let stage = Stage::start().await;
    let hello = stage.does(&["send", "hello", "desk"]).await;
    assert_eq!(hello, "    1  -       System status=IN_SERVICE\n");
    let connect = stage.does(&["send", "Connect", "1001", "desk", "demo"]).await;
    assert_eq!(connect, "    2  1001    ConnectStatus status=ConnectSuccess\n");
    // The password comes from standard input.
    let login =
        stage.gc(&["send", "Login", "1001", "-", "2001", "--client", "desk"]).reads("demo\n").run().await;
    assert!(login.succeeded().contains("  1001    State state=NOT_READY "));
    let ready = stage.gc(&["send", "MakeReady", "1001"]).variable("GC_CLIENT", "desk").run().await;
    assert!(ready.succeeded().contains("  1001    State state=READY "));
    stage.end().await;
}

#[tokio::test]
async fn a_command_that_ends_with_an_error_ends_with_exit_code_1() {
    let stage = Stage::start().await;
    stage.signs_in().await;
    let ran = stage.gc(&["send", "AnswerCall", "1001", "99", "--client", "desk"]).run().await;
    ran.failed(1, "gc: AnswerCall: NO_DIALOG_ID: ");
    assert!(ran.stdout.contains("  1001    Error errorType=NO_DIALOG_ID "), "{ran:?}");
    // Refused at once: nobody has connected this agent.
    let ran = stage.gc(&["send", "MakeReady", "1002", "--client", "desk"]).run().await;
    ran.failed(1, "gc: refused (409): RE_LOGIN: agent 1002 has no session");
    stage.end().await;
}

#[tokio::test]
async fn a_call_is_followed_from_its_first_event_to_its_last() {
    let stage = Stage::start().await;
    stage.signs_in().await;
    let mut call = stage.gc(&["call", "1001", "5550100", "--client", "desk", "--follow"]).start();
    let active = call.line("state=ACTIVE").await;
    let dialog = active.split("dialogId=").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    assert!(active.contains("participants=") && active.contains(":ACTIVE"), "{active}");
    stage.does(&["send", "ReleaseCall", "1001", &dialog, "--client", "desk"]).await;
    call.line("state=DROPPED").await;
    let ran = call.ended().await;
    assert_eq!((ran.code, ran.stderr.as_str(), ran.stdout.as_str()), (Some(0), "", ""));
    stage.end().await;
}

#[tokio::test]
async fn json_is_the_answer_and_then_each_event_with_its_envelope() {
    let stage = Stage::start().await;
    let ran = stage.gc(&["send", "Hello", "desk", "--json"]).run().await;
    let [answer, event] = &ran.json()[..] else { panic!("{ran:?}") };
    assert_eq!(answer["status"], "accepted");
    assert_eq!(event["commandId"], answer["commandId"]);
    assert_eq!(event["event"]["status"], "IN_SERVICE");
    stage.end().await;
}

#[tokio::test]
async fn without_waiting_the_answer_is_enough_and_no_client_is_needed() {
    let stage = Stage::start().await;
    stage.signs_in().await;
    let accepted = stage.does(&["send", "MakeReady", "1001", "--no-wait"]).await;
    assert!(accepted.starts_with("accepted, command "), "{accepted}");
    // Its success is reported by no event, so there is nothing to wait for.
    let accepted = stage.does(&["send", "wrapup", "1001", "sold, paid", "99"]).await;
    assert!(accepted.contains("no event reports its success"), "{accepted}");
    stage
        .gc(&["send", "MakeReady", "1001"])
        .run()
        .await
        .failed(64, "--client, GC_CLIENT or the profile's key client");
    stage.end().await;
}

#[tokio::test]
async fn an_outcome_that_does_not_come_in_time_is_exit_code_75() {
    let stage = Stage::start().await;
    stage.signs_in().await;
    // Somebody else's events never show it.
    stage.does(&["send", "Hello", "other"]).await;
    let ran = stage.gc(&["send", "GetState", "1001", "--client", "other", "--timeout", "1"]).run().await;
    ran.failed(75, "gc: GetState: no outcome within 1 s");
    stage.end().await;
}

#[tokio::test]
async fn a_dry_run_sends_nothing_and_prints_a_curl_command_without_secrets() {
    let stage = Stage::start().await;
    let token = crate::support::token(1);
    let arguments = ["send", "Connect", "1001", "it's", "hunter2", "--dry-run", "--session-url", "a$(b)"];
    let ran = stage.gc(&arguments).variable("GC_TOKEN", token.expose()).run().await;
    let line = ran.succeeded();
    assert!(!line.contains("hunter2") && !line.contains(token.expose()) && line.contains("***"), "{line}");
    assert!(line.contains("Bearer $GC_TOKEN") && line.contains("a$(b)"), "{line}");

    let line = stage.does(&["send", "Hello", "it's", "--dry-run"]).await;
    let curl = Command::new("curl").arg("--version").output().is_ok_and(|ran| ran.status.success());
    if curl {
        let ran = tokio::task::spawn_blocking(move || Command::new("sh").args(["-c", &line]).output())
            .await
            .unwrap();
        let answer = String::from_utf8(ran.unwrap().stdout).unwrap();
        assert!(answer.starts_with("{\"status\":\"accepted\""), "{answer}");
        let events = stage.does(&["tail", "it's", "--count", "1"]).await;
        assert!(events.contains("System status=IN_SERVICE"), "{events}");
    } else {
        assert!(std::env::var_os("INTEROP_REQUIRED").is_none(), "curl is missing");
        println!("skipped: curl is not installed");
    }
    stage.end().await;
}
