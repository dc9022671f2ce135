//! What the configuration says of the clusters.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use finesse_client::{ClusterConfig, Fingerprint, NodeConfig, Trust};
use gc_directory::Sources;
use gc_rules::{ClusterBinding, Credentials, Platform, Settings};
use gc_session::EngineCluster;

use super::faults::{all, both};
use super::files::read_authorities;
use super::sections::{Cluster, PlatformName};
use super::{Config, ConfigError, bad};

impl Config {
    /// Makes every cluster. Needs a tokio runtime: they are watched from now on.
    pub(crate) fn clusters(&self) -> Result<Vec<EngineCluster>, ConfigError> {
        all(self.sections()?.iter().map(|section| self.engine_cluster(section)))
    }

    /// The names of all clusters.
    pub(super) fn cluster_names(&self) -> Vec<&str> {
        match self.cluster.as_slice() {
            [] => vec![EngineCluster::DEFAULT],
            clusters => clusters.iter().filter_map(|cluster| cluster.name.as_deref()).collect(),
        }
    }

    /// The addresses of all nodes, as they are configured.
    pub(crate) fn node_urls(&self) -> Vec<&str> {
        let clusters =
            if self.cluster.is_empty() { std::slice::from_ref(&self.finesse) } else { &self.cluster };
        clusters.iter().flat_map(|cluster| &cluster.nodes).map(|node| node.url.as_str()).collect()
    }

    #[cfg(test)]
    pub(super) fn link_of(&self, name: &str) -> Option<ClusterConfig> {
        self.sections().ok()?.iter().find(|section| section.name == name)?.config().ok()
    }

    /// `[finesse]`, or each `[[cluster]]`.
    pub(super) fn sections<'a>(&'a self) -> Result<Vec<Section<'a>>, ConfigError> {
        if self.cluster.is_empty() {
            let finesse = &self.finesse;
            let misplaced = [
                ("name", finesse.name.is_some()),
                ("destinations", !finesse.destinations.is_empty()),
                ("directory", finesse.directory.is_some()),
            ];
            all(misplaced.into_iter().map(|(key, is_there)| match is_there {
                true => {
                    let text = "belongs into [[cluster]]: [finesse] is the only cluster, and [directory] has its sources";
                    Err(bad(format!("finesse.{key}"), text))
                }
                false => Ok(()),
            }))?;
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
        let section = |(number, cluster): (usize, &'a Cluster)| {
            let name = cluster.name.as_deref().unwrap_or_default();
            let may_stand = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            if name.is_empty() || !name.bytes().all(may_stand) {
                let text = "each cluster needs a name of letters, digits, `-`, `_` and `.`";
                return Err(bad(format!("cluster.{number}.name"), text));
            }
            if !names.insert(name) {
                return Err(bad(format!("cluster.{number}.name"), format!("two clusters are named {name}")));
            }
            let directory = cluster.directory.as_ref();
            Ok(Section { name, key: format!("cluster.{name}"), cluster, directory })
        };
        all(self.cluster.iter().enumerate().map(section))
    }

    fn engine_cluster(&self, section: &Section<'_>) -> Result<EngineCluster, ConfigError> {
        let Section { name, cluster, directory, .. } = section;
        let nothing = gc_directory::Config::default();
        let directory = Sources::new(directory.unwrap_or(&nothing));
        let directory = directory.map_err(|error| section.of_directory(&error));
        let administrator = cluster
            .administrator
            .clone()
            .map(|administrator| Credentials::new(administrator.user, administrator.password));
        let parts = both(section.link(), directory);
        let ((link, directory), settings) = both(parts, self.settings(administrator))?;
        let (renews_tokens, active_devices) = (cluster.token_service.is_some(), section.active_devices()?);
        let settings = Settings { renews_tokens, active_devices, ..settings };
        Ok(EngineCluster {
            binding: ClusterBinding { cluster: (*name).into(), destinations: cluster.destinations.clone() },
            link: Arc::new(link),
            directory: Arc::new(directory),
            settings,
            platform: cluster.platform.map(|platform| match platform {
                PlatformName::Ucce => Platform::Ucce,
                PlatformName::Uccx => Platform::Uccx,
            }),
            resource: self.session.resource.clone(),
        })
    }
}

/// One cluster's section of the file.
pub(super) struct Section<'a> {
    pub(super) name: &'a str,
    /// How its keys begin.
    pub(super) key: String,
    pub(super) cluster: &'a Cluster,
    pub(super) directory: Option<&'a gc_directory::Config>,
}

