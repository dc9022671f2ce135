//! Why a request failed, and what that means for the one who asked.

use gc_events::ErrorCode;
use thiserror::Error;

use crate::api_errors::{ApiError, ApiErrors};
use crate::error_mapping::{Case, look_up};
use crate::request::Request;
use crate::words;

/// Why a request has no answer.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Failure {
    /// Finesse (or a server in front of it) said no.
    #[error("Finesse answered HTTP {status}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it said about it; empty when the body was empty, HTML or unreadable.
        errors: ApiErrors,
    },
    /// The status says yes, the body is not what was asked for.
    #[error("Finesse answered HTTP {status} with something else: {reason}")]
    Unreadable {
        /// The HTTP status.
        status: u16,
        /// What is wrong with the body.
        reason: String,
    },
    /// The connection was refused or broken.
    #[error("Finesse cannot be reached: {reason}")]
    Unreachable {
        /// Whether the request was (or may have been) sent before.
        sent: bool,
        /// What the network says.
        reason: String,
    },
    /// No answer came in time.
    #[error("Finesse did not answer in time")]
    TimedOut {
        /// Whether the request was (or may have been) sent before.
        sent: bool,
    },
}

impl Failure {
    /// The code of the `Error` event; the table is in docs/finesse.md.
    pub fn code(&self, request: &Request) -> ErrorCode {
        look_up(&self.case(request)).0
    }

    /// The message of the `Error` event, for the agent: what is wrong, and what to do.
    pub fn message(&self, request: &Request) -> String {
        let (code, text) = look_up(&self.case(request));
        match self {
            Self::Refused { status, errors } => {
                let unsaid = format!("Finesse did not do this and gave no reason (HTTP {status}).");
                words::message(&code, text, errors.telling(), &unsaid)
            }
            _ => words::message(&code, text, None, &format!("{self}.")),
        }
    }

    fn case<'a>(&'a self, request: &'a Request) -> Case<'a> {
        match self {
            Self::Refused { status, errors } => {
                Case::Error { answer: Some((*status, request)), error: errors.telling() }
            }
            Self::Unreadable { .. } => Case::Unreadable,
            Self::Unreachable { .. } => Case::Unreachable,
            Self::TimedOut { .. } => Case::TimedOut,
        }
    }

    /// Whether the same request may succeed a little later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused { status, .. } => matches!(status, 429 | 502..=504),
            Self::Unreadable { .. } => false,
            Self::Unreachable { .. } | Self::TimedOut { .. } => true,
        }
    }

    /// Whether Finesse may carry out the request all the same, so that a write must not be sent again.
    pub fn may_have_arrived(&self) -> bool {
        match self {
            // 502 and 504 are a proxy's words about an answer that it did not get.
            Self::Refused { status, .. } => matches!(status, 502 | 504),
            Self::Unreadable { .. } => true,
            Self::Unreachable { sent, .. } | Self::TimedOut { sent } => *sent,
        }
    }
}

/// The code of an error that came as a notification, after its request was accepted.
pub fn api_error_code(error: &ApiError) -> ErrorCode {
    look_up(&later(error)).0
}

/// The message for the agent about an error that came as a notification.
pub fn api_error_message(error: &ApiError) -> String {
    let (code, text) = look_up(&later(error));
    words::message(&code, text, Some(error), "Finesse refused this and gave no reason.")
}

fn later(error: &ApiError) -> Case<'_> {
    Case::Error { answer: None, error: Some(error) }
}
