//! How events are delivered.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use gc_guard::Guard;
use gc_net::{Identity, Trust};

use crate::{Bearer, Order, Orders, Signing};

/// Settings of delivery. The defaults suit callbacks in the same data centre.
#[derive(Clone, Debug)]
pub struct Config {
    /// What is posted.
    pub wrapping: Wrapping,
    /// Which events of a client must not overtake each other.
    pub orders: Orders,
    /// How long one attempt may take to connect, TLS included.
    pub connect_timeout: Duration,
    /// How long one attempt may take in all.
    pub attempt_timeout: Duration,
    /// When an entry whose attempts fail is tried again, counted from its first attempt. The times rise.
    pub retry_at: Vec<Duration>,
    /// The wait between further attempts.
    pub retry_every: Duration,
    /// A receiver that asks for a longer wait (`Retry-After`) gets this one.
    pub max_retry_after: Duration,
    /// After so many answers in a row that are about the entry itself (400, 413, 422) it becomes a dead letter.
    pub rejected_tries: usize,
    /// How long a callback that answered 410 is left alone, unless it is named again.
    pub gone_pause: Duration,
    /// An undelivered entry older than this becomes a dead letter when an attempt fails.
    pub max_age: Duration,
    /// While so many records wait for their commit there is no room for more ([`crate::Delivery::wait_for_capacity`]).
    pub max_backlog: usize,
    /// Which receivers are trusted.
    pub trust: Trust,
    /// What is presented to receivers that ask for a certificate.
    pub identity: Option<Identity>,
    /// Which addresses callbacks may go to.
    pub guard: Guard,
    /// What signs callbacks.
    pub signing: Signing,
    /// What makes the token in `Authorization`.
    pub bearer: Option<Arc<Bearer>>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            wrapping: Wrapping::Bare,
            orders: Orders::from(Order::Client),
            connect_timeout: Duration::from_secs(5),
            attempt_timeout: Duration::from_secs(10),
            retry_at: [1, 2, 5, 10].map(Duration::from_secs).to_vec(),
            retry_every: Duration::from_secs(30),
            max_retry_after: Duration::from_secs(5 * 60),
            rejected_tries: 3,
            gone_pause: Duration::from_secs(10 * 60),
            max_age: Duration::from_secs(60 * 60),
            max_backlog: 10_000,
            trust: Trust::System,
            identity: None,
            guard: Guard::default(),
            signing: Signing::default(),
            bearer: None,
        }
    }
}

/// What surrounds the event in a callback's body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wrapping {
    /// The event's JSON alone.
    #[default]
    Bare,
    /// `{"data":<event>}`.
    Data,
}

/// The configuration as it is now: a reload changes it while tasks use it.
#[derive(Clone, Debug)]
pub(crate) struct Current(Arc<Mutex<Arc<Config>>>);

impl Current {
    pub(crate) fn get(&self) -> Arc<Config> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn replace(&self, new: Config) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
    }
}

impl From<Arc<Config>> for Current {
    fn from(config: Arc<Config>) -> Self {
        Self(Arc::new(Mutex::new(config)))
    }
}
