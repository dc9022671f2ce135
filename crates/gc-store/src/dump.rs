//! A store as lines of JSON: to look at, to keep, and to bring into another implementation.

use std::{
    error::Error,
    fmt,
    io::{self, BufRead, Write},
    path::PathBuf,
};

use gc_ids::ClientKey;
use serde::{Deserialize, Serialize};

#[cfg(feature = "redb")]
use crate::OpenError;
use crate::{ClaimToken, ClientRecord, CommandRecord, Epoch, Reason, Record, SessionRecord, Settled};

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
    pub token: Option<ClaimToken>,
}

/// A store that can be written out and read in while nobody else uses it.
pub trait Dump {
    /// Gives everything that is kept: clients, sessions, commands, then each outbox with what it holds.
    ///
    /// # Errors
    /// When the store cannot be read, or an error of `each`.
    fn export(&self, each: &mut dyn FnMut(Line) -> Result<(), DumpError>) -> Result<(), DumpError>;

    /// Reads everything, and counts it. What a crash has left in a file is put in order by that.
    ///
    /// # Errors
    /// When there is no store, or it cannot be used; the text says why.
    fn check(&self) -> Result<Contents, DumpError> {
        let mut contents = Contents::default();
        self.export(&mut |line| {
            contents.count(&line);
            Ok(())
        })?;
        Ok(contents)
    }

    /// Takes in what another store has given: all of it, or nothing if it fails.
    ///
    /// # Errors
    /// When there is something in the store already, it cannot be written, or a line is invalid.
    fn import(
        &self,
        lines: &mut dyn Iterator<Item = Result<Line, DumpError>>,
        epochs: Epochs,
    ) -> Result<(), DumpError>;
}

/// What becomes of the epochs of outboxes that come into another store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Epochs {
    /// Each outbox goes on in a new one, from the first start on: after these lines were written their numbers may have been given to
    /// other entries. [`crate::Kept::is_outdated`] is set then.
    New,
    /// They go on: nothing was written to the other store after these lines.
    Same,
}

/// Why a store cannot be written out or read in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DumpError {
    /// The file itself cannot be used.
    #[cfg(feature = "redb")]
    #[error(transparent)]
    Store(#[from] OpenError),
    /// A store that is no file cannot be used. The text says which.
    #[error("{0}")]
    Elsewhere(#[source] Box<dyn Error + Send + Sync>),
    /// There is something already.
    #[error("{path}: it is there already: import into a file that is not there yet")]
    NotEmpty {
        /// The file.
        path: PathBuf,
    },
    /// The lines end too early.
    #[error("the lines are not whole: {0}")]
    Incomplete(&'static str),
    /// A line makes no sense.
    #[error("line {number}: {reason}")]
    Line {
        /// The first line has number 1.
        number: usize,
        /// What is wrong with it.
        reason: String,
        /// The error of whoever could not read it; none if it was read, and makes no sense.
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// The lines cannot be read or written.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// How many lines there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Clients that made themselves known.
    pub clients: u64,
    /// Sessions of agents.
    pub sessions: u64,
    /// Commands without an outcome.
    pub commands: u64,
    /// Outboxes.
    pub outboxes: u64,
    /// Entries that wait for their delivery.
    pub undelivered: u64,
    /// Entries that are held, whether delivered or not.
    pub entries: u64,
    /// Dead letters.
    pub dead_letters: u64,
}

impl Contents {
    /// One line more.
    pub fn count(&mut self, line: &Line) {
        match line {
            Line::Client(_) => self.clients += 1,
            Line::Session(_) => self.sessions += 1,
            Line::Command(_) => self.commands += 1,
            Line::Outbox(OutboxLine { last, settled, .. }) => {
                self.outboxes += 1;
                self.undelivered += settled.missing(*last);
            }
            Line::Entry { .. } => self.entries += 1,
            Line::DeadLetter { .. } => self.dead_letters += 1,
        }
    }
}

impl fmt::Display for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { clients, sessions, commands, outboxes, undelivered, entries, dead_letters } = self;
        write!(
            f,
            "clients {clients}, sessions {sessions}, open commands {commands}, outboxes {outboxes}, \
             events {entries}, of which undelivered {undelivered}, dead letters {dead_letters}"
        )
    }
}

/// Writes a store out, one JSON object a line, and counts what it writes.
///
/// # Errors
/// When the store cannot be read, or the lines cannot be written.
pub fn write_lines(store: &dyn Dump, out: &mut dyn Write) -> Result<Contents, DumpError> {
    let mut contents = Contents::default();
    store.export(&mut |line| {
        contents.count(&line);
        serde_json::to_writer(&mut *out, &line).map_err(io::Error::from)?;
        Ok(out.write_all(b"\n")?)
    })?;
    out.flush()?;
    Ok(contents)
}

/// Reads lines into a store, and counts them.
///
/// # Errors
/// When the lines cannot be read, there is none, one of them makes no sense, or the store cannot take them.
pub fn read_lines(store: &dyn Dump, lines: &mut dyn BufRead, epochs: Epochs) -> Result<Contents, DumpError> {
    let mut contents = Contents::default();
    let mut lines = (1..).zip(lines.lines()).map(|(number, line)| {
        let line = serde_json::from_str(&line?).map_err(|error| DumpError::Line {
            number,
            reason: words(&error),
            source: Some(error.into()),
        })?;
        contents.count(&line);
        Ok(line)
    });
    store.import(&mut lines, epochs)?;
    Ok(contents)
}

/// Without the line, which is always the first one.
fn words(error: &serde_json::Error) -> String {
    let (text, place) = (error.to_string(), format!(" at line {} column {}", error.line(), error.column()));
    text.strip_suffix(&place).map_or(text.clone(), |text| format!("{text} (column {})", error.column()))
}
