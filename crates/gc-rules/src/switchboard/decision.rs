//! What may happen to a request, as a value.

use gc_events::Event;

use super::Permit;
use crate::{AgentKey, ClientKey};

/// What happens to a request.
#[derive(Debug)]
pub enum Decision {
    /// Refused before it reached any agent.
    Refused(Refused),
    /// Hello or Beat: answered at once.
    Answered {
        /// The calling client.
        client: ClientKey,
        /// The answer.
        event: Event,
        /// What it changes.
        permit: Permit,
    },
    /// For an agent's session; Connect creates it if there is none.
    Agent {
        /// The calling client.
        client: ClientKey,
        /// The agent.
        agent: AgentKey,
        /// What it changes.
        permit: Permit,
    },
    /// For a team member whose session is not this client's: it is carried out by the client's supervisor.
    Member {
        /// The calling client.
        client: ClientKey,
        /// The client's supervisor.
        supervisor: AgentKey,
        /// The member's id.
        member: String,
    },
    /// For an agent, but not permitted: the error is the command's outcome.
    Denied {
        /// The calling client.
        client: ClientKey,
        /// The outcome.
        event: Event,
    },
}

/// A refused request.
#[derive(Debug)]
pub struct Refused {
    /// Why.
    pub reason: Refusal,
    /// The answer to the caller.
    pub event: Box<Event>,
    /// The client that gets the event on its callback too, if it is known.
    pub client: Option<ClientKey>,
}

/// Why a request is refused. Printed, it is the variant's name in snake case, as in the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "snake_case")]
pub enum Refusal {
    /// The client is not known: it has to send Hello.
    UnknownClient,
    /// The agent is not known: Connect and Login.
    UnknownAgent,
    /// The agent belongs to another client.
    NotOwner,
    /// There is no such cluster, or the request does not show which one is meant.
    WhichCluster,
    /// The limit of clients is reached.
    TooManyClients,
    /// The principal lacks the right.
    RightMissing,
    /// The destination is not one of the principal's.
    NotItsOwn,
    /// The arguments cannot be read, and it is not known which client sent them.
    BadArguments,
}
