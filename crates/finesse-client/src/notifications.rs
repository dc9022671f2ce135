//! A user's notifications, in the order in which Finesse sent them.

use finesse_types::{Credentials, Update};
use gc_net::CertificateFault;
use gc_xmpp::{CloseReason, ConnectError, StreamCondition};
use thiserror::Error;

use crate::SubscribeError;
use crate::transports::said;
use futures_util::future::BoxFuture;

/// A user's open stream. Dropping it closes it.
pub type NotificationStream = Box<dyn Notifications>;

/// What can be done with an open stream.
pub trait Notifications: Send {
    /// The next notification; `Closed` is the last one, `None` follows it. Dropping the future loses nothing.
    fn next(&mut self) -> BoxFuture<'_, Option<Notification>>;

    /// What carries it, in one word; for statistics.
    fn transport(&self) -> &'static str {
        "other"
    }

    /// The node where it is open: host and port. `None` where nobody knows.
    fn node(&self) -> Option<String> {
        None
    }

    /// Asks for the notifications of one more node, such as `/finesse/api/Team/5/Users`, for this stream.
    /// Keep reading meanwhile: the answer comes on the same stream.
    fn subscribe(&self, node: &str) -> BoxFuture<'static, Result<(), SubscribeError>>;

    /// Ends what [`Self::subscribe`] began.
    fn unsubscribe(&self, node: &str) -> BoxFuture<'static, Result<(), SubscribeError>>;

    /// Opens the stream that takes this one's place, at the node that is better than this one's; for
    /// [`Notification::Leaving`]. One attempt. While nobody calls [`Self::leave`], this stream goes on.
    fn successor(
        &self,
        credentials: &Credentials,
        resource: &str,
    ) -> BoxFuture<'static, Result<NotificationStream, StreamError>>;

    /// The successor is open: what the node has sent until now still comes, then [`Closed::ByUs`].
    fn leave(&mut self);

    /// Closes the stream in order and waits for it, within a deadline.
    fn close(self: Box<Self>) -> BoxFuture<'static, ()>;
}

/// What came on a notification stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notification {
    /// An object changed.
    Update {
        /// The published item's id: the same one twice is one notification.
        item_id: Option<String>,
        /// The node it was published at.
        node: String,
        /// What changed.
        update: Box<Update>,
    },
    /// Something came that cannot be read; it may have mattered.
    Unreadable {
        /// The published item's id, where it can be read.
        item_id: Option<String>,
        /// The node it was published at; empty where it cannot be read.
        node: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The web application behind the notifications came or went.
    FinessePresence {
        /// Whether it is there.
        available: bool,
    },
    /// The stream's node still serves, but another one is to be used from now on, such as during a maintenance. It is this
    /// stream's turn to go there ([`Notifications::successor`]); it is repeated later if nothing comes of it.
    Leaving,
    /// The stream is over.
    Closed {
        /// Why.
        reason: Closed,
    },
}

/// Why a stream is over.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Closed {
    /// Another session of the same user and resource took its place.
    #[error("another session took its place")]
    Conflict,
    /// The server stops.
    #[error("the server stops")]
    ServerShutdown,
    /// The connection broke, the peer broke the protocol, or another node is in service instead.
    #[error("lost: {0}")]
    Lost(String),
    /// We closed it.
    #[error("closed on request")]
    ByUs,
}

impl Closed {
    /// Which kind of end it is, in one word; for statistics.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::ServerShutdown => "server_shutdown",
            Self::Lost(_) => "lost",
            Self::ByUs => "by_us",
        }
    }
}

impl From<CloseReason> for Closed {
    fn from(reason: CloseReason) -> Self {
        match &reason {
            CloseReason::Requested => Self::ByUs,
            CloseReason::Stream(error) => match error.condition {
                StreamCondition::Conflict => Self::Conflict,
                StreamCondition::SystemShutdown => Self::ServerShutdown,
                _ => Self::Lost(reason.to_string()),
            },
            _ => Self::Lost(reason.to_string()),
        }
    }
}

