//! SystemInfo: a node's state and its notification service ("Finesse Developer Guide, SystemInfo").

use gc_xml::Element;
use serde::{Deserialize, Serialize};

use crate::open_enum::open_enum;
use crate::read::{filled, text};

/// A node's state and its notification service. It can be read without credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemInfo {
    /// Whether the node is in service.
    pub status: SystemStatus,
    /// Why the node is not in service.
    pub status_reason: String,
    /// The product.
    pub deployment_type: Deployment,
    /// The XMPP domain of the node's users.
    pub xmpp_domain: String,
    /// The address of the node's publish-subscribe service.
    pub xmpp_pubsub_domain: String,
    /// Where the primary node is.
    pub primary_node: NodeAddress,
    /// Where the secondary node is, if there is one. Some single nodes repeat their own host here.
    pub secondary_node: Option<NodeAddress>,
    /// Whether an administrator has this node's users moved to the other node (UCCE, since 12.6(1)).
    pub finesse_maintenance: Maintenance,
    /// The same of the CTI server that this node is connected to.
    pub cti_maintenance: Maintenance,
    /// SSO, NON_SSO or HYBRID.
    pub auth_mode: String,
    /// The node's clock, in Finesse's notation.
    pub current_timestamp: String,
}

impl SystemInfo {
    pub(crate) fn read(info: &Element) -> Self {
        let node = |name| info.child(name).and_then(NodeAddress::read);
        Self {
            status: SystemStatus::from(text(info, "status").as_str()),
            status_reason: text(info, "statusReason"),
            deployment_type: Deployment::from(text(info, "deploymentType").as_str()),
            xmpp_domain: text(info, "xmppDomain"),
            xmpp_pubsub_domain: text(info, "xmppPubSubDomain"),
            primary_node: node("primaryNode").unwrap_or_default(),
            secondary_node: node("secondaryNode"),
            finesse_maintenance: Maintenance::from(text(info, "finesseMMode").as_str()),
            cti_maintenance: Maintenance::from(text(info, "ctiMMode").as_str()),
            auth_mode: text(info, "systemAuthMode"),
            current_timestamp: text(info, "currentTimestamp"),
        }
    }
}

/// Where a node of the cluster is, as a node names it. The ports are named since 12.6(1); 0 and what is no port are none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeAddress {
    /// Its name or address.
    pub host: String,
    /// The port of the REST API.
    pub https_port: Option<u16>,
    /// The port of XMPP, without TLS or with STARTTLS.
    pub xmpp_port: Option<u16>,
    /// The port of XMPP over TLS.
    pub xmpp_secure_port: Option<u16>,
}

impl NodeAddress {
    fn read(node: &Element) -> Option<Self> {
        let port = |name| filled(node, name)?.trim().parse().ok().filter(|port| *port != 0);
        Some(Self {
            host: filled(node, "host")?,
            https_port: port("httpsPort"),
            xmpp_port: port("xmppPort"),
            xmpp_secure_port: port("xmppSecurePort"),
        })
    }
}

open_enum! {
    /// How far a server's maintenance is ("SystemInfo API Parameters": "ctiMMode", "finesseMMode"). Absent, empty or anything else:
    /// there is none.
    pub enum Maintenance {
        /// It was asked for.
        Initiating = "INITIATING",
        /// The server's users have to leave it.
        InProgress = "IN_PROGRESS",
    }
}

impl Maintenance {
    /// Whether the users of the server have to leave it.
    pub fn is_on(&self) -> bool {
        matches!(self, Self::Initiating | Self::InProgress)
    }
}

open_enum! {
    /// Whether a node is in service.
    pub enum SystemStatus {
        /// The node is in service.
        InService = "IN_SERVICE",
        /// The node refuses everything except SystemInfo.
        OutOfService = "OUT_OF_SERVICE",
        /// Mentioned only in the guide's chapter on errors.
        PartialService = "PARTIAL_SERVICE",
    }
}

open_enum! {
    /// The product of a node.
    pub enum Deployment {
        /// Unified (or Packaged) Contact Center Enterprise.
        Ucce = "UCCE",
        /// Unified Contact Center Express.
        Uccx = "UCCX",
    }
}
