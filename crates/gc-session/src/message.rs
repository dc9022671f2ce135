//! What comes to an agent's task from outside.

use gc_core::{ClientKey, Input};
use gc_protocol::{ArgumentError, Command};

use crate::pending::Ticket;

/// What comes to an agent's task from outside.
pub(crate) enum Message {
    /// A command.
    Command(Box<Submitted>),
    /// What the switchboard has for it.
    Input(Box<Input>),
}

/// A command that was taken.
pub(crate) struct Submitted {
    pub client: ClientKey,
    /// The team member for whom it is, when the agent of the task is a supervisor.
    pub member: Option<String>,
    pub command: Result<Command, ArgumentError>,
    pub ticket: Ticket,
}
