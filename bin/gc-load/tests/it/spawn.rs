//! `--spawn`: the simulator and the connector as separate processes.
//!
//! `cargo test --workspace` builds the other two programs; `cargo test -p gc-load` alone does not. Where they are
//! missing, the test is skipped with a message; with INTEROP_REQUIRED=1 that is a failure.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::json;
use tokio::process::Command;

use crate::support::{PROGRAM, counts, gc_load, until};

/// Whether both programs are in the directory of gc-load.
fn can_spawn() -> bool {
    let missing: Vec<_> = ["gc-server", "finesse-sim"]
        .into_iter()
        .filter(|name| !Path::new(PROGRAM).with_file_name(name).exists())
        .collect();
    if !missing.is_empty() {
        assert!(
            std::env::var_os("INTEROP_REQUIRED").is_none(),
            "{missing:?} not built: cargo test --workspace"
        );
        println!("skipped: {missing:?} not built; cargo test --workspace builds them");
    }
    missing.is_empty()
}

/// Whether a PostgreSQL can be started.
fn has_postgres() -> bool {
    let Some(reason) = gc_store_postgres::testing::missing() else { return true };
    assert!(std::env::var_os("INTEROP_REQUIRED").is_none(), "{reason}");
    println!("skipped: {reason}");
    false
}

#[tokio::test]
async fn a_spawned_simulator_and_connector_are_measured_and_stopped() {
    if !can_spawn() {
        return;
    }
    let ran = gc_load(&["calls", "--spawn", "--agents", "5", "--all-at-once", "--json"]).await;
    ran.is_good();
    let [_, rings, _, _] = &counts(&ran.json)[..] else { panic!("{}", ran.stdout) };
    assert_eq!(rings, "ring and answer 5/5: ring 5, AnswerCall 5, chain 5");
    let costs = ran.json["phases"][3]["processes"].as_array().unwrap();
    let names: Vec<_> = costs.iter().map(|cost| cost["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["server", "simulator", "gc-load"]);
}

#[tokio::test]
async fn a_restarted_connector_goes_on_where_it_was_and_no_event_is_missing() {
    if !can_spawn() {
        return;
    }
    for ending in [&["--stream"][..], &["--kill"]] {
        let options = ["--for", "3s", "--every", "1s", "--talk", "200ms", "--after", "700ms"];
        let arguments = [&["restart", "--spawn", "--agents", "5", "--json"], &options[..], ending].concat();
        let ran = gc_load(&arguments).await;
        assert_eq!(ran.code, Some(0), "{}\n{}", ran.stdout, ran.stderr);
        let [_, shift, _] = &counts(&ran.json)[..] else { panic!("{}", ran.stdout) };
        assert_eq!(shift, "shift 5/5: ring 15, AnswerCall 15, ReleaseCall 15, chain 15");
        let restart = &ran.json["restart"];
        assert_eq!((&restart["back"], &restart["logins"]), (&json!(5), &json!(5)), "{restart}");
        assert_eq!(restart["streams"]["count"], 5, "{restart}");
        assert_eq!(ran.json["events"]["missing"], 0, "{}", ran.json["events"]);
        assert_eq!(restart["ending"], if ending == ["--kill"] { "killed" } else { "stopped" });
    }
}

#[tokio::test]
async fn only_a_connector_that_was_started_for_the_run_is_restarted() {
    for options in [&[][..], &["--spawn", "--members", "2"]] {
        let ran = gc_load(&[&["restart"], options].concat()).await;
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{}", ran.stderr);
        assert!(ran.stderr.starts_with("gc-load: restart needs --spawn"), "{}", ran.stderr);
    }
}

#[tokio::test]
async fn when_the_leader_is_killed_every_agent_goes_on_at_another_and_no_event_is_lost() {
    if !can_spawn() || !has_postgres() {
        return;
    }
    for how in [&[][..], &["--stream"]] {
        let options = ["takeover", "--spawn", "--members", "2", "--agents", "5", "--clients", "2", "--json"];
        let ran = gc_load(&[&options[..], how].concat()).await;
        assert_eq!(ran.code, Some(0), "{}\n{}", ran.stdout, ran.stderr);
        let [_, _, takeover, after, _] = &counts(&ran.json)[..] else { panic!("{}", ran.stdout) };
        assert_eq!(takeover, "takeover 5/5: HoldCall 5, chain 5");
        assert_eq!(after, "retrieve and release 5/5: RetrieveCall 5, ReleaseCall 5, chain 5");
        let takeover = &ran.json["takeover"];
        assert_eq!(
            (&takeover["back"], &takeover["logins"], &takeover["signedOut"]),
            (&json!(5), &json!(5), &json!(0))
        );
        assert_eq!((&takeover["streams"]["count"], &ran.json["connectors"]), (&json!(5), &json!(2)));
        assert!(takeover["commandsSentAgain"].as_u64() > Some(0), "{takeover}");
        for events in [&takeover["events"], &ran.json["events"]] {
            let wrong = ["missing", "outOfOrder", "renumbered", "newEpochs"].map(|name| &events[name]);
            assert_eq!(wrong, [&json!(0); 4], "{events}");
        }
    }
}

#[tokio::test]
async fn only_a_group_that_was_started_for_the_run_loses_its_leader() {
    for options in [&[][..], &["--spawn", "--members", "1"], &["--spawn", "--store", "file"]] {
        let ran = gc_load(&[&["takeover"], options].concat()).await;
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{}", ran.stderr);
        assert!(ran.stderr.starts_with("gc-load: takeover needs --spawn"), "{}", ran.stderr);
    }
}

#[tokio::test]
async fn the_connector_of_a_run_may_keep_everything_in_a_postgres_of_its_own() {
    if !can_spawn() || !has_postgres() {
        return;
    }
    let ran = gc_load(&["shift", "--spawn", "--store", "postgres", "--for", "100ms", "--json"]).await;
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.stdout, ran.stderr);
    assert_eq!((&ran.json["store"], &ran.json["connectors"]), (&json!("postgres"), &json!(1)));
}

#[tokio::test]
async fn the_report_of_the_original_is_made_again_with_its_figures_beside() {
    if !can_spawn() {
        return;
    }
    let short = ["--for", "900ms", "--every", "300ms", "--talk", "10ms", "--away", "1500ms"];
    let ran = gc_load(&[&["report", "--sizes", "2,3"], &short[..]].concat()).await;
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.stdout, ran.stderr);
    let mut rows = ran.stdout.lines().skip(2).filter(|line| !line.is_empty());
    let shift = "shift: ring, AnswerCall, ReleaseCall";
    let outage = "stream again after an outage of 2 s";
    let restart = "stream again after a restart";
    for scenario in ["log in and out", "log in and ready", "ring and answer", shift, outage, restart] {
        for size in ["2", "3"] {
            let row = rows.next().unwrap();
            let cells: Vec<_> = row.split(" | ").collect();
            assert_eq!((cells[0], cells[1]), (&*format!("| {scenario}"), size), "{row}");
            assert_eq!(cells[2].split(", ").count(), 5, "{row}");
            // Both processes are measured; the original has no figures for these sizes.
            let [_, _, _, "-", cpu, memory, "-", of_sim, memory_of_sim, events] = cells[..] else {
                panic!("{row}")
            };
            assert!([cpu, memory, of_sim, memory_of_sim].iter().all(|cell| *cell != "-"), "{row}");
            assert!(events.starts_with("0, "), "{row}");
        }
    }
    assert_eq!(rows.next(), None);
    let sizing = ["sizing", "--sizes", "2", "--for", "1s", "--every", "500ms", "--talk", "10ms"];
    let ran = gc_load(&sizing).await;
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.lines().nth(2).unwrap().starts_with("| 2 | "), "{}", ran.stdout);
}

