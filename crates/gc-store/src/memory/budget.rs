//! What all outboxes in memory may hold together.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use super::MemoryOutbox;
use crate::{
    log::Log,
    share::{enough, shares},
};

/// Two pools of the same limit: undelivered entries never make room for what is kept of others, and the other way round.
#[derive(Debug)]
pub(super) struct Budget {
    limit: usize,
    waiting: AtomicUsize,
    past: AtomicUsize,
}

/// What an outbox holds, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Held {
    /// Undelivered entries.
    pub(super) waiting: usize,
    /// Delivered entries and dead letters.
    pub(super) past: usize,
}

impl Held {
    pub(super) fn of(log: &Log) -> Self {
        Self { waiting: log.waiting_bytes(), past: log.past_bytes() }
    }
}

impl Budget {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, waiting: AtomicUsize::new(0), past: AtomicUsize::new(0) }
    }

    /// An outbox holds this much, and did hold that much.
    pub(super) fn changed(&self, before: Held, after: Held) {
        for (used, before, after) in
            [(&self.waiting, before.waiting, after.waiting), (&self.past, before.past, after.past)]
        {
            used.fetch_add(after, Ordering::SeqCst);
            used.fetch_sub(before, Ordering::SeqCst);
        }
    }

    /// Over the limit, the oldest undelivered entries of the largest outboxes become dead letters; each keeps its last entry. Of those
    /// with the most delivered entries and dead letters, the oldest of these go.
    pub(super) fn enforce<'a>(&self, outboxes: impl Iterator<Item = &'a Arc<MemoryOutbox>> + Clone) {
        self.keep_to(&self.waiting, outboxes.clone(), |held| held.waiting, MemoryOutbox::shed);
        self.keep_to(&self.past, outboxes, |held| held.past, MemoryOutbox::forget_past);
    }

    fn keep_to<'a>(
        &self,
        used: &AtomicUsize,
        outboxes: impl Iterator<Item = &'a Arc<MemoryOutbox>>,
        size: impl Fn(Held) -> usize,
        cut_down: impl Fn(&MemoryOutbox, usize),
    ) {
        if used.load(Ordering::SeqCst) <= self.limit {
            return;
        }
        let outboxes: Vec<_> = outboxes.collect();
        let sizes: Vec<_> = outboxes.iter().map(|outbox| size(outbox.held())).collect();
        // Whoever holds an outbox that was forgotten holds its entries, too.
        let others = used.load(Ordering::SeqCst).saturating_sub(sizes.iter().sum());
        for (place, share) in shares(&sizes, enough(self.limit).saturating_sub(others)) {
            if let Some(outbox) = outboxes.get(place) {
                cut_down(outbox, share);
            }
        }
    }
}
