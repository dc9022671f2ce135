//! The link to one cluster: its nodes, whom they have to be signed by, and what renews tokens.

use finesse_client::{ClusterConfig, Fingerprint, NodeConfig, Trust};

use super::clusters::Section;
use super::faults::{all, both};
use super::files::read_authorities;
use super::sections::Cluster;
use super::{ConfigError, bad};

/// A URL that is good, while another part of a node is judged. Nobody listens there.
const GOOD: &str = "https://localhost:1";

impl Section<'_> {
    pub(super) fn link(&self) -> Result<finesse_client::Cluster, ConfigError> {
        let made = self.config().map(finesse_client::Cluster::new);
        let (fault, is_about_trust) = match made {
            Ok(Ok(link)) => return Ok(link),
            Ok(Err(error)) => {
                let is_about_trust = matches!(error, finesse_client::ConfigError::Trust(_));
                (self.of_link(error, ""), is_about_trust)
            }
            Err(fault) => (fault, true),
        };
        let mut faults = self.faults_of_link();
        if is_about_trust || faults.is_empty() {
            faults.push(fault);
        }
        Err(ConfigError::several(faults))
    }

    /// What is wrong whoever is trusted. One part after the other, because only the first fault of all is found.
    fn faults_of_link(&self) -> Vec<ConfigError> {
        let whole = self.config_with(Trust::Pinned(Vec::new()));
        let wrong = |nodes: Vec<NodeConfig>| {
            let part = ClusterConfig { nodes, token_service: None, ..whole.clone() };
            finesse_client::Cluster::new(part).err()
        };
        let good = || NodeConfig::new(GOOD);
        let number = wrong(whole.nodes.iter().map(|_| good()).collect());
        let tokens = finesse_client::Cluster::new(ClusterConfig { nodes: vec![good()], ..whole.clone() });
        let mut faults: Vec<_> =
            number.into_iter().chain(tokens.err()).map(|error| self.of_link(error, "")).collect();
        for (number, node) in whole.nodes.iter().enumerate() {
            let NodeConfig { url, path, address, notifications, .. } = node;
            let of_url = wrong(vec![NodeConfig::new(url)]);
            // An address stands for the name in a URL.
            let url = if of_url.is_none() { url } else { GOOD };
            let of_path = wrong(vec![NodeConfig { path: path.clone(), ..good() }]);
            let of_address = wrong(vec![NodeConfig { address: address.clone(), ..NodeConfig::new(url) }]);
            let parts = [("url", of_url), ("path", of_path), ("address", of_address)];
            let places = notifications.iter().map(|place| {
                ("notifications", wrong(vec![NodeConfig { notifications: vec![place.clone()], ..good() }]))
            });
            let errors = parts.into_iter().chain(places).filter_map(|(key, error)| Some((key, error?)));
            faults.extend(errors.map(|(key, error)| self.of_link(error, &format!(".{number}.{key}"))));
        }
        faults
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
            Error::TokenService(_) => bad(format!("{key}.token_service"), error),
            other => bad(key.as_str(), other),
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
        let key = |name: &str| format!("{}.{name}", self.key);
        let file = ca_file.as_ref().map(|file| read_authorities(&key("ca_file"), file).map(Trust::Authority));
        let pem = ca_pem.as_ref().map(|pem| {
            let trust = Trust::Authority(pem.clone());
            trust.client_config().map_err(|error| bad(key("ca_pem"), error)).map(|_| trust)
        });
        let pin = |pin: &String| {
            pin.parse::<Fingerprint>()
                .map_err(|error| bad(key("pinned_sha256"), format!("{pin:?} cannot be used: {error}")))
        };
        let pins = (!pinned_sha256.is_empty()).then(|| all(pinned_sha256.iter().map(pin)).map(Trust::Pinned));
        let said: Vec<_> = [file, pem, pins].into_iter().flatten().collect();
        let one = match said.len() {
            0 | 1 => Ok(()),
            _ => {
                let text = "only one of ca_file, ca_pem and pinned_sha256 can say what is trusted";
                Err(bad(self.key.as_str(), text))
            }
        };
        let (mut trusts, ()) = both(all(said), one)?;
        Ok(trusts.pop().unwrap_or(Trust::System))
    }
}
