//! Commands that are sent again.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts commands that are sent again.
#[derive(Debug, Default)]
pub(crate) struct Resent(AtomicU64);

impl Resent {
    pub(crate) fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn all(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
