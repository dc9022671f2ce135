//! The file: its tables, and what is in them.

use std::{
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use gc_ids::ClientKey;
use redb::{
    Builder, Database, DatabaseError, Error, ReadableDatabase, ReadableTable, StorageBackend,
    TableDefinition, backends::InMemoryBackend,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    Bounds, DeadLetter, Entry, Epoch, Kept, Reason, Record, Settled, Token,
    dump::OutboxLine,
    log::{Facts, Letter, Log},
};

/// A number of its own for every change that a program of before cannot read.
const FORMAT: u64 = 1;
/// Of what the file holds, so much stays in memory.
const CACHE: usize = 64 << 20;

/// Epoch and number of an entry: its size ([`crate::Message::size`]) and its record.
pub(super) type EntryTable = TableDefinition<'static, (u128, u64), (u64, &'static [u8])>;
/// Epoch and [`Letter::number`] of a dead letter: [`Letter::sequence`], size and [`LetterRow`].
pub(super) type LetterTable = TableDefinition<'static, (u128, u64), (u64, u64, &'static [u8])>;

pub(super) const FORMATS: TableDefinition<'static, &str, u64> = TableDefinition::new("format");
/// Epoch of an outbox: its [`OutboxRow`].
pub(super) const OUTBOXES: TableDefinition<'static, u128, &[u8]> = TableDefinition::new("outboxes");
pub(super) const ENTRIES: EntryTable = TableDefinition::new("entries");
pub(super) const LETTERS: LetterTable = TableDefinition::new("dead letters");
pub(super) const CLIENTS: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("clients");
/// Cluster and agent of a session.
pub(super) const SESSIONS: TableDefinition<'static, (&str, &str), &[u8]> = TableDefinition::new("sessions");
pub(super) const ALIVE: TableDefinition<'static, (), u64> = TableDefinition::new("alive");
pub(super) const COMMANDS: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("commands");

/// Rows are JSON: a member that is added later has a default.
#[derive(Serialize, Deserialize)]
pub(super) struct OutboxRow {
    client: ClientKey,
    last: u64,
    settled: Settled,
    given_up: u64,
    lost: u64,
    token: Option<Token>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct LetterRow {
    pub(super) sequence: u64,
    pub(super) reason: Reason,
    pub(super) record: Record,
}

/// Why a store cannot be opened. Its file is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// It is open already, here or in another process.
    #[error("{path}: it is in use by another process")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// A newer version of this program has written it.
    #[error("{path}: its format {found} is newer than {FORMAT}, the newest that is known here")]
    TooNew {
        /// The file.
        path: PathBuf,
        /// The format that was found.
        found: u64,
    },
    /// It is no store, or a damaged one.
    #[error("{path}: it is no store, or damaged: {reason}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The system does not let it be opened, read or written.
    #[error("{path}: {reason}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
}

/// What an outbox in the file is made of.
pub(super) struct Found {
    pub(super) client: ClientKey,
    pub(super) epoch: Epoch,
    pub(super) log: Log,
}

/// A database with what is in it.
pub(super) type Opened = (Database, Vec<Found>, Kept);

/// Where the database is, and how it is opened there; a test has another disk than the system's.
pub(super) struct Place {
    pub(super) path: PathBuf,
    create: Box<Create>,
    read: Box<Read>,
}

type Create = dyn Fn(&Builder) -> Result<Database, DatabaseError> + Send;
type Read = dyn Fn() -> io::Result<Vec<u8>> + Send;

impl Place {
    /// A file. If it is not there, it is made so that only its owner may read it.
    pub(super) fn file(path: &Path) -> Self {
        let path = path.to_owned();
        let create = {
            let path = path.clone();
            move |builder: &Builder| {
                let mut options = OpenOptions::new();
                options.read(true).write(true).create(true).truncate(false);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                drop(options.open(&path)?);
                builder.create(&path)
            }
        };
        let read = {
            let path = path.clone();
            move || fs::read(&path)
        };
        Self { path, create: Box::new(create), read: Box::new(read) }
    }

