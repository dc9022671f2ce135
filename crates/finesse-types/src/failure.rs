//! Why a request failed, and what that means for the one who asked.

use gc_events::ErrorCode;
use thiserror::Error;

use crate::api_errors::{ApiError, ApiErrors};
use crate::error_mapping::{Case, Text, look_up};
use crate::request::Request;

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
    /// The code that the client is told; the table is in docs/finesse.md.
    pub fn code(&self, request: &Request) -> ErrorCode {
        look_up(&self.case(request)).0
    }

    /// What the agent is told: what is wrong, and what to do.
    pub fn message(&self, request: &Request) -> String {
        let (code, text) = look_up(&self.case(request));
        let error = match self {
            Self::Refused { errors, .. } => errors.first(),
            _ => None,
        };
        let words = error.map_or_else(|| format!("{self}."), in_finesses_words);
        message(&code, text, &words, error.and_then(sentence))
    }

    fn case(&self, request: &Request) -> Case<'_> {
        match self {
            Self::Refused { status, errors } => {
                Case::Error { status: Some(*status), subject: Some(request.subject()), error: errors.first() }
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

/// What the agent is told about an error that came as a notification.
pub fn api_error_message(error: &ApiError) -> String {
    let (code, text) = look_up(&later(error));
    message(&code, text, &in_finesses_words(error), sentence(error))
}

fn later(error: &ApiError) -> Case<'_> {
    Case::Error { status: None, subject: None, error: Some(error) }
}

fn message(code: &ErrorCode, text: Text, words: &str, sentence: Option<String>) -> String {
    match (text, sentence) {
        (Text::Code, Some(said)) => {
            format!("{} Finesse says: {said}. {}", code.description(), code.driver_behaviour())
        }
        (Text::Code, None) => code.message(),
        (Text::Finesse, _) => format!("{words} {}", code.driver_behaviour()),
        (Text::Fixed(text), _) => text.to_owned(),
    }
}

/// What Finesse says beside names of codes, which have no blanks.
fn sentence(error: &ApiError) -> Option<String> {
    let said: Vec<_> = said(error).filter(|text| text.contains(' ')).collect();
    (!said.is_empty()).then(|| said.join(", "))
}

fn said(error: &ApiError) -> impl Iterator<Item = &str> {
    let said = [&error.error_message, &error.peripheral_error_text].map(|text| text.trim_end_matches('.'));
    said.into_iter().filter(|text| !text.is_empty())
}

fn in_finesses_words(error: &ApiError) -> String {
    let said: Vec<_> = said(error).collect();
    match (said.join(", "), error.error_type.as_str()) {
        (said, "") if said.is_empty() => "Finesse refuses without a reason.".to_owned(),
        (said, kind) if said.is_empty() => format!("Finesse says: {kind}."),
        (said, "") => format!("Finesse says: {said}."),
        (said, kind) => format!("Finesse says: {said} ({kind})."),
    }
}
