//! SystemInfo: how a node is and where its notifications are ("Finesse Developer Guide, SystemInfo").

use gc_xml::Element;

use crate::open_enum::open_enum;
use crate::read::{filled, text};

/// How a node is and where its notifications are; told without credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SystemInfo {
    /// Whether the node serves.
    pub status: SystemStatus,
    /// Why not.
    pub status_reason: String,
    /// Which product it is.
    pub deployment_type: Deployment,
    /// The domain of the node's users in XMPP.
    pub xmpp_domain: String,
    /// The address of the node's publish-subscribe service.
    pub xmpp_pubsub_domain: String,
    /// The host of the primary node.
    pub primary_node: String,
    /// The host of the secondary node, when there is one (some single nodes repeat themselves here).
    pub secondary_node: Option<String>,
    /// SSO, NON_SSO or HYBRID.
    pub auth_mode: String,
    /// The node's clock, as Finesse writes it.
    pub current_timestamp: String,
}

impl SystemInfo {
    pub(crate) fn read(info: &Element) -> Self {
        let host = |node| info.child(node).and_then(|node| filled(node, "host"));
        Self {
            status: SystemStatus::from(text(info, "status").as_str()),
            status_reason: text(info, "statusReason"),
            deployment_type: Deployment::from(text(info, "deploymentType").as_str()),
            xmpp_domain: text(info, "xmppDomain"),
            xmpp_pubsub_domain: text(info, "xmppPubSubDomain"),
            primary_node: host("primaryNode").unwrap_or_default(),
            secondary_node: host("secondaryNode"),
            auth_mode: text(info, "systemAuthMode"),
            current_timestamp: text(info, "currentTimestamp"),
        }
    }
}

open_enum! {
    /// Whether a node serves.
    pub enum SystemStatus {
        /// It does.
        InService = "IN_SERVICE",
        /// It refuses everything but SystemInfo.
        OutOfService = "OUT_OF_SERVICE",
        /// Named in the guide's chapter on errors only.
        PartialService = "PARTIAL_SERVICE",
    }
}

open_enum! {
    /// Which product a node belongs to.
    pub enum Deployment {
        /// Unified (or Packaged) Contact Center Enterprise.
        Ucce = "UCCE",
        /// Unified Contact Center Express.
        Uccx = "UCCX",
    }
}
