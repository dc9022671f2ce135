//! `check-config --connect`: whether everything that the configuration names is there.

use crate::support::process::{Process, config_file, run};
use crate::support::stage::{gc_toml, simulator};

/// The exit code, and the lines of the table.
async fn connect(gc_toml: &str) -> (Option<i32>, Vec<String>) {
    let file = config_file(gc_toml);
    let output = run(&["check-config", "--connect", "--config", file.path().to_str().unwrap()]).await;
    let table = String::from_utf8(output.stdout).unwrap();
    let lines = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    (output.status.code(), lines.filter(|line| !line.ends_with(": good")).collect())
}

/// The result of what begins so.
fn result<'a>(lines: &'a [String], begin: &str) -> &'a str {
    let line =
        lines.iter().find(|line| line.starts_with(begin)).unwrap_or_else(|| panic!("{begin}: {lines:#?}"));
    let at = line.find(" OK").or_else(|| line.find(" FAILED")).unwrap();
    line[at..].trim()
}

#[tokio::test]
async fn nodes_that_are_there_are_ok() {
    let sim = simulator(true).await;
    let (code, lines) = connect(&gc_toml(&sim, &[("callback.default_url", "'http://localhost:1/'")])).await;
    assert_eq!(result(&lines, "finesse.nodes.0: connection to "), "OK");
    assert_eq!(result(&lines, "finesse.nodes.0: certificate of "), "OK");
    assert_eq!(result(&lines, "finesse.nodes.0: SystemInfo"), "OK: IN_SERVICE");
    assert_eq!(result(&lines, "finesse.nodes.0.notifications: connection to "), "OK");
    assert_eq!(result(&lines, "finesse.nodes.0.notifications: certificate of "), "OK");
    assert!(result(&lines, "callback.default_url: name localhost").starts_with("OK: "));
    assert_eq!(code, Some(0), "{lines:#?}");
    sim.shutdown().await;
}

#[tokio::test]
async fn what_does_not_work_is_named_with_the_reason() {
    let sim = simulator(true).await;
    let good = gc_toml(&sim, &[]);
    // The system's authorities have not signed the simulator's certificate.
    let without_ca = good.split_once("finesse.ca_pem").unwrap().0.to_owned()
        + good.split_once("'''\n").unwrap().1.split_once("'''\n").map_or("", |(_, rest)| rest);
    let nodes = good.lines().find(|line| line.starts_with("finesse.nodes")).unwrap();
    let without_ca =
        if without_ca.contains("finesse.nodes") { without_ca } else { format!("{nodes}\n{without_ca}") };
    let (code, lines) = connect(&without_ca).await;
    assert_eq!(code, Some(69), "{lines:#?}");
    assert_eq!(result(&lines, "finesse.nodes.0: connection to "), "OK");
    assert_eq!(
        result(&lines, "finesse.nodes.0: certificate of "),
        "FAILED: no trusted authority has signed it: write ca_file or pinned_sha256"
    );
    assert!(result(&lines, "finesse.nodes.0: SystemInfo").starts_with("FAILED: not tried"));

    let dead = format!(
        "finesse.nodes = [{{ url = 'https://127.0.0.1:1' }}]\ncallback.default_url = 'https://no-such-name.invalid/'\n\
         directory.recorder.url = 'http://127.0.0.1:1/{{action}}'\ndirectory.recorder.http.allow_plaintext = true\n\
         store.path = '{}/new.redb'\n",
        std::env::temp_dir().display()
    );
    let (code, lines) = connect(&dead).await;
    assert_eq!(code, Some(69), "{lines:#?}");
    assert!(
        result(&lines, "finesse.nodes.0: connection to 127.0.0.1:1")
            .starts_with("FAILED: Connection refused")
    );
    assert!(
        result(&lines, "directory.recorder: connection to 127.0.0.1:1")
            .starts_with("FAILED: Connection refused")
    );
    assert!(result(&lines, "callback.default_url: name no-such-name.invalid").starts_with("FAILED: "));
    assert_eq!(result(&lines, "store.path: "), "OK: it is not there yet, and will be made");
    sim.shutdown().await;
}

#[tokio::test]
async fn an_administrator_logs_in() {
    let sim = simulator(true).await;
    for (user, password, says) in [
        ("administrator", "demo", "OK: "),
        ("administrator", "wrong", "FAILED: Finesse refuses the user or the password"),
    ] {
        let toml = format!(
            "finesse.administrator = {{ user = '{user}', password = '{password}' }}\n{}",
            gc_toml(&sim, &[])
        );
        let file = config_file(&toml);
        std::fs::set_permissions(file.path(), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let output = run(&["check-config", "--connect", "--config", file.path().to_str().unwrap()]).await;
        let table = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<_> =
            table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert!(result(&lines, "finesse.administrator: login of ").starts_with(says), "{lines:#?}");
        assert!(!table.contains("wrong"), "{table}");
    }
    sim.shutdown().await;
}

#[tokio::test]
async fn a_store_in_use_is_named_with_the_process_that_has_it() {
    let sim = simulator(true).await;
    let directory = tempfile::tempdir().unwrap();
    let store = format!("'{}'", directory.path().join("store.redb").display());
    let toml = gc_toml(&sim, &[("store.path", &store)]);
    let process = Process::serve(&toml, "info").await;
    let (code, lines) = connect(&toml).await;
    let says = format!("FAILED: process {} (gc-server) has it open", process.id());
    assert_eq!((code, result(&lines, "store.path: ")), (Some(69), says.as_str()), "{lines:#?}");
    process.terminate().await;
    assert_eq!(process.ended().await.0, Some(0));
    let (code, lines) = connect(&toml).await;
    assert_eq!((code, result(&lines, "store.path: ")), (Some(0), "OK"), "{lines:#?}");
    std::fs::write(directory.path().join("store.redb"), "something else").unwrap();
    let (_, lines) = connect(&toml).await;
    assert_eq!(result(&lines, "store.path: "), "FAILED: this is no store");
    sim.shutdown().await;
}
