//! A file that no journal has open: it is checked, written out, or filled.

use std::path::{Path, PathBuf};

use gc_environment::{Environment, RealEnvironment};
use redb::{Database, ReadableDatabase, ReadableTable};
use uuid::Uuid;

use super::{
    change::Tables,
    fault::{Fault, OpenError},
    file::{self, ENTRIES, LETTERS, LetterRow, OUTBOXES, OutboxRow},
    place::{FilePlace, Place},
    shrink::shrink,
};
use crate::{
    Bounds, Epoch, Epochs, Kept, Limits, OutboxLine, Settled,
    dump::{Dump, DumpError, Line},
    legacy::Legacy,
    stored::{Intake, Write},
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

    /// Gives back the room in the file that is not used; its length before and after, in bytes.
    ///
    /// # Errors
    /// As those of [`Dump::check`], or when the file cannot be written.
    pub fn compact(&self) -> Result<(u64, u64), DumpError> {
        let mut place = self.take()?;
        let (mut database, ..) = file::load(&mut place, Bounds::default())?;
        shrink(&mut place, &mut database).map_err(|fault| self.unusable(fault))
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

    fn import(
        &self,
        lines: &mut dyn Iterator<Item = Result<Line, DumpError>>,
        epochs: Epochs,
    ) -> Result<(), DumpError> {
        if std::fs::symlink_metadata(&self.path).is_ok() {
            return Err(DumpError::NotEmpty { path: self.path.clone() });
        }
        let mut place = FilePlace::take(&self.path)?;
        let mut import = || -> Outcome {
            let database = file::begin(&mut place)?;
            let writing = database.begin_write()?;
            let mut tables = Tables::open(&writing)?;
            if let Err(error) = fill(&mut tables, lines, epochs)? {
                return Ok(Err(error));
            }
            drop(tables);
            writing.commit()?;
            place.put()?;
            place.note_outdated(epochs == Epochs::New);
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

fn fill(
    tables: &mut Tables<'_>,
    lines: &mut dyn Iterator<Item = Result<Line, DumpError>>,
    epochs: Epochs,
) -> Outcome {
    let (mut intake, mut renewal) = (Intake::default(), Renewal::default());
    for line in lines {
        match line.and_then(|line| intake.take(line)) {
            Ok(write) if epochs == Epochs::New => renewal.take(write, tables)?,
            Ok(write) => tables.write(&write)?,
            Err(error) => return Ok(Err(error)),
        }
    }
    renewal.end(tables)?;
    Ok(intake.end())
}

/// Outboxes that come in, each of which goes on in a new epoch.
#[derive(Default)]
struct Renewal {
    /// The one whose entries and dead letters come, with what is settled of it.
    outbox: Option<(Legacy, Settled)>,
}

impl Renewal {
    fn take(&mut self, write: Write, tables: &mut Tables<'_>) -> Result<(), Fault> {
        match (write, &mut self.outbox) {
            (Write::Outbox(OutboxLine { client, settled, lost, .. }), _) => {
                self.end(tables)?;
                let legacy = Legacy { client, dead: Vec::new(), undelivered: Vec::new(), lost };
                self.outbox = Some((legacy, settled));
            }
            (Write::Append { entry, .. }, Some((legacy, settled))) => {
                if !settled.contains(entry.sequence) {
                    legacy.undelivered.push(entry.record);
                }
            }
            (Write::Letter { dead, .. }, Some((legacy, _))) => legacy.dead.push(dead),
            (write, _) => tables.write(&write)?,
        }
        Ok(())
    }

    fn end(&mut self, tables: &mut Tables<'_>) -> Result<(), Fault> {
        let Some((legacy, _)) = self.outbox.take() else { return Ok(()) };
        // What is too much for the configured bounds is given up when the store is used.
        let all = Limits { entries: usize::MAX, bytes: usize::MAX };
        let bounds = Bounds { undelivered: all, replay: all, dead_letters: all };
        tables.succeed(legacy, Epoch::from(RealEnvironment.id()), bounds).map(drop)
    }
}
