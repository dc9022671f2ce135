//! What comes to an agent's task from outside.

use std::time::Duration;

use finesse_types::Update;
use gc_core::{ClientKey, CommandId};
use gc_protocol::{ArgumentError, Command};

use crate::pending::Ticket;

/// What comes to an agent's task from outside.
pub(crate) enum Message {
    /// A command.
    Command(Box<Submitted>),
    /// Finesse refuses a request of this agent, and says so on another one's node.
    Forwarded(Box<Update>),
    /// A refusal that was forwarded to nobody.
    Unclaimed(Box<Update>),
    /// Whether a command may use its password.
    AttemptDecided { command: CommandId, allowed: Result<(), Duration> },
}

/// A command that was taken.
pub(crate) struct Submitted {
    pub client: ClientKey,
    /// The team member for whom it is, when the agent of the task is a supervisor.
    pub member: Option<String>,
    pub command: Result<Command, ArgumentError>,
    pub ticket: Ticket,
}
