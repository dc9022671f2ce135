//! Clients, the clusters that they are bound to, the agents that they own, and whether Finesse is in service
//! (docs/sessions.md).
//!
//! [`Switchboard::decide`] decides what happens to a request and changes nothing; [`Switchboard::commit`] records the
//! decision. So a request that is turned away in between leaves no trace.

mod attempts;
mod bookings;
mod context;
mod decide;
mod decision;
mod members;
mod refusals;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use gc_events::{Event, ServiceStatus, System};
use wildmatch::WildMatch;

use self::attempts::Attempts;
pub use self::attempts::{AttemptDecision, Party, Verdict};
pub use self::bookings::{Permit, SessionChange};
pub use self::decision::{Decision, Refusal, Refused};
use crate::{AgentKey, ClientKey, ClusterId};

/// What the switchboard has to know of a cluster.
#[derive(Clone, Debug)]
pub struct ClusterBinding {
    /// Its name.
    pub cluster: ClusterId,
    /// The destinations of the clients that are bound to it: `crm-*`, with `*` for any text and `?` for one
    /// character. A destination that no cluster names is bound to the first one.
    pub destinations: Vec<String>,
}

/// Clients, and which of them owns which agent.
#[derive(Debug)]
pub struct Switchboard {
    /// In the order of the configuration.
    clusters: Vec<Cluster>,
    licences: Option<usize>,
    max_clients: usize,
    clients: BTreeMap<ClientKey, Client>,
    /// The clients that gave the same session.
    by_session_url: BTreeMap<String, BTreeSet<ClientKey>>,
    sessions: BTreeMap<AgentKey, Session>,
    /// The agents that the licence counts: signed in, or about to be.
    signed_in: BTreeSet<AgentKey>,
    attempts: Attempts,
}

#[derive(Debug)]
struct Cluster {
    id: ClusterId,
    destinations: Vec<WildMatch>,
    /// None: it is not known yet.
    service: Option<ServiceStatus>,
}

impl Cluster {
    /// What its clients learn. Not known yet counts as out of service here.
    fn status(&self) -> ServiceStatus {
        self.service.unwrap_or(ServiceStatus::OutOfService)
    }
}

#[derive(Debug)]
struct Client {
    cluster: ClusterId,
    session_url: Option<String>,
    /// Whose limits its requests count against.
    party: Party,
    /// It is known from before a restart, and has not heard since whether Finesse is in service.
    was_restored: bool,
}

/// An agent who is connected, or is about to be.
#[derive(Debug)]
struct Session {
    owner: ClientKey,
    /// For a supervisor: the members of the teams who are known.
    supervises: Option<BTreeSet<String>>,
}

impl Switchboard {
    /// A switchboard for these clusters, of which the first one is the default, that admits at most
    /// `licences` signed-in agents and `max_clients` clients.
    pub fn new(clusters: Vec<ClusterBinding>, licences: Option<usize>, max_clients: usize) -> Self {
        let cluster = |ClusterBinding { cluster, destinations }| Cluster {
            id: cluster,
            destinations: destinations.iter().map(|pattern| WildMatch::new(pattern)).collect(),
            service: None,
        };
        Self {
            clusters: clusters.into_iter().map(cluster).collect(),
            licences,
            max_clients,
            clients: BTreeMap::new(),
            by_session_url: BTreeMap::new(),
            sessions: BTreeMap::new(),
            signed_in: BTreeSet::new(),
            attempts: Attempts::new(attempts::OF_PARTY),
        }
    }

    /// Of one party, Finesse may refuse so many passwords within five minutes, over all agents; 30 if not called.
    #[must_use]
    pub fn with_refused_passwords(mut self, most: usize) -> Self {
        self.attempts = Attempts::new(most);
        self
    }

    /// The time, on any clock that never goes back. Refused passwords are forgotten by it.
    pub fn advance(&mut self, now: Duration) {
        self.attempts.advance(now);
    }

