//! How a connection, or a request on it, can end.

use std::io;

use gc_xml::XmlError;
use thiserror::Error;

use crate::conditions::{SaslCondition, StreamCondition};

/// Why a session is over.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason {
    /// We asked for it.
    #[error("closed on request")]
    Requested,
    /// The server refused the user or the password. Do not try the same again: accounts get locked.
    #[error("login refused: {0}")]
    Refused(Refusal),
    /// Authentication failed, but not because of the user or the password.
    #[error("login failed: {0}")]
    SaslFailed(Refusal),
    /// The transport is not encrypted, so the password was not sent.
    #[error("the transport is not encrypted: the password was not sent")]
    PlaintextRefused,
    /// The server does not offer STARTTLS, so the password was not sent.
    #[error("the server does not offer STARTTLS: the password was not sent")]
    NoStartTls,
    /// The server offers STARTTLS, and then cannot start it.
    #[error("the server cannot start TLS just now")]
    StartTlsFailed,
    /// The server offers no SASL PLAIN.
    #[error("the server does not offer SASL PLAIN, but {}", if offered.is_empty() { "nothing".to_owned() } else { offered.join(", ") })]
    NoPlainMechanism {
        /// What it offers instead.
        offered: Vec<String>,
    },
    /// The server would not give the session its resource.
    #[error("the server did not bind the resource: {0}")]
    BindRefused(#[source] StanzaError),
    /// The server ended the stream with an error.
    #[error("the server ended the stream: {0}")]
    Stream(#[source] StreamError),
    /// The server ended the session below the stream (BOSH; XEP-0124, 17.2), with this condition.
    #[error("the server ended the session: {0}")]
    Terminated(String),
    /// A step of the login was not answered in time.
    #[error("no answer in time to the step: {0}")]
    StepTimedOut(Step),
    /// The server answered a step without what the answer must hold.
    #[error("the server's answer misses what it must hold, at the step: {0}")]
    BadAnswer(Step),
    /// Pings went unanswered and nothing else came either.
    #[error("the server does not answer any more")]
    Unresponsive,
    /// The server ended the stream in order, without saying why.
    #[error("the server closed the stream")]
    Ended,
    /// The connection broke.
    #[error("the connection was lost: {0}")]
    Lost(#[source] Lost),
    /// The server sent what XMPP does not allow, or more than our limits do.
    #[error("the server sent a bad stream: {0}")]
    BadStream(#[source] FramingError),
}

impl CloseReason {
    /// Whether the same attempt may go better later although nobody changes anything. `false` says: ask
    /// a person, or (conflict) somebody else has taken our place.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Requested
            | Self::Refused(_)
            | Self::PlaintextRefused
            | Self::NoStartTls
            | Self::NoPlainMechanism { .. } => false,
            // Nothing to wait for: the request itself is wrong, such as a page that is not there.
            Self::Lost(Lost::Status(status)) => *status >= 500 || *status == 429,
            Self::Terminated(condition) => {
                !matches!(condition.as_str(), "host-unknown" | "improper-addressing")
            }
            Self::Stream(error) => !matches!(
                error.condition,
                StreamCondition::Conflict | StreamCondition::HostUnknown | StreamCondition::NotAuthorized
            ),
            _ => true,
        }
    }
}

/// A step of the login that the server must answer.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// The server opens its stream.
    #[error("open the stream")]
    Open,
    /// It says what it offers.
    #[error("stream features")]
    Features,
    /// It agrees to TLS.
    #[error("STARTTLS")]
    StartTls,
    /// It judges the password.
    #[error("authentication")]
    Authentication,
    /// It binds the resource.
    #[error("resource binding")]
    Binding,
    /// It starts the session of RFC 3921, where it insists on one.
    #[error("session establishment")]
    LegacySession,
    /// It shows that our presence is in effect: it echoes it, or answers the ping sent behind it.
    #[error("presence")]
    Presence,
}

/// A SASL failure (RFC 6120, 6.5).
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{condition}{}", text.as_deref().map(|text| format!(" ({text})")).unwrap_or_default())]
pub struct Refusal {
    /// What is wrong.
    pub condition: SaslCondition,
    /// The server's own words.
    pub text: Option<String>,
}

impl From<Refusal> for CloseReason {
    fn from(refusal: Refusal) -> Self {
        match refusal.condition {
            SaslCondition::NotAuthorized
            | SaslCondition::AccountDisabled
            | SaslCondition::CredentialsExpired => Self::Refused(refusal),
            SaslCondition::TemporaryAuthFailure | SaslCondition::Other(_) => Self::SaslFailed(refusal),
        }
    }
}

/// A stream error (RFC 6120, 4.9.3).
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{condition}{}", text.as_deref().map(|text| format!(" ({text})")).unwrap_or_default())]
pub struct StreamError {
    /// What happened.
    pub condition: StreamCondition,
    /// The server's own words.
    pub text: Option<String>,
}

