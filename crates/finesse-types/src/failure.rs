//! Why a request failed, and what that means for the one who asked.

use thiserror::Error;

use crate::api_errors::ApiErrors;

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
