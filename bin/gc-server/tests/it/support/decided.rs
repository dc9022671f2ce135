//! A group of which a test decides who leads.

use std::collections::VecDeque;
use std::future::{pending, ready};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use gc_environment::{Watched, Watcher};
use gc_group::{Group, GroupError, Lease, Led, Standing, TakeoverReason, View};
use gc_store::{Answer, Batch, Bounds, ClientKey, Journal, JournalError, Kept, MemoryJournal, Outbox};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// As the view says; this connector leads when it is given a store.
pub(crate) struct Decided {
    id: Uuid,
    view: Watcher<View>,
    stores: Mutex<VecDeque<Arc<dyn Journal>>>,
    /// How often it could not use the lead.
    pub(crate) followed: AtomicUsize,
    /// Cancelled when it has left.
    pub(crate) left: CancellationToken,
}

impl Decided {
    /// It follows whom the view names.
    pub(crate) fn follows(id: Uuid, view: &Watched<View>) -> Arc<Self> {
        Self::with(id, view, [])
    }

    /// It leads from its start.
    pub(crate) fn leads(id: Uuid) -> Arc<Self> {
        Self::with(id, &Watched::new(View::alone()), [memory()])
    }

    /// It takes the lead with one of these after the other, until it can use one.
    pub(crate) fn with(
        id: Uuid,
        view: &Watched<View>,
        stores: impl Into<VecDeque<Arc<dyn Journal>>>,
    ) -> Arc<Self> {
        let stores = Mutex::new(stores.into());
        let (followed, left) = (AtomicUsize::new(0), CancellationToken::new());
        Arc::new(Self { id, view: view.watch(), stores, followed, left })
    }
}

impl Group for Decided {
    type Store = Arc<dyn Journal>;

    fn id(&self) -> Uuid {
        self.id
    }

    fn view(&self) -> Watcher<View> {
        self.view.clone()
    }

    fn publish(&self, _: Standing) {}

    fn until_free(&self) -> BoxFuture<'_, &'static str> {
        match self.stores.lock().unwrap().is_empty() {
            true => Box::pin(pending()),
            false => Box::pin(ready("the test says so")),
        }
    }

    fn lead(&self) -> BoxFuture<'_, Result<Option<Led<Self::Store>>, GroupError>> {
        let store = self.stores.lock().unwrap().pop_front();
        Box::pin(ready(Ok(store.map(|store| Led { store, lease: Lease::endless() }))))
    }

    fn give_back(&self) -> BoxFuture<'_, ()> {
        self.followed.fetch_add(1, Ordering::Relaxed);
        Box::pin(ready(()))
    }

    fn hand_over(&self, _: TakeoverReason) -> BoxFuture<'_, Result<bool, GroupError>> {
        Box::pin(ready(Ok(false)))
    }

    fn leave(&self) -> BoxFuture<'_, ()> {
        self.left.cancel();
        Box::pin(ready(()))
    }
}

pub(crate) fn memory() -> Arc<dyn Journal> {
    Arc::new(MemoryJournal::new(Bounds::default()))
}

/// What it keeps cannot be read.
pub(crate) struct Unreadable {
    inner: Arc<dyn Journal>,
    /// Cancelled when it is released.
    pub(crate) released: CancellationToken,
}

impl Unreadable {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { inner: memory(), released: CancellationToken::new() })
    }
}

impl Journal for Unreadable {
    fn open(&self, client: &ClientKey) -> Arc<dyn Outbox> {
        self.inner.open(client)
    }

    fn append(&self, batch: Batch) -> Answer<()> {
        self.inner.append(batch)
    }

    fn kept(&self) -> Answer<Kept> {
        Box::pin(ready(Err(JournalError::Closed)))
    }

    fn survives(&self) -> bool {
        true
    }

    fn forget(&self, client: &ClientKey) -> Answer<()> {
        self.inner.forget(client)
    }

    fn release(&self) -> BoxFuture<'_, ()> {
        self.released.cancel();
        Box::pin(ready(()))
    }
}
