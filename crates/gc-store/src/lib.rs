#![doc = include_str!("../README.md")]
//!
//! Begin with [`Journal`] and [`MemoryJournal`]; [`Batch`], [`Change`] and [`Outbox`] are what it takes and gives.
//!
//! Of other crates its interface shows `gc-environment` ([`Outbox::counts`]), `gc-ids`, `secrecy`, `serde`, `uuid` and the boxed future
//! of `futures`.

mod bounds;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod cursor;
mod dead_letter;
#[cfg(feature = "redb")]
mod disk;
#[cfg(feature = "stored")]
mod dump;
mod journal;
mod kept;
#[cfg(feature = "stored")]
mod legacy;
#[cfg_attr(not(feature = "stored"), allow(unreachable_pub, reason = "`stored` is where they are public"))]
mod log;
mod memory;
mod message;
mod seal;
mod settled;
mod share;
mod sized_queue;
#[cfg(feature = "stored")]
pub mod stored;

pub use bounds::{Bounds, Limits, StoreBounds};
pub use cursor::{Cursor, Epoch, InvalidCursor};
pub use dead_letter::{DeadLetter, Failure, Reason};
#[cfg(all(feature = "redb", any(test, feature = "conformance")))]
pub use disk::Device;
#[cfg(feature = "redb")]
pub use disk::{OpenError, RedbJournal, StoreFile, holder};
#[cfg(feature = "stored")]
pub use dump::{Contents, Dump, DumpError, Epochs, Line, OutboxLine, read_lines, write_lines};
pub use gc_ids::{AgentKey, ClientKey, ClusterId, CommandId};
pub use journal::{
    Answer, Claim, ClaimToken, Counts, Health, Journal, JournalError, Outbox, Page, Settlement,
};
pub use kept::{Change, ClientRecord, CommandKey, CommandRecord, Kept, Sealed, SessionRecord};
pub use memory::MemoryJournal;
pub use message::{Batch, Entry, Message, Record};
pub use seal::{CannotOpen, InvalidKeys, Sealer, key_line};
pub use settled::Settled;
