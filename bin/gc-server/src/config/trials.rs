//! `check-config --connect`: tries everything that the configuration names.

mod nodes;
mod sources;

use finesse_client::{Cluster, ClusterConfig, Credentials, Link, Priority};
use finesse_types::{Answer, Failure, Request};
use gc_delivery::Callback;
use gc_guard::Entry;

use super::clusters::Section;
use super::{Config, ConfigError};
use crate::connect::{Target, Trial, resolve, try_store};

impl Config {
    /// Tries the nodes of each cluster, its administrator and its sources, the store, and the names of callbacks. Nothing is
    /// changed anywhere; the recorder and the token service are connected to, and asked nothing.
    ///
    /// # Errors
    /// When the configuration itself cannot be used.
    pub async fn try_connections(&self) -> Result<Vec<Trial>, ConfigError> {
        let mut trials = Vec::new();
        for section in self.sections()? {
            let config = section.config()?;
            let (of_nodes, is_reached) = nodes::try_nodes(&section, &config).await;
            trials.extend(of_nodes);
            trials.extend(try_administrator(&section, &config, is_reached).await);
            trials.extend(nodes::try_token_service(&section, &config).await);
            trials.extend(sources::try_sources(&section).await);
        }
        if let Some(path) = &self.store.path {
            let what = format!("store.path: {}", path.display());
            trials.push(Trial::new(what, try_store(path)));
        }
        trials.extend(self.try_database());
        trials.extend(self.try_default_callback().await);
        trials.extend(self.try_allowed_callbacks().await);
        Ok(trials)
    }

    async fn try_default_callback(&self) -> Option<Trial> {
        let callback = Callback::from_parts("", self.callback.default_url.as_deref()?).ok()?;
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
