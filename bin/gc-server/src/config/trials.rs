//! `check-config --connect`: tries everything that the configuration names.

use std::time::Duration;

use finesse_client::{Cluster, ClusterConfig, Link, NodeConfig, Priority};
use finesse_types::{Answer, Credentials, Failure, Request};
use gc_core::{Directory, LookupError, Query};
use gc_directory::Sources;
use gc_protocol::SkillGroupRange;

use super::clusters::Section;
use super::sections::Node;
use super::{Config, ConfigError};
use crate::connect::{Place, Trial, dial, resolve, try_store};

impl Config {
    /// Tries the nodes of each cluster, its administrator and its sources, the store, and the default callback's name. Nothing is
    /// changed anywhere; the recorder is connected to, and asked nothing.
    ///
    /// # Errors
    /// When the configuration itself cannot be used.
    pub async fn try_connections(&self) -> Result<Vec<Trial>, ConfigError> {
        let mut trials = Vec::new();
        for section in self.sections()? {
            let config = section.config()?;
            let before = trials.len();
            for (number, node) in section.cluster.nodes.iter().enumerate() {
                trials.extend(try_node(&section, &config, number, node).await);
            }
            let is_reached = trials
                .iter()
                .skip(before)
                .any(|trial| trial.what.ends_with("SystemInfo") && trial.result.is_ok());
            if let Some(administrator) = &section.cluster.administrator {
                let what = format!("{}.administrator: login of {}", section.key, administrator.user);
                let credentials =
                    Credentials::new(administrator.user.clone(), administrator.password.clone());
                let result = match is_reached {
                    true => try_administrator(&config, &credentials).await,
                    false => Err("not tried, because no node answers".to_owned()),
                };
                trials.push(Trial::new(what, result));
            }
            trials.extend(try_sources(&section).await);
        }
        if let Some(path) = &self.store.path {
            let what = format!("store.path: {}", path.display());
            trials.push(Trial::new(what, try_store(path)));
        }
        trials.extend(self.try_database());
        trials.extend(self.try_default_callback().await);
        Ok(trials)
    }

    async fn try_default_callback(&self) -> Option<Trial> {
        let url = self.callback.default_url.as_deref()?;
        let usual = if url.starts_with("https") { 443 } else { 80 };
        let place = Place::of(url, usual)?;
        let what = format!("callback.default_url: name {}", place.host);
        let found = resolve(&place.host, place.port, self.callback.connect_timeout).await;
        let checked = match (found, self.delivery()) {
            (Err(error), _) => Err(error),
            (_, Err(error)) => Err(error.to_string()),
            (Ok(found), Ok(delivery)) => {
                let checked = delivery.guard.check_resolved(&place.host, found);
                checked.map_err(|error| error.to_string())
            }
        };
        let addresses = checked.map(|found| {
            let found: Vec<_> = found.iter().map(|address| address.ip().to_string()).collect();
            found.join(", ")
        });
        Some(Trial::new(what, addresses))
    }
}

/// REST and notifications of one node.
async fn try_node(section: &Section<'_>, config: &ClusterConfig, number: usize, node: &Node) -> Vec<Trial> {
    let key = format!("{}.nodes.{number}", section.key);
    let within = section.cluster.connect_timeout;
    let tls = match config.trust.client_config() {
        Ok(tls) => tls,
        Err(error) => return vec![Trial::new(key, Err(error.to_string()))],
    };
    let for_scheme = |url: &str| {
        let is_encrypted = ["https:", "wss:", "xmpps:"].iter().any(|scheme| url.starts_with(scheme));
        is_encrypted.then(|| tls.clone())
    };
    let Some(rest) = Place::of(&node.url, 443) else { return Vec::new() };
    // Behind a proxy the name in `url` is connected to elsewhere.
    let behind = |place: Place| match &node.address {
        Some(address) if place.host == rest.host => place.dialled_at(address),
        _ => place,
    };
    let mut trials = dial(&key, &behind(rest.clone()), for_scheme(&node.url), within).await;
    let answers = match trials.iter().all(|trial| trial.result.is_ok()) {
        true => system_info(config, node).await,
        false => Err("not tried, because there is no connection".to_owned()),
    };
    trials.push(Trial::new(format!("{key}: SystemInfo"), answers));
    let usual = match for_scheme(&node.url) {
        Some(_) => format!("wss://{}:7443/ws/", bracketed(&rest.host)),
        None => format!("ws://{}:7071/ws/", bracketed(&rest.host)),
    };
    let configured: Vec<&String> = node.notifications.iter().collect();
    let services = if configured.is_empty() { vec![&usual] } else { configured };
    for url in services {
        let usual_port = match url.split(':').next() {
            Some("wss") => 443,
            Some("ws") => 80,
            Some("xmpps") => 5223,
            _ => 5222,
        };
        if let Some(place) = Place::of(url, usual_port) {
            trials
                .extend(dial(&format!("{key}.notifications"), &behind(place), for_scheme(url), within).await);
        }
    }
    trials
}

fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

async fn system_info(config: &ClusterConfig, node: &Node) -> Result<String, String> {
    let one = ClusterConfig { nodes: vec![NodeConfig::new(node.url.clone())], ..config.clone() };
    let link = Cluster::new(one).map_err(|error| error.to_string())?;
    match link
        .request(&Credentials::new("", ""), Request::SystemInfo, String::new(), Priority::WaitedFor)
        .await
    {
        Ok(Answer::SystemInfo(info)) => Ok(info.status.to_string()),
        Ok(_) => Err("the answer is not SystemInfo".to_owned()),
        Err(failure) => Err(shown(&failure)),
    }
}

/// Reads what only an administrator may read.
async fn try_administrator(config: &ClusterConfig, credentials: &Credentials) -> Result<String, String> {
    let link = Cluster::new(config.clone()).map_err(|error| error.to_string())?;
    match link.request(credentials, Request::Users, String::new(), Priority::WaitedFor).await {
        Ok(Answer::Users(users)) => Ok(format!("{} users", users.len())),
        Ok(_) => Err("the answer is no list of users".to_owned()),
        Err(Failure::Refused { status: 401, .. }) => {
            Err("Finesse refuses the user or the password".to_owned())
        }
        Err(Failure::Refused { status: 403, .. }) => Err("this user is no administrator".to_owned()),
        Err(failure) => Err(shown(&failure)),
    }
}

fn shown(failure: &Failure) -> String {
    failure.to_string()
}

/// Asks each source for something small.
async fn try_sources(section: &Section<'_>) -> Vec<Trial> {
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
    if let Some(recorder) = &config.recorder {
        let usual = if recorder.url.starts_with("https") { 443 } else { 80 };
        if let Some(place) = Place::of(&recorder.url, usual) {
            trials.extend(dial(&format!("{key}.recorder"), &place, None, Duration::from_secs(5)).await);
        }
    }
    trials
}

fn unreachable(error: &LookupError) -> String {
    match error {
        LookupError::Unreachable { reason, .. } => format!("{error} {reason}"),
        other => other.to_string(),
    }
}
