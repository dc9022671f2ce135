//! The nodes: those of the configuration, and what their SystemInfo adds to it.

use std::num::NonZeroUsize;
use std::sync::{Arc, PoisonError, RwLock};

use finesse_types::{NodeAddress, SystemInfo};
use rustls::ClientConfig;
use url::Url;

use crate::config::{ClusterConfig, ConfigError, NodeConfig, OpeningConfig, RestConfig};
use crate::cookies::Cookies;
use crate::endpoint::{NamedPorts, notification_endpoints, rest_url};
use crate::in_front::Refusals;
use crate::transports::Transports;
use crate::turns::{Limits, Order, Turns};

/// A cluster has at most two.
const MOST: usize = 2;

/// The nodes of a cluster, the primary first.
#[derive(Debug)]
pub(crate) struct Nodes {
    slots: Vec<RwLock<Option<Arc<Node>>>>,
    /// So many of them are configured; the others are found.
    configured: usize,
    discover: bool,
    maker: Maker,
}

/// One node's addresses and limits.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) url: Url,
    config: NodeConfig,
    /// The ports of notifications that it has named.
    ports: NamedPorts,
    pub(crate) notifications: Transports,
    pub(crate) cookies: Arc<Cookies>,
    pub(crate) refusals: Arc<Refusals>,
    /// Limits the logins there.
    pub(crate) logins: Arc<Turns>,
    /// And the requests.
    pub(crate) requests: Arc<Turns>,
}

impl OpeningConfig {
    /// Those who have been without a stream longest go first, because Finesse signs them out first.
    pub(crate) fn limits(&self) -> Limits {
        let Self { at_once, per_second, .. } = *self;
        Limits { at_once, in_background: at_once, per_second: Some(per_second), order: Order::Age }
    }
}

/// What all nodes have in common.
#[derive(Debug)]
struct Maker {
    tls: Arc<ClientConfig>,
    allow_plaintext: bool,
    opening: OpeningConfig,
    rest: RestConfig,
}

impl Maker {
    fn node(&self, config: &NodeConfig, ports: NamedPorts) -> Result<Node, ConfigError> {
        let url = rest_url(config, self.allow_plaintext)?;
        let notifications = self.transports(config, &url, ports)?;
        let (cookies, refusals) = Default::default();
        Ok(Node {
            url,
            config: config.clone(),
            ports,
            notifications,
            cookies,
            refusals,
            logins: Turns::new(self.opening.limits()),
            requests: Turns::new(self.requests()),
        })
    }

    fn requests(&self) -> Limits {
        let RestConfig { at_once, per_second, .. } = self.rest;
        // A node that is slow to answer what nobody waits for still has room for commands.
        let in_background = NonZeroUsize::new(at_once.get() / 2).unwrap_or(NonZeroUsize::MIN);
        Limits { at_once, in_background, per_second: Some(per_second), order: Order::Kind }
    }

    /// The same node with these ports: its cookies, and how much of its limits is used, stay.
    fn with_ports(&self, node: &Node, ports: NamedPorts) -> Result<Node, ConfigError> {
        Ok(Node {
            url: node.url.clone(),
            config: node.config.clone(),
            ports,
            notifications: self.transports(&node.config, &node.url, ports)?,
            cookies: Arc::clone(&node.cookies),
            refusals: Arc::clone(&node.refusals),
            logins: Arc::clone(&node.logins),
            requests: Arc::clone(&node.requests),
        })
    }

    fn transports(
        &self,
        config: &NodeConfig,
        url: &Url,
        ports: NamedPorts,
    ) -> Result<Transports, ConfigError> {
        let endpoints = notification_endpoints(config, url, ports, &self.tls, self.allow_plaintext)?;
        Ok(Transports::new(endpoints))
    }
}

impl Nodes {
    pub(crate) fn new(config: &ClusterConfig, tls: &Arc<ClientConfig>) -> Result<Self, ConfigError> {
        let configured = config.nodes.len();
        if !(1..=MOST).contains(&configured) {
            return Err(ConfigError::Nodes(configured));
        }
        let ClusterConfig { discover, allow_plaintext, opening, rest, .. } = *config;
        let maker = Maker { tls: tls.clone(), allow_plaintext, opening, rest };
        let node = |node| maker.node(node, NamedPorts::default());
        let nodes = config.nodes.iter().map(node).collect::<Result<Vec<_>, _>>()?;
        let mut slots: Vec<_> = nodes.into_iter().map(|node| RwLock::new(Some(Arc::new(node)))).collect();
        if discover {
            slots.resize_with(MOST, RwLock::default);
        }
        Ok(Self { slots, configured, discover, maker })
    }

