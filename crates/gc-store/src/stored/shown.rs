//! What is shown of an outbox in a store: what is committed of it.

use std::{collections::VecDeque, sync::Mutex};

use gc_environment::{Watched, Watcher};

use super::lock;
use crate::{ClientKey, Counts, Entry, Epoch, Page, log::Log};

/// As many of the newest undelivered entries stay in memory: what a delivery task takes in at once.
const WINDOW: usize = 64;
/// And not more than so many bytes of them.
const WINDOW_BYTES: usize = 256 << 10;

/// The committed part of an outbox; the writer decides what will be.
pub struct Shown {
    client: ClientKey,
    epoch: Epoch,
    counts: Watched<Counts>,
    window: Mutex<Window>,
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shown")
            .field("client", &self.client)
            .field("epoch", &self.epoch)
            .finish_non_exhaustive()
    }
}

/// The newest entries, so that who reads what was just appended does not read the store.
struct Window {
    oldest_held: u64,
    last: u64,
    bytes: usize,
    /// Consecutive numbers, the last one `last`.
    entries: VecDeque<Entry>,
}

impl Shown {
    /// An outbox as its log is at first.
    #[must_use]
    pub fn new(client: ClientKey, epoch: Epoch, log: &Log) -> Self {
        let counts = log.counts();
        let window =
            Window { oldest_held: log.oldest(), last: counts.last, bytes: 0, entries: VecDeque::new() };
        Self { client, epoch, counts: Watched::new(counts), window: Mutex::new(window) }
    }

    /// Whose it is.
    #[must_use]
    pub fn client(&self) -> &ClientKey {
        &self.client
    }

    /// Its epoch.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Shows what has been committed.
    pub(super) fn publish(&self, log: &Log, appended: Vec<Entry>) {
        let counts = log.counts();
        let mut window = lock(&self.window);
        window.oldest_held = log.oldest();
        window.last = counts.last;
        window.bytes += appended.iter().map(|entry| entry.message.size()).sum::<usize>();
        window.entries.extend(appended);
        while let Some(oldest) = window.entries.front()
            && (oldest.sequence <= counts.settled
                || window.entries.len() > WINDOW
                || window.bytes > WINDOW_BYTES)
        {
            window.bytes -= oldest.message.size();
            window.entries.pop_front();
        }
        drop(window);
        // Behind the window: a number that is announced can be read.
        self.counts.replace(counts);
    }

    pub(super) fn counts(&self) -> Watcher<Counts> {
        self.counts.watch()
    }

    pub(crate) fn present(&self) -> Counts {
        self.counts.read(|counts| *counts)
    }

    /// Ends it, when another one goes on.
    pub(crate) fn supersede(&self) {
        self.counts.modify(|counts| counts.superseded = true);
    }

    /// The page, if it is in memory.
    pub(super) fn recent(&self, after: u64, max: usize) -> Option<Page> {
        let window = lock(&self.window);
        let first = window.entries.front().map_or(window.last.saturating_add(1), |entry| entry.sequence);
        let seen = usize::try_from(after.saturating_add(1).checked_sub(first)?).ok()?;
        let unseen = window.entries.iter().skip(seen);
        Some(Page { oldest: window.oldest_held, entries: unseen.take(max).cloned().collect() })
    }

    pub(super) fn oldest_held(&self) -> u64 {
        lock(&self.window).oldest_held
    }

    /// The undelivered entries behind this number that are in memory.
    #[cfg(feature = "redb")]
    pub(crate) fn in_memory(&self, after: u64) -> Vec<std::sync::Arc<crate::Record>> {
        let window = lock(&self.window);
        let recent = window.entries.iter().filter(|entry| entry.sequence > after);
        recent.map(|entry| std::sync::Arc::clone(&entry.record)).collect()
    }
}
