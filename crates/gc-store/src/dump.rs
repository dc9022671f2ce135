//! A store as lines of JSON: to look at, to keep, and to bring into another implementation.

use std::io::{self, BufRead, Write};

use gc_ids::ClientKey;
use serde::{Deserialize, Serialize};

use crate::{ClientRecord, CommandRecord, Epoch, Reason, Record, SessionRecord, Settled, Token};

/// One line: a row of a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Line {
    /// A client.
    Client(ClientRecord),
    /// A session. Its password stays sealed.
    Session(SessionRecord),
    /// A command without an outcome.
    Command(CommandRecord),
    /// An outbox. Its entries and its dead letters follow it.
    Outbox(OutboxLine),
    /// The next entry that the outbox holds.
    Entry {
        /// Its number.
        sequence: u64,
        /// What was appended.
        record: Record,
    },
    /// The next dead letter of the outbox.
    DeadLetter {
        /// The first entry that the outbox gave up has number 1.
        number: u64,
        /// The entry's number.
        sequence: u64,
        /// Why it was given up.
        reason: Reason,
        /// What was appended.
        record: Record,
    },
}

/// An outbox without what it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxLine {
    /// Whose.
    pub client: ClientKey,
    /// Its epoch.
    pub epoch: Epoch,
    /// The last number given.
    pub last: u64,
    /// What is delivered or given up.
    pub settled: Settled,
    /// How many entries were ever given up.
    pub given_up: u64,
    /// How many entries and dead letters are gone ([`crate::Counts::lost`]).
    pub lost: u64,
    /// The last claim.
    pub token: Option<Token>,
}

/// A store that can be written out and read in while nobody else uses it.
pub trait Dump {
    /// Gives everything that is kept: clients, sessions, commands, then each outbox with what it holds.
    ///
    /// # Errors
    /// When the store cannot be read, or an error of `each`.
    fn export(&self, each: &mut dyn FnMut(Line) -> Result<(), DumpError>) -> Result<(), DumpError>;

    /// Takes in what another store has given: all of it, or nothing if it fails.
    ///
    /// # Errors
    /// When there is something in the store already, it cannot be written, or a line is invalid.
    fn import(&self, lines: &mut dyn Iterator<Item = Result<Line, DumpError>>) -> Result<(), DumpError>;
}

/// Why a store cannot be written out or read in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DumpError {
    /// The store itself cannot be used.
    #[error("{0}")]
    Store(String),
    /// There is something in the store already.
    #[error("there is something in the store already: import into a file that is not there yet")]
    NotEmpty,
    /// A line makes no sense.
    #[error("line {number}: {reason}")]
    Line {
        /// The first line has number 1.
        number: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The lines cannot be read or written.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Writes a store out, one JSON object a line.
///
/// # Errors
/// When the store cannot be read, or the lines cannot be written.
pub fn write_lines(store: &dyn Dump, out: &mut dyn Write) -> Result<(), DumpError> {
    store.export(&mut |line| {
        serde_json::to_writer(&mut *out, &line).map_err(io::Error::from)?;
        Ok(out.write_all(b"\n")?)
    })?;
    Ok(out.flush()?)
}

/// Reads lines into a store.
///
/// # Errors
/// When the lines cannot be read, one of them makes no sense, or the store cannot take them.
pub fn read_lines(store: &dyn Dump, lines: &mut dyn BufRead) -> Result<(), DumpError> {
    let mut lines = (1..).zip(lines.lines()).map(|(number, line)| {
        serde_json::from_str(&line?).map_err(|error| DumpError::Line { number, reason: error.to_string() })
    });
    store.import(&mut lines)
}
