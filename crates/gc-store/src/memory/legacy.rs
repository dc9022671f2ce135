//! Outboxes in memory that go on where others have ended, and that end when others go on.

use std::{convert::Infallible, sync::Arc};

use super::{MemoryJournal, MemoryOutbox, lock, state::OutboxState};
use crate::{
    Bounds, ClientKey, Epoch, Outbox,
    legacy::{Legacy, Step},
    log::Facts,
};

impl MemoryJournal {
    /// Goes on where another outbox of the client has ended.
    pub(crate) fn succeed(&self, legacy: Legacy) -> Arc<dyn Outbox> {
        let (client, epoch) = (legacy.client.clone(), Epoch::from(self.environment.id()));
        let outbox = Arc::new(MemoryOutbox::new(
            OutboxState::succeed(legacy, epoch, self.bounds),
            epoch,
            Arc::clone(&self.budget),
        ));
        lock(&self.outboxes).by_client.insert(client, Arc::clone(&outbox));
        outbox
    }

    /// After it took over what may be too much.
    pub(crate) fn keep_to_budget(&self) {
        self.budget.enforce(lock(&self.outboxes).by_client.values());
    }

    /// What would go on in others, if every outbox ended now.
    pub(crate) fn legacies(&self) -> Vec<(Epoch, Legacy)> {
        let outboxes = lock(&self.outboxes);
        outboxes.by_client.values().map(|outbox| (outbox.epoch, lock(&outbox.state).legacy())).collect()
    }

    /// Ends every outbox, when others go on.
    pub(crate) fn end(&self) {
        for outbox in lock(&self.outboxes).by_client.values() {
            outbox.end();
        }
    }

    /// Gives each client another outbox, in a new epoch, as a journal does when its disk fails: for tests of whoever reads
    /// from outboxes.
    #[cfg(any(test, feature = "conformance"))]
    pub fn supersede(&self) {
        let mut outboxes = lock(&self.outboxes);
        let old: Vec<_> = outboxes.by_client.values().cloned().collect();
        for outbox in &old {
            let (legacy, epoch) = (lock(&outbox.state).legacy(), Epoch::from(self.environment.id()));
            let client = legacy.client.clone();
            let next = MemoryOutbox::new(
                OutboxState::succeed(legacy, epoch, self.bounds),
                epoch,
                Arc::clone(&self.budget),
            );
            outboxes.by_client.insert(client, Arc::new(next));
        }
        old.iter().for_each(|outbox| outbox.end());
    }

    /// Forgets the client's outbox if it has this epoch.
    pub(crate) fn forget_epoch(&self, client: &ClientKey, epoch: Epoch) {
        let mut outboxes = lock(&self.outboxes);
        if outboxes.by_client.get(client).is_some_and(|outbox| outbox.epoch == epoch) {
            outboxes.by_client.remove(client);
        }
    }
}

impl MemoryOutbox {
    fn end(&self) {
        lock(&self.state).is_over = true;
        self.counts.modify(|counts| counts.superseded = true);
    }
}

impl OutboxState {
    fn succeed(legacy: Legacy, epoch: Epoch, bounds: Bounds) -> Self {
        let mut state = Self::new(legacy.client.clone(), bounds);
        let begun = legacy.begin(epoch, bounds, |step, effects| {
            match step {
                Step::Inherit(letter) => state.letters.push_back(letter),
                Step::Append(entry) => state.entries.push_back(entry),
            }
            state.carry_out(effects);
            Ok::<_, Infallible>(())
        });
        match begun {
            Ok(log) => Self { log, ..state },
            Err(never) => match never {},
        }
    }

    fn legacy(&self) -> Legacy {
        let Facts { settled, lost, .. } = self.log.facts();
        let waiting = self.entries.iter().filter(|entry| !settled.contains(entry.sequence));
        Legacy {
            client: self.client.clone(),
            dead: self.dead_letters(),
            undelivered: waiting.map(|entry| Arc::clone(&entry.record)).collect(),
            lost,
        }
    }
}
