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
    /// The host of the primary node.
    pub primary_node: String,
    /// The host of the secondary node, if there is one. Some single nodes repeat their own host here.
    pub secondary_node: Option<String>,
    /// SSO, NON_SSO or HYBRID.
    pub auth_mode: String,
    /// The node's clock, in Finesse's notation.
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
