//! Why a request failed, and the error code and message for it.

use gc_events::ErrorCode;
use thiserror::Error;

use crate::api_errors::{ApiError, ApiErrors};
use crate::error_mapping::{Case, look_up};
use crate::message;
use crate::request::Request;

/// Why a request failed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Failure {
    /// Finesse, or a server in front of it, refused the request.
    #[error("Finesse answered HTTP {status}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The errors in the body; empty if the body was empty, HTML or unreadable.
        errors: ApiErrors,
    },
    /// The status is a success, but the body is not the expected one.
    #[error("Finesse answered HTTP {status} with an unexpected body: {reason}")]
    Unreadable {
        /// The HTTP status.
        status: u16,
        /// What is wrong with the body.
        reason: String,
    },
    /// The connection was refused or broke.
    #[error("Finesse cannot be reached: {reason}")]
    Unreachable {
        /// Whether the request was, or may have been, sent.
        sent: bool,
        /// The network error.
        reason: String,
    },
    /// No answer came in time.
    #[error("Finesse did not answer in time")]
    TimedOut {
        /// Whether the request was, or may have been, sent.
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
                let no_reason = format!("Finesse did not do this and gave no reason (HTTP {status}).");
                message::for_agent(&code, text, errors.most_specific(), &no_reason)
            }
            _ => message::for_agent(&code, text, None, &format!("{self}.")),
        }
    }

    fn case<'a>(&'a self, request: &'a Request) -> Case<'a> {
        match self {
            Self::Refused { status, errors } => {
                Case::Error { answer: Some((*status, request)), error: errors.most_specific() }
            }
            Self::Unreadable { .. } => Case::Unreadable,
            Self::Unreachable { .. } => Case::Unreachable,
            Self::TimedOut { .. } => Case::TimedOut,
        }
    }

    /// Whether the same request may succeed if it is repeated.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused { status, .. } => matches!(status, 429 | 502..=504),
            Self::Unreadable { .. } => false,
            Self::Unreachable { .. } | Self::TimedOut { .. } => true,
        }
    }

    /// Whether Finesse may carry out the request anyway, so that a write must not be repeated.
    pub fn may_have_arrived(&self) -> bool {
        match self {
            // 502 and 504 come from a proxy that got no answer.
            Self::Refused { status, .. } => matches!(status, 502 | 504),
            Self::Unreadable { .. } => true,
            Self::Unreachable { sent, .. } | Self::TimedOut { sent } => *sent,
        }
    }
}

/// The code of an error that was reported by a notification, after its request was accepted.
pub fn api_error_code(error: &ApiError) -> ErrorCode {
    look_up(&notified(error)).0
}

/// The message for the agent about an error that was reported by a notification.
pub fn api_error_message(error: &ApiError) -> String {
    let (code, text) = look_up(&notified(error));
    message::for_agent(&code, text, Some(error), "Finesse refused this and gave no reason.")
}

fn notified(error: &ApiError) -> Case<'_> {
    Case::Error { answer: None, error: Some(error) }
}