impl Section<'_> {
    pub(super) fn key_of_directory(&self) -> String {
        match self.key.as_str() {
            "finesse" => "directory".to_owned(),
            key => format!("{key}.directory"),
        }
    }

    /// The error begins with the key, as if there were only one cluster.
    fn of_directory(&self, error: &gc_directory::ConfigError) -> ConfigError {
        let text = error.to_string();
        let (key, reason) = text.split_once(": ").unwrap_or(("directory", &text));
        let key = key.strip_prefix("directory").unwrap_or_default();
        bad(format!("{}{key}", self.key_of_directory()), reason)
    }

    fn link(&self) -> Result<finesse_client::Cluster, ConfigError> {
        let config = self.config()?;
        let nodes = config.nodes.clone();
        let error = match finesse_client::Cluster::new(config.clone()) {
            Ok(link) => return Ok(link),
            Err(
                error @ (finesse_client::ConfigError::Nodes(_)
                | finesse_client::ConfigError::Trust(_)
                | finesse_client::ConfigError::TokenService(_)),
            ) => {
                return Err(self.of_link(error, ""));
            }
            Err(error) => error,
        };
        // One node after the other, because only the first fault of all is found.
        let of = |node: &NodeConfig| {
            let nodes = vec![node.clone()];
            finesse_client::Cluster::new(ClusterConfig { nodes, ..config.clone() }).map(drop)
        };
        let faults = nodes.iter().enumerate().filter_map(|(number, node)| {
            let error = of(node).err()?;
            let of_url = of(&NodeConfig::new(node.url.clone())).is_err();
            let key = match &error {
                finesse_client::ConfigError::ProxyPath => "path",
                finesse_client::ConfigError::Address => "address",
                _ if of_url => "url",
                _ => "notifications",
            };
            let key = format!(".{number}.{key}");
            Some(self.of_link(error, &key))
        });
        match faults.collect::<Vec<_>>() {
            faults if faults.is_empty() => Err(self.of_link(error, "")),
            faults => Err(ConfigError::several(faults)),
        }
    }

    /// The error with the key that it is about; `node`: how the key goes on behind `nodes`.
    fn of_link(&self, error: finesse_client::ConfigError, node: &str) -> ConfigError {
        use finesse_client::ConfigError as Error;
        let key = &self.key;
        match error {
            Error::Plaintext(url) => {
                let text = format!(
                    "{url:?} is not encrypted: use https, wss, xmpps or xmpp, or set {key}.allow_plaintext"
                );
                bad(format!("{key}.nodes{node}"), text)
            }
            Error::Nodes(_)
            | Error::Url { .. }
            | Error::Path { .. }
            | Error::ProxyPath
            | Error::Address
            | Error::NotBuilt(_) => bad(format!("{key}.nodes{node}"), error),
            Error::Trust(_) if self.cluster.ca_pem.is_some() => bad(format!("{key}.ca_pem"), error),
            Error::TokenService(_) => bad(format!("{key}.token_service"), error),
            other => bad(key.as_str(), other),
        }
    }

    pub(super) fn config(&self) -> Result<ClusterConfig, ConfigError> {
        let section = self.cluster;
        let nodes = section.nodes.iter().map(|node| NodeConfig {
            url: node.url.clone(),
            path: node.path.clone(),
            address: node.address.clone(),
            notifications: node.notifications.clone(),
            xmpp_domain: node.xmpp_domain.clone(),
            pubsub_domain: node.pubsub_domain.clone(),
        });
        let mut cluster = ClusterConfig::new(nodes.collect());
        cluster.trust = self.trust()?;
        cluster.allow_plaintext = section.allow_plaintext;
        cluster.rest.connect = section.connect_timeout;
        cluster.rest.attempt = section.request_timeout;
        cluster.page_size = section.page_size;
        cluster.token_service = section.token_service.clone().map(|service| finesse_client::TokenService {
            url: service.url,
            authorization: service.authorization,
        });
        cluster.health.every = section.health_interval;
        cluster.discover = section.discover;
        cluster.rest.at_once = section.requests_at_once;
        cluster.rest.per_second = section.requests_per_second;
        cluster.opening.at_once = section.logins_at_once;
        cluster.opening.per_second = section.logins_per_second;
        cluster.opening.moves_at_once = section.moves_at_once;
        cluster.xmpp.ping_every = section.ping_interval;
        cluster.xmpp.ping_misses = section.ping_misses.get();
        Ok(cluster)
    }

    /// By extension.
    fn active_devices(&self) -> Result<BTreeMap<String, String>, ConfigError> {
        let pair = |(number, pair): (usize, &String)| {
            let (extension, device) =
                pair.split_once('=').map(|(a, b)| (a.trim(), b.trim())).unwrap_or_default();
            let is_extension = !extension.is_empty() && extension.bytes().all(|digit| digit.is_ascii_digit());
            match is_extension && !device.is_empty() {
                true => Ok((extension.to_owned(), device.to_owned())),
                false => {
                    let text = "write an extension and its device, such as 2001=SEP001122334455";
                    Err(bad(format!("{}.active_devices.{number}", self.key), text))
                }
            }
        };
        Ok(all(self.cluster.active_devices.iter().enumerate().map(pair))?.into_iter().collect())
    }

    fn trust(&self) -> Result<Trust, ConfigError> {
        let Cluster { ca_file, ca_pem, pinned_sha256, .. } = self.cluster;
        let key = |name: &str| format!("{}.{name}", self.key);
        match (ca_file, ca_pem, pinned_sha256.as_slice()) {
            (None, None, []) => Ok(Trust::System),
            (Some(file), None, []) => Ok(Trust::Authority(read_authorities(&key("ca_file"), file)?)),
            (None, Some(pem), []) => Ok(Trust::Authority(pem.clone())),
            (None, None, pins) => {
                let pin = |pin: &String| {
                    pin.parse::<Fingerprint>().map_err(|error| bad(key("pinned_sha256"), error))
                };
                all(pins.iter().map(pin)).map(Trust::Pinned)
            }
            _ => {
                let text = "only one of ca_file, ca_pem and pinned_sha256 can say what is trusted";
                Err(bad(self.key.as_str(), text))
            }
        }
    }
}
