//! How events are delivered.

use std::time::Duration;

use gc_guard::Guard;
use gc_net::Trust;

/// Settings of delivery. The defaults suit callbacks in the same data centre.
#[derive(Clone, Debug)]
pub struct Config {
    /// What is posted.
    pub envelope: Envelope,
    /// How long one attempt may take to connect, TLS included.
    pub connect_timeout: Duration,
    /// How long one attempt may take in all.
    pub attempt_timeout: Duration,
    /// The longest wait before the second attempt; it doubles with each further failure in a row.
    pub first_delay: Duration,
    /// The longest wait between two attempts, also when a receiver asks for more.
    pub max_delay: Duration,
    /// An undelivered entry older than this becomes a dead letter when an attempt fails.
    pub max_age: Duration,
    /// While so many records wait for their commit there is no room for more ([`crate::Delivery::room`]).
    pub max_backlog: usize,
    /// Which receivers are trusted.
    pub trust: Trust,
    /// Which addresses callbacks may go to.
    pub guard: Guard,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            envelope: Envelope::Bare,
            connect_timeout: Duration::from_secs(5),
            attempt_timeout: Duration::from_secs(10),
            first_delay: Duration::from_millis(250),
            max_delay: Duration::from_secs(30),
            max_age: Duration::from_secs(60 * 60),
            max_backlog: 10_000,
            trust: Trust::System,
            guard: Guard::default(),
        }
    }
}

/// What surrounds the event in a callback's body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Envelope {
    /// The event's JSON alone.
    #[default]
    Bare,
    /// `{"data":<event>}`.
    Data,
}
