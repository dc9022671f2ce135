//! What the configuration says of the clusters.

use std::collections::BTreeSet;
use std::sync::Arc;

use finesse_client::{ClusterConfig, Fingerprint, NodeConfig, Trust};
use gc_core::{ClusterBinding, Credentials, Platform};
use gc_directory::Sources;
use gc_session::EngineCluster;

use super::parts::read_authorities;
use super::sections::{Cluster, PlatformName};
use super::{Config, ConfigError, bad};

impl Config {
    /// Makes every cluster. Needs a tokio runtime: they are watched from now on.
    pub(crate) fn clusters(&self) -> Result<Vec<EngineCluster>, ConfigError> {
        let sections = self.sections()?;
        sections.into_iter().map(|section| self.engine_cluster(&section)).collect()
    }

    /// The names of all clusters.
    pub(super) fn cluster_names(&self) -> Vec<&str> {
        match self.cluster.as_slice() {
            [] => vec![EngineCluster::DEFAULT],
            clusters => clusters.iter().filter_map(|cluster| cluster.name.as_deref()).collect(),
        }
    }

    #[cfg(test)]
    pub(super) fn link_of(&self, name: &str) -> Option<ClusterConfig> {
        self.sections().ok()?.iter().find(|section| section.name == name)?.config().ok()
    }

    /// `[finesse]`, or each `[[cluster]]`.
    fn sections<'a>(&'a self) -> Result<Vec<Section<'a>>, ConfigError> {
        if self.cluster.is_empty() {
            let named = self.finesse.name.is_some() || !self.finesse.destinations.is_empty();
            if named || self.finesse.directory.is_some() {
                let text =
                    "name, destinations and directory belong into [[cluster]]; [finesse] is the only cluster";
                return Err(bad("finesse", text));
            }
            let (name, cluster) = (EngineCluster::DEFAULT, &self.finesse);
            let directory = self.directory.as_ref();
            return Ok(vec![Section { name, key: "finesse".to_owned(), cluster, directory }]);
        }
        if !self.finesse.nodes.is_empty() || self.directory.is_some() {
            let text =
                "[finesse] and [directory] are for the only cluster; write each of several as a [[cluster]]";
            return Err(bad("cluster", text));
        }
        let mut names = BTreeSet::new();
        let section = |cluster: &'a Cluster| {
            let name = cluster.name.as_deref().unwrap_or_default();
            let may_stand = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            if name.is_empty() || !name.bytes().all(may_stand) {
                let text = "each cluster needs a name of letters, digits, `-`, `_` and `.`";
                return Err(bad("cluster.name", text));
            }
            if !names.insert(name) {
                return Err(bad("cluster.name", format!("two clusters are named {name}")));
            }
            let directory = cluster.directory.as_ref();
            Ok(Section { name, key: format!("cluster.{name}"), cluster, directory })
        };
        self.cluster.iter().map(section).collect()
    }

    fn engine_cluster(&self, section: &Section<'_>) -> Result<EngineCluster, ConfigError> {
        let Section { name, cluster, directory, .. } = section;
        let link = finesse_client::Cluster::new(section.config()?).map_err(|error| section.of_link(error))?;
        let nothing = gc_directory::Config::default();
        let directory = Sources::new(directory.unwrap_or(&nothing));
        let administrator = cluster
            .administrator
            .clone()
            .map(|administrator| Credentials::new(administrator.user, administrator.password));
        Ok(EngineCluster {
            binding: ClusterBinding { cluster: (*name).into(), destinations: cluster.destinations.clone() },
            link: Arc::new(link),
            directory: Arc::new(directory.map_err(|error| bad(section.key_of_directory(), error))?),
            settings: self.settings(administrator)?,
            platform: cluster.platform.map(|platform| match platform {
                PlatformName::Ucce => Platform::Ucce,
                PlatformName::Uccx => Platform::Uccx,
            }),
            resource: self.session.resource.clone(),
        })
    }
}

/// One cluster's section of the file.
struct Section<'a> {
    name: &'a str,
    /// How its keys begin.
    key: String,
    cluster: &'a Cluster,
    directory: Option<&'a gc_directory::Config>,
}

impl Section<'_> {
    fn key_of_directory(&self) -> String {
        match self.key.as_str() {
            "finesse" => "directory".to_owned(),
            key => format!("{key}.directory"),
        }
    }

    /// The error with the key that it is about.
    fn of_link(&self, error: finesse_client::ConfigError) -> ConfigError {
        use finesse_client::ConfigError as Error;
        let key = &self.key;
        match error {
            Error::Plaintext(url) => {
                let text = format!(
                    "{url:?} is not encrypted: use https, wss, xmpps or xmpp, or set {key}.allow_plaintext"
                );
                bad(format!("{key}.nodes"), text)
            }
            Error::Nodes(_) | Error::Url { .. } | Error::Path { .. } | Error::NotBuilt(_) => {
                bad(format!("{key}.nodes"), error)
            }
            Error::Trust(_) if self.cluster.ca_pem.is_some() => bad(format!("{key}.ca_pem"), error),
            other => bad(key.as_str(), other),
        }
    }

    fn config(&self) -> Result<ClusterConfig, ConfigError> {
        let section = self.cluster;
        let nodes = section.nodes.iter().map(|node| NodeConfig {
            url: node.url.clone(),
            notifications: node.notifications.clone(),
            xmpp_domain: node.xmpp_domain.clone(),
            pubsub_domain: node.pubsub_domain.clone(),
        });
        let mut cluster = ClusterConfig::new(nodes.collect());
        cluster.trust = self.trust()?;
        cluster.allow_plaintext = section.allow_plaintext;
        cluster.rest.connect = section.connect_timeout;
        cluster.rest.attempt = section.request_timeout;
        cluster.health.every = section.health_interval;
        cluster.opening.at_once = section.logins_at_once;
        cluster.xmpp.ping_every = section.ping_interval;
        cluster.xmpp.ping_misses = section.ping_misses.get();
        Ok(cluster)
    }

    fn trust(&self) -> Result<Trust, ConfigError> {
        let Cluster { ca_file, ca_pem, pinned_sha256, .. } = self.cluster;
        let key = |name: &str| format!("{}.{name}", self.key);
        match (ca_file, ca_pem, pinned_sha256.as_slice()) {
            (None, None, []) => Ok(Trust::System),
            (Some(file), None, []) => Ok(Trust::Authority(read_authorities(&key("ca_file"), file)?)),
            (None, Some(pem), []) => Ok(Trust::Authority(pem.clone())),
            (None, None, pins) => {
                let pins: Result<Vec<_>, _> = pins.iter().map(|pin| pin.parse::<Fingerprint>()).collect();
                pins.map(Trust::Pinned).map_err(|error| bad(key("pinned_sha256"), error))
            }
            _ => {
                let text = "only one of ca_file, ca_pem and pinned_sha256 can say what is trusted";
                Err(bad(self.key.as_str(), text))
            }
        }
    }
}
