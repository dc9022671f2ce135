//! The journal as a trait: one log for each client, and what else a restart has to know; in memory or on a disk.
//!
//! [`crate::conformance`] (feature `conformance`) checks what is written here against any implementation.

use std::{error::Error, sync::Arc};

use futures_util::future::{BoxFuture, ready};
use gc_environment::{Watched, Watcher};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Batch, ClientKey, DeadLetter, Entry, Epoch, Kept, Reason, Settled};

/// What a journal answers, later.
pub type Answer<T> = BoxFuture<'static, Result<T, JournalError>>;

/// The outboxes of all clients, and what else is kept.
///
/// Every call hands its work over at once, in the order of the calls, and returns a future that only
/// waits for the answer: whoever drops it takes nothing back. No call waits for a receiver.
pub trait Journal: Send + Sync + 'static {
    /// The outbox of a client: the one that is kept, else a new one in a new epoch. It does no I/O:
    /// a journal on a disk knows its clients from the moment it was opened itself.
    fn open(&self, client: &ClientKey) -> Arc<dyn Outbox>;

    /// Commits a batch: appends its records to their outboxes, in their order, and applies its changes. All of it, or
    /// nothing if it fails.
    ///
    /// They get their numbers with the commit and are visible from then on. Whoever sees a number
    /// sees all below it. A batch with a record for an outbox that is not there is refused as a whole
    /// ([`JournalError::NoOutbox`]).
    fn append(&self, batch: Batch) -> Answer<()>;

    /// What is kept besides the outboxes.
    fn kept(&self) -> Answer<Kept>;

    /// Whether what is kept can be read again by another process, or by another life of this one. If not, there is no
    /// use in [`crate::Change`]s.
    fn survives(&self) -> bool;

    /// Whether the journal keeps what it promises to keep, now and whenever that changes. A journal whose disk fails goes on in
    /// memory: each client then has an outbox in a new epoch, with what was undelivered ([`JournalError::Superseded`]).
    fn health(&self) -> Watcher<Health> {
        Watched::new(Health::Working).watch()
    }

    /// Deletes a client, with its outbox, its [`crate::ClientRecord`], the sessions that it owns and the commands that it sent. Its epoch is over with the call; the answer says when
    /// nothing is left. Whoever still holds the outbox holds the last of it. After an error it is all there, and [`Journal::open`] gives the same
    /// outbox again: one that was opened meanwhile ends ([`JournalError::Superseded`]).
    fn forget(&self, client: &ClientKey) -> Answer<()>;

    /// Commits what was handed over, and lets another process go on with what is kept; calls from now on fail. A journal that nobody
    /// else waits for has nothing to do: its end is when it is dropped.
    fn release(&self) -> BoxFuture<'_, ()> {
        Box::pin(ready(()))
    }
}

/// The log of one client. It numbers what is appended 1, 2, 3 … without gaps.
///
/// An entry is *undelivered* until it is settled: delivered, or given up as a dead letter. It is then
/// kept for a while, so that it can be read again.
pub trait Outbox: Send + Sync + 'static {
    /// The lifetime within which the numbers mean something.
    fn epoch(&self) -> Epoch;

    /// How much there is, now and whenever it changes. It never runs ahead of what can be read, and
    /// `last` and `settled` never go back.
    fn counts(&self) -> Watcher<Counts>;

    /// The entries behind the number `after` that are still held, in order, at most `max` of them.
    fn read(&self, after: u64, max: usize) -> Answer<Page>;

    /// Makes `sender` the only one who may settle, from now until the next claim.
    fn claim(&self, sender: Uuid) -> Answer<Claim>;

    /// Notes what is delivered and what is given up. What was settled before stays so.
    ///
    /// With any other token than that of the last claim ([`JournalError::Fenced`]), or for numbers
    /// that were never given ([`JournalError::Ahead`]), nothing is noted.
    fn settle(&self, token: ClaimToken, settlement: Settlement) -> Answer<()>;

    /// What could not be delivered, in the order in which it was given up.
    fn dead_letters(&self) -> Answer<Vec<DeadLetter>>;
}