    #[cfg(any(test, feature = "conformance"))]
    pub(super) fn device<D: StorageBackend + Clone>(device: D) -> Self {
        let disk = device.clone();
        // With little cache: a test sees what the disk does.
        let create = move |_: &Builder| {
            let mut builder = Builder::new();
            builder.set_cache_size(64 << 10).set_check_integrity_on_open(true);
            builder.create_with_backend(device.clone())
        };
        let read = move || {
            let mut bytes = vec![0; usize::try_from(disk.len()?).unwrap_or_default()];
            disk.read(0, &mut bytes)?;
            Ok(bytes)
        };
        Self { path: "device".into(), create: Box::new(create), read: Box::new(read) }
    }

    /// Opens the database, and reads everything but the contents of the entries.
    pub(super) fn open(&self, bounds: Bounds) -> Result<Opened, OpenError> {
        self.load(bounds, &*self.create)
    }

    /// The same for a copy in memory: a file that cannot be written can still be read.
    pub(super) fn open_copy(&self, bounds: Bounds) -> Result<Opened, OpenError> {
        self.load(bounds, &|builder| {
            let (bytes, copy) = ((self.read)()?, InMemoryBackend::new());
            copy.set_len(u64::try_from(bytes.len()).unwrap_or(u64::MAX))?;
            copy.write(0, &bytes)?;
            drop(bytes);
            builder.create_with_backend(copy)
        })
    }

    fn load(
        &self,
        bounds: Bounds,
        create: &dyn Fn(&Builder) -> Result<Database, DatabaseError>,
    ) -> Result<Opened, OpenError> {
        let load = || -> Result<_, Error> {
            let mut builder = Builder::new();
            // Reads the whole file once, but finds damage here and not in the middle of the service.
            builder.set_cache_size(CACHE).set_check_integrity_on_open(true);
            let database = create(&builder)?;
            match prepare(&database)? {
                FORMAT => {
                    let (found, kept) = (found(&database, bounds)?, kept(&database)?);
                    Ok(Ok((database, found, kept)))
                }
                found => Ok(Err(OpenError::TooNew { path: self.path.clone(), found })),
            }
        };
        load().map_err(|error| self.refuse(error))?
    }

    fn refuse(&self, error: Error) -> OpenError {
        let path = self.path.clone();
        match error {
            Error::DatabaseAlreadyOpen => OpenError::InUse { path },
            Error::Io(reason) if reason.kind() != io::ErrorKind::InvalidData => {
                OpenError::Io { path, reason }
            }
            other => OpenError::Damaged { path, reason: other.to_string() },
        }
    }
}

/// Makes what is missing, and gives the file's format.
fn prepare(database: &Database) -> Result<u64, Error> {
    let reading = database.begin_read()?;
    if let Ok(formats) = reading.open_table(FORMATS) {
        return Ok(formats.get("format")?.map_or(0, |format| format.value()));
    }
    let writing = database.begin_write()?;
    if writing.list_tables()?.next().is_some() {
        return Err(Error::Corrupted("it has other tables than a store".to_owned()));
    }
    writing.open_table(FORMATS)?.insert("format", FORMAT)?;
    writing.open_table(OUTBOXES)?;
    writing.open_table(ENTRIES)?;
    writing.open_table(LETTERS)?;
    writing.open_table(CLIENTS)?;
    writing.open_table(SESSIONS)?;
    writing.open_table(COMMANDS)?;
    writing.open_table(ALIVE)?;
    writing.commit()?;
    Ok(FORMAT)
}

