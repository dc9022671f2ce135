//! `store`: what is in a file goes out as lines, and comes in again.

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

/// The exit code of an import of these lines.
async fn import(path: &str, lines: &str) -> Option<i32> {
    let mut program = program();
    let program = program.args(["store", "import", path]).stdin(Stdio::piped()).stderr(Stdio::null());
    let mut running = program.spawn().unwrap();
    let mut input = running.stdin.take().unwrap();
    input.write_all(lines.as_bytes()).await.unwrap();
    drop(input);
    running.wait().await.unwrap().code()
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
    assert_eq!(import(path, "nonsense\n").await, Some(65));
    assert_eq!(import(path, &format!("{command}\n")).await, Some(0));
    assert_eq!(import(path, &format!("{command}\n")).await, Some(65), "there is something in it");
    let (code, stdout, _) = store(&["check", path]).await;
    assert!(code == Some(0) && stdout.contains("open commands 1"), "{stdout}");
    let (code, stdout, _) = store(&["export", path]).await;
    assert_eq!((code, stdout), (Some(0), format!("{command}\n")));
}

#[tokio::test]
async fn each_new_key_is_another_one() {
    let ((_, one, _), (_, other, _)) = (store(&["key"]).await, store(&["key"]).await);
    let (one, other) = (one.trim().split_once(':').unwrap(), other.trim().split_once(':').unwrap());
    assert!(one.0 != other.0 && one.1 != other.1 && one.1.len() == 44);
}
