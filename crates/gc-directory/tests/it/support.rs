//! Configurations and queries for the tests.

use gc_directory::{Config, Sources};
use gc_rules::{Directory, Found, LookupError, Query, RecordingAction};

/// The password of all accounts. No error or log may contain it.
pub(crate) const PASSWORD: &str = "hunter2-of-the-directory";

/// Tests over plain HTTP pin a certificate that does not exist, so that they do not load the system's certificates.
pub(crate) const PLAIN: &str = r#"http = { allow_plaintext = true, pinned_sha256 = "0000000000000000000000000000000000000000000000000000000000000000", timeout = "20s" }"#;

pub(crate) fn config(toml: &str) -> Config {
    toml::from_str(toml).unwrap()
}

pub(crate) fn sources(toml: &str) -> Sources {
    Sources::new(&config(toml)).unwrap()
}

pub(crate) fn cce(url: &str) -> Sources {
    sources(&format!("[cce]\nurl = {url:?}\nusername = \"gc@acme.test\"\npassword = {PASSWORD:?}\n{PLAIN}"))
}

pub(crate) fn axl(url: &str) -> Sources {
    sources(&format!("[axl]\nurl = {url:?}\nusername = \"gc-axl\"\npassword = {PASSWORD:?}\n{PLAIN}"))
}

pub(crate) fn ccx(url: &str, more: &str) -> Sources {
    sources(&format!("[ccx]\nurl = {url:?}\n{PLAIN}\n{more}"))
}

pub(crate) fn recorder(url: &str, more: &str) -> Sources {
    sources(&format!("[recorder]\nurl = {url:?}\n{PLAIN}\n{more}"))
}

pub(crate) fn pause(agent_id: &str, extension: &str, dialog_id: Option<&str>) -> Query {
    Query::Recording {
        action: RecordingAction::Pause,
        agent_id: agent_id.to_owned(),
        extension: extension.to_owned(),
        dialog_id: dialog_id.map(str::to_owned),
    }
}

pub(crate) fn extension_of(number: &str) -> Query {
    Query::AgentExtension { number: number.to_owned() }
}

pub(crate) async fn ask(sources: &Sources, query: Query) -> Result<Found, LookupError> {
    sources.look_up(query).await
}
