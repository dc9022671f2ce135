//! `store`: what is in a file goes out as lines, and comes in again.

use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use tempfile::TempDir;
use tokio::io::AsyncWriteExt;

use crate::support::process::{program, run};

/// Exit code, standard output, standard error.
async fn store(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = run(&[&["store"], arguments].concat()).await;
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Exit code and both outputs of an import of these lines.
async fn import(path: &str, lines: &str) -> (Option<i32>, String) {
    let mut program = program();
    let program = program.args(["store", "import", path]);
    let program = program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = program.spawn().unwrap();
    let mut input = running.stdin.take().unwrap();
    // It may have ended already.
    let _ = input.write_all(lines.as_bytes()).await;
    drop(input);
    let output = running.wait_with_output().await.unwrap();
    (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

#[tokio::test]
async fn a_store_is_read_in_checked_and_written_out_again() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("gc.redb");
    let path = path.to_str().unwrap();
    let (code, _, stderr) = store(&["check", path]).await;
    assert!(code == Some(65) && stderr.contains(path), "{stderr}");
    let command =
        r#"{"kind":"command","id":"c-1","client":"crm","agent":["default","1001"],"name":"MakeCall"}"#;
    for (lines, says) in [("nonsense\n", "line 1"), ("", "there is none")] {
        let (code, text) = import(path, lines).await;
        assert!(code == Some(65) && text.contains(says), "{text}");
    }
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "what failed left nothing");
    let (code, text) = import(path, &format!("{command}\n")).await;
    assert!(code == Some(0) && text.contains("imported; clients 0, sessions 0, open commands 1"), "{text}");
    let (code, text) = import(path, &format!("{command}\n")).await;
    assert!(code == Some(65) && text.contains("it is there already"), "{text}");
    let (code, stdout, _) = store(&["check", path]).await;
    assert!(code == Some(0) && stdout.contains("open commands 1"), "{stdout}");
    let (code, stdout, stderr) = store(&["export", path]).await;
    assert_eq!((code, stdout), (Some(0), format!("{command}\n")));
    assert!(stderr.contains("open commands 1"), "{stderr}");
}

#[tokio::test]
async fn an_empty_file_is_no_store_and_stays_empty() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("gc.redb");
    std::fs::write(&path, "").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    for command in ["check", "export"] {
        let (code, _, stderr) = store(&[command, path.to_str().unwrap()]).await;
        assert!(code == Some(65) && stderr.contains("it is empty"), "{stderr}");
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);
    }
}

#[tokio::test]
async fn each_new_key_is_another_one() {
    let ((_, one, _), (_, other, _)) = (store(&["key"]).await, store(&["key"]).await);
    let (one, other) = (one.trim().split_once(':').unwrap(), other.trim().split_once(':').unwrap());
    assert!(one.0 != other.0 && one.1 != other.1 && one.1.len() == 44);
}
