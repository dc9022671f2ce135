//! `--spawn`: the simulator and the connector as separate processes.
//!
//! `cargo test --workspace` builds the other two programs; `cargo test -p gc-load` alone does not. Where they are
//! missing, the test is skipped with a message; with INTEROP_REQUIRED=1 that is a failure.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

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
