//! Why arguments cannot be read.

use crate::name::CommandName;
use gc_events::ErrorCode;
use thiserror::Error;

/// An argument cannot be read. The text is for the agent and never repeats what was given.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{command}: {problem}")]
pub struct ArgumentError {
    /// The command.
    pub command: CommandName,
    /// The argument's name; none when there are too many of them.
    pub argument: Option<&'static str>,
    /// What is wrong with it.
    pub problem: Problem,
    /// The code of the `Error` event.
    pub code: ErrorCode,
}

impl ArgumentError {
    /// The message of the `Error` event: what is wrong, and what to do.
    pub fn message(&self) -> String {
        format!("{self}. {}", self.code.driver_behaviour())
    }
}

/// What is wrong with an argument.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Problem {
    /// A required argument is absent or empty.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// There are more arguments than the command takes.
    #[error("{given} arguments are given, {taken} are taken")]
    Surplus {
        /// How many the command takes.
        taken: usize,
        /// How many are there.
        given: usize,
    },
    /// It is longer than anything sensible.
    #[error("{name} is longer than {limit} bytes")]
    TooLong {
        /// The argument.
        name: &'static str,
        /// The limit.
        limit: usize,
    },
    /// It holds a control character, or one that XML cannot carry.
    #[error("{0} holds a character that cannot be sent")]
    ForbiddenCharacter(&'static str),
    /// An extension holds something else than digits.
    #[error("{0} is not a number")]
    NotAnExtension(&'static str),
    /// It is none of the words that are expected.
    #[error("{name} is none of {}", words.join(", "))]
    NotOneOf {
        /// The argument.
        name: &'static str,
        /// The words.
        words: &'static [&'static str],
    },
    /// It is not a whole number.
    #[error("{0} is not a whole number")]
    NotACount(&'static str),
    /// It is not a time.
    #[error("{0} is not a time like 2030-01-31T14:30")]
    NotATime(&'static str),
    /// A call variable is not written as `name=value`.
    #[error("{0} is not written as name=value")]
    NotAPair(&'static str),
}

impl Problem {
    /// The code of the `Error` event; `missing` is the one that the argument declares for its absence.
    pub(crate) fn code(&self, missing: &ErrorCode) -> ErrorCode {
        match self {
            Self::Missing(_) => missing.clone(),
            Self::NotAnExtension(_) => ErrorCode::WrongExtension,
            Self::NotAPair(_) => ErrorCode::InvalidCallData,
            _ => ErrorCode::PleaseRetry,
        }
    }
}
