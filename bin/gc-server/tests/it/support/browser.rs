//! Pages in a browser, where one is installed.
//!
//! `CHROMIUM` is the browser (default `/usr/bin/chromium`), `INTEROP_NODE_DIR` a directory whose `node_modules` contain
//! playwright-core and axe-core. With `INTEROP_REQUIRED=1` a missing one is a failure.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

/// A browser on a busy machine.
const DEADLINE: Duration = Duration::from_secs(600);

/// Whether a test can use it; the reason why not is printed.
pub(crate) fn is_there() -> bool {
    let modules = PathBuf::from(std::env::var("INTEROP_NODE_DIR").unwrap_or_default()).join("node_modules");
    let needed = [chromium(), modules.join("playwright-core"), modules.join("axe-core")];
    let Some(missing) = needed.iter().find(|path| !path.exists()) else { return true };
    let reason = format!("there is no {}", missing.display());
    assert!(std::env::var("INTEROP_REQUIRED").as_deref() != Ok("1"), "a browser is required: {reason}");
    eprintln!("skipped: {reason}");
    false
}

fn chromium() -> PathBuf {
    std::env::var("CHROMIUM").map_or("/usr/bin/chromium".into(), PathBuf::from)
}

/// Runs this script of tests/browser; how many of its steps have passed, which is all of them.
pub(crate) async fn steps(script: &str, arguments: &[&str]) -> usize {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser").join(script);
    let browser = Command::new("node")
        .arg(script)
        .args(arguments)
        .env("CHROMIUM", chromium())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(DEADLINE, browser).await.expect("the browser ends in time").unwrap();
    let (printed, failed) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{printed}\n{failed}");
    printed.lines().filter(|line| line.starts_with("ok: ")).count()
}
