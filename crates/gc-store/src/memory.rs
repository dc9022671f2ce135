//! The journal in memory: bounded, and gone when the process ends.

mod budget;
#[cfg(feature = "redb")]
mod legacy;
mod state;

use gc_environment::{Environment, RealEnvironment, Watched, Watcher};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use budget::{Budget, Held};
use futures_util::{FutureExt, future::ready};
use state::OutboxState;
use uuid::Uuid;

use crate::{
    Answer, Batch, Bounds, Claim, ClaimToken, ClientKey, Counts, DeadLetter, Epoch, Journal, JournalError,
    Kept, Outbox, Page, Record, Settlement,
};

/// Keeps an outbox in memory for each client. All its answers are there at once.
pub struct MemoryJournal {
    bounds: Bounds,
    budget: Arc<Budget>,
    environment: Arc<dyn Environment>,
    survives: bool,
    outboxes: Mutex<Outboxes>,
}

/// The undelivered entries of all outboxes, and what else they keep, in bytes each, unless [`MemoryJournal::with_budget`] says otherwise.
const BUDGET: usize = 256 << 20;

/// One lock for all of it: a batch is seen as a whole.
#[derive(Default)]
struct Outboxes {
    by_client: BTreeMap<ClientKey, Arc<MemoryOutbox>>,
    kept: Kept,
}

impl Default for MemoryJournal {
    fn default() -> Self {
        Self::new(Bounds::default())
    }
}

impl MemoryJournal {
    /// A journal whose outboxes each keep to these bounds.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        Self::with_environment(bounds, Arc::new(RealEnvironment))
    }

    /// The same, with epochs from this environment.
    #[must_use]
    pub fn with_environment(bounds: Bounds, environment: Arc<dyn Environment>) -> Self {
        let budget = Arc::new(Budget::new(BUDGET));
        Self { bounds, budget, environment, survives: false, outboxes: Mutex::default() }
    }

    /// The same, with at most so many bytes of undelivered entries in all outboxes together. Beyond that the oldest ones of
    /// the largest outbox become dead letters. Delivered entries and dead letters of all outboxes may take as much again; beyond that the
    /// oldest delivered ones of the outbox with the most go, then its oldest dead letters, which count as lost.
    #[must_use]
    pub fn with_budget(self, bytes: usize) -> Self {
        Self { budget: Arc::new(Budget::new(bytes)), ..self }
    }

    /// The same, for programs that keep the journal while its users end and begin again.
    #[must_use]
    pub fn that_survives(self) -> Self {
        Self { survives: true, ..self }
    }

    fn commit(&self, batch: &Batch) -> Result<(), JournalError> {
        // Held to the end: all outboxes see batches in the same order.
        let mut outboxes = lock(&self.outboxes);
        let mut shares: Vec<(&Arc<MemoryOutbox>, Vec<Arc<Record>>)> = Vec::new();
        for record in batch.records() {
            let outbox = outboxes.by_client.get(&record.client).filter(|outbox| outbox.epoch == record.epoch);
            let outbox = outbox.ok_or_else(|| JournalError::NoOutbox(record.client.clone()))?;
            match shares.iter_mut().find(|(known, _)| Arc::ptr_eq(known, outbox)) {
                Some((_, share)) => share.push(Arc::clone(record)),
                None => shares.push((outbox, vec![Arc::clone(record)])),
            }
        }
        for (outbox, records) in shares {
            outbox.with_state(|state| {
                records.into_iter().for_each(|record| state.append(record));
                Ok(())
            })?;
        }
        self.budget.enforce(outboxes.by_client.values());
        batch.changes().cloned().for_each(|change| outboxes.kept.apply(change));
        Ok(())
    }
}

impl Journal for MemoryJournal {
    fn open(&self, client: &ClientKey) -> Arc<dyn Outbox> {
        let mut outboxes = lock(&self.outboxes);
        let outbox = outboxes.by_client.entry(client.clone()).or_insert_with(|| {
            let epoch = Epoch::from(self.environment.id());
            Arc::new(MemoryOutbox::new(
                OutboxState::new(client.clone(), self.bounds),
                epoch,
                Arc::clone(&self.budget),
            ))
        });
        Arc::<MemoryOutbox>::clone(outbox)
    }

    fn append(&self, batch: Batch) -> Answer<()> {
        answer(self.commit(&batch))
    }

    fn kept(&self) -> Answer<Kept> {
        answer(Ok(lock(&self.outboxes).kept.clone()))
    }

    fn survives(&self) -> bool {
        self.survives
    }

    fn forget(&self, client: &ClientKey) -> Answer<()> {
        let mut outboxes = lock(&self.outboxes);
        outboxes.by_client.remove(client);
        outboxes.kept.forget(client);
        answer(Ok(()))
    }
}

struct MemoryOutbox {
    epoch: Epoch,
    state: Mutex<OutboxState>,
    counts: Watched<Counts>,
    budget: Arc<Budget>,
}

impl MemoryOutbox {
    fn new(state: OutboxState, epoch: Epoch, budget: Arc<Budget>) -> Self {
        budget.changed(Held::default(), Held::of(&state.log));
        Self { epoch, counts: Watched::new(state.counts()), state: Mutex::new(state), budget }
    }

    /// Looks at what it holds, or changes it and publishes its counts under the same lock, so that they never go back.
    fn with_state<T>(
        &self,
        act: impl FnOnce(&mut OutboxState) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let mut state = lock(&self.state);
        if state.is_over {
            return Err(JournalError::Superseded);
        }
        let before = Held::of(&state.log);
        let answer = act(&mut state);
        self.budget.changed(before, Held::of(&state.log));
        let answer = answer?;
        self.counts.replace(state.counts());
        Ok(answer)
    }

    fn held(&self) -> Held {
        Held::of(&lock(&self.state).log)
    }

    /// Gives up its oldest entries until it holds at most so many bytes; the last one stays.
    fn shed(&self, share: usize) {
        while self.held().waiting > share && self.with_state(|state| Ok(state.shed())).unwrap_or(false) {}
    }

    /// Lets go of its oldest delivered entries, then of its oldest dead letters, until they are at most so many bytes.
    fn forget_past(&self, share: usize) {
        while self.held().past > share && self.with_state(|state| Ok(state.forget_past())).unwrap_or(false) {}
    }
}

/// Whoever holds a forgotten outbox holds its entries.
impl Drop for MemoryOutbox {
    fn drop(&mut self) {
        self.budget.changed(self.held(), Held::default());
    }
}

impl Outbox for MemoryOutbox {
    fn epoch(&self) -> Epoch {
        self.epoch
    }

    fn counts(&self) -> Watcher<Counts> {
        self.counts.watch()
    }

    fn read(&self, after: u64, max: usize) -> Answer<Page> {
        answer(self.with_state(|state| Ok(state.read(after, max))))
    }

    fn claim(&self, sender: Uuid) -> Answer<Claim> {
        answer(self.with_state(|state| Ok(state.claim(sender))))
    }

    fn settle(&self, token: ClaimToken, settlement: Settlement) -> Answer<()> {
        answer(self.with_state(|state| state.settle(token, &settlement)))
    }

    fn dead_letters(&self) -> Answer<Vec<DeadLetter>> {
        answer(self.with_state(|state| Ok(state.dead_letters())))
    }
}

fn answer<T: Send + 'static>(result: Result<T, JournalError>) -> Answer<T> {
    ready(result).boxed()
}

/// Nothing that runs under these locks can leave what they guard half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
