//! The effects of changes in the world, for the engine to carry out.

use std::time::Duration;

/// Something for the engine to do, in the order given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Publish a notification.
    Publish(Notice),
    /// Pass this timer back to the world after a while. The world ignores obsolete timers, so none is cancelled.
    Wait(Duration, Timer),
}

/// A notification of the publish-subscribe service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    /// `/finesse/api/User/1001/Dialogs`
    pub(crate) node: String,
    /// Who receives it without subscribing.
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

/// A timer of the world. It identifies what it is for, so that an obsolete one can be ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Timer {
    /// The generation of the world (a reset starts a new one).
    pub(crate) generation: u64,
    pub(crate) what: Waiting,
}

/// What a timer is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// An offered queue call is not answered (RONA).
    Unanswered { call: String, offer: u64 },
    /// A called customer answers.
    CustomerAnswers { call: String },
    /// Wrap-up ends.
    WrapUpEnds { user: String, serial: u64 },
    /// The queues' statistics may be published again.
    QueueStatistics,
    /// An agent's last XMPP presence ended and did not return.
    PresenceGone { user: String, serial: u64 },
}
