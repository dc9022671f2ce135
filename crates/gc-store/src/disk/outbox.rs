//! One client's outbox in the file.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::{FutureExt, future::ready};
use gc_environment::{Watched, Watcher};
use uuid::Uuid;

use super::{Calls, reader::Look, writer::Job};
use crate::{
    Answer, Claim, ClientKey, Counts, DeadLetter, Entry, Epoch, JournalError, Outbox, Page, Settlement,
    Token, legacy::Legacy, log::Log,
};

/// As many of the newest undelivered entries stay in memory: what a delivery task takes in at once.
const WINDOW: usize = 64;
/// And not more than so many bytes of them.
const WINDOW_BYTES: usize = 256 << 10;

/// What a client and its sender hold of an outbox. It shows what is committed; the writer decides what will be.
pub(super) struct DiskOutbox {
    pub(super) client: ClientKey,
    pub(super) epoch: Epoch,
    calls: Calls,
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

impl DiskOutbox {
    pub(super) fn new(client: ClientKey, epoch: Epoch, calls: Calls, log: &Log) -> Self {
        let counts = log.counts();
        let window =
            Window { oldest_held: log.oldest(), last: counts.last, bytes: 0, entries: VecDeque::new() };
        Self { client, epoch, calls, counts: Watched::new(counts), window: Mutex::new(window) }
    }

    /// Shows what has been committed.
    pub(super) fn publish(&self, log: &Log, appended: Vec<Entry>) {
        let counts = log.counts();
        let mut window = self.window();
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

    /// What goes on in another outbox, after the disk has failed: as far as it was `found` on the disk with its last number,
    /// else as far as it is in memory.
    pub(super) fn legacy(&self, found: Option<(u64, Legacy)>) -> Legacy {
        let (counts, window) = (self.counts.read(|counts| *counts), self.window());
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

    /// Ends it, when another one goes on.
    pub(super) fn supersede(&self) {
        self.counts.modify(|counts| counts.superseded = true);
    }

    /// Hands a call over, as long as no other outbox goes on.
    fn unless_over<T: Send + 'static>(&self, call: impl FnOnce(&Self) -> Answer<T>) -> Answer<T> {
        match self.counts.read(|counts| counts.superseded) {
            true => ready(Err(JournalError::Superseded)).boxed(),
            false => call(self),
        }
    }

    /// The page, if it is in memory.
    fn recent(&self, after: u64, max: usize) -> Option<Page> {
        let window = self.window();
        let first = window.entries.front().map_or(window.last.saturating_add(1), |entry| entry.sequence);
        let seen = usize::try_from(after.saturating_add(1).checked_sub(first)?).ok()?;
        let unseen = window.entries.iter().skip(seen);
        Some(Page { oldest: window.oldest_held, entries: unseen.take(max).cloned().collect() })
    }

    /// Nothing that runs under the lock can leave the window half changed.
    fn window(&self) -> MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outbox for DiskOutbox {
    fn epoch(&self) -> Epoch {
        self.epoch
    }

    fn counts(&self) -> Watcher<Counts> {
        self.counts.watch()
    }

    fn read(&self, after: u64, max: usize) -> Answer<Page> {
        self.unless_over(|this| {
            if let Some(page) = this.recent(after, max) {
                return ready(Ok(page)).boxed();
            }
            let (epoch, oldest_held) = (this.epoch, this.window().oldest_held);
            this.calls.look(|answer| Look::Page { epoch, after, max, oldest_held, answer })
        })
    }

    fn claim(&self, sender: Uuid) -> Answer<Claim> {
        self.unless_over(|this| {
            let (client, epoch) = (this.client.clone(), this.epoch);
            this.calls.ask(|answer| Job::Claim { client, epoch, sender, answer })
        })
    }

    fn settle(&self, token: Token, settlement: Settlement) -> Answer<()> {
        self.unless_over(|this| {
            let (client, epoch) = (this.client.clone(), this.epoch);
            this.calls.ask(|answer| Job::Settle { client, epoch, token, settlement, answer })
        })
    }

    fn dead_letters(&self) -> Answer<Vec<DeadLetter>> {
        self.unless_over(|this| {
            if this.counts.read(|counts| counts.dead_letters) == 0 {
                return ready(Ok(Vec::new())).boxed();
            }
            this.calls.look(|answer| Look::DeadLetters { epoch: this.epoch, answer })
        })
    }
}
