//! What journals share that keep everything in a store, be it a file or a database: for whoever writes another one.
//!
//! A call is handed over as a [`Call`]. The [`Ledger`] decides what a group of calls comes to, and what is to be written for it
//! ([`Plan`]): numbers, fences, what is held and what is given up are decided there and nowhere else. The journal writes
//! all of it in one transaction, and then has the ledger publish it. What it reads with is a [`Look`]; [`StoredJournal`] hands calls
//! over, and [`StoredOutbox`] is the outbox that clients and senders hold. [`Found`] checks what is read at the start, and [`Intake`] the lines of an import.

mod calls;
mod directory;
mod found;
mod intake;
mod journal;
mod ledger;
mod lock;
mod outbox;
mod shown;

pub use self::{
    calls::{Call, Look, Outcome, Reply, Ways, ask},
    directory::{Directory, Forgotten},
    found::{Found, Incomplete},
    intake::Intake,
    journal::StoredJournal,
    ledger::{Ledger, Plan, Write, number_of, say_lost},
    lock::lock,
    outbox::StoredOutbox,
    shown::Shown,
};
pub use crate::{
    legacy::{Legacy, Step},
    log::{Effect, Facts, Letter, Log},
};