/// Why a stream could not be opened.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StreamError {
    /// The user or the password is refused. The same again locks the account.
    #[error("the password or token is refused: {0}")]
    Refused(String),
    /// Another session of the same user and resource took its place at once.
    #[error("another session took its place")]
    Conflict,
    /// No node of the cluster serves.
    #[error("no node is in service")]
    OutOfService,
    /// Anything else.
    #[error("{reason}")]
    Failed {
        /// What went wrong.
        reason: String,
        /// Whether the same attempt may go better later.
        transient: bool,
    },
}

impl StreamError {
    /// Whether the user or the password is refused: final.
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::Refused(_))
    }

    /// Whether another session took the stream's place: final.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict)
    }

    /// Whether the same attempt may go better later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::OutOfService | Self::Failed { transient: true, .. })
    }
}

impl From<ConnectError> for StreamError {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::NoLogin(reason) | ConnectError::Closed(reason) => reason.into(),
            error => {
                let fault = match &error {
                    ConnectError::Untrusted(error) => CertificateFault::in_error(error),
                    _ => None,
                };
                let reason = fault.map_or_else(|| said(&error), |fault| fault.to_string());
                Self::Failed { transient: error.is_transient(), reason }
            }
        }
    }
}

impl From<CloseReason> for StreamError {
    fn from(reason: CloseReason) -> Self {
        match (&reason, Closed::from(reason.clone())) {
            (CloseReason::Refused(refusal), _) => Self::Refused(refusal.to_string()),
            (_, Closed::Conflict) => Self::Conflict,
            _ => Self::Failed { transient: reason.is_transient(), reason: reason.to_string() },
        }
    }
}

#[cfg(test)]
mod tests {
    use gc_xmpp::{Refusal, SaslCondition, StanzaError, StreamError as XmppError};

    use super::*;

    fn login_failed(condition: SaslCondition) -> StreamError {
        ConnectError::Closed(Refusal { condition, text: None }.into()).into()
    }

    fn stream(condition: StreamCondition) -> CloseReason {
        CloseReason::Stream(XmppError { condition, text: None })
    }

    #[test]
    fn a_wrong_password_is_final_and_has_its_own_code() {
        for condition in
            [SaslCondition::NotAuthorized, SaslCondition::AccountDisabled, SaslCondition::CredentialsExpired]
        {
            let error = login_failed(condition);
            assert!(error.is_refused() && !error.is_transient(), "{error:?}");
        }
    }

    #[test]
    fn a_login_that_fails_otherwise_says_nothing_about_the_password() {
        let malformed = SaslCondition::Other("malformed-request".to_owned());
        for condition in [SaslCondition::TemporaryAuthFailure, malformed] {
            let error = login_failed(condition);
            assert!(!error.is_refused() && error.is_transient(), "{error:?}");
        }
    }

    #[test]
    fn no_other_failure_of_opening_is_a_refused_password() {
        let not_authorized = || stream(StreamCondition::NotAuthorized);
        let no_resource = StanzaError { condition: "conflict".to_owned(), text: None };
        let failures = [
            ConnectError::UpgradeRefused(401),
            ConnectError::UpgradeRefused(403),
            ConnectError::Closed(not_authorized()),
            ConnectError::Closed(stream(StreamCondition::PolicyViolation)),
            ConnectError::Closed(stream(StreamCondition::SeeOtherHost("b.example".to_owned()))),
            ConnectError::Closed(CloseReason::BindRefused(no_resource)),
            ConnectError::Closed(CloseReason::NoPlainMechanism { offered: Vec::new() }),
            ConnectError::Closed(CloseReason::Ended),
        ];
        for failure in failures {
            let error = StreamError::from(failure);
            assert!(!error.is_refused() && !error.is_conflict(), "{error:?}");
        }
        assert!(matches!(Closed::from(not_authorized()), Closed::Lost(_)));
    }

    #[test]
    fn the_end_of_a_stream_says_whether_somebody_else_has_it() {
        assert_eq!(Closed::from(stream(StreamCondition::Conflict)), Closed::Conflict);
        assert_eq!(Closed::from(stream(StreamCondition::SystemShutdown)), Closed::ServerShutdown);
        assert_eq!(Closed::from(CloseReason::Requested), Closed::ByUs);
        assert!(matches!(Closed::from(CloseReason::Unresponsive), Closed::Lost(_)));
        assert!(StreamError::from(ConnectError::Closed(stream(StreamCondition::Conflict))).is_conflict());
    }
}
