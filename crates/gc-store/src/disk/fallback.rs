//! When the disk fails: the service goes on in memory, and comes back when the disk works again.

use std::{
    collections::BTreeMap,
    error,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, mpsc},
};

use futures_util::FutureExt;
use gc_environment::{Environment, Watched};
use redb::Database;

use super::{
    calls::{Calls, Sight},
    change::Tables,
    fault::Fault,
    file::{self, Resumed},
    group::Disk,
    place::Place,
};
use crate::{
    Batch, Change, ClientKey, Epoch, Health, Journal, JournalError, Kept, MemoryJournal, Outbox, Record,
    StoreBounds,
    legacy::Legacy,
    log::Log,
    stored::{Call, Directory, Outcome, Shown, StoredOutbox, lock},
};

/// Where everything is kept.
pub(super) enum Keeper {
    Disk(Disk),
    /// Since the disk has failed.
    Memory(MemoryJournal),
}

/// What is needed to go from the disk to memory and back.
pub(super) struct Fallback {
    pub(super) place: Box<dyn Place>,
    pub(super) bounds: StoreBounds,
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
    pub(super) fn fail(&mut self, keeper: Keeper, fault: &Fault) -> Keeper {
        let Keeper::Disk(Disk { database, ledger }) = keeper else { return keeper };
        tracing::error!(store = %self.place.path().display(), error = %fault,
            "the store has failed; what is kept from now on is in memory, and a restart loses it");
        self.place.note_outdated(true);
        // A file that was removed can be read as long as it is open, and only so long.
        let open = matches!(fault, Fault::Displaced(_)).then(|| Salvaged::open(&database, self.bounds));
        self.close(database);
        let mut salvaged = open.unwrap_or_else(|| self.salvage());
        let memory = MemoryJournal::with_environment(self.bounds.outbox, Arc::clone(&self.environment));
        let memory = memory.with_budget(self.bounds.in_memory);
        for shown in ledger.shown() {
            let legacy = left_by(shown, salvaged.as_mut().and_then(|salvaged| salvaged.take(shown.epoch())));
            self.succeed(shown.client(), shown.epoch(), memory.succeed(legacy));
            // After each outbox, so that never more than one of them goes beyond it.
            memory.keep_to_budget();
        }
        drop(salvaged);
        self.health.replace(Health::InMemory { reason: fault.to_string() });
        ledger.shown().for_each(|shown| shown.supersede());
        Keeper::Memory(memory)
    }

    /// What a call comes to while everything is in memory.
    pub(super) fn apply(&mut self, keeper: &Keeper, call: &Call) -> Outcome {
        let Keeper::Memory(memory) = keeper else { return Outcome::Done(Err(JournalError::Closed)) };
        match call {
            Call::Open(shown) => {
                if !self.successors.contains_key(&shown.epoch()) {
                    let successor = memory.succeed(Legacy::nothing(shown.client().clone()));
                    self.succeed(shown.client(), shown.epoch(), successor);
                    shown.supersede();
                }
            }
            Call::Append { batch, .. } => {
                let batch = self.readdressed(batch);
                let appended = memory.append(batch.records().cloned().collect()).now_or_never();
                if let Some(Err(error)) = appended {
                    return Outcome::Done(Err(error));
                }
                let mut kept = lock(&self.kept);
                batch.changes().cloned().for_each(|change| kept.apply(change));
            }
            // Of an outbox on the disk: those in memory answer themselves.
            Call::Claim { .. } | Call::Settle { .. } => return Outcome::Done(Err(JournalError::Superseded)),
            Call::Forget { forgotten, .. } => {
                if let Some(epoch) = forgotten.epoch() {
                    memory.forget_epoch(forgotten.client(), self.present(epoch));
                }
                lock(&self.kept).forget(forgotten.client());
            }
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
        let written = self.begin_again(&memory).map_err(|fault| JournalError::Failed(Arc::new(fault)));
        let (database, outboxes) = match written {
            Ok(written) => written,
            Err(error) => {
                let source = error::Error::source(&error);
                tracing::warn!(error = source, "the store does not work yet");
                return (Keeper::Memory(memory), Err(error));
            }
        };
        let database = Arc::new(database);
        // The threads end with the journal; until then both are there.
        let _ = self.calls.sights.send(Sight::Open(Arc::clone(&database)));
        for (old, shown, _) in &outboxes {
            let outbox = StoredOutbox::new(Arc::clone(shown), Arc::new(self.calls.clone()));
            self.succeed(shown.client(), *old, Arc::new(outbox));
        }
        self.health.replace(Health::Working);
        memory.end();
        tracing::info!(store = %self.place.path().display(), "the store works again");
        let outboxes = outboxes.into_iter().map(|(_, shown, log)| (shown, log));
        (Keeper::Disk(Disk::new(database, self.bounds, outboxes, Arc::clone(&self.kept))), Ok(()))
    }

    /// Puts a new file there, with everything that is in memory.
    fn begin_again(&mut self, memory: &MemoryJournal) -> Result<(Database, Vec<Renewed>), Fault> {
        let database = file::begin(&mut *self.place)?;
        let outboxes = self.write(&database, memory.legacies())?;
        self.place.put()?;
        self.place.note_outdated(false);
        Ok((database, outboxes))
    }

    /// Something was committed, perhaps with a batch. Fails if it is in a file that is not there any more.
    pub(super) fn committed(&mut self, with_batch: bool) -> Result<(), Fault> {
        self.place.committed()?;
        // The first batch after a start informs the clients; the next start need not do so once more.
        if with_batch && self.place.is_outdated() {
            self.place.note_outdated(false);
        }
        Ok(())
    }

    /// What is in the file now, after the last commit that succeeded, if it can be read.
    fn salvage(&mut self) -> Option<Salvaged> {
        let opened = file::load(&mut *self.place, self.bounds.outbox);
        let opened = opened.or_else(|_| file::load_copy(&*self.place, self.bounds.outbox));
        match opened {
            Ok((database, found, _)) => Some(Salvaged::new(Arc::new(database), found)),
            Err(error) => {
                tracing::error!(%error, "the store cannot be read any more");
                None
            }
        }
    }

    /// Puts everything into the file, instead of what is there.
    fn write(&self, database: &Database, legacies: Vec<(Epoch, Legacy)>) -> Result<Vec<Renewed>, Fault> {
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
            let log = tables.succeed(legacy, epoch, self.bounds.outbox)?;
            let shown = Arc::new(Shown::new(client, epoch, &log));
            outboxes.push((old, shown, log));
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
        let _ = self.calls.sights.send(Sight::Close(closed));
        let _ = is_closed.recv();
        drop(database);
    }
}

/// The epoch that has ended, and the outbox that goes on.
type Renewed = (Epoch, Arc<Shown>, Log);

/// A file that can still be read: what outboxes in it leave to the next ones is read one by one.
struct Salvaged {
    database: Arc<Database>,
    found: BTreeMap<Epoch, Resumed>,
}

impl Salvaged {
    fn new(database: Arc<Database>, found: Vec<Resumed>) -> Self {
        Self { database, found: found.into_iter().map(|found| (found.1, found)).collect() }
    }

