//! How agents are, as operators see it.

use std::time::Duration;

use gc_rules::{AgentKey, AgentOverview, ClientKey, CommandId};

/// An agent who is connected, or is about to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentStatus {
    /// The agent.
    pub agent: AgentKey,
    /// The client that has connected it.
    pub owner: ClientKey,
    /// Its state and its calls.
    pub overview: AgentOverview,
    /// Its notification stream.
    pub stream: StreamStatus,
    /// The commands without an outcome that whoever asks may know of, by id.
    pub commands: Vec<PendingStatus>,
}

/// An agent's notification stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamStatus {
    /// It is open.
    Open {
        /// What carries it, in one word.
        transport: &'static str,
        /// The Finesse node: host and port. `None` where nobody knows.
        node: Option<String>,
        /// For how long.
        age: Duration,
    },
    /// There is none.
    Absent {
        /// For how long.
        age: Duration,
    },
}

/// A command that was accepted and has no outcome yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingStatus {
    /// Its id.
    pub id: CommandId,
    /// Its name, such as `MakeCall`.
    pub name: String,
    /// The client that sent it.
    pub client: ClientKey,
    /// How long ago it was accepted, or taken over from before a restart.
    pub age: Duration,
}

/// What the agent's task knows of it.
#[derive(Debug)]
pub(crate) struct TaskReport {
    pub(crate) overview: AgentOverview,
    pub(crate) stream: StreamStatus,
}
