//! What administrators see and do. Each sees the clients that it administers, their agents, and the clusters of these.

use std::collections::BTreeSet;

use finesse_client::{MoveError, NodeMeasures, Service};
use gc_access::Principal;
use gc_rules::{AgentKey, ClientKey, ClusterId};

use super::Engine;
use crate::agent_status::{AgentStatus, PendingStatus};
use crate::message::TaskHandle;
use crate::recent_errors::ErrorCount;

/// Where a client belongs, and how many of its agents are connected or about to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connected {
    /// Its cluster, unless that is not known since a restart.
    pub cluster: Option<ClusterId>,
    /// Its agents.
    pub agents: usize,
}

/// A cluster as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterStatus {
    /// Its name.
    pub cluster: ClusterId,
    /// Whether a node serves.
    pub service: Service,
    /// The nodes, in the configured order.
    pub nodes: Vec<NodeMeasures>,
    /// How many agents of whoever asks are connected, or are about to be.
    pub agents: usize,
}

impl Engine {
    /// Those of these clients whose administrator the principal is.
    pub fn administered(
        &self,
        who: &Principal,
        clients: impl IntoIterator<Item = ClientKey>,
    ) -> Vec<(ClientKey, Connected)> {
        // What its destinations say needs no lock, and may leave nothing.
        let clients: Vec<_> =
            clients.into_iter().filter(|client| who.may_administer(client.as_str())).collect();
        if clients.is_empty() {
            return Vec::new();
        }
        let roster = self.shared.roster();
        let board = &roster.switchboard;
        let agents = board.agents_by_client();
        let own = clients.into_iter().filter(|client| board.may_administer(who, client));
        let connected = |client: ClientKey| {
            let cluster = board.cluster_of(&client).cloned();
            let agents = agents.get(&client).copied().unwrap_or_default();
            (client, Connected { cluster, agents })
        };
        own.map(connected).collect()
    }

    /// The clusters that this administrator may know: all of them, the one that it is restricted to, or those of its clients.
    pub fn clusters(&self, who: &Principal) -> Vec<ClusterStatus> {
        let agents = self.agents(who);
        let of_clients: BTreeSet<_> = match who.may_administer_all() {
            true => self.shared.clusters.keys().cloned().collect(),
            false => {
                let clients = self.administered(who, self.shared.outlet.delivery.client_keys());
                let own = clients.into_iter().filter_map(|(_, connected)| connected.cluster);
                own.chain(who.cluster().map(ClusterId::from)).collect()
            }
        };
        let known = self.shared.clusters.iter().filter(|(cluster, _)| of_clients.contains(*cluster));
        let status = known.map(|(cluster, link)| ClusterStatus {
            cluster: cluster.clone(),
            service: link.link.service().read(|service| *service),
            nodes: link.link.measures().nodes,
            agents: agents.iter().filter(|(agent, _)| agent.cluster() == cluster).count(),
        });
        status.collect()
    }

    /// The agents of the clients that this principal administers, by cluster and id, with the client that has connected each.
    pub fn agents(&self, who: &Principal) -> Vec<(AgentKey, ClientKey)> {
        let roster = self.shared.roster();
        let board = &roster.switchboard;
        let own = board.owners().filter(|(_, owner)| board.may_administer(who, owner));
        own.map(|(agent, owner)| (agent.clone(), owner.clone())).collect()
    }

    /// How this agent is, for one of its client's administrators; `None` for everybody else, and if it is not connected.
    pub async fn agent(&self, who: &Principal, agent: &AgentKey) -> Option<AgentStatus> {
        let (owner, task, commands) = {
            let roster = self.shared.roster();
            let board = &roster.switchboard;
            let owner = board.owner_of(agent)?;
            let may_know = |command: &PendingStatus| board.may_administer(who, &command.client);
            if !board.may_administer(who, owner) {
                return None;
            }
            let commands: Vec<_> =
                self.shared.commands.of_agent(agent).into_iter().filter(may_know).collect();
            (owner.clone(), roster.tasks.get(agent).cloned()?, commands)
        };
        let seen = TaskHandle::ask(&task).await?;
        let (overview, stream) = (seen.overview, seen.stream);
        Some(AgentStatus { agent: agent.clone(), owner, overview, stream, commands })
    }

    /// The agents of this administrator's clients whose sessions are over because another program took their notification streams,
    /// by cluster and id: for an hour, or until one is connected again.
    pub fn taken_over(&self, who: &Principal) -> Vec<AgentKey> {
        let roster = self.shared.roster();
        let own = |owner: &ClientKey| roster.switchboard.may_administer(who, owner);
        let taken = self.shared.taken_streams.all().into_iter().filter(|(_, owner)| own(owner));
        taken.map(|(agent, _)| agent).collect()
    }

    /// Moves the agent's stream and requests to this node of its cluster (host and port), or to the other one than now. Its machine
    /// reads Finesse again then. Returns the node's name. At the named node already, the agent stays there.
    ///
    /// # Errors
    /// When there is no other node in service, or none of this name; then nothing changes.
    pub fn move_agent(&self, agent: &AgentKey, to: Option<&str>) -> Result<String, MoveError> {
        // Only clusters that are configured have agents.
        let cluster = self.shared.clusters.get(agent.cluster()).ok_or(MoveError::OnlyNode)?;
        cluster.link.move_user(agent.agent(), to)
    }

    /// The errors that were emitted since the start, by code: all of them for an administrator of everything, else those of its
    /// clients.
    pub fn errors(&self, who: &Principal) -> Vec<ErrorCount> {
        let errors = &self.shared.outlet.errors;
        if who.may_administer_all() {
            return errors.all();
        }
        let own = self.administered(who, errors.clients());
        errors.of_clients(own.iter().map(|(client, _)| client))
    }
}
