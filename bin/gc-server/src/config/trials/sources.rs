//! The sources under `[directory]`.

use std::time::Duration;

use gc_directory::{HttpConfig, Sources};
use gc_protocol::SkillGroupRange;
use gc_rules::{Directory, LookupError, Query};

use crate::config::clusters::Section;
use crate::connect::{Target, Trial, dial};

/// For one connection, TLS included.
const CONNECT: Duration = Duration::from_secs(5);

/// Asks each source for something small.
pub(super) async fn try_sources(section: &Section<'_>) -> Vec<Trial> {
    let Some(config) = section.directory else { return Vec::new() };
    let key = section.key_of_directory();
    let sources = match Sources::new(config) {
        Ok(sources) => sources,
        Err(error) => return vec![Trial::new(key, Err(error.to_string()))],
    };
    let queries = [
        (config.cce.is_some(), "cce", Query::SkillGroups(SkillGroupRange::Indexing { from: 1, count: 1 })),
        (config.axl.is_some(), "axl", Query::AgentExtension { number: "0".to_owned() }),
        (config.ccx.is_some(), "ccx", Query::QueueStatistics),
    ];
    let mut trials = Vec::new();
    for (_, source, query) in queries.into_iter().filter(|(is_configured, ..)| *is_configured) {
        let result = match sources.look_up(query).await {
            // It has answered.
            Ok(_) | Err(LookupError::NotFound { .. }) => Ok(String::new()),
            Err(error @ LookupError::Unreachable { .. }) => Err(unreachable(&error)),
            Err(error) => Err(error.to_string()),
        };
        trials.push(Trial::new(format!("{key}.{source}: a query"), result));
    }
    // A request there would pause a recording, and a login is one.
    if let Some(recorder) = &config.recorder {
        let key = format!("{key}.recorder");
        trials.extend(connect(&key, &recorder.url, &recorder.http).await);
        if let Some(login) = &recorder.login {
            trials.extend(connect(&format!("{key}.login"), &login.url, &recorder.http).await);
        }
    }
    trials
}

async fn connect(key: &str, url: &str, http: &HttpConfig) -> Vec<Trial> {
    let is_encrypted = url.starts_with("https");
    let Some(target) = Target::of(url, if is_encrypted { 443 } else { 80 }) else { return Vec::new() };
    let made = http.trust(key).map_err(|error| error.to_string());
    let made = made.and_then(|trust| trust.client_config().map_err(|error| error.to_string()));
    match made {
        Ok(tls) => dial(key, &target, is_encrypted.then_some(tls), CONNECT).await,
        Err(error) => vec![Trial::new(format!("{key}.http"), Err(error))],
    }
}

fn unreachable(error: &LookupError) -> String {
    match error {
        LookupError::Unreachable { reason, .. } => format!("{error} {reason}"),
        other => other.to_string(),
    }
}
