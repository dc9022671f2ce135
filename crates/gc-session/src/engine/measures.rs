//! What the engine has measured since the start, and how it is now: plain values, without the names of agents and clients.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use finesse_client::LinkMeasures;
use gc_delivery::Backlog;
use gc_measure::Histogram;
use gc_rules::{ClientKey, ClusterId};

use super::Engine;
use crate::cluster::ClusterLink;

/// One cluster.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClusterMeasures {
    /// The link to Finesse.
    pub link: LinkMeasures,
    /// How many agents have a session, or are about to.
    pub sessions: u64,
    /// How many agents are in which state, by Finesse's words. A word that is not known is `OTHER`.
    pub agents: BTreeMap<&'static str, u64>,
    /// How many notification streams are open, by transport.
    pub streams: BTreeMap<&'static str, u64>,
    /// How many notification streams have ended, by reason.
    pub streams_closed: BTreeMap<&'static str, u64>,
    /// How often an agent was read again, by cause: `missed`, `recovery` or `command`.
    pub rereads: BTreeMap<&'static str, u64>,
    /// How many commands have ended, by name and outcome: `done`, `failed`, `no_session` or `unknown`.
    pub commands: BTreeMap<(String, &'static str), u64>,
    /// How long commands took from their acceptance to their outcome, by name.
    pub command_times: BTreeMap<String, Histogram>,
    /// How many commands have no outcome yet.
    pub open_commands: u64,
    /// How many events were emitted, by type.
    pub events: BTreeMap<String, u64>,
    /// How many events wait for their delivery.
    pub undelivered: u64,
    /// The age of the oldest of them.
    pub oldest: Duration,
}

impl Engine {
    /// What each cluster has measured. `backlogs`: what waits for each client
    /// ([`gc_delivery::Delivery::backlogs`]); that of clients whose cluster is not known any more is left out.
    pub fn measures(&self, backlogs: &[(ClientKey, Backlog)]) -> BTreeMap<ClusterId, ClusterMeasures> {
        let shared = &self.shared;
        let open = shared.commands.count_by_cluster();
        let of_link = |(id, cluster): (&ClusterId, &Arc<ClusterLink>)| {
            let measures = &cluster.measures;
            let all = ClusterMeasures {
                link: cluster.link.measures(),
                agents: measures.agents.snapshot(),
                streams: measures.streams.snapshot(),
                streams_closed: measures.streams_closed.snapshot(),
                rereads: measures.rereads.snapshot(),
                commands: measures.commands.snapshot(),
                command_times: measures.command_times.snapshot(),
                open_commands: open.get(id).copied().unwrap_or_default(),
                events: measures.events.snapshot(),
                ..ClusterMeasures::default()
            };
            (id.clone(), all)
        };
        let mut clusters: BTreeMap<_, _> = shared.clusters.iter().map(of_link).collect();
        let roster = shared.roster();
        for agent in roster.tasks.keys() {
            if let Some(cluster) = clusters.get_mut(agent.cluster()) {
                cluster.sessions += 1;
            }
        }
        for (client, backlog) in backlogs {
            let cluster = roster.switchboard.cluster_of(client);
            if let Some(cluster) = cluster.and_then(|cluster| clusters.get_mut(cluster)) {
                cluster.undelivered += backlog.undelivered;
                cluster.oldest = cluster.oldest.max(backlog.oldest);
            }
        }
        clusters
    }
}
