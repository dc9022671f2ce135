//! What a restart has to know besides the outboxes: clients, sessions, and commands without an outcome.

use std::collections::BTreeMap;

use gc_ids::{AgentKey, ClientKey, ClusterId, CommandId};
use serde::{Deserialize, Serialize};

/// A client, as it made itself known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientRecord {
    /// Its destination.
    pub client: ClientKey,
    /// The cluster that it is bound to.
    pub cluster: ClusterId,
    /// Where its events go; none if it reads them from a live stream. It is checked again before it is used.
    pub callback: Option<String>,
    /// The callback was given from this machine, so that it may lead to this machine.
    pub from_loopback: bool,
    /// The client's own session address, handed back with every event.
    pub session_url: Option<String>,
    /// Who used the client last, by the name in the configuration; none if callers were not identified.
    pub principal: Option<String>,
}

/// An agent's session: what Finesse cannot give back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRecord {
    /// The agent.
    pub agent: AgentKey,
    /// The client that owns the agent.
    pub owner: ClientKey,
    /// The agent's password, sealed ([`crate::Sealer`]); a session without one cannot be resumed.
    pub password: Option<Sealed>,
    /// The session as its rules see it, in JSON. This crate does not look into it.
    pub state: String,
}

/// A secret that only the holder of the key can read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// The name of the key.
    pub key: String,
    /// Nonce and ciphertext with its tag, in base64.
    pub text: String,
}

/// An accepted command that has no outcome yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandRecord {
    /// Its id, which the client knows.
    pub id: CommandId,
    /// The client that sent it.
    pub client: ClientKey,
    /// The agent whose session carries it out.
    pub agent: AgentKey,
    /// Its name on the wire: `MakeCall`.
    pub name: String,
}

impl CommandRecord {
    /// What distinguishes it from all others.
    #[must_use]
    pub fn key(&self) -> CommandKey {
        CommandKey::new(self.agent.clone(), self.client.clone(), &self.id)
    }
}

/// What distinguishes an accepted command from all others: clients choose its id, and know nothing of each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CommandKey {
    /// The agent whose session carries it out.
    pub agent: AgentKey,
    /// The client that sent it.
    pub client: ClientKey,
    /// The text of its id, with which it survives a restart.
    pub id: String,
}

impl CommandKey {
    /// The key of the client's command with this id for this agent.
    pub fn new(agent: AgentKey, client: ClientKey, id: &CommandId) -> Self {
        Self { agent, client, id: id.as_str().to_owned() }
    }
}

/// One change of what is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A client is new, or has another callback, session address or cluster. [`crate::Journal::forget`] removes it, with its sessions and
    /// commands.
    Client(ClientRecord),
    /// A session is new, or differs from what was kept of it.
    Session(SessionRecord),
    /// A session is over.
    SessionOver(AgentKey),
    /// A command was accepted.
    Command(CommandRecord),
    /// A command has its outcome.
    CommandOver(CommandKey),
    /// The process lives, at this time by the wall clock: whole seconds since 1970.
    Alive(u64),
}

/// All that is kept besides the outboxes, in the order of their keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// The clients.
    pub clients: BTreeMap<ClientKey, ClientRecord>,
    /// The sessions.
    pub sessions: BTreeMap<AgentKey, SessionRecord>,
    /// The commands without an outcome.
    pub commands: BTreeMap<CommandKey, CommandRecord>,
    /// When the process was last known to live, in seconds since 1970 by the clock of this machine. A store that several machines use has
    /// measured the time since then by its own clock.
    pub alive: Option<u64>,
    /// The process before this one went on without its disk, and what happened then is not here: a client may have more
    /// sessions than these.
    pub is_outdated: bool,
}

impl Kept {
    /// Removes a client, the sessions that it owns, and the commands that it sent.
    pub fn forget(&mut self, client: &ClientKey) {
        self.clients.remove(client);
        self.sessions.retain(|_, session| session.owner != *client);
        self.commands.retain(|key, _| key.client != *client);
    }

    /// Applies one change. What is removed need not be there.
    pub fn apply(&mut self, change: Change) {
        match change {
            Change::Client(client) => _ = self.clients.insert(client.client.clone(), client),
            Change::Session(session) => _ = self.sessions.insert(session.agent.clone(), session),
            Change::SessionOver(agent) => _ = self.sessions.remove(&agent),
            Change::Command(command) => _ = self.commands.insert(command.key(), command),
            Change::CommandOver(over) => _ = self.commands.remove(&over),
            Change::Alive(at) => self.alive = Some(at),
        }
    }
}
