//! The events of a session.

use std::time::Duration;

use crate::{CloseReason, FramingError};

/// Something that happened on the session, in the order in which the server sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The login is complete and the server has processed our presence: nothing published from here on is
    /// missed. Other events may come before it.
    Ready {
        /// The full JID that the server gave the session.
        jid: String,
    },
    /// One published item. Boxed like other large parts, because each session's channel has room for 32 events at least.
    Notification(Box<Notification>),
    /// Something that cannot be read; it may have been a notification. What follows it can.
    Unreadable(Box<FramingError>),
    /// Somebody is here or is gone.
    Presence {
        /// Whose presence it is, as the server wrote it.
        from: String,
        /// Whether they are here.
        available: bool,
    },
    /// The server does not hold requests (BOSH), so it is asked every so often, and what it sends comes up to that much later. Once
    /// in a session.
    Polls {
        /// From one request to the next.
        every: Duration,
    },
    /// The connection is over; always the last event.
    Closed(Box<CloseReason>),
}

/// One item that a publish-subscribe service sent (XEP-0060).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The node it was published at.
    pub node: String,
    /// The item's id, when it has one.
    pub item_id: Option<String>,
    /// What the item's first element holds: its character data, entities resolved; or, where it holds an
    /// element instead, that element as XML. Empty when the item carries nothing.
    pub payload: String,
    /// Who sent the message: the service.
    pub from: Option<String>,
    /// Whom it is addressed to: the bare JID, or the full one of an explicit subscription.
    pub to: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A channel of tokio has room for 32 of them, and a connector has a channel for each agent.
    #[test]
    fn an_event_takes_little_room_in_a_channel() {
        assert!(size_of::<Event>() <= 32, "{}", size_of::<Event>());
    }
}
