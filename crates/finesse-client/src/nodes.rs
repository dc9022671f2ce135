//! The nodes: those of the configuration, and what their SystemInfo adds to it.

use std::num::NonZeroUsize;
use std::sync::{Arc, PoisonError, RwLock};

use finesse_types::{NodeAddress, SystemInfo};
use rustls::ClientConfig;

use crate::config::{ClusterConfig, ConfigError, ConfigFaults, NodeConfig, OpeningConfig, RestConfig};
use crate::cookies::Cookies;
use crate::endpoint::{NamedPorts, Place};
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
    pub(crate) place: Place,
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
    fn node(&self, config: NodeConfig, place: Place, ports: NamedPorts) -> Node {
        let notifications = self.transports(&place, ports);
        let (cookies, refusals) = Default::default();
        Node {
            place,
            config,
            ports,
            notifications,
            cookies,
            refusals,
            logins: Turns::new(self.opening.limits()),
            requests: Turns::new(self.requests()),
        }
    }

    fn requests(&self) -> Limits {
        let RestConfig { at_once, per_second, .. } = self.rest;
        // A node that is slow to answer what nobody waits for still has room for commands.
        let in_background = NonZeroUsize::new(at_once.get() / 2).unwrap_or(NonZeroUsize::MIN);
        Limits { at_once, in_background, per_second: Some(per_second), order: Order::Kind }
    }

    /// The same node with these ports: its cookies, and how much of its limits is used, stay.
    fn with_ports(&self, node: &Node, ports: NamedPorts) -> Node {
        Node {
            place: node.place.clone(),
            config: node.config.clone(),
            ports,
            notifications: self.transports(&node.place, ports),
            cookies: Arc::clone(&node.cookies),
            refusals: Arc::clone(&node.refusals),
            logins: Arc::clone(&node.logins),
            requests: Arc::clone(&node.requests),
        }
    }

    fn transports(&self, place: &Place, ports: NamedPorts) -> Transports {
        Transports::new(place.notifications(ports, &self.tls, self.allow_plaintext))
    }
}

/// Where the configured nodes are.
pub(crate) fn places(config: &ClusterConfig, faults: &mut ConfigFaults) -> Vec<Place> {
    let configured = config.nodes.len();
    if !(1..=MOST).contains(&configured) {
        faults.keep::<()>("nodes", Err(ConfigError::Nodes(configured)));
    }
    let place =
        |(number, node)| faults.keep_all(&format!("nodes.{number}"), Place::of(node, config.allow_plaintext));
    config.nodes.iter().enumerate().filter_map(place).collect()
}

impl Nodes {
    /// `places`: those of the configured ones.
    pub(crate) fn new(config: &ClusterConfig, places: Vec<Place>, tls: &Arc<ClientConfig>) -> Self {
        let ClusterConfig { discover, allow_plaintext, opening, rest, .. } = *config;
        let configured = places.len();
        let maker = Maker { tls: tls.clone(), allow_plaintext, opening, rest };
        let nodes = config.nodes.iter().cloned().zip(places);
        let nodes = nodes.map(|(node, place)| maker.node(node, place, NamedPorts::default()));
        let mut slots: Vec<_> = nodes.map(|node| RwLock::new(Some(Arc::new(node)))).collect();
        if discover {
            slots.resize_with(MOST, RwLock::default);
        }
        Self { slots, configured, discover, maker }
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
        let port =
            other.https_port.or(node.place.url.port()).map(|port| format!(":{port}")).unwrap_or_default();
        let url = format!("{}://{}{port}", node.place.url.scheme(), in_url(&other.host));
        let before = self.get(second);
        if let Some(before) = before.as_ref().filter(|before| before.config.url == url) {
            self.learn_ports(second, before, other);
            return None;
        }
        let config = NodeConfig::new(&url);
        let place = match Place::of(&config, self.maker.allow_plaintext) {
            Ok(place) => place,
            Err(error) => {
                tracing::debug!(%url, %error, "a Finesse node names another one that cannot be used");
                return None;
            }
        };
        let found = self.maker.node(config, place, NamedPorts::of(other));
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

    /// The ports that are named for the node count only where no address of notifications is configured.
    fn learn_ports(&self, slot: usize, node: &Node, named: &NodeAddress) {
        let ports = NamedPorts::of(named);
        if !node.config.notifications.is_empty() || ports == node.ports || ports == NamedPorts::default() {
            return;
        }
        let found = self.maker.with_ports(node, ports);
        tracing::info!(node = %found.name(), %ports, "the ports of a Finesse node's notification service are named");
        self.set(slot, found);
    }
}

impl Node {
    /// Host and port, and the path behind a proxy.
    pub(crate) fn name(&self) -> String {
        let port = self.place.url.port_or_known_default().unwrap_or_default();
        format!(
            "{}:{port}{}",
            self.place.url.host_str().unwrap_or_default(),
            self.place.url.path().trim_end_matches('/')
        )
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
        let configured = self.place.url.host_str().is_some_and(|own| own.eq_ignore_ascii_case(&in_url(host)));
        configured || host.eq_ignore_ascii_case(&info.xmpp_domain)
    }
}

/// A literal IPv6 address is in brackets there.
fn in_url(host: &str) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() }
}

#[cfg(test)]
mod tests;
