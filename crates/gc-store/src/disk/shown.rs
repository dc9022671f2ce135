//! What is shown of an outbox in the file: what is committed of it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use gc_environment::{Watched, Watcher};

use super::lock::lock;
use crate::{ClientKey, Counts, Entry, Epoch, Page, legacy::Legacy, log::Log};

/// As many of the newest undelivered entries stay in memory: what a delivery task takes in at once.
const WINDOW: usize = 64;
/// And not more than so many bytes of them.
const WINDOW_BYTES: usize = 256 << 10;

/// The committed part of an outbox; the writer decides what will be.
pub(super) struct Shown {
    pub(super) client: ClientKey,
    pub(super) epoch: Epoch,
    counts: Watched<Counts>,
    window: Mutex<Window>,
}

/// The newest entries, so that who reads what was just appended does not read the file.
struct Window {
    oldest_held: u64,
    last: u64,
    bytes: usize,
    /// Consecutive numbers, the last one `last`.
    entries: VecDeque<Entry>,
}

impl Shown {
    pub(super) fn new(client: ClientKey, epoch: Epoch, log: &Log) -> Self {
        let counts = log.counts();
        let window =
            Window { oldest_held: log.oldest(), last: counts.last, bytes: 0, entries: VecDeque::new() };
        Self { client, epoch, counts: Watched::new(counts), window: Mutex::new(window) }
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

    pub(super) fn present(&self) -> Counts {
        self.counts.read(|counts| *counts)
    }

    /// Ends it, when another one goes on.
    pub(super) fn supersede(&self) {
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

    /// What goes on in another outbox, after the disk has failed: as far as it was `found` on the disk with its last number,
    /// else as far as it is in memory.
    pub(super) fn legacy(&self, found: Option<(u64, Legacy)>) -> Legacy {
        let (counts, window) = (self.present(), lock(&self.window));
        let known = found.is_some();
        let (last, mut legacy) = found.unwrap_or_else(|| (0, Legacy::nothing(self.client.clone())));
        let recent = window.entries.iter().filter(|entry| entry.sequence > last);
        legacy.undelivered.extend(recent.map(|entry| Arc::clone(&entry.record)));
        if !known {
            let entries = u64::try_from(legacy.undelivered.len()).unwrap_or(u64::MAX);
            let lost = counts.undelivered.saturating_sub(entries) + counts.dead_letters;
            legacy.lost = counts.lost + lost;
            if lost > 0 {
                tracing::error!(client = %self.client, lost, "events that only the disk held are lost");
            }
        }
        legacy
    }
}
