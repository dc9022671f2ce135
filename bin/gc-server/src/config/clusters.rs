//! What the configuration says of the clusters.

use std::collections::BTreeMap;
use std::sync::Arc;

use gc_directory::{SourceFault, Sources};
use gc_rules::{ClusterBinding, Credentials, Platform, Settings};
use gc_session::EngineCluster;

use super::clients::is_name;
use super::faults::{all, both};
use super::keys::of_name;
use super::sections::{Cluster, PlatformName};
use super::{Config, ConfigError, bad};

impl Config {
    /// Makes every cluster. Needs a tokio runtime: they are watched from now on.
    pub(crate) fn clusters(&self) -> Result<Vec<EngineCluster>, ConfigError> {
        let clusters = all(self.sections().iter().map(|section| self.engine_cluster(section)));
        both(self.check_sections(), clusters).map(|((), clusters)| clusters)
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
    pub(super) fn link_of(&self, name: &str) -> Option<finesse_client::ClusterConfig> {
        self.sections().iter().find(|section| section.name == name)?.config().ok()
    }

    /// `[finesse]`, or each `[[cluster]]`, whatever is wrong with it.
    pub(super) fn sections(&self) -> Vec<Section<'_>> {
        if self.cluster.is_empty() {
            let (name, cluster) = (EngineCluster::DEFAULT, &self.finesse);
            let directory = self.directory.as_ref();
            return vec![Section { name, key: "finesse".to_owned(), cluster, directory }];
        }
        let section = |(number, cluster)| {
            let (name, key) = match self.check_cluster_name(number, cluster) {
                Ok(name) => (name, of_name("cluster", name)),
                Err(_) => ("", format!("cluster.{number}")),
            };
            Section { name, key, cluster, directory: cluster.directory.as_ref() }
        };
        (0..).zip(&self.cluster).map(section).collect()
    }

    /// What is wrong with where they stand, and with their names.
    pub(super) fn check_sections(&self) -> Result<(), ConfigError> {
        if self.cluster.is_empty() {
            let finesse = &self.finesse;
            let misplaced = [
                ("name", finesse.name.is_some()),
                ("destinations", !finesse.destinations.is_empty()),
                ("directory", finesse.directory.is_some()),
            ];
            return all(misplaced.into_iter().map(|(key, is_there)| match is_there {
                true => {
                    let text = "belongs into [[cluster]]: [finesse] is the only cluster, and [directory] has its sources";
                    Err(bad(format!("finesse.{key}"), text))
                }
                false => Ok(()),
            }))
            .map(drop);
        }
        let misplaced = match !self.finesse.nodes.is_empty() || self.directory.is_some() {
            true => {
                let text = "[finesse] and [directory] are for the only cluster; write each of several as a [[cluster]]";
                Err(bad("cluster", text))
            }
            false => Ok(()),
        };
        let names = (0..).zip(&self.cluster);
        let names = all(names.map(|(number, cluster)| self.check_cluster_name(number, cluster)));
        both(misplaced, names).map(drop)
    }

    fn check_cluster_name<'a>(&self, number: usize, cluster: &'a Cluster) -> Result<&'a str, ConfigError> {
        let name = cluster.name.as_deref().unwrap_or_default();
        let text = if !is_name(name) {
            "each cluster needs a name of letters, digits, `-`, `_` and `.`".to_owned()
        } else if self.cluster.iter().take(number).any(|other| other.name.as_deref() == Some(name)) {
            format!("two clusters are named {name}")
        } else {
            return Ok(name);
        };
        Err(bad(format!("cluster.{number}.name"), text))
    }

    fn engine_cluster(&self, section: &Section<'_>) -> Result<EngineCluster, ConfigError> {
        let Section { name, cluster, .. } = section;
        let administrator = cluster
            .administrator
            .clone()
            .map(|administrator| Credentials::new(administrator.user, administrator.password));
        let parts = both(section.link(), section.sources());
        let rules = both(self.settings(administrator), section.active_devices());
        let ((link, directory), (settings, active_devices)) = both(parts, rules)?;
        let renews_tokens = cluster.token_service.is_some();
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

    /// What is asked besides Finesse.
    fn sources(&self) -> Result<Sources, ConfigError> {
        let nothing = gc_directory::Config::default();
        Sources::new(self.directory.unwrap_or(&nothing)).map_err(|faults| {
            // Their keys begin as if there were only one cluster.
            let fault = |SourceFault { key, reason, .. }| {
                let key = key.strip_prefix("directory").unwrap_or(&key);
                bad(format!("{}{key}", self.key_of_directory()), reason)
            };
            ConfigError::several(faults.into_iter().map(fault).collect())
        })
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
}
