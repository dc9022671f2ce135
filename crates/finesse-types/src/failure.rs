//! Why a request failed.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::api_errors::ApiErrors;

/// Why a request failed.
#[derive(Clone, Debug, Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    /// Finesse, or a server in front of it, refused the request.
    #[error("Finesse answered HTTP {status}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The errors in the body; empty if the body was empty, HTML or unreadable.
        errors: ApiErrors,
    },
    /// A proxy in front of Finesse refused the request: its headers show that, and it is not explained as Finesse does. A 401
    /// says nothing about the password.
    #[error("a proxy in front of Finesse answered HTTP {status}")]
    Proxy {
        /// The HTTP status.
        status: u16,
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
    #[error("{}", if *sent { "Finesse did not answer in time" } else { "the request could not be sent to Finesse in time" })]
    TimedOut {
        /// Whether the request was, or may have been, sent.
        sent: bool,
    },
    /// It was not sent, or not carried out: the token of single sign-on has ended.
    #[error("the single sign-on token has ended")]
    TokenEnded,
}

impl Failure {
    /// Whether the same request may succeed if it is repeated.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused { status, .. } | Self::Proxy { status } => matches!(status, 429 | 502..=504),
            Self::Unreadable { .. } | Self::TokenEnded => false,
            Self::Unreachable { .. } | Self::TimedOut { .. } => true,
        }
    }

    /// Of the renewal of a token: whether the token service refuses this token, so that it is not asked again for it.
    pub fn is_refused_renewal(&self) -> bool {
        matches!(self, Self::Refused { status: 400..=499, .. }) && !self.is_transient()
    }

    /// Which kind of failure it is, in one word; for statistics.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "refused",
            Self::Proxy { .. } => "proxy",
            Self::Unreadable { .. } => "unreadable",
            Self::Unreachable { .. } => "unreachable",
            Self::TimedOut { .. } => "timed_out",
            Self::TokenEnded => "token_ended",
        }
    }

    /// Whether Finesse may carry out the request anyway, so that a write must not be repeated.
    pub fn may_have_arrived(&self) -> bool {
        match self {
            // 502 and 504 come from a proxy that got no answer.
            Self::Refused { status, .. } | Self::Proxy { status } => matches!(status, 502 | 504),
            Self::TokenEnded => false,
            Self::Unreadable { .. } => true,
            Self::Unreachable { sent, .. } | Self::TimedOut { sent } => *sent,
        }
    }
}
