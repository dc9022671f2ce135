//! A file that no journal has open: it is checked, written out, or filled.

use std::path::{Path, PathBuf};

use redb::{Database, ReadableDatabase, ReadableTable};
use uuid::Uuid;

use super::{
    change::Tables,
    fault::{Fault, OpenError},
    file::{self, ENTRIES, LETTERS, LetterRow, OUTBOXES, OutboxRow},
    place::{FilePlace, Place},
};
use crate::{
    Bounds, Epoch, Kept,
    dump::{Contents, Dump, DumpError, Line},
    stored::Intake,
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
    let mut intake = Intake::default();
    for line in lines {
        match line.and_then(|line| intake.take(line)) {
            Ok(write) => tables.write(&write)?,
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(intake.end())
}