/// An error that answers a stanza (RFC 6120, 8.3).
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{condition}{}", text.as_deref().map(|text| format!(" ({text})")).unwrap_or_default())]
pub struct StanzaError {
    /// The condition's name, such as `item-not-found`; `undefined-condition` when none is given.
    pub condition: String,
    /// The server's own words.
    pub text: Option<String>,
}

/// Why a subscription was not made or not ended.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestError {
    /// The service refused.
    #[error("the service refused: {0}")]
    Refused(#[source] StanzaError),
    /// The service answered, but with a state in which nothing is sent, such as `pending`.
    #[error("the service left the subscription in the state {0:?}")]
    NotGranted(String),
    /// No answer in time.
    #[error("the service did not answer in time")]
    TimedOut,
    /// The session is not ready, or ended before the answer.
    #[error("the session is closed")]
    Closed,
}

impl RequestError {
    /// Whether the same request may go better later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::TimedOut | Self::Closed)
    }
}

/// How a connection broke.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lost {
    /// The peer closed the connection without closing the stream.
    #[error("it closed without closing the stream")]
    Eof,
    /// The peer closed it in the middle of a stanza.
    #[error("it closed in the middle of a stanza")]
    CutOff,
    /// It answered a request with this HTTP status (BOSH).
    #[error("it answered with HTTP status {0}")]
    Status(u16),
    /// What we sent was not taken in time.
    #[error("it takes nothing that we send")]
    WriteTimedOut,
    /// The socket failed.
    #[error("{0}")]
    Io(io::ErrorKind),
}

/// What is wrong with what a server sent.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum FramingError {
    /// A stanza larger than [`gc_xml::Limits::bytes`].
    #[error("a stanza is over the limit of {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// A stanza nested deeper than [`gc_xml::Limits::depth`].
    #[error("a stanza is nested deeper than {limit} elements")]
    TooDeep {
        /// The limit in elements.
        limit: usize,
    },
    /// XML that XMPP forbids (RFC 6120, 11.1): a comment, a processing instruction, a document type.
    #[error("a {0} is not allowed in XMPP")]
    Restricted(&'static str),
    /// Character data between stanzas.
    #[error("text outside any stanza")]
    StrayText,
    /// Not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// Not well-formed.
    #[error("{0}")]
    NotXml(#[source] XmlError),
    /// The stream does not begin as an XMPP stream does.
    #[error("not an XMPP stream")]
    NotAStream,
    /// A WebSocket message that is not text (RFC 7395, 3.2), or a frame that breaks RFC 6455.
    #[error("a bad WebSocket frame")]
    BadFrame,
}

impl FramingError {
    /// The stream error for the server (RFC 6120, 4.9.3).
    pub(crate) fn stream_condition(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } | Self::TooDeep { .. } => "policy-violation",
            Self::Restricted(_) | Self::NotXml(XmlError::Doctype) => "restricted-xml",
            Self::NotUtf8 => "unsupported-encoding",
            Self::NotAStream => "invalid-namespace",
            Self::StrayText | Self::NotXml(_) | Self::BadFrame => "not-well-formed",
        }
    }
}

impl From<XmlError> for FramingError {
    fn from(error: XmlError) -> Self {
        match error {
            XmlError::TooLarge { limit, .. } => Self::TooLarge { limit },
            XmlError::TooDeep { limit } => Self::TooDeep { limit },
            XmlError::Doctype => Self::Restricted("document type"),
            XmlError::Restricted(what) => Self::Restricted(what),
            XmlError::StrayText => Self::StrayText,
            other => Self::NotXml(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_wrong_with_the_account_is_final() {
        // Every condition of RFC 6120, 6.5, one that it does not know, and none.
        let others = [
            "aborted",
            "encryption-required",
            "incorrect-encoding",
            "invalid-authzid",
            "invalid-mechanism",
            "malformed-request",
            "mechanism-too-weak",
            "temporary-auth-failure",
            "out-of-cheese",
            "undefined-condition",
        ];
        let refusal = |name: &str| Refusal { condition: SaslCondition::from_name(name), text: None };
        for name in ["not-authorized", "account-disabled", "credentials-expired"] {
            let reason = CloseReason::from(refusal(name));
            assert!(matches!(reason, CloseReason::Refused(_)) && !reason.is_transient(), "{name}");
        }
        for name in others {
            let reason = CloseReason::from(refusal(name));
            assert!(matches!(reason, CloseReason::SaslFailed(_)) && reason.is_transient(), "{name}");
        }
    }

    #[test]
    fn a_conflict_is_final_and_a_shutdown_is_not() {
        let stream = |condition| CloseReason::Stream(StreamError { condition, text: None });
        assert!(!stream(StreamCondition::Conflict).is_transient());
        assert!(stream(StreamCondition::SystemShutdown).is_transient());
        assert!(CloseReason::Lost(Lost::Eof).is_transient());
    }
}
