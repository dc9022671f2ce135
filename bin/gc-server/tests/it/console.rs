//! The console in a browser, where one is installed; and what its files are sent with.
//!
//! `CHROMIUM` is the browser (default `/usr/bin/chromium`), `INTEROP_NODE_DIR` a directory whose `node_modules` contain
//! playwright-core and axe-core. With `INTEROP_REQUIRED=1` a missing one is a failure.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use gc_server::{Addresses, Demo};
use reqwest::header::{CONTENT_SECURITY_POLICY, ETAG, IF_NONE_MATCH};
use tokio::process::Command;

use crate::support::http;
use crate::support::stage::Stage;

/// A browser on a busy machine.
const DEADLINE: Duration = Duration::from_secs(240);

/// Why the test is skipped, if it is.
fn missing() -> Option<String> {
    let modules = PathBuf::from(std::env::var("INTEROP_NODE_DIR").unwrap_or_default()).join("node_modules");
    let needed = [chromium(), modules.join("playwright-core"), modules.join("axe-core")];
    needed.iter().find(|path| !path.exists()).map(|path| format!("there is no {}", path.display()))
}

fn chromium() -> PathBuf {
    std::env::var("CHROMIUM").map_or("/usr/bin/chromium".into(), PathBuf::from)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_and_a_supervisor_work_with_it() {
    if let Some(reason) = missing() {
        assert!(std::env::var("INTEROP_REQUIRED").as_deref() != Ok("1"), "a browser is required: {reason}");
        eprintln!("skipped: {reason}");
        return;
    }
    let any = ([127, 0, 0, 1], 0).into();
    let demo = Demo::start(Addresses { listen: any, control_port: 0, callback: any }).await.unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/console.mjs");
    let browser = Command::new("node")
        .arg(script)
        .arg(format!("http://{}/", demo.address()))
        .env("CHROMIUM", chromium())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(DEADLINE, browser).await.expect("the browser ends in time").unwrap();
    let (printed, failed) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{printed}\n{failed}");
    assert_eq!(printed.lines().filter(|line| line.starts_with("ok: ")).count(), 9, "{printed}");
    demo.stop().await;
}

#[tokio::test]
async fn it_is_not_there_unless_it_is_configured() {
    let stage = Stage::start().await;
    assert_eq!(http().get(stage.client().url).send().await.unwrap().status(), 404);
    stage.end().await;

    let stage = Stage::with(&[("http.console", "true")]).await;
    let url = stage.client().url;
    let page = http().get(&url).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let policy = page.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{policy}");
    let etag = page.headers()[ETAG].clone();
    let again = http().get(&url).header(IF_NONE_MATCH, etag).send().await.unwrap();
    assert_eq!(again.status(), 304);
    let text = page.text().await.unwrap();
    assert!(text.contains("name=\"simulator\" content=\"\""), "{text}");
    // A link of another page may lead to it, but not to the events.
    let linked = |path: &str| http().get(format!("{url}{path}")).header("Sec-Fetch-Site", "cross-site");
    assert_eq!(linked("/").send().await.unwrap().status(), 200);
    assert_eq!(linked("/gc/events/desk").send().await.unwrap().status(), 403);
    assert_eq!(linked("/console/nothing.js").send().await.unwrap().status(), 404);
    stage.end().await;
}