    /// Of all slots, whether a node is known there or not.
    pub(crate) fn all(&self) -> impl Iterator<Item = Option<Arc<Node>>> {
        (0..self.slots.len()).map(|slot| self.get(slot))
    }

    pub(crate) fn get(&self, slot: usize) -> Option<Arc<Node>> {
        self.slots.get(slot)?.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, slot: usize, node: Node) {
        if let Some(slot) = self.slots.get(slot) {
            *slot.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(node));
        }
    }

    /// Takes over what a configured node says about itself and the other one; the slot of a node that is new, or is
    /// somewhere else than before.
    ///
    /// What it says is trusted as far as the node itself is: it came over the connection that the node's certificate
    /// secures, and the node that it names has to show a certificate by the same settings before it gets a password.
    pub(crate) fn learn(&self, slot: usize, info: &SystemInfo) -> Option<usize> {
        if !self.discover || slot >= self.configured {
            return None;
        }
        let node = self.get(slot)?;
        let named: Vec<_> = std::iter::once(&info.primary_node).chain(&info.secondary_node).collect();
        let is_it = |named: &&&NodeAddress| node.is_called(&named.host, info);
        let own = named.iter().find(is_it)?;
        self.learn_ports(slot, &node, own);
        // Some single nodes name themselves twice.
        let other = named.iter().find(|named| !is_it(named))?;
        let second = self.configured;
        if second >= self.slots.len() || !node.is_reached_by_its_name() {
            return None;
        }
        let port = other.https_port.or(node.url.port()).map(|port| format!(":{port}")).unwrap_or_default();
        let url = format!("{}://{}{port}", node.url.scheme(), in_url(&other.host));
        let before = self.get(second);
        if let Some(before) = before.as_ref().filter(|before| before.config.url == url) {
            self.learn_ports(second, before, other);
            return None;
        }
        match self.maker.node(&NodeConfig::new(&url), NamedPorts::of(other)) {
            Ok(found) => {
                match before {
                    None => {
                        tracing::info!(node = %found.name(), named_by = %node.name(), "another Finesse node found")
                    }
                    Some(before) => {
                        tracing::warn!(node = %found.name(), before = %before.name(), "the other Finesse node is somewhere else");
                    }
                }
                self.set(second, found);
                Some(second)
            }
            Err(error) => {
                tracing::debug!(%url, %error, "a Finesse node names another one that cannot be used");
                None
            }
        }
    }

    /// The ports that are named for the node count only where no address of notifications is configured.
    fn learn_ports(&self, slot: usize, node: &Node, named: &NodeAddress) {
        let ports = NamedPorts::of(named);
        if !node.config.notifications.is_empty() || ports == node.ports || ports == NamedPorts::default() {
            return;
        }
        if let Ok(found) = self.maker.with_ports(node, ports) {
            tracing::info!(node = %found.name(), %ports, "the ports of a Finesse node's notification service are named");
            self.set(slot, found);
        }
    }
}

impl Node {
    /// Host and port, and the path behind a proxy.
    pub(crate) fn name(&self) -> String {
        let port = self.url.port_or_known_default().unwrap_or_default();
        format!("{}:{port}{}", self.url.host_str().unwrap_or_default(), self.url.path().trim_end_matches('/'))
    }

    /// Whether the configuration says where its notification service is.
    pub(crate) fn has_configured_places(&self) -> bool {
        !self.config.notifications.is_empty()
    }

    /// Nothing stands in front of it. If something does, the other node is reached through it, too, and nobody knows where.
    fn is_reached_by_its_name(&self) -> bool {
        self.config.path.is_empty() && self.config.address.is_none()
    }

    /// The XMPP domain of its users, and the address of its publish-subscribe service: as configured, else as it says.
    pub(crate) fn domains<'a>(&'a self, info: &'a SystemInfo) -> (&'a str, &'a str) {
        let NodeConfig { xmpp_domain, pubsub_domain, .. } = &self.config;
        (
            xmpp_domain.as_ref().unwrap_or(&info.xmpp_domain),
            pubsub_domain.as_ref().unwrap_or(&info.xmpp_pubsub_domain),
        )
    }

    /// Whether this is one of its names: that of the configuration, or its XMPP domain, which is its full name.
    fn is_called(&self, host: &str, info: &SystemInfo) -> bool {
        let configured = self.url.host_str().is_some_and(|own| own.eq_ignore_ascii_case(&in_url(host)));
        configured || host.eq_ignore_ascii_case(&info.xmpp_domain)
    }
}

/// A literal IPv6 address is in brackets there.
fn in_url(host: &str) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() }
}

#[cfg(test)]
mod tests;
