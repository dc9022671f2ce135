//! Which events of a client must not overtake each other.

use std::{fmt, sync::Arc};

use crate::{ClientKey, Message};

/// Which entries must not overtake each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// None overtakes any other: one is on its way at a time.
    #[default]
    Client,
    /// Those of one agent, and those of one dialog, stay in order. A barrier waits for all before it, and all behind it
    /// wait for it. Numbers then arrive out of order, which the header `gc-order` says.
    Agent {
        /// At most so many are on their way at a time.
        max_in_flight: usize,
    },
}

/// The order of each client's events.
#[derive(Clone)]
pub struct Orders(Arc<dyn Fn(&ClientKey) -> Order + Send + Sync>);

impl Orders {
    /// As this function says. It is asked when a client becomes known.
    pub fn by(order: impl Fn(&ClientKey) -> Order + Send + Sync + 'static) -> Self {
        Self(Arc::new(order))
    }

    /// The order of this client's events.
    #[must_use]
    pub fn of(&self, client: &ClientKey) -> Order {
        (self.0)(client)
    }
}

/// The same for every client.
impl From<Order> for Orders {
    fn from(order: Order) -> Self {
        Self::by(move |_| order)
    }
}

impl fmt::Debug for Orders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Orders")
    }
}

/// What two entries share when one must not overtake the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key<'a> {
    Client,
    Agent(&'a str),
    Dialog(&'a str),
}

impl Order {
    pub(crate) fn keys(self, message: &Message) -> impl Iterator<Item = Key<'_>> {
        let keys = match self {
            Self::Client => [Some(Key::Client), None],
            Self::Agent { .. } => {
                let agent = message.agent_id.as_deref().map(Key::Agent);
                [agent, message.dialog_id.as_deref().map(Key::Dialog)]
            }
        };
        keys.into_iter().flatten()
    }

    pub(crate) fn max_in_flight(self) -> usize {
        match self {
            Self::Client => 1,
            Self::Agent { max_in_flight } => max_in_flight.max(1),
        }
    }

    /// How many entries are read ahead. The oldest one that cannot be settled holds up what is behind them, so that there
    /// are more of them where others could pass it.
    pub(crate) fn capacity(self) -> usize {
        match self {
            Self::Client => 64,
            Self::Agent { max_in_flight } => max_in_flight.saturating_mul(32).clamp(64, 1024),
        }
    }
}
