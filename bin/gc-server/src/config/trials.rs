//! `check-config --connect`: tries everything that the configuration names.

mod nodes;
mod sources;

use std::time::Duration;

use finesse_client::{Cluster, ClusterConfig, Credentials, Link, Priority};
use finesse_types::{Answer, Failure, Request};
use gc_group::Member;
use gc_guard::Entry;
use gc_net::{causes, http_client};
use uuid::Uuid;

use super::clusters::Section;
use super::{Config, ConfigError};
use crate::connect::{Target, Trial, resolve, try_store};

/// So long another connector of the group has to answer.
const ANSWER: Duration = Duration::from_secs(5);

impl Config {
    /// Tries the nodes of each cluster, its administrator and its sources, the store, the other connectors of the group, and the names of callbacks. Nothing is
    /// changed anywhere; the recorder and the token service are connected to, and asked nothing.
    ///
    /// # Errors
    /// When the configuration itself cannot be used.
    pub async fn try_connections(&self) -> Result<Vec<Trial>, ConfigError> {
        let mut trials = Vec::new();
        self.check_sections()?;
        for section in self.sections() {
            let config = section.config()?;
            let (of_nodes, is_reached) = nodes::try_nodes(&section, &config).await;
            trials.extend(of_nodes);
            trials.extend(try_administrator(&section, &config, is_reached).await);
            trials.extend(nodes::try_token_service(&section, &config).await);
            trials.extend(sources::try_sources(&section).await);
        }
        trials.extend(self.store.path.as_deref().map(try_store));
        trials.extend(self.try_database());
        trials.extend(self.try_group().await);
        trials.extend(self.try_default_callback().await);
        trials.extend(self.try_allowed_callbacks().await);
        Ok(trials)
    }

    /// Whether the other connectors of the group that live answer this one, with its certificate.
    async fn try_group(&self) -> Vec<Trial> {
        let Some(group) = self.group() else { return Vec::new() };
        let Some(members) = self.members() else { return Vec::new() };
        let tried = async {
            let tls = group.client_config().map_err(|error| error.to_string())?;
            let http = http_client(&tls).timeout(ANSWER).build().map_err(|error| error.to_string())?;
            let own = Member::new(Uuid::nil(), group.url.as_str(), "");
            let mut trials = Vec::new();
            for member in members?.into_iter().filter(|member| !member.is_at_the_place_of(&own)) {
                let url = member.url.trim_end_matches('/');
                // Whatever the answer is, both have accepted each other's certificates.
                let asked = http.get(format!("{url}/health/live")).send().await;
                let result = asked.map(|_| String::new()).map_err(|error| causes(&error.without_url()));
                trials.push(Trial::new(format!("group: the connector at {url}"), result));
            }
            Ok::<_, String>(trials)
        };
        match tried.await {
            Ok(trials) => trials,
            Err(error) => vec![Trial::new("group: the other connectors", Err(error))],
        }
    }

    async fn try_default_callback(&self) -> Option<Trial> {
        let callback = self.default_callback().ok()??;
        let usual = if callback.address().starts_with("https") { 443 } else { 80 };
        let target = Target::of(callback.address(), usual)?;
        Some(self.try_callback("callback.default_url", &target.host, target.port).await)
    }

    /// Of domains and networks there is no name to look up.
    async fn try_allowed_callbacks(&self) -> Vec<Trial> {
        let entries = self.callback.allow.iter().filter_map(|text| text.parse::<Entry>().ok());
        let mut trials = Vec::new();
        for entry in entries {
            if let Some(host) = entry.host() {
                trials.push(self.try_callback("callback.allow", host, 443).await);
            }
        }
        trials
    }

    /// Whether the name has an address, and callbacks may go to it.
    async fn try_callback(&self, key: &str, host: &str, port: u16) -> Trial {
        let found = resolve(host, port, self.callback.connect_timeout).await;
        let checked = match (found, self.delivery()) {
            (Err(error), _) => Err(error),
            (_, Err(error)) => Err(error.to_string()),
            (Ok(found), Ok(delivery)) => {
                delivery.guard.check_resolved(host, found).map_err(|error| error.to_string())
            }
        };
        let addresses = checked.map(|found| {
            let found: Vec<_> = found.iter().map(|address| address.ip().to_string()).collect();
            found.join(", ")
        });
        Trial::new(format!("{key}: name {host}"), addresses)
    }
}

/// Reads what only an administrator may read.
async fn try_administrator(section: &Section<'_>, config: &ClusterConfig, is_reached: bool) -> Option<Trial> {
    let administrator = section.cluster.administrator.as_ref()?;
    let what = format!("{}.administrator: login of {}", section.key, administrator.user);
    let credentials = Credentials::new(administrator.user.clone(), administrator.password.clone());
    let result = match is_reached {
        true => log_in(config, &credentials).await,
        false => Err("not tried, because no node answers".to_owned()),
    };
    Some(Trial::new(what, result))
}

async fn log_in(config: &ClusterConfig, credentials: &Credentials) -> Result<String, String> {
    let link = Cluster::new(config.clone()).map_err(|error| error.to_string())?;
    match link.request(credentials, Request::Users, String::new(), Priority::WaitedFor).await {
        Ok(Answer::Users(users)) => Ok(format!("{} users", users.len())),
        Ok(_) => Err("the answer is no list of users".to_owned()),
        Err(Failure::Refused { status: 401, .. }) => {
            Err("Finesse refuses the user or the password".to_owned())
        }
        Err(Failure::Refused { status: 403, .. }) => Err("this user is no administrator".to_owned()),
        Err(failure) => Err(failure.to_string()),
    }
}
