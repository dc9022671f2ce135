//! What the switchboard books: clients, sessions, licences.

use super::{Client, Session, Switchboard};
use crate::{AgentKey, ClientKey, ClusterId};

/// What a request that is taken changes; nothing until it is committed.
#[derive(Debug, Default)]
#[must_use = "nothing is booked before the permit is committed"]
pub struct Permit {
    pub(super) client: Option<(ClientKey, ClusterId, Option<String>)>,
    pub(super) session: Option<(AgentKey, ClientKey)>,
    pub(super) licence: Option<AgentKey>,
}

/// What an agent's session changes at the switchboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionChange {
    /// The agent has a new owner.
    Owned(ClientKey),
    /// The agent is signed in at Finesse (`true`) or is not, because it signed out or its Login failed: what
    /// the licence counts.
    SignedIn(bool),
    /// The agent supervises these (and those named before).
    Supervises(Vec<String>),
    /// The session is over.
    Forgotten,
}

impl Switchboard {
    /// Books what was decided.
    pub fn commit(&mut self, permit: Permit) {
        let Permit { client, session, licence } = permit;
        if let Some((key, cluster, session_url)) = client {
            let known = self
                .clients
                .entry(key.clone())
                .or_insert(Client { cluster: cluster.clone(), session_url: None });
            known.cluster = cluster;
            if let Some(url) = session_url {
                let before = known.session_url.replace(url.clone());
                self.change_session_url(key, before, url);
            }
        }
        if let Some((agent, owner)) = session {
            self.sessions.entry(agent).or_insert(Session { owner, supervises: None });
        }
        // Taken now: two who sign in at once must not both have the last one.
        self.signed_in.extend(licence.filter(|agent| self.sessions.contains_key(agent)));
    }

    /// A client as it was before a restart. False if its cluster is not configured any more, or its destination is
    /// bound to another one now; then it has to make itself known again.
    pub fn restore_client(
        &mut self,
        client: &ClientKey,
        cluster: &ClusterId,
        session_url: Option<&str>,
    ) -> bool {
        let is_there = self.clusters.iter().any(|each| each.id == *cluster);
        let bound = self.bound(client);
        if !is_there || bound.is_some_and(|bound| bound != cluster) {
            return false;
        }
        let client = Some((client.clone(), cluster.clone(), session_url.map(str::to_owned)));
        self.commit(Permit { client, ..Permit::default() });
        true
    }

    /// A session as it was before a restart. False if its client is not there.
    pub fn restore_session(&mut self, agent: &AgentKey, owner: &ClientKey) -> bool {
        let is_there = self.clients.get(owner).is_some_and(|client| client.cluster == *agent.cluster());
        if is_there {
            let session = Some((agent.clone(), owner.clone()));
            self.commit(Permit { session, ..Permit::default() });
        }
        is_there
    }

    fn change_session_url(&mut self, client: ClientKey, before: Option<String>, now: String) {
        if let Some(before) = before
            && let Some(clients) = self.by_session_url.get_mut(&before)
        {
            clients.remove(&client);
            if clients.is_empty() {
                self.by_session_url.remove(&before);
            }
        }
        self.by_session_url.entry(now).or_default().insert(client);
    }

    /// An agent's session has changed.
    pub fn note(&mut self, agent: &AgentKey, change: SessionChange) {
        if change == SessionChange::Forgotten {
            self.sessions.remove(agent);
            self.signed_in.remove(agent);
            return;
        }
        let Some(session) = self.sessions.get_mut(agent) else { return };
        match change {
            SessionChange::Owned(client) => session.owner = client,
            SessionChange::SignedIn(true) => _ = self.signed_in.insert(agent.clone()),
            SessionChange::SignedIn(false) => _ = self.signed_in.remove(agent),
            SessionChange::Supervises(members) => {
                session.supervises.get_or_insert_default().extend(members);
            }
            SessionChange::Forgotten => {}
        }
    }
}
