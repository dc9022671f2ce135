//! What all outboxes in memory may hold together.

use std::{
    collections::BinaryHeap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::MemoryOutbox;

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

    fn exceeds(&self, limit: usize) -> bool {
        self.used.load(Ordering::SeqCst) > limit
    }

    /// Over the limit, the oldest entries of the largest outboxes become dead letters. A little more of them than needed,
    /// so that not every append has to look at all outboxes; each keeps its last entry.
    pub(super) fn enforce<'a>(&self, outboxes: impl Iterator<Item = &'a Arc<MemoryOutbox>>) {
        if !self.exceeds(self.limit) {
            return;
        }
        let outboxes: Vec<_> = outboxes.collect();
        let enough = self.limit - self.limit / 64;
        let mut largest: BinaryHeap<_> =
            outboxes.iter().enumerate().map(|(place, outbox)| (outbox.bytes(), place)).collect();
        while self.exceeds(enough)
            && let Some((_, place)) = largest.pop()
            && let Some(outbox) = outboxes.get(place)
        {
            let next = largest.peek().map_or(0, |(bytes, _)| *bytes);
            if outbox.shed(|bytes| self.exceeds(enough) && bytes >= next) {
                largest.push((outbox.bytes(), place));
            }
        }
    }
}
