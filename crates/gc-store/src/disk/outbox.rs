//! One client's outbox in the file.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use futures_util::{FutureExt, future::ready};
use gc_environment::{Watched, Watcher};
use uuid::Uuid;

use super::{Calls, reader::Look, writer::Job};
use crate::{
    Answer, Claim, ClientKey, Counts, DeadLetter, Entry, Epoch, Outbox, Page, Settlement, Token, log::Log,
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
        if let Some(page) = self.recent(after, max) {
            return ready(Ok(page)).boxed();
        }
        let oldest_held = self.window().oldest_held;
        self.calls.look(|answer| Look::Page { epoch: self.epoch, after, max, oldest_held, answer })
    }

    fn claim(&self, sender: Uuid) -> Answer<Claim> {
        self.calls.ask(|answer| Job::Claim { epoch: self.epoch, client: self.client.clone(), sender, answer })
    }

    fn settle(&self, token: Token, settlement: Settlement) -> Answer<()> {
        self.calls.ask(|answer| Job::Settle {
            epoch: self.epoch,
            client: self.client.clone(),
            token,
            settlement,
            answer,
        })
    }

    fn dead_letters(&self) -> Answer<Vec<DeadLetter>> {
        if self.counts.read(|counts| counts.dead_letters) == 0 {
            return ready(Ok(Vec::new())).boxed();
        }
        self.calls.look(|answer| Look::DeadLetters { epoch: self.epoch, answer })
    }
}
