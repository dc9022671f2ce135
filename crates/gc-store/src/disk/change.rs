//! One transaction: what a group of calls changes in the file.

use std::sync::Arc;

use gc_ids::{AgentKey, ClientKey};
use redb::{ReadableTable, Table, WriteTransaction};

use super::{
    fault::Fault,
    file::{
        self, ALIVE, CLIENTS, COMMANDS, CommandRow, ENTRIES, LETTERS, LetterRow, OUTBOXES, OutboxRow,
        SESSIONS,
    },
};
use crate::{
    Bounds, Change, DeadLetter, Entry, Epoch, Record,
    legacy::{Legacy, Step},
    log::{Effect, Letter, Log, say_lost},
    stored::Write,
};

/// The tables, open for writing.
pub(super) struct Tables<'a> {
    outboxes: Table<'a, u128, &'static [u8]>,
    entries: Table<'a, (u128, u64), (u64, &'static [u8])>,
    letters: Table<'a, (u128, u64), (u64, u64, &'static [u8])>,
    clients: Table<'a, &'static str, &'static [u8]>,
    sessions: Table<'a, (&'static str, &'static str), &'static [u8]>,
    commands: Table<'a, CommandRow, &'static [u8]>,
    alive: Table<'a, (), u64>,
}

impl<'a> Tables<'a> {
    pub(super) fn open(writing: &'a WriteTransaction) -> Result<Self, Fault> {
        Ok(Self {
            outboxes: writing.open_table(OUTBOXES)?,
            entries: writing.open_table(ENTRIES)?,
            letters: writing.open_table(LETTERS)?,
            clients: writing.open_table(CLIENTS)?,
            sessions: writing.open_table(SESSIONS)?,
            commands: writing.open_table(COMMANDS)?,
            alive: writing.open_table(ALIVE)?,
        })
    }

    /// Carries out what the ledger has decided, or what comes from another store.
    pub(super) fn write(&mut self, write: &Write) -> Result<(), Fault> {
        match write {
            Write::Append { epoch, entry } => self.append(*epoch, entry),
            Write::Effect { client, epoch, effect } => self.carry_out(client, *epoch, effect.clone()),
            Write::Letter { epoch, dead } => self.letter(*epoch, dead),
            Write::Forget { client, epoch } => self.forget(client, *epoch),
            Write::Change(change) => self.change(change),
            Write::Outbox(line) => {
                let row = file::write(&OutboxRow::new(line))?;
                self.outboxes.insert(file::key(line.epoch), &*row)?;
                Ok(())
            }
        }
    }

    /// A new outbox begins with what another one has left.
    pub(super) fn succeed(&mut self, legacy: Legacy, epoch: Epoch, bounds: Bounds) -> Result<Log, Fault> {
        let client = legacy.client.clone();
        let log = legacy.begin(epoch, bounds, |step, effects| {
            match step {
                Step::Inherit(dead) => self.letter(epoch, &dead)?,
                Step::Append(entry) => self.append(epoch, &entry)?,
            }
            effects.into_iter().try_for_each(|effect| self.carry_out(&client, epoch, effect))
        })?;
        self.write(&Write::outbox(client, epoch, &log))?;
        Ok(log)
    }

    fn append(&mut self, epoch: Epoch, entry: &Entry) -> Result<(), Fault> {
        let row = file::write(&*entry.record)?;
        self.entries.insert((file::key(epoch), entry.sequence), (size(&entry.record), &*row))?;
        Ok(())
    }

    fn carry_out(&mut self, client: &ClientKey, epoch: Epoch, effect: Effect) -> Result<(), Fault> {
        let key = file::key(epoch);
        match effect {
            Effect::Bury { letter: Letter { number, sequence }, reason } => {
                if let Some(record) = self.entry(key, sequence)? {
                    let entry = Entry { sequence, record: Arc::new(record) };
                    self.letter(epoch, &DeadLetter { number, entry, reason })?;
                }
            }
            Effect::Recover { letter } => _ = self.letters.remove((key, letter.number))?,
            Effect::Say(report) => report.log(client),
            Effect::Lose { letter } => {
                if let Some(letter) = self.letters.remove((key, letter.number))? {
                    let LetterRow { sequence, record, .. } = file::read(letter.value().2)?;
                    say_lost(client, sequence, &record);
                }
            }
            Effect::Release { up_to } => self.entries.retain_in((key, 0)..=(key, up_to), |_, _| false)?,
        }
        Ok(())
    }

    fn letter(&mut self, epoch: Epoch, dead: &DeadLetter) -> Result<(), Fault> {
        let Letter { number, sequence: own } = Letter::of(epoch, dead);
        let DeadLetter { entry, reason, .. } = dead;
        let (sequence, record) = (entry.sequence, Record::clone(entry));
        let row = file::write(&LetterRow { sequence, reason: reason.clone(), record })?;
        self.letters.insert((file::key(epoch), number), (own, size(entry), &*row))?;
        Ok(())
    }

    fn entry(&self, key: u128, sequence: u64) -> Result<Option<Record>, Fault> {
        let entry = self.entries.get((key, sequence))?;
        entry.map(|entry| file::read(entry.value().1)).transpose()
    }

    /// Empties every table.
    pub(super) fn clear(&mut self) -> Result<(), Fault> {
        self.outboxes.retain(|_, _| false)?;
        self.entries.retain(|_, _| false)?;
        self.letters.retain(|_, _| false)?;
        self.clients.retain(|_, _| false)?;
        self.sessions.retain(|_, _| false)?;
        self.alive.retain(|(), _| false)?;
        Ok(self.commands.retain(|_, _| false)?)
    }

    fn forget(&mut self, client: &ClientKey, epoch: Option<Epoch>) -> Result<(), Fault> {
        self.clients.remove(client.as_str())?;
        if let Some(key) = epoch.map(file::key) {
            self.outboxes.remove(key)?;
            self.entries.retain_in((key, 0)..=(key, u64::MAX), |_, _| false)?;
            self.letters.retain_in((key, 0)..=(key, u64::MAX), |_, _| false)?;
        }
        Ok(())
    }

    pub(super) fn change(&mut self, change: &Change) -> Result<(), Fault> {
        match change {
            Change::Client(client) => {
                _ = self.clients.insert(client.client.as_str(), &*file::write(client)?)?;
            }
            Change::Session(session) => {
                _ = self.sessions.insert(agent(&session.agent), &*file::write(session)?)?;
            }
            Change::SessionOver(over) => _ = self.sessions.remove(agent(over))?,
            Change::Command(command) => {
                _ = self.commands.insert(file::command(&command.key()), &*file::write(command)?)?;
            }
            Change::CommandOver(over) => _ = self.commands.remove(file::command(over))?,
            Change::Alive(at) => _ = self.alive.insert((), at)?,
        }
        Ok(())
    }
}

fn agent(agent: &AgentKey) -> (&str, &str) {
    (agent.cluster().as_str(), agent.agent())
}

fn size(record: &Record) -> u64 {
    u64::try_from(record.message.size()).unwrap_or(u64::MAX)
}
