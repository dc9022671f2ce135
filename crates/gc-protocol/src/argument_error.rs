//! Errors about arguments.

use crate::command::CommandName;
use crate::problem::{BadArgument, Problem};
use gc_events::ErrorCode;
use thiserror::Error;

/// An argument cannot be read. The text is for the agent and never repeats the argument.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{command}: {problem}")]
pub struct ArgumentError {
    /// The command.
    pub command: CommandName,
    /// The argument's name; none when there are too many arguments.
    pub argument: Option<&'static str>,
    /// What is wrong with it.
    pub problem: Problem,
    /// The code of the `Error` event.
    pub code: ErrorCode,
}

impl ArgumentError {
    pub(crate) fn new(command: CommandName, bad: BadArgument) -> Self {
        let BadArgument { argument, problem, code } = bad;
        Self { command, argument, problem, code }
    }

    /// The message of the `Error` event: what is wrong, and what to do.
    pub fn message(&self) -> String {
        format!("{self}. {}", self.code.advice())
    }
}
