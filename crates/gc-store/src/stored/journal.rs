//! The side of a journal that is called: what it hands over, and what it knows by itself.

use std::sync::{Arc, Mutex};

use futures_util::{FutureExt, future::ready};
use gc_environment::{Environment, Watched, Watcher};

use super::{Call, Directory, Forgotten, Log, Shown, StoredOutbox, Ways, ask, lock};
use crate::{Answer, Batch, Bounds, ClientKey, Epoch, Health, Journal, Kept, Outbox};

/// A journal whose calls are handed over to whoever writes and reads the store.
pub struct StoredJournal {
    environment: Arc<dyn Environment>,
    bounds: Bounds,
    ways: Arc<dyn Ways>,
    directory: Arc<Mutex<Directory>>,
    kept: Arc<Mutex<Kept>>,
    health: Arc<Watched<Health>>,
}

impl StoredJournal {
    /// Begins with the outboxes that are in the store. What else is kept, and the health, are the writer's to change.
    pub fn new(
        environment: Arc<dyn Environment>,
        bounds: Bounds,
        ways: Arc<dyn Ways>,
        outboxes: impl IntoIterator<Item = Arc<Shown>>,
        (kept, health): (Arc<Mutex<Kept>>, Arc<Watched<Health>>),
    ) -> Self {
        let mut directory = Directory::new();
        for shown in outboxes {
            let outbox = StoredOutbox::new(Arc::clone(&shown), Arc::clone(&ways));
            directory.insert(shown.client().clone(), Arc::new(outbox));
        }
        Self { environment, bounds, ways, directory: Arc::new(Mutex::new(directory)), kept, health }
    }

    /// The outbox of each client, for a writer that has another one go on.
    #[cfg(feature = "redb")]
    pub(crate) fn directory(&self) -> Arc<Mutex<Directory>> {
        Arc::clone(&self.directory)
    }
}

impl Journal for StoredJournal {
    fn open(&self, client: &ClientKey) -> Arc<dyn Outbox> {
        let mut directory = lock(&self.directory);
        let outbox = directory.entry(client.clone()).or_insert_with(|| {
            let epoch = Epoch::from(self.environment.id());
            let shown = Arc::new(Shown::new(client.clone(), epoch, &Log::new(self.bounds)));
            // Under the lock: nothing for the outbox can be handed over before.
            self.ways.call(Call::Open(Arc::clone(&shown)));
            Arc::new(StoredOutbox::new(shown, Arc::clone(&self.ways)))
        });
        Arc::clone(outbox)
    }

    fn append(&self, batch: Batch) -> Answer<()> {
        ask(|answer| self.ways.call(Call::Append { batch, answer }))
    }

    fn kept(&self) -> Answer<Kept> {
        ready(Ok(lock(&self.kept).clone())).boxed()
    }

    fn survives(&self) -> bool {
        true
    }

    fn health(&self) -> Watcher<Health> {
        self.health.watch()
    }

    fn forget(&self, client: &ClientKey) -> Answer<()> {
        Forgotten::hand_over(&self.directory, client, |forgotten| {
            ask(|answer| self.ways.call(Call::Forget { forgotten, answer }))
        })
    }
}
