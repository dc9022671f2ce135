//! What the switchboard records: clients, sessions, licences.

use super::{AttemptDecision, Client, Party, Session, Switchboard, Verdict};
use crate::{AgentKey, ClientKey, ClusterId, CommandId};

/// What an accepted request changes, once it is committed.
#[derive(Debug, Default)]
#[must_use = "nothing is recorded before the permit is committed"]
pub struct Permit {
    pub(super) client: Option<Registration>,
    pub(super) session: Option<(AgentKey, ClientKey)>,
    pub(super) licence: Option<AgentKey>,
}

/// A client that makes itself known.
#[derive(Debug)]
pub(super) struct Registration {
    pub(super) key: ClientKey,
    pub(super) cluster: ClusterId,
    pub(super) session_url: Option<String>,
    pub(super) party: Party,
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
    /// An attempt that was requested has ended, whether it was allowed or not.
    Attempted {
        /// The client whose command it was.
        client: ClientKey,
        /// What became of the password.
        verdict: Verdict,
    },
    /// The session is over.
    Forgotten,
}

impl Switchboard {
    /// Records what was decided.
    pub fn commit(&mut self, permit: Permit) {
        let Permit { client, session, licence } = permit;
        if let Some(Registration { key, cluster, session_url, party }) = client {
            let new = || Client {
                cluster: cluster.clone(),
                session_url: None,
                party: party.clone(),
                was_restored: false,
            };
            let known = self.clients.entry(key.clone()).or_insert_with(new);
            (known.cluster, known.party, known.was_restored) = (cluster, party, false);
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
        party: Party,
    ) -> bool {
        let is_there = self.clusters.iter().any(|each| each.id == *cluster);
        let bound = self.bound(client);
        if !is_there || bound.is_some_and(|bound| bound != cluster) {
            return false;
        }
        let registration = Registration {
            key: client.clone(),
            cluster: cluster.clone(),
            session_url: session_url.map(str::to_owned),
            party,
        };
        self.commit(Permit { client: Some(registration), ..Permit::default() });
        self.clients.entry(client.clone()).and_modify(|client| client.was_restored = true);
        true
    }

    /// A session as it was before a restart. False if its client is not there.
    pub fn restore_session(&mut self, agent: &AgentKey, owner: &ClientKey) -> bool {
        let client = self.clients.get(owner).filter(|client| client.cluster == *agent.cluster());
        let Some(party) = client.map(|client| client.party.clone()) else { return false };
        self.attempts.restore_owner(agent, party);
        let session = Some((agent.clone(), owner.clone()));
        self.commit(Permit { session, ..Permit::default() });
        true
    }

    /// The client is not known any more. False, and nothing changes, while one of its agents is connected, or is about to be.
    pub fn forget(&mut self, client: &ClientKey) -> bool {
        if self.sessions.values().any(|session| session.owner == *client) {
            return false;
        }
        if let Some(url) = self.clients.remove(client).and_then(|known| known.session_url) {
            self.leave_session_url(client, &url);
        }
        true
    }

    fn leave_session_url(&mut self, client: &ClientKey, url: &str) {
        if let Some(clients) = self.by_session_url.get_mut(url) {
            clients.remove(client);
            if clients.is_empty() {
                self.by_session_url.remove(url);
            }
        }
    }

    fn change_session_url(&mut self, client: ClientKey, before: Option<String>, now: String) {
        if let Some(before) = before {
            self.leave_session_url(&client, &before);
        }
        self.by_session_url.entry(now).or_default().insert(client);
    }

    /// An agent's session has changed. The answers to attempts that waited for this, of any agent.
    pub fn note(&mut self, agent: &AgentKey, change: SessionChange) -> Vec<AttemptDecision> {
        match change {
            SessionChange::Forgotten => {
                self.sessions.remove(agent);
                self.signed_in.remove(agent);
            }
            SessionChange::Attempted { client, verdict } => {
                let party = self.party(&client);
                return self.attempts.ended(agent, &party, verdict);
            }
            SessionChange::Owned(client) => {
                if let Some(session) = self.sessions.get_mut(agent) {
                    session.owner = client;
                }
            }
            SessionChange::SignedIn(true) => {
                self.signed_in.extend(Some(agent.clone()).filter(|agent| self.sessions.contains_key(agent)));
            }
            SessionChange::SignedIn(false) => _ = self.signed_in.remove(agent),
            SessionChange::Supervises(members) => {
                if let Some(session) = self.sessions.get_mut(agent) {
                    session.supervises.get_or_insert_default().extend(members);
                }
            }
        }
        Vec::new()
    }

    /// Whether a command of this client may use its password: its decision, unless it comes later, by [`Self::note`].
    /// `asks_finesse`: Finesse is asked about the password.
    pub fn request_attempt(
        &mut self,
        agent: &AgentKey,
        client: &ClientKey,
        command: CommandId,
        asks_finesse: bool,
    ) -> Option<AttemptDecision> {
        let party = self.party(client);
        let allowed = self.attempts.request(agent, &party, &command, asks_finesse)?;
        Some(AttemptDecision { agent: agent.clone(), command, allowed })
    }

    fn party(&self, client: &ClientKey) -> Party {
        let known = self.clients.get(client).map(|known| known.party.clone());
        known.unwrap_or_else(|| Party::Client(client.clone()))
    }

    /// Whether the agent is the client's: it is connected by this client, by nobody, or was its party's last.
    pub fn is_owner(&self, agent: &AgentKey, client: &ClientKey, party: &Party) -> bool {
        let session = self.sessions.get(agent);
        session.is_none_or(|session| session.owner == *client) || self.attempts.owner(agent) == Some(party)
    }
}
