//! When the disk fails: the service goes on in memory, and comes back when the disk works again.

use std::{
    collections::BTreeMap,
    error,
    sync::{Arc, Mutex, mpsc},
};

use futures_util::FutureExt;
use gc_environment::{Environment, Watched};
use redb::{Database, Error};

use super::{
    Calls, Directory,
    change::Tables,
    file::{self, Found, Place},
    group::{Disk, Written},
    lock,
    outbox::DiskOutbox,
    reader::Look,
    writer::{Job, Keeper, Outcome},
};
use crate::{
    Batch, Bounds, Change, ClientKey, Epoch, Health, Journal, JournalError, Kept, MemoryJournal, Outbox,
    Record,
    legacy::{Legacy, Step},
};

/// What is needed to go from the disk to memory and back.
pub(super) struct Fallback {
    pub(super) place: Place,
    pub(super) bounds: Bounds,
    pub(super) environment: Arc<dyn Environment>,
    pub(super) calls: Calls,
    pub(super) directory: Arc<Mutex<Directory>>,
    pub(super) kept: Arc<Mutex<Kept>>,
    pub(super) health: Arc<Watched<Health>>,
    /// Which epoch goes on where another one has ended: records are on their way that carry the old one.
    pub(super) successors: BTreeMap<Epoch, Epoch>,
}

impl Fallback {
    /// Goes on in memory, with a new outbox for each client.
    pub(super) fn fail(&mut self, keeper: Keeper, error: &Error) -> Keeper {
        let Keeper::Disk(Disk { database, outboxes, .. }) = keeper else { return keeper };
        tracing::error!(store = %self.place.path.display(), error = error as &dyn error::Error,
            "the store has failed; what is kept from now on is in memory, and a restart loses it");
        self.close(database);
        let mut found = self.salvage();
        let memory = MemoryJournal::with_environment(self.bounds, Arc::clone(&self.environment));
        for Written { outbox, .. } in outboxes.values() {
            let legacy = outbox.legacy(found.remove(&outbox.epoch));
            self.succeed(&outbox.client, outbox.epoch, memory.succeed(legacy));
        }
        self.health.replace(Health::InMemory { reason: error.to_string() });
        outboxes.values().for_each(|written| written.outbox.supersede());
        Keeper::Memory(memory)
    }

    /// What a call comes to while everything is in memory.
    pub(super) fn apply(&mut self, keeper: &Keeper, job: &Job) -> Outcome {
        let Keeper::Memory(memory) = keeper else { return Outcome::Done(Err(JournalError::Closed)) };
        match job {
            Job::Open(outbox) => {
                if !self.successors.contains_key(&outbox.epoch) {
                    let successor = memory.succeed(Legacy::nothing(outbox.client.clone()));
                    self.succeed(&outbox.client, outbox.epoch, successor);
                    outbox.supersede();
                }
            }
            Job::Append { batch, .. } => {
                let batch = self.readdressed(batch);
                let appended = memory.append(batch.records().cloned().collect()).now_or_never();
                if let Some(Err(error)) = appended {
                    return Outcome::Done(Err(error));
                }
                let mut kept = lock(&self.kept);
                batch.changes().cloned().for_each(|change| kept.apply(change));
            }
            // Of an outbox on the disk: those in memory answer themselves.
            Job::Claim { .. } | Job::Settle { .. } => return Outcome::Done(Err(JournalError::Superseded)),
            Job::Forget { client, epoch, .. } => {
                if let Some(epoch) = epoch {
                    memory.forget_epoch(client, self.present(*epoch));
                }
                lock(&self.kept).clients.remove(client);
            }
            Job::Broken(_) | Job::Recover { .. } | Job::Stop => {}
        }
        Outcome::Done(Ok(()))
    }

    /// Whether the disk has failed before, so that records may carry an epoch that has ended.
    pub(super) fn has_successors(&self) -> bool {
        !self.successors.is_empty()
    }

    /// The same batch for the outboxes that go on now.
    pub(super) fn readdressed(&self, batch: &Batch) -> Batch {
        let records = batch.records().map(|record| match self.present(record.epoch) {
            epoch if epoch == record.epoch => Arc::clone(record),
            epoch => Arc::new(Record { epoch, ..Record::clone(record) }),
        });
        Batch::from_iter(records).with(batch.changes().cloned())
    }