    /// The client's `sessionUrl`, which every delivery repeats.
    pub fn session_url(&self, client: &ClientKey) -> Option<&str> {
        self.clients.get(client)?.session_url.as_deref()
    }

    /// Who used the client last.
    pub fn party_of(&self, client: &ClientKey) -> Option<&Party> {
        Some(&self.clients.get(client)?.party)
    }

    /// The client's cluster.
    pub fn cluster_of(&self, client: &ClientKey) -> Option<&ClusterId> {
        Some(&self.clients.get(client)?.cluster)
    }

    /// How many agents of each client are connected, or are about to be. Clients without any are left out.
    pub fn agents_by_client(&self) -> BTreeMap<&ClientKey, usize> {
        self.sessions.values().fold(BTreeMap::new(), |mut agents, session| {
            *agents.entry(&session.owner).or_default() += 1;
            agents
        })
    }

    /// Whose the agent is, if it is connected, or is about to be.
    pub fn owner_of(&self, agent: &AgentKey) -> Option<&ClientKey> {
        self.sessions.get(agent).map(|session| &session.owner)
    }

    /// The agents who are connected, or are about to be, by cluster and id, and whose they are.
    pub fn owners(&self) -> impl Iterator<Item = (&AgentKey, &ClientKey)> {
        self.sessions.iter().map(|(agent, session)| (agent, &session.owner))
    }

    /// The agents who are connected, or are about to be.
    pub fn sessions(&self) -> usize {
        self.sessions.len()
    }

    /// The agents who are signed in, or are about to be: what the licence counts.
    pub fn licences_in_use(&self) -> usize {
        self.signed_in.len()
    }

    /// A cluster is in service or out of it: the events for its clients, once per change.
    pub(crate) fn service_changed(
        &mut self,
        cluster: &ClusterId,
        in_service: bool,
    ) -> Vec<(ClientKey, Event)> {
        let status = if in_service { ServiceStatus::InService } else { ServiceStatus::OutOfService };
        let Some(known) = self.clusters.iter_mut().find(|each| each.id == *cluster) else {
            return Vec::new();
        };
        let changed = known.status() != status;
        known.service = Some(status);
        let theirs = self.clients.iter_mut().filter(|(_, client)| client.cluster == *cluster);
        let hear = theirs.filter_map(|(key, client)| {
            let hears = changed || std::mem::take(&mut client.was_restored);
            client.was_restored = false;
            hears.then(|| (key.clone(), Event::System(System { status })))
        });
        hear.collect()
    }

    /// The clusters that are out of service, or not known to be in it yet, of all that there are.
    pub fn out_of_service(&self) -> (Vec<&ClusterId>, usize) {
        let out = self.clusters.iter().filter(|each| each.status() == ServiceStatus::OutOfService);
        (out.map(|each| &each.id).collect(), self.clusters.len())
    }

    fn system_of(&self, cluster: &ClusterId) -> Event {
        let known = self.clusters.iter().find(|each| each.id == *cluster);
        let status = known.map_or(ServiceStatus::OutOfService, Cluster::status);
        Event::System(System { status })
    }

    /// Whether agents can take the cluster for in service. Not known yet counts as in service here: an agent that connects before
    /// the first health check is not read again because of it.
    pub fn serves(&self, cluster: &ClusterId) -> bool {
        let known = self.clusters.iter().find(|each| each.id == *cluster);
        known.and_then(|each| each.service) != Some(ServiceStatus::OutOfService)
    }

    /// Whether the agent is connected, or is about to be.
    pub(crate) fn has_session(&self, agent: &AgentKey) -> bool {
        self.sessions.contains_key(agent)
    }

    /// The agents of a cluster who are connected, or are about to be.
    pub(crate) fn agents_at(&self, cluster: &ClusterId) -> impl Iterator<Item = &AgentKey> {
        self.sessions.keys().filter(move |agent| agent.cluster() == cluster)
    }
}

#[cfg(test)]
mod tests;