    /// A file that is still open.
    fn open(database: &Arc<Database>, bounds: StoreBounds) -> Option<Self> {
        let found = catch_unwind(AssertUnwindSafe(|| file::found(database, bounds.outbox)));
        Some(Self::new(Arc::clone(database), found.ok()?.ok()?))
    }

    /// What this outbox leaves, and its last number, if it can be read.
    fn take(&mut self, epoch: Epoch) -> Option<(u64, Legacy)> {
        let found = self.found.remove(&epoch)?;
        let client = found.0.clone();
        // Whatever the database makes of a damaged file.
        let legacy = catch_unwind(AssertUnwindSafe(|| legacy(&self.database, found)));
        let legacy = legacy.unwrap_or_else(|_| Err(Fault::Damaged("the database panicked".to_owned())));
        let unreadable = |fault: &Fault| {
            tracing::error!(%client, error = %fault, "events in the store cannot be read any more");
        };
        legacy.inspect_err(unreadable).ok()
    }
}

/// What goes on in another outbox, after the disk has failed: as far as it was `found` on the disk with its last number,
/// else as far as it is in memory.
fn left_by(shown: &Shown, found: Option<(u64, Legacy)>) -> Legacy {
    let (counts, known) = (shown.present(), found.is_some());
    let (last, mut legacy) = found.unwrap_or_else(|| (0, Legacy::nothing(shown.client().clone())));
    legacy.undelivered.extend(shown.in_memory(last));
    if !known {
        let entries = u64::try_from(legacy.undelivered.len()).unwrap_or(u64::MAX);
        let lost = counts.undelivered.saturating_sub(entries) + counts.dead_letters;
        legacy.lost = counts.lost + lost;
        if lost > 0 {
            tracing::error!(client = %shown.client(), lost, "events that only the disk held are lost");
        }
    }
    legacy
}

/// What an outbox in the file leaves to the next one, and its last number.
fn legacy(database: &Database, found: Resumed) -> Result<(u64, Legacy), Fault> {
    let (client, epoch, log) = found;
    let facts = log.facts();
    let (_, entries) = file::page(database, epoch, facts.settled.prefix(), usize::MAX)?;
    let waiting = entries.into_iter().filter(|entry| !facts.settled.contains(entry.sequence));
    let undelivered = waiting.map(|entry| entry.record).collect();
    let dead = file::dead_letters(database, epoch)?;
    Ok((facts.last, Legacy { client, dead, undelivered, lost: facts.lost }))
}
