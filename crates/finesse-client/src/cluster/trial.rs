//! What is at the nodes, tried without anybody's password: for whoever checks a configuration.

use finesse_types::{Credentials, Failure, SystemInfo};
use gc_xmpp::Endpoint;
use tokio::time::timeout;

use crate::nodes::Node;
use crate::notifications::StreamError;

use super::{Cluster, Shared, account};

/// Whose password is not sent.
const NOBODY: &str = "nobody";

/// What was found at one node.
#[derive(Clone, Debug)]
pub struct NodeTrial {
    /// What it says about itself, asked for as by a health check; `None` if the answer is about something else.
    pub system_info: Result<Option<SystemInfo>, Failure>,
    /// The places of its notification service in the order in which an opening tries them: all configured ones; of the usual ones those
    /// up to the first that works. Empty without SystemInfo, which names the domain.
    pub notifications: Vec<PlaceTrial>,
}

/// What was found at one place of a notification service.
#[derive(Clone, Debug)]
pub struct PlaceTrial {
    /// Where it was connected to, as a URL.
    pub url: String,
    /// Whether an agent could log in there, as far as that can be known without a password.
    pub result: Result<(), StreamError>,
}

impl Cluster {
    /// Tries a node over the same ways as requests and streams go. Nothing is changed there, and no password is sent. `place`: its
    /// place in [`LinkMeasures::nodes`](crate::LinkMeasures), which grows by what this node says; `None` if nobody is there.
    pub async fn try_node(&self, place: usize) -> Option<NodeTrial> {
        let shared = &self.shared;
        shared.nodes.get(place)?;
        let asked = timeout(shared.requests.overall(), shared.system_info_of(place)).await;
        let system_info = asked.unwrap_or(Err(Failure::TimedOut { sent: true }));
        // It may have named its ports.
        let notifications = match (&system_info, shared.nodes.get(place)) {
            (Ok(Some(info)), Some(node)) => shared.try_places(&node, info).await,
            _ => Vec::new(),
        };
        Some(NodeTrial { system_info, notifications })
    }
}

impl Shared {
    async fn try_places(&self, node: &Node, info: &SystemInfo) -> Vec<PlaceTrial> {
        let mut trials = Vec::new();
        for (_, endpoint) in node.notifications.in_turn() {
            let result = self.try_place(node, info, endpoint).await;
            let is_enough = result.is_ok() && !node.has_configured_places();
            trials.push(PlaceTrial { url: endpoint.to_string(), result });
            if is_enough {
                break;
            }
        }
        trials
    }

    async fn try_place(
        &self,
        node: &Node,
        info: &SystemInfo,
        endpoint: &Endpoint,
    ) -> Result<(), StreamError> {
        let account = account(node, info, &Credentials::new(NOBODY, ""), NOBODY)?;
        let options = self.options(endpoint, account);
        Ok(gc_xmpp::probe(options).await?)
    }
}