fn found(database: &Database, bounds: Bounds) -> Result<Vec<Found>, Error> {
    let reading = database.begin_read()?;
    let (outboxes, entries) = (reading.open_table(OUTBOXES)?, reading.open_table(ENTRIES)?);
    let letters = reading.open_table(LETTERS)?;
    let mut all = Vec::new();
    for row in outboxes.iter()? {
        let (key, row) = row?;
        let (key, row) = (key.value(), read::<OutboxRow>(row.value())?);
        let OutboxRow { client, last, settled, given_up, lost, token } = row;
        let prefix = settled.prefix();
        let mut log = Log::resume(bounds, Facts { last, settled, given_up, lost, token });
        let mut expected = None;
        for entry in entries.range((key, 0)..=(key, u64::MAX))? {
            let (number, entry) = entry?;
            let (_, sequence) = number.value();
            if expected.is_some_and(|expected| expected != sequence) {
                return Err(Error::Corrupted(format!("an entry before {sequence} of {client} is missing")));
            }
            expected = Some(sequence + 1);
            log.holds(sequence, size(entry.value().0));
        }
        let (oldest, next) = (log.oldest(), expected.unwrap_or(last + 1));
        if next != last + 1 || oldest > prefix + 1 {
            return Err(Error::Corrupted(format!("entries of {client} are missing")));
        }
        for letter in letters.range((key, 0)..=(key, u64::MAX))? {
            let (number, letter) = letter?;
            let ((_, number), (sequence, weight, _)) = (number.value(), letter.value());
            log.holds_dead(Letter { number, sequence }, size(weight));
        }
        all.push(Found { client, epoch: Epoch::from(Uuid::from_u128(key)), log });
    }
    Ok(all)
}

fn kept(database: &Database) -> Result<Kept, Error> {
    let reading = database.begin_read()?;
    let mut kept = Kept::default();
    for row in reading.open_table(CLIENTS)?.iter()? {
        let client: crate::ClientRecord = read(row?.1.value())?;
        kept.clients.insert(client.client.clone(), client);
    }
    for row in reading.open_table(SESSIONS)?.iter()? {
        let session: crate::SessionRecord = read(row?.1.value())?;
        kept.sessions.insert(session.agent.clone(), session);
    }
    for row in reading.open_table(COMMANDS)?.iter()? {
        let command: crate::CommandRecord = read(row?.1.value())?;
        kept.commands.insert(command.id.clone(), command);
    }
    kept.alive = reading.open_table(ALIVE)?.get(())?.map(|at| at.value());
    Ok(kept)
}

/// The entries behind a number, and the oldest that is held.
pub(super) fn page(
    database: &Database,
    epoch: Epoch,
    after: u64,
    max: usize,
) -> Result<(Option<u64>, Vec<Entry>), Error> {
    let entries = database.begin_read()?.open_table(ENTRIES)?;
    let key = key(epoch);
    let oldest = match entries.range((key, 0)..=(key, u64::MAX))?.next() {
        Some(entry) => Some(entry?.0.value().1),
        None => None,
    };
    let Some(first) = after.checked_add(1) else { return Ok((oldest, Vec::new())) };
    let behind = entries.range((key, first)..=(key, u64::MAX))?.take(max).map(|entry| {
        let (number, entry) = entry?;
        Ok(Entry { sequence: number.value().1, record: Arc::new(read(entry.value().1)?) })
    });
    Ok((oldest, behind.collect::<Result<_, Error>>()?))
}

pub(super) fn dead_letters(database: &Database, epoch: Epoch) -> Result<Vec<DeadLetter>, Error> {
    let letters = database.begin_read()?.open_table(LETTERS)?;
    let key = key(epoch);
    let all = letters.range((key, 0)..=(key, u64::MAX))?.map(|letter| {
        let LetterRow { sequence, reason, record } = read(letter?.1.value().2)?;
        Ok(DeadLetter { entry: Entry { sequence, record: Arc::new(record) }, reason })
    });
    all.collect()
}

impl OutboxRow {
    pub(super) fn new(client: ClientKey, facts: Facts) -> Self {
        let Facts { last, settled, given_up, lost, token } = facts;
        Self { client, last, settled, given_up, lost, token }
    }

    pub(super) fn line(self, epoch: Epoch) -> OutboxLine {
        let Self { client, last, settled, given_up, lost, token } = self;
        OutboxLine { client, epoch, last, settled, given_up, lost, token }
    }
}

pub(super) fn key(epoch: Epoch) -> u128 {
    epoch.id().as_u128()
}

pub(super) fn read<T: DeserializeOwned>(row: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(row).map_err(|error| Error::Corrupted(format!("a row cannot be read: {error}")))
}

pub(super) fn write(row: &impl Serialize) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(row).map_err(|error| Error::Io(error.into()))
}

fn size(size: u64) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}