#[tokio::test]
async fn the_error_names_a_program_that_cannot_be_spawned() {
    let ran = gc_load(&["login", "--spawn", "--sim-bin", "/nowhere/finesse-sim"]).await;
    assert_eq!(ran.code, Some(69));
    assert!(ran.stderr.starts_with("gc-load: cannot start /nowhere/finesse-sim: "), "{}", ran.stderr);
}

#[tokio::test]
async fn an_interrupted_run_leaves_no_process_behind() {
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        // A simulator that never becomes ready, and writes its process id to a file.
        let files = tempfile::tempdir().unwrap();
        let (program, noted) = (files.path().join("sim"), files.path().join("pid"));
        let script =
            format!("#!/bin/sh\necho $$ > {0}.new\nmv {0}.new {0}\nexec sleep 300\n", noted.display());
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = Command::new(PROGRAM);
        command.args(["login", "--spawn", "--sim-bin"]).arg(&program).kill_on_drop(true);
        let mut load = command.spawn().unwrap();
        until("the simulator", || noted.exists()).await;
        let pid = fs::read_to_string(&noted).unwrap();
        // A zombie has no command line.
        let command_line = Path::new("/proc").join(pid.trim()).join("cmdline");
        let is_there = || fs::read(&command_line).is_ok_and(|line| !line.is_empty());
        // During exec the process has no command line for a moment.
        until("the process of the simulator", is_there).await;

        let kill = format!("kill -{name} {}", load.id().unwrap());
        assert!(Command::new("sh").args(["-c", &kill]).status().await.unwrap().success());
        assert_eq!(load.wait().await.unwrap().code(), Some(code));
        until("the end of the simulator", || !is_there()).await;
    }
}