/// Why a journal did not do as it was asked. Nothing was changed.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The client was never there in this epoch, or was forgotten.
    #[error("there is no outbox of \"{0}\" in this epoch")]
    NoOutbox(ClientKey),
    /// Somebody else has made a claim since.
    #[error("another sender has claimed the outbox")]
    Fenced,
    /// A settlement goes beyond what was appended.
    #[error("entries up to {highest} cannot be settled: {last} is the last")]
    Ahead {
        /// The highest number in the settlement.
        highest: u64,
        /// The last number given.
        last: u64,
    },
    /// The outbox has ended, and another one of the same client goes on where it was: [`Journal::open`] gives it. The
    /// undelivered entries are in it with the same ids and in the same order. It is there when [`Counts::superseded`] is set.
    #[error("the outbox has ended; another one of the client goes on in a new epoch")]
    Superseded,
    /// The journal has ended.
    #[error("the journal is closed")]
    Closed,
    /// The store works, but does not take what this call brings, and refuses it until somebody changes the store: a right, a constraint, a
    /// trigger. Nothing was changed, and no other call is concerned. A claim or a settlement is tried again until then, because it says only what
    /// is known anyway; a batch is lost, because what comes behind it must not wait; a client that is to be forgotten stays
    /// with its outbox.
    #[error("the store refuses it")]
    Refused(#[source] Arc<dyn Error + Send + Sync>),
    /// Reading or writing failed. The same call may succeed later.
    #[error("the journal failed")]
    Failed(#[source] Arc<dyn Error + Send + Sync>),
}

impl JournalError {
    /// Whether the same call may succeed later: by itself, or because somebody has changed the store ([`Self::Refused`]).
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::Refused(_))
    }
}

/// Who may settle: of several tokens of one outbox, the one with the highest number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimToken {
    /// Who made the claim.
    pub sender: Uuid,
    /// Each claim of an outbox has a higher number than the one before.
    pub number: u64,
}

/// What a sender begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// What its settlements carry.
    pub token: ClaimToken,
    /// What is settled already.
    pub settled: Settled,
}

/// What has become of entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settlement {
    /// All that the sender knows to be settled, not only what is new.
    pub settled: Settled,
    /// Those among them that were given up. One that is settled already is left as it is.
    pub dead: Vec<(u64, Reason)>,
    /// Those that the journal had made dead letters itself (there were too many) while they were on
    /// their way, and that arrived: they are dead letters no more.
    pub arrived: Vec<u64>,
    /// Dead letters that are to be there no more, by their [`DeadLetter::number`]: deleted, or appended again. Those that are not there
    /// are passed over.
    pub removed: Vec<u64>,
}

/// How much an outbox holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The last number given; 0 when nothing was appended yet.
    pub last: u64,
    /// Everything up to and with this number is delivered or given up.
    pub settled: u64,
    /// Entries that wait for their delivery.
    pub undelivered: u64,
    /// Dead letters that are kept.
    pub dead_letters: u64,
    /// Entries and dead letters that are gone: dead letters because there were too many, both because a disk has failed.
    pub lost: u64,
    /// The outbox has ended, and the client has another one ([`JournalError::Superseded`]).
    pub superseded: bool,
}

/// Whether a journal keeps what it promises to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Health {
    /// It does.
    Working,
    /// Its disk has failed. It goes on in memory, so that a restart loses what is appended now.
    InMemory {
        /// What has failed.
        reason: String,
    },
    /// Its database is away, or does not answer. What is handed over waits until it is back; nothing is kept meanwhile.
    Away {
        /// What has failed.
        reason: String,
    },
    /// Nothing can be kept any more, whatever happens: another process has the store, for example. Every call is answered with
    /// [`JournalError::Closed`].
    Ended {
        /// What has happened.
        reason: String,
        /// Whether another process goes on with what was kept, or may do so soon: what was not kept here is not lost, if it can be found
        /// out again.
        goes_on_elsewhere: bool,
    },
}

/// What a read found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The oldest number that is still held, or the next one to come: what is before it cannot be
    /// read any more.
    pub oldest: u64,
    /// The entries, in order, without gaps.
    pub entries: Vec<Entry>,
}
