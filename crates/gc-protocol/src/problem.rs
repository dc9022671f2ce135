//! What may be wrong with an argument.

use crate::shared::VARIABLES;
use gc_events::ErrorCode;
use thiserror::Error;

/// An argument that cannot be read, of a command that is named later: see [`ArgumentError`](crate::ArgumentError).
#[derive(Clone, Debug)]
pub(crate) struct BadArgument {
    pub(crate) argument: Option<&'static str>,
    pub(crate) problem: Problem,
    pub(crate) code: ErrorCode,
}

/// What is wrong with an argument.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Problem {
    /// A required argument is absent or empty.
    #[error("the {0} {verb} missing", verb = is_or_are(.0))]
    Missing(&'static str),
    /// There are more arguments than the command takes.
    #[error("it takes {}, but {given} {}", at_most(*allowed), if *given == 1 { "was sent" } else { "were sent" })]
    Surplus {
        /// How many the command takes.
        allowed: usize,
        /// How many were sent.
        given: usize,
    },
    /// It is longer than its limit.
    #[error("the {name} must be at most {limit} bytes long")]
    TooLong {
        /// The argument.
        name: &'static str,
        /// The limit.
        limit: usize,
    },
    /// It contains a control character or one of the two others that XML does not allow.
    #[error("the {0} must not contain control characters")]
    ForbiddenCharacter(&'static str),
    /// An extension contains something other than digits.
    #[error("the {0} is not a number")]
    NotAnExtension(&'static str),
    /// It is not the id of a device.
    #[error("the {0} must be the id of a device, such as SEP001122334455")]
    NotADevice(&'static str),
    /// It is none of the expected words.
    #[error("the {name} must be {}", words.join(" or "))]
    NotOneOf {
        /// The argument.
        name: &'static str,
        /// The words.
        words: &'static [&'static str],
    },
    /// It is not a whole number.
    #[error("the {0} must be a whole number")]
    NotACount(&'static str),
    /// It is not a time.
    #[error("the {0} must be a time such as 2030-01-31T14:30")]
    NotATime(&'static str),
    /// A call variable is not written as `name=value`.
    #[error("the {0} must be written as name=value, with | between several")]
    NotAPair(&'static str),
}

fn is_or_are(argument: &str) -> &'static str {
    if argument == VARIABLES.name { "are" } else { "is" }
}

fn at_most(allowed: usize) -> String {
    match allowed {
        0 => "no arguments".to_owned(),
        1 => "1 argument".to_owned(),
        _ => format!("at most {allowed} arguments, separated by commas"),
    }
}

impl Problem {
    /// The code of the `Error` event; `missing` is the code that the argument declares for its absence.
    pub(crate) fn code(&self, missing: &ErrorCode) -> ErrorCode {
        match self {
            Self::Missing(_) => missing.clone(),
            Self::NotAnExtension(_) => ErrorCode::WrongExtension,
            Self::NotAPair(_) => ErrorCode::InvalidCallData,
            _ => ErrorCode::PleaseRetry,
        }
    }
}
