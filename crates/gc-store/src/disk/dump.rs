//! A file that no journal has open: it is checked, written out, or filled.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use redb::{Database, ReadableDatabase, ReadableTable};
use uuid::Uuid;

use super::{
    change::Tables,
    fault::{Fault, OpenError},
    file::{self, ENTRIES, LETTERS, LetterRow, OUTBOXES, OutboxRow},
    place::{FilePlace, Place},
};
use crate::{
    Bounds, Change, ClientKey, Entry, Epoch, Kept, Record,
    dump::{Contents, Dump, DumpError, Line, OutboxLine},
    log::Facts,
};

/// The file of a [`crate::RedbJournal`], while no journal has it open.
#[derive(Clone, Debug)]
pub struct StoreFile {
    path: PathBuf,
}

impl StoreFile {
    /// The file at this path. It is opened by each call.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Reads everything in the file, and counts it. A file that a crash has left is put in order by that.
    ///
    /// # Errors
    /// When there is no file, or it cannot be used; the text says why.
    pub fn check(&self) -> Result<Contents, DumpError> {
        let mut contents = Contents::default();
        self.export(&mut |line| {
            contents.count(&line);
            Ok(())
        })?;
        Ok(contents)
    }

    /// Takes the file, which must be there.
    fn take(&self) -> Result<FilePlace, OpenError> {
        // Before anything is made beside it.
        let there = std::fs::symlink_metadata(&self.path);
        there.map_err(|reason| OpenError::Io { path: self.path.clone(), reason })?;
        FilePlace::take(&self.path)
    }

    fn unusable(&self, fault: Fault) -> DumpError {
        fault.of(&self.path).into()
    }
}

impl Dump for StoreFile {
    fn export(&self, each: &mut dyn FnMut(Line) -> Result<(), DumpError>) -> Result<(), DumpError> {
        let mut place = self.take()?;
        let (database, _, kept) = file::load(&mut place, Bounds::default())?;
        // When the process lived last concerns this file only.
        let Kept { clients, sessions, commands, alive: _, is_outdated: _ } = kept;
        clients.into_values().map(Line::Client).try_for_each(&mut *each)?;
        sessions.into_values().map(Line::Session).try_for_each(&mut *each)?;
        commands.into_values().map(Line::Command).try_for_each(&mut *each)?;
        outboxes(&database, each).map_err(|fault| self.unusable(fault))?
    }

    fn import(&self, lines: &mut dyn Iterator<Item = Result<Line, DumpError>>) -> Result<(), DumpError> {
        if std::fs::symlink_metadata(&self.path).is_ok() {
            return Err(DumpError::NotEmpty { path: self.path.clone() });
        }
        let mut place = FilePlace::take(&self.path)?;
        let mut import = || -> Outcome {
            let database = file::begin(&mut place)?;
            let writing = database.begin_write()?;
            let mut tables = Tables::open(&writing)?;
            if let Err(error) = fill(&mut tables, lines)? {
                return Ok(Err(error));
            }
            drop(tables);
            writing.commit()?;
            place.put()?;
            Ok(Ok(()))
        };
        import().map_err(|fault| self.unusable(fault))?
    }
}

type Outcome = Result<Result<(), DumpError>, Fault>;

/// The error of `each` is inside, that of the database outside.
fn outboxes(database: &Database, each: &mut dyn FnMut(Line) -> Result<(), DumpError>) -> Outcome {
    let reading = database.begin_read()?;
    let (outboxes, entries) = (reading.open_table(OUTBOXES)?, reading.open_table(ENTRIES)?);
    let letters = reading.open_table(LETTERS)?;
    for row in outboxes.iter()? {
        let (key, row) = row?;
        let (key, row) = (key.value(), file::read::<OutboxRow>(row.value())?);
        let all = (key, 0)..=(key, u64::MAX);
        let mut lines = vec![Line::Outbox(row.line(Epoch::from(Uuid::from_u128(key))))];
        let of_entries = entries.range(all.clone())?.map(|entry| {
            let (number, entry) = entry?;
            Ok(Line::Entry { sequence: number.value().1, record: file::read(entry.value().1)? })
        });
        let of_letters = letters.range(all)?.map(|letter| {
            let (number, letter) = letter?;
            let LetterRow { sequence, reason, record } = file::read(letter.value().2)?;
            Ok(Line::DeadLetter { number: number.value().1, sequence, reason, record })
        });
        for line in lines.drain(..).map(Ok::<_, Fault>).chain(of_entries).chain(of_letters) {
            if let Err(error) = each(line?) {
                return Ok(Err(error));
            }
        }
    }
    Ok(Ok(()))
}

