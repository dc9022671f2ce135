//! What a client did last: shown to administrators, and what decides whether it is silent.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use crate::Failure;

/// How the last attempt of a client's callback ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LastAttempt {
    /// The receiver took the entry.
    Delivered,
    /// It did not.
    Failed(Failure),
}

/// Shared by a client, its delivery task and its live streams.
pub(crate) struct Activity(Mutex<Last>);

struct Last {
    /// When the client said or received something.
    active: Instant,
    attempt: Option<LastAttempt>,
}

impl Activity {
    /// A client that has become known now.
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Last { active: Instant::now(), attempt: None }))
    }

    /// The client says or receives something now.
    pub(crate) fn is_active(&self) {
        self.last().active = Instant::now();
    }

    /// When it did so last.
    pub(crate) fn last_active(&self) -> Instant {
        self.last().active
    }

    /// An attempt has ended.
    pub(crate) fn attempted(&self, failure: Option<&Failure>) {
        let attempt = failure.map_or(LastAttempt::Delivered, |failure| LastAttempt::Failed(failure.clone()));
        let mut last = self.last();
        if attempt == LastAttempt::Delivered {
            last.active = Instant::now();
        }
        last.attempt = Some(attempt);
    }

    pub(crate) fn last_attempt(&self) -> Option<LastAttempt> {
        self.last().attempt.clone()
    }

    /// Nothing that runs under the lock can leave it half changed.
    fn last(&self) -> MutexGuard<'_, Last> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