    /// Tries the disk, and goes on there if it works.
    pub(super) fn recover(&mut self, keeper: Keeper) -> (Keeper, Result<(), JournalError>) {
        let Keeper::Memory(memory) = keeper else { return (keeper, Ok(())) };
        let written = self.place.open(self.bounds).map_err(|error| JournalError::Failed(Arc::new(error)));
        let written = written.and_then(|(database, ..)| {
            let outboxes = self.write(&database, memory.legacies());
            let outboxes = outboxes.map_err(|error| JournalError::Failed(Arc::new(error)))?;
            Ok((database, outboxes))
        });
        let (database, outboxes) = match written {
            Ok(written) => written,
            Err(error) => {
                tracing::warn!(error = &error as &dyn error::Error, "the store does not work yet");
                return (Keeper::Memory(memory), Err(error));
            }
        };
        let (database, bounds, kept) = (Arc::new(database), self.bounds, Arc::clone(&self.kept));
        // The threads end with the journal; until then both are there.
        let _ = self.calls.looks.send(Look::Open(Arc::clone(&database)));
        for (old, Written { outbox, .. }) in &outboxes {
            self.succeed(&outbox.client, *old, Arc::<DiskOutbox>::clone(outbox));
        }
        self.health.replace(Health::Working);
        memory.end();
        tracing::info!(store = %self.place.path.display(), "the store works again");
        let outboxes = outboxes.into_iter().map(|(_, written)| (written.outbox.epoch, written)).collect();
        (Keeper::Disk(Disk { database, bounds, outboxes, kept }), Ok(()))
    }

    /// What is in the file now, after the last commit that succeeded, if it can be read.
    fn salvage(&self) -> BTreeMap<Epoch, (u64, Legacy)> {
        let opened = self.place.open(self.bounds).or_else(|_| self.place.open_copy(self.bounds));
        let salvaged = opened.map_err(|error| error.to_string());
        let salvaged = salvaged.and_then(|(database, found, _)| {
            let legacies = found.into_iter().map(|found| legacy(&database, found));
            legacies.collect::<Result<_, _>>().map_err(|error| error.to_string())
        });
        salvaged.unwrap_or_else(|error| {
            tracing::error!(error, "the store cannot be read any more");
            BTreeMap::new()
        })
    }

    /// Puts everything into the file, instead of what is there.
    fn write(
        &self,
        database: &Database,
        legacies: Vec<(Epoch, Legacy)>,
    ) -> Result<Vec<(Epoch, Written)>, Error> {
        let writing = database.begin_write()?;
        let mut tables = Tables::open(&writing)?;
        tables.clear()?;
        let kept = lock(&self.kept).clone();
        let clients = kept.clients.into_values().map(Change::Client);
        let sessions = kept.sessions.into_values().map(Change::Session);
        let commands = kept.commands.into_values().map(Change::Command);
        let alive = kept.alive.map(Change::Alive);
        clients.chain(sessions).chain(commands).chain(alive).try_for_each(|change| tables.change(&change))?;
        let mut outboxes = Vec::new();
        for (old, legacy) in legacies {
            let (client, epoch) = (legacy.client.clone(), Epoch::from(self.environment.id()));
            let log = legacy.begin(epoch, self.bounds, |step, effects| {
                let inherited = match step {
                    Step::Inherit(letter) => Some(letter),
                    Step::Append(entry) => {
                        tables.append(epoch, &entry)?;
                        None
                    }
                };
                tables.carry_out(&client, epoch, effects, inherited.as_ref())
            })?;
            tables.outbox(&client, epoch, &log)?;
            let outbox = Arc::new(DiskOutbox::new(client, epoch, self.calls.clone(), &log));
            outboxes.push((old, Written { outbox, log }));
        }
        drop(tables);
        writing.commit()?;
        Ok(outboxes)
    }

    /// Another outbox goes on for the client.
    fn succeed(&mut self, client: &ClientKey, old: Epoch, outbox: Arc<dyn Outbox>) {
        self.successors.insert(old, outbox.epoch());
        let mut directory = lock(&self.directory);
        // Unless the client was forgotten.
        if let Some(present) = directory.get_mut(client)
            && present.epoch() == old
        {
            *present = outbox;
        }
    }

    /// The epoch that goes on where this one may have ended.
    fn present(&self, mut epoch: Epoch) -> Epoch {
        while let Some(next) = self.successors.get(&epoch) {
            epoch = *next;
        }
        epoch
    }

    /// Lets go of the file, so that it can be opened again.
    fn close(&self, database: Arc<Database>) {
        let (closed, is_closed) = mpsc::channel();
        let _ = self.calls.looks.send(Look::Close(closed));
        let _ = is_closed.recv();
        drop(database);
    }
}

/// What an outbox in the file leaves to the next one, and its last number.
fn legacy(database: &Database, found: Found) -> Result<(Epoch, (u64, Legacy)), Error> {
    let Found { client, epoch, log } = found;
    let facts = log.facts();
    let (_, entries) = file::page(database, epoch, facts.settled.prefix(), usize::MAX)?;
    let waiting = entries.into_iter().filter(|entry| !facts.settled.contains(entry.sequence));
    let undelivered = waiting.map(|entry| entry.record).collect();
    let dead = file::dead_letters(database, epoch)?;
    Ok((epoch, (facts.last, Legacy { client, dead, undelivered, lost: facts.lost })))
}