fn fill(tables: &mut Tables<'_>, lines: &mut dyn Iterator<Item = Result<Line, DumpError>>) -> Outcome {
    let mut outbox: Option<(OutboxLine, u64)> = None;
    let mut clients = BTreeSet::new();
    let mut any = false;
    for (number, line) in (1..).zip(lines) {
        any = true;
        let wrong = |reason: &str| Ok(Err(DumpError::Line { number, reason: reason.to_owned() }));
        let line = match line {
            Ok(line) => line,
            Err(error) => return Ok(Err(error)),
        };
        if client_of(&line).is_some_and(|client| client.as_str().trim().is_empty()) {
            return wrong("its client has no name");
        }
        match (line, &mut outbox) {
            (Line::Client(client), _) => tables.change(&Change::Client(client))?,
            (Line::Session(session), _) => tables.change(&Change::Session(session))?,
            (Line::Command(command), _) => tables.change(&Change::Command(command))?,
            (Line::Outbox(next), last) => {
                if !last.as_ref().is_none_or(|(outbox, next)| is_whole(outbox, *next)) {
                    return wrong("entries of the outbox before are missing");
                }
                let OutboxLine { client, epoch, last: newest, settled, given_up, lost, token } = next.clone();
                let facts = Facts { last: newest, settled, given_up, lost, token };
                if !clients.insert(client.clone())
                    || tables.import_outbox(epoch, &OutboxRow::new(client, facts))?
                {
                    return wrong("the outbox or its client was there before");
                }
                // 0 until its first entry is known.
                *last = Some((next, 0));
            }
            (Line::Entry { sequence, record }, Some((outbox, next))) => {
                let follows = *next == 0 || *next == sequence;
                if !follows || sequence == 0 || sequence > outbox.last || !is_of(&record, outbox) {
                    return wrong("the entry does not belong here");
                }
                *next = sequence + 1;
                tables.append(outbox.epoch, &Entry { sequence, record: record.into() })?;
            }
            (Line::DeadLetter { number: place, sequence, reason, record }, Some((outbox, _))) => {
                if place == 0 || place > outbox.given_up {
                    return wrong("the dead letter does not belong here");
                }
                tables.import_letter(outbox.epoch, place, LetterRow { sequence, reason, record })?;
            }
            (_, None) => return wrong("there is no outbox before it"),
        }
    }
    match outbox {
        _ if !any => Ok(Err(DumpError::Incomplete("there is none"))),
        Some((outbox, next)) if !is_whole(&outbox, next) => {
            Ok(Err(DumpError::Incomplete("entries of the last outbox are missing")))
        }
        _ => Ok(Ok(())),
    }
}

/// Whose the line is, if it says so.
fn client_of(line: &Line) -> Option<&ClientKey> {
    match line {
        Line::Client(client) => Some(&client.client),
        Line::Session(session) => Some(&session.owner),
        Line::Command(command) => Some(&command.client),
        Line::Outbox(outbox) => Some(&outbox.client),
        Line::Entry { record, .. } | Line::DeadLetter { record, .. } => Some(&record.client),
    }
}

fn is_of(record: &Record, outbox: &OutboxLine) -> bool {
    record.epoch == outbox.epoch && record.client == outbox.client
}

/// Whether what an outbox has to hold is there: all entries from the first undelivered one on. `next` follows its last entry.
fn is_whole(outbox: &OutboxLine, next: u64) -> bool {
    next == outbox.last + 1 || next == 0 && outbox.settled.prefix() >= outbox.last
}
