//! The outbox of a client, as a trait: in memory now, on disk behind the same one later.

use std::{sync::Arc, time::SystemTime};

use tokio::sync::watch;

use crate::{ClientId, Entry, Epoch, Failure, Message};

/// Where outboxes come from.
pub trait Store: Send + Sync + 'static {
    /// The outbox of a client: the one that is kept, else a new one.
    fn open(&self, client: &ClientId) -> Arc<dyn Outbox>;

    /// Deletes what is kept of a client. Whoever still holds its outbox holds the last of it.
    fn forget(&self, client: &ClientId);
}

/// The append-only log of one client. It numbers what is appended 1, 2, 3 … without gaps.
///
/// An entry is *undelivered* until it is acknowledged or becomes a dead letter, and is then kept for
/// a while so that it can be read again. All calls return at once: an outbox that writes to disk
/// numbers the entry, and lets it be read (and says so through `changes`) once it is safe.
pub trait Outbox: Send + Sync {
    /// The lifetime within which the numbers mean something.
    fn epoch(&self) -> Epoch;

    /// Puts a message behind all others and returns its number.
    ///
    /// An outbox without room for it makes the oldest undelivered entries dead letters.
    fn append(&self, message: Message) -> u64;

    /// The entries behind the number `after` that are still held, in order, at most `max` of them.
    fn read(&self, after: u64, max: usize) -> Page;

    /// The oldest undelivered entry.
    fn next_undelivered(&self) -> Option<Entry>;

    /// Everything up to and with this number has been delivered. If this very entry became a dead
    /// letter while it was on its way, it is none any more.
    fn acknowledge(&self, up_to: u64);

    /// Makes dead letters of the undelivered entries that were appended before `before`.
    fn expire(&self, before: SystemTime, last_failure: &Failure);

    /// What could not be delivered, oldest first.
    fn dead_letters(&self) -> Vec<DeadLetter>;

    /// How much there is.
    fn counts(&self) -> Counts;

    /// Changes whenever there is more to read or less to deliver. It ends with the outbox.
    fn changes(&self) -> watch::Receiver<()>;
}

/// What a read found.
#[derive(Clone, Debug)]
pub struct Page {
    /// The oldest number that is still held, or the next one to come: what is before it cannot be
    /// read any more.
    pub oldest: u64,
    /// The entries, in order, without gaps.
    pub entries: Vec<Entry>,
}

/// An entry that was given up.
#[derive(Clone, Debug)]
pub struct DeadLetter {
    /// The entry as it would have been sent.
    pub entry: Entry,
    /// Why.
    pub reason: Reason,
}

/// Why an entry was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It was older than `max_age` when an attempt failed like this.
    Expired(Failure),
    /// Too many undelivered entries had gathered behind it.
    Overflow,
}

/// How much an outbox holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The last number given; 0 when nothing was appended yet.
    pub last: u64,
    /// Entries that wait for their delivery: the last ones before and with `last`.
    pub undelivered: u64,
    /// Dead letters that are kept.
    pub dead_letters: u64,
    /// Dead letters that were thrown away because there were too many.
    pub lost: u64,
}

impl Counts {
    /// The number up to which everything is delivered or given up.
    #[must_use]
    pub fn settled(&self) -> u64 {
        self.last.saturating_sub(self.undelivered)
    }
}
