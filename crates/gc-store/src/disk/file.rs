//! The file: its tables, and what is in them.

use std::{io, path::Path, sync::Arc};

use gc_ids::ClientKey;
use redb::{
    Builder, Database, Error, ReadableDatabase, ReadableTable, StorageBackend, TableDefinition, TableError,
    backends::InMemoryBackend,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{
    fault::{Fault, OpenError},
    place::Place,
};
use crate::{
    Bounds, ClaimToken, CommandKey, DeadLetter, Entry, Epoch, Kept, Reason, Record, Settled,
    dump::OutboxLine,
    log::{Letter, Log},
    stored::Found,
};

/// A number of its own for every change that a program of before cannot read.
const FORMAT: u64 = 2;
/// The first format, in which a command was known by its id alone. It is changed when it is opened.
const FORMAT_BY_ID: u64 = 1;
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
/// Cluster and agent, client, and id of a command.
pub(super) type CommandRow = (&'static str, &'static str, &'static str, &'static str);
pub(super) const COMMANDS: TableDefinition<'static, CommandRow, &[u8]> =
    TableDefinition::new("open commands");
/// The same in [`FORMAT_BY_ID`].
const COMMANDS_BY_ID: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("commands");

/// Rows are JSON: a member that is added later has a default.
#[derive(Serialize, Deserialize)]
pub(super) struct OutboxRow {
    client: ClientKey,
    last: u64,
    settled: Settled,
    given_up: u64,
    lost: u64,
    token: Option<ClaimToken>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct LetterRow {
    pub(super) sequence: u64,
    pub(super) reason: Reason,
    pub(super) record: Record,
}

/// An outbox in the file, as it goes on.
pub(super) type Resumed = (ClientKey, Epoch, Log);

/// A database with what is in it.
pub(super) type Opened = (Database, Vec<Resumed>, Kept);

/// Opens the database that is there, and reads everything but the contents of the entries.
pub(super) fn load(place: &mut dyn Place, bounds: Bounds) -> Result<Opened, OpenError> {
    let database = place.open(builder())?;
    let opened = read_all(database, bounds).and_then(|opened| {
        place.committed()?;
        Ok(opened)
    });
    opened.map_err(|fault| fault.of(place.path()))?.map_err(|found| too_new(place.path(), found))
}

/// The same for a copy in memory: a file that cannot be written can still be read.
pub(super) fn load_copy(place: &dyn Place, bounds: Bounds) -> Result<Opened, OpenError> {
    let load = || -> Result<_, Fault> {
        let (bytes, copy) = (place.read().map_err(Error::Io)?, InMemoryBackend::new());
        let in_memory = copy.set_len(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        in_memory.and_then(|()| copy.write(0, &bytes)).map_err(Error::Io)?;
        drop(bytes);
        read_all(builder().create_with_backend(copy)?, bounds)
    };
    load().map_err(|fault| fault.of(place.path()))?.map_err(|found| too_new(place.path(), found))
}

/// Makes an empty database where nothing is.
pub(super) fn make(place: &mut dyn Place) -> Result<Database, OpenError> {
    let made = begin(place).and_then(|database| {
        place.put()?;
        Ok(database)
    });
    made.map_err(|fault| fault.of(place.path()))
}

/// The same without putting it into its place.
pub(super) fn begin(place: &mut dyn Place) -> Result<Database, Fault> {
    let database = place.begin(builder())?;
    let writing = database.begin_write()?;
    writing.open_table(FORMATS)?.insert("format", FORMAT)?;
    writing.open_table(OUTBOXES)?;
    writing.open_table(ENTRIES)?;
    writing.open_table(LETTERS)?;
    writing.open_table(CLIENTS)?;
    writing.open_table(SESSIONS)?;
    writing.open_table(COMMANDS)?;
    writing.open_table(ALIVE)?;
    writing.commit()?;
    Ok(database)
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    // Reads the whole file once, but finds damage here and not in the middle of the service.
    builder.set_cache_size(CACHE).set_check_integrity_on_open(true);
    builder
}

fn too_new(path: &Path, found: u64) -> OpenError {
    OpenError::TooNew { path: path.to_owned(), found, newest: FORMAT }
}

/// The error inside is a format that is not known here.
fn read_all(database: Database, bounds: Bounds) -> Result<Result<Opened, u64>, Fault> {
    let format = match database.begin_read()?.open_table(FORMATS) {
        Err(TableError::TableDoesNotExist(_)) => {
            return Err(Fault::Damaged("it has other tables than a store".to_owned()));
        }
        formats => formats?.get("format")?.map_or(0, |format| format.value()),
    };
    match format {
        FORMAT => {}
        FORMAT_BY_ID => rekey_commands(&database)?,
        other => return Ok(Err(other)),
    }
    let (found, kept) = (found(&database, bounds)?, kept(&database)?);
    Ok(Ok((database, found, kept)))
}

/// Makes the present format of [`FORMAT_BY_ID`], in one transaction.
fn rekey_commands(database: &Database) -> Result<(), Fault> {
    let writing = database.begin_write()?;
    {
        let (before, mut now) = (writing.open_table(COMMANDS_BY_ID)?, writing.open_table(COMMANDS)?);
        for row in before.iter()? {
            let (_, row) = row?;
            let record: crate::CommandRecord = read(row.value())?;
            now.insert(command(&record.key()), row.value())?;
        }
    }
    writing.delete_table(COMMANDS_BY_ID)?;
    writing.open_table(FORMATS)?.insert("format", FORMAT)?;
    Ok(writing.commit()?)
}

/// The outboxes in the file, each with its log.
pub(super) fn found(database: &Database, bounds: Bounds) -> Result<Vec<Resumed>, Fault> {
    let reading = database.begin_read()?;
    let (outboxes, entries) = (reading.open_table(OUTBOXES)?, reading.open_table(ENTRIES)?);
    let letters = reading.open_table(LETTERS)?;
    let mut all = Vec::new();
    for row in outboxes.iter()? {
        let (key, row) = row?;
        let (key, row) = (key.value(), read::<OutboxRow>(row.value())?);
        let mut found = Found::new(row.line(Epoch::from(Uuid::from_u128(key))), bounds);
        for entry in entries.range((key, 0)..=(key, u64::MAX))? {
            let (number, entry) = entry?;
            found.entry(number.value().1, size(entry.value().0))?;
        }
        for letter in letters.range((key, 0)..=(key, u64::MAX))? {
            let (number, letter) = letter?;
            let ((_, number), (sequence, weight, _)) = (number.value(), letter.value());
            found.letter(Letter { number, sequence }, size(weight));
        }
        all.push(found.whole()?);
    }
    Ok(all)
}

fn kept(database: &Database) -> Result<Kept, Fault> {
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
        kept.commands.insert(command.key(), command);
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
) -> Result<(Option<u64>, Vec<Entry>), Fault> {
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
    Ok((oldest, behind.collect::<Result<_, Fault>>()?))
}

pub(super) fn dead_letters(database: &Database, epoch: Epoch) -> Result<Vec<DeadLetter>, Fault> {
    let letters = database.begin_read()?.open_table(LETTERS)?;
    let key = key(epoch);
    let all = letters.range((key, 0)..=(key, u64::MAX))?.map(|letter| {
        let (place, letter) = letter?;
        let LetterRow { sequence, reason, record } = read(letter.value().2)?;
        let (number, entry) = (place.value().1, Entry { sequence, record: Arc::new(record) });
        Ok(DeadLetter { number, entry, reason })
    });
    all.collect()
}

impl OutboxRow {
    pub(super) fn new(line: &OutboxLine) -> Self {
        let OutboxLine { client, epoch: _, last, settled, given_up, lost, token } = line.clone();
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

pub(super) fn command(key: &CommandKey) -> (&str, &str, &str, &str) {
    (key.agent.cluster().as_str(), key.agent.agent(), key.client.as_str(), &key.id)
}

pub(super) fn read<T: DeserializeOwned>(row: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(row).map_err(Fault::Row)
}

pub(super) fn write(row: &impl Serialize) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(row).map_err(|error| Fault::Database(Error::Io(io::Error::from(error))))
}

fn size(size: u64) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}
