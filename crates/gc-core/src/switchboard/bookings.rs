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
            let known =
                self.clients.entry(key).or_insert(Client { cluster: cluster.clone(), session_url: None });
            known.cluster = cluster;
            if session_url.is_some() {
                known.session_url = session_url;
            }
        }
        if let Some((agent, owner)) = session {
            let session = Session { owner, signed_in: false, supervises: None };
            self.sessions.entry(agent).or_insert(session);
        }
        // Taken now: two who sign in at once must not both have the last one.
        if let Some(session) = licence.and_then(|agent| self.sessions.get_mut(&agent)) {
            session.signed_in = true;
        }
    }

    /// An agent's session has changed.
    pub fn note(&mut self, agent: &AgentKey, change: SessionChange) {
        if change == SessionChange::Forgotten {
            self.sessions.remove(agent);
            return;
        }
        let Some(session) = self.sessions.get_mut(agent) else { return };
        match change {
            SessionChange::Owned(client) => session.owner = client,
            SessionChange::SignedIn(signed_in) => session.signed_in = signed_in,
            SessionChange::Supervises(members) => {
                session.supervises.get_or_insert_default().extend(members);
            }
            SessionChange::Forgotten => {}
        }
    }
}
