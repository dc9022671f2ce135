//! What the world asks of those around it.

use std::time::Duration;

/// Something to be done outside, in the order given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Publish a notification.
    Publish(Notice),
    /// Hand this timer back to the world after a while. Old ones are ignored, so none is cancelled.
    Wait(Duration, Timer),
}

/// A notification of the publish-subscribe service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    /// `/finesse/api/User/1001/Dialogs`
    pub(crate) node: String,
    /// Whose own node this is: they get it without subscribing. `None` for a node of the whole system.
    pub(crate) owner: Owner,
    /// The `Update` document.
    pub(crate) update: String,
    /// The servers that publish it.
    pub(crate) sides: Vec<super::Side>,
}

/// Who receives a node without subscribing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// This user.
    User(String),
    /// Everybody who is connected.
    Everybody,
    /// Nobody: subscribers only.
    Nobody,
}

/// A wait inside the world. Each names what it waits for so exactly that a late one does no harm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Timer {
    /// The life of the world (a reset begins a new one).
    pub(crate) life: u64,
    pub(crate) what: Waiting,
}

/// What a timer waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// An offered queue call rings unanswered (RONA).
    Unanswered { call: String, offer: u64 },
    /// A customer who is rung answers.
    CustomerAnswers { call: String },
    /// Wrap-up ends.
    WrapUpEnds { user: String, serial: u64 },
    /// The queues' statistics may be told again.
    QueueStatistics,
    /// An agent's last XMPP presence went and did not come back.
    PresenceGone { user: String, serial: u64 },
}
