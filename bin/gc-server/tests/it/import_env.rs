//! `import-env`: the environment file of the original product as a gc.toml.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use crate::support::process::{config_file, run};

const ORIGINAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/config/original.env");

#[tokio::test]
async fn an_imported_environment_file_passes_check_config() {
    let output = run(&["import-env", ORIGINAL]).await;
    let (toml, report) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(0), "{report}");
    let file = config_file(&toml);
    file.as_file().set_permissions(Permissions::from_mode(0o600)).unwrap();
    let path = file.path().to_str().unwrap();
    let checked = run(&["check-config", "--config", path]).await;
    assert_eq!(checked.status.code(), Some(0), "{}\n{toml}", String::from_utf8_lossy(&checked.stderr));
    let printed = run(&["print-config", "--config", path]).await;
    let printed = String::from_utf8(printed.stdout).unwrap();
    for value in [
        "https://finesse-a.contact.example:8445",
        "https://finesse-b.contact.example:8445",
        "platform = \"ucce\"",
        "licences = 400",
        "time_zone = \"Europe/Lisbon\"",
        "force_not_ready_reason = \"21\"",
        "force_logout_reason = \"20\"",
        "default_url = \"https://crm.contact.example/gc/events\"",
        "url = \"https://cucm-a.contact.example:8443\"",
        "filter = \"debug\"",
    ] {
        assert!(printed.contains(value), "{value}\n{printed}");
    }
}

#[tokio::test]
async fn each_variable_has_a_line_that_says_what_became_of_it() {
    let output = run(&["import-env", ORIGINAL]).await;
    let report = String::from_utf8(output.stderr).unwrap();
    for line in std::fs::read_to_string(ORIGINAL).unwrap().lines().filter(|line| !line.starts_with('#')) {
        let (name, _) = line.trim_start_matches("export ").split_once('=').unwrap();
        let says = report.lines().filter(|line| line.starts_with(&format!("{name}: "))).count();
        assert_eq!(says, 1, "{name}\n{report}");
    }
    assert!(report.contains("JMS_BROKER_URL: no equivalent: "), "{report}");
    assert!(
        report.contains("ACCEPT_ALL_CERTIFICATES: no equivalent: certificates are always verified"),
        "{report}"
    );
    assert!(report.contains("PEER_NAME: not known here: "), "{report}");
    assert!(!report.contains("hush"), "no value is repeated: {report}");
}

#[tokio::test]
async fn a_file_that_is_no_site_ends_with_what_is_missing() {
    let file = config_file("TZ=UTC\n");
    let output = run(&["import-env", file.path().to_str().unwrap()]).await;
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(78), "{stderr}");
    assert!(stderr.contains(": finesse.nodes: "), "{stderr}");
    let output = run(&["import-env", "/nowhere/gc.env"]).await;
    assert_eq!(output.status.code(), Some(66));
}
