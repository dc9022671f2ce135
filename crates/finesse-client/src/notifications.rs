//! A user's notifications, in the order in which Finesse sent them.

use finesse_types::Update;
use gc_events::ErrorCode;
use gc_xmpp::{CloseReason, ConnectError, StreamCondition};
use thiserror::Error;

use crate::SubscribeError;
use crate::link::BoxFuture;

/// A user's open stream. Dropping it closes it.
pub type NotificationStream = Box<dyn Notifications>;

/// What can be done with an open stream.
pub trait Notifications: Send {
    /// The next notification; `Closed` is the last one, `None` follows it. Dropping the future loses nothing.
    fn next(&mut self) -> BoxFuture<'_, Option<Notification>>;

    /// Asks for the notifications of one more node, such as `/finesse/api/Team/5/Users`, for this stream.
    /// Keep reading meanwhile: the answer comes on the same stream.
    fn subscribe(&self, node: &str) -> BoxFuture<'static, Result<(), SubscribeError>>;

    /// Ends what [`Self::subscribe`] began.
    fn unsubscribe(&self, node: &str) -> BoxFuture<'static, Result<(), SubscribeError>>;

    /// Closes the stream in order and waits for it, within a deadline.
    fn close(self: Box<Self>) -> BoxFuture<'static, ()>;
}

/// Something that Finesse told.
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
        /// The published item's id.
        item_id: Option<String>,
        /// The node it was published at.
        node: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The web application behind the notifications came or went.
    FinessePresence {
        /// Whether it is there.
        available: bool,
    },
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
    /// The server does not take the password any more.
    #[error("the password is refused")]
    Refused,
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

impl From<CloseReason> for Closed {
    fn from(reason: CloseReason) -> Self {
        match &reason {
            CloseReason::Requested => Self::ByUs,
            CloseReason::Refused(_) if !reason.is_transient() => Self::Refused,
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
    #[error("the password is refused: {0}")]
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

    /// The code that the client is told.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Refused(_) => ErrorCode::SubscriptionFailed,
            Self::Conflict => ErrorCode::SessionInvalidated,
            Self::OutOfService | Self::Failed { .. } => ErrorCode::UnableToSubscribeToFinesse,
        }
    }
}

impl From<ConnectError> for StreamError {
    fn from(error: ConnectError) -> Self {
        let transient = error.is_transient();
        if let ConnectError::Closed(reason) = &error {
            match Closed::from(reason.clone()) {
                Closed::Refused => return Self::Refused(reason.to_string()),
                Closed::Conflict => return Self::Conflict,
                _ => {}
            }
        }
        Self::Failed { reason: error.to_string(), transient }
    }
}

#[cfg(test)]
mod tests {
    use gc_xmpp::{Refusal, SaslCondition, StreamError as XmppError};

    use super::*;

    fn refused(condition: SaslCondition) -> StreamError {
        ConnectError::Closed(CloseReason::Refused(Refusal { condition, text: None })).into()
    }

    fn stream(condition: StreamCondition) -> CloseReason {
        CloseReason::Stream(XmppError { condition, text: None })
    }

    #[test]
    fn a_wrong_password_is_final_and_has_its_own_code() {
        let error = refused(SaslCondition::NotAuthorized);
        assert!(error.is_refused() && !error.is_transient());
        assert_eq!(error.code(), ErrorCode::SubscriptionFailed);
    }

    #[test]
    fn a_server_that_cannot_judge_now_may_be_asked_again() {
        let error = refused(SaslCondition::TemporaryAuthFailure);
        assert!(!error.is_refused() && error.is_transient());
        assert_eq!(error.code(), ErrorCode::UnableToSubscribeToFinesse);
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
