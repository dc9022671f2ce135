//! `gc-server healthcheck`, `--version`, and what is printed of the command line itself.

use std::process::Output;

use crate::support::encrypted::Encrypted;
use crate::support::process::{config_file, run};
use crate::support::stage::Stage;

/// Asks what listens there, with these settings beside it.
async fn check(listen: &str, more: &str, arguments: &[&str]) -> Output {
    let nodes = "finesse.nodes = [{ url = 'https://finesse-a.example.com:8445' }]\n";
    let file = config_file(&format!("http.listen = '{listen}'\n{nodes}{more}"));
    let path = file.path().to_str().unwrap();
    run(&[&["healthcheck", "--config", path], arguments].concat()).await
}

#[track_caller]
fn says(output: &Output, code: i32, text: &str) {
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(code) && said.contains(text), "{code} {text}: {output:?}");
}

#[tokio::test]
async fn a_living_connector_is_healthy_also_without_finesse_and_ready_only_with_it() {
    let stage = Stage::start().await;
    let listen = stage.server.address().to_string();
    says(&check(&listen, "", &[]).await, 0, "alive\n");
    says(&check(&listen, "", &["--ready"]).await, 0, "ready\n");
    // Reached at the loopback address, and by a name that is always the listener's.
    let port = stage.server.address().port();
    let open = "http.open = true\nhttp.hosts = ['gc.example.com']\n";
    says(&check(&format!("0.0.0.0:{port}"), open, &[]).await, 0, "alive\n");
    let mut events = stage.client().watched("desk").await;
    stage.control().system("OUT_OF_SERVICE").await;
    events.brief("System OUT_OF_SERVICE").await;
    says(&check(&listen, "", &[]).await, 0, "alive\n");
    says(&check(&listen, "", &["--ready"]).await, 69, "503 Service Unavailable: Finesse is not in service");
    stage.end().await;
    says(&check(&listen, "", &[]).await, 69, &format!("the connector does not answer at {listen}: "));
}

#[tokio::test]
async fn a_listener_with_tls_and_one_for_health_checks_are_asked_as_they_listen() {
    let stage =
        Encrypted::with(&[("http.health_listen", "'127.0.0.1:0'"), ("http.hosts", "['gc.example.com']")])
            .await;
    let tls = format!("http.tls = {}\n", stage.files.setting());
    let listen = stage.server.address().to_string();
    says(&check(&listen, &tls, &[]).await, 0, "alive\n");
    // Without TLS there is no answer that can be understood.
    says(&check(&listen, "", &[]).await, 69, "does not answer");
    let health = format!("http.health_listen = '{}'\n{tls}", stage.server.health_address().unwrap());
    says(&check("127.0.0.1:1", &health, &["--ready"]).await, 0, "ready\n");
    stage.end().await;
}

#[tokio::test]
async fn a_configuration_that_cannot_be_asked_by_is_exit_code_78() {
    says(&check("127.0.0.1:0", "", &[]).await, 78, "http.listen has port 0");
    says(&check("127.0.0.1:1", "http.lissten = 1\n", &[]).await, 78, "did you mean http.listen?");
}

#[tokio::test]
async fn version_completions_and_man_pages_are_printed() {
    let version = format!("gc-server {} (development build)\n", env!("CARGO_PKG_VERSION"));
    says(&run(&["--version"]).await, 0, &version);
    says(&run(&["completions", "bash"]).await, 0, "healthcheck");
    says(&run(&["man"]).await, 0, "check\\-config");
    let pages = tempfile::tempdir().unwrap();
    says(&run(&["man", pages.path().to_str().unwrap()]).await, 0, "");
    let page = std::fs::read_to_string(pages.path().join("gc-server-healthcheck.1")).unwrap();
    assert!(page.contains("while no Finesse is in service"), "{page}");
}
