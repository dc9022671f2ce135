//! The link to one cluster: its nodes, whom they have to be signed by, and what renews tokens.

use finesse_client::{ClusterConfig, ConfigError as Error, ConfigFault, NodeConfig, Trust};
use gc_net::{NamedTrust, TrustFault};

use super::clusters::Section;
use super::faults::both;
use super::files::named;
use super::keys::joined;
use super::sections::Cluster;
use super::{ConfigError, bad};

impl Section<'_> {
    pub(super) fn link(&self) -> Result<finesse_client::Cluster, ConfigError> {
        let trust = self.trust();
        // What is wrong whoever is trusted.
        let judged = trust.as_ref().ok().cloned().unwrap_or(Trust::Pinned(Vec::new()));
        let link = finesse_client::Cluster::new(self.config_with(judged));
        let link = link.map_err(|faults| {
            ConfigError::several(faults.into_iter().map(|fault| self.of_link(fault)).collect())
        });
        both(trust, link).map(|(_, link)| link)
    }

    fn of_link(&self, ConfigFault { field, error }: ConfigFault) -> ConfigError {
        let key = format!("{}.{field}", self.key);
        match error {
            Error::Trust(error) => bad(self.key.as_str(), error),
            Error::Plaintext(url) => {
                let text = format!(
                    "{url:?} is not encrypted: use https, wss, xmpps or xmpp, or set {}.allow_plaintext",
                    self.key
                );
                bad(key, text)
            }
            Error::Nodes(0) => {
                let text = Error::Nodes(0);
                bad(
                    key,
                    format!("{text}: write nodes = [{{ url = \"https://finesse-a.example.com:8445\" }}]"),
                )
            }
            error => bad(key, error),
        }
    }

    pub(super) fn config(&self) -> Result<ClusterConfig, ConfigError> {
        self.trust().map(|trust| self.config_with(trust))
    }

    fn config_with(&self, trust: Trust) -> ClusterConfig {
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
        cluster.trust = trust;
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
        cluster
    }

    fn trust(&self) -> Result<Trust, ConfigError> {
        let Cluster { ca_file, ca_pem, pinned_sha256, .. } = self.cluster;
        let (ca_file, ca_pem) = (ca_file.as_deref(), ca_pem.as_deref());
        let named = ca_file.map(|path| named(&joined(&self.key, "ca_file"), path)).transpose();
        let ca_file = named.as_ref().ok().copied().flatten();
        let trust = Trust::named(&NamedTrust { ca_file, ca_pem, pinned_sha256 }).map_err(|faults| {
            let fault = |fault: TrustFault| match fault.key() {
                Some(key) => bad(joined(&self.key, key), fault),
                None => bad(self.key.as_str(), fault),
            };
            ConfigError::several(faults.into_iter().map(fault).collect())
        });
        both(named, trust).map(|(_, trust)| trust)
    }
}
