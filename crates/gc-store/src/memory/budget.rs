//! What all outboxes in memory may hold together.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use super::MemoryOutbox;
use crate::share::{enough, shares};

/// The bytes of all undelivered entries, and their limit.
#[derive(Debug)]
pub(super) struct Budget {
    limit: usize,
    used: AtomicUsize,
}

impl Budget {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, used: AtomicUsize::new(0) }
    }

    /// An outbox holds this much, and did hold that much.
    pub(super) fn changed(&self, before: usize, after: usize) {
        self.used.fetch_add(after, Ordering::SeqCst);
        self.used.fetch_sub(before, Ordering::SeqCst);
    }

    /// Over the limit, the oldest entries of the largest outboxes become dead letters; each keeps its last entry.
    pub(super) fn enforce<'a>(&self, outboxes: impl Iterator<Item = &'a Arc<MemoryOutbox>>) {
        if self.used.load(Ordering::SeqCst) <= self.limit {
            return;
        }
        let outboxes: Vec<_> = outboxes.collect();
        let sizes: Vec<_> = outboxes.iter().map(|outbox| outbox.bytes()).collect();
        // Whoever holds an outbox that was forgotten holds its entries, too.
        let others = self.used.load(Ordering::SeqCst).saturating_sub(sizes.iter().sum());
        for (place, share) in shares(&sizes, enough(self.limit).saturating_sub(others)) {
            if let Some(outbox) = outboxes.get(place) {
                outbox.shed(share);
            }
        }
    }
}
