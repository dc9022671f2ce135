//! Outboxes in memory: bounded, and gone when the process ends.

mod shelf;
#[cfg(test)]
mod tests;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use shelf::Shelf;
use tokio::sync::watch;
use uuid::Uuid;

use crate::{ClientId, Counts, DeadLetter, Entry, Epoch, Failure, Message, Outbox, Page, Reason, Store};

/// Makes an outbox in memory for each client.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    bounds: Bounds,
}

impl MemoryStore {
    /// A store whose outboxes each keep to these bounds.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds }
    }
}

impl Store for MemoryStore {
    fn open(&self, client: &ClientId) -> Arc<dyn Outbox> {
        Arc::new(MemoryOutbox::new(client.clone(), self.bounds))
    }

    fn forget(&self, _client: &ClientId) {}
}

/// How much one client's outbox may hold.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Undelivered entries; beyond this the oldest become dead letters.
    pub undelivered: Limits,
    /// Delivered entries and dead letters kept for live streams that resume.
    pub replay: Limits,
    /// Dead letters; beyond this the oldest are thrown away, logged and counted as lost.
    pub dead_letters: Limits,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            undelivered: Limits { entries: 10_000, bytes: 16 << 20 },
            replay: Limits { entries: 1_000, bytes: 1 << 20 },
            dead_letters: Limits { entries: 1_000, bytes: 1 << 20 },
        }
    }
}

/// A number of entries and of bytes; neither may be exceeded, except that one entry always fits.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// At most so many entries.
    pub entries: usize,
    /// At most so many bytes ([`Message::size`]).
    pub bytes: usize,
}

struct MemoryOutbox {
    client: ClientId,
    epoch: Epoch,
    log: Mutex<Log>,
    changes: watch::Sender<()>,
}

/// `settled` followed by `waiting` is the log: consecutive numbers, the last one `last`.
struct Log {
    last: u64,
    settled: Shelf<Entry>,
    waiting: Shelf<Entry>,
    dead: Shelf<DeadLetter>,
    lost: u64,
}

impl MemoryOutbox {
    fn new(client: ClientId, bounds: Bounds) -> Self {
        let log = Log {
            last: 0,
            settled: Shelf::new(bounds.replay),
            waiting: Shelf::new(bounds.undelivered),
            dead: Shelf::new(bounds.dead_letters),
            lost: 0,
        };
        Self { client, epoch: Epoch::fresh(), log: Mutex::new(log), changes: watch::Sender::new(()) }
    }

    /// Nothing that runs under the lock can leave the log half changed.
    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bury(&self, log: &mut Log, entry: Entry, reason: Reason) {
        tracing::error!(client = %self.client, sequence = entry.sequence, id = %entry.id,
            event_type = entry.message.event_type, ?reason, "event became a dead letter");
        log.settle(entry.clone());
        log.dead.push(entry.message.size(), DeadLetter { entry, reason });
        while let Some(oldest) = log.dead.overflow() {
            log.lost += 1;
            tracing::error!(client = %self.client, sequence = oldest.entry.sequence, id = %oldest.entry.id,
                event_type = oldest.entry.message.event_type, lost = log.lost, "dead letter was thrown away: too many");
        }
    }
}

impl Log {
    fn settle(&mut self, entry: Entry) {
        self.settled.push(entry.message.size(), entry);
        while self.settled.overflow().is_some() {}
    }

    fn oldest(&self) -> u64 {
        let first = self.settled.first().or(self.waiting.first());
        first.map_or(self.last.saturating_add(1), |entry| entry.sequence)
    }
}

impl Outbox for MemoryOutbox {
    fn epoch(&self) -> Epoch {
        self.epoch
    }

    fn append(&self, message: Message) -> u64 {
        let mut log = self.log();
        log.last += 1;
        let sequence = log.last;
        let entry = Entry {
            epoch: self.epoch,
            sequence,
            id: Uuid::new_v4(),
            at: SystemTime::now(),
            message: Arc::new(message),
        };
        log.waiting.push(entry.message.size(), entry);
        while let Some(oldest) = log.waiting.overflow() {
            self.bury(&mut log, oldest, Reason::Overflow);
        }
        drop(log);
        self.changes.send_replace(());
        sequence
    }

    fn read(&self, after: u64, max: usize) -> Page {
        let log = self.log();
        let oldest = log.oldest();
        let seen = usize::try_from(after.saturating_add(1).saturating_sub(oldest)).unwrap_or(usize::MAX);
        let settled = log.settled.skip(seen);
        let waiting = log.waiting.skip(seen.saturating_sub(log.settled.len()));
        let entries = settled.chain(waiting).take(max).cloned().collect();
        Page { oldest, entries }
    }

    fn next_undelivered(&self) -> Option<Entry> {
        self.log().waiting.first().cloned()
    }

    fn acknowledge(&self, up_to: u64) {
        let mut log = self.log();
        let mut was_waiting = false;
        while let Some(entry) = log.waiting.pop_if(|entry| entry.sequence <= up_to) {
            log.settle(entry);
            was_waiting = true;
        }
        if !was_waiting {
            log.dead.remove(|letter| letter.entry.sequence == up_to);
        }
        drop(log);
        self.changes.send_replace(());
    }

    fn expire(&self, before: SystemTime, last_failure: &Failure) {
        let mut log = self.log();
        while let Some(entry) = log.waiting.pop_if(|entry| entry.at < before) {
            self.bury(&mut log, entry, Reason::Expired(last_failure.clone()));
        }
        drop(log);
        self.changes.send_replace(());
    }

    fn dead_letters(&self) -> Vec<DeadLetter> {
        self.log().dead.skip(0).cloned().collect()
    }

    fn counts(&self) -> Counts {
        let log = self.log();
        Counts {
            last: log.last,
            undelivered: count(log.waiting.len()),
            dead_letters: count(log.dead.len()),
            lost: log.lost,
        }
    }

    fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }
}

fn count(entries: usize) -> u64 {
    u64::try_from(entries).unwrap_or(u64::MAX)
}
