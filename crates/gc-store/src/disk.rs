//! The journal in a file (redb): what is committed is there again after a restart or a crash.

mod change;
mod dump;
mod fallback;
mod file;
mod group;
mod outbox;
mod reader;
mod writer;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use futures_util::{FutureExt, future::ready};
use gc_environment::{Environment, Watched, Watcher};
use tokio::{sync::oneshot, time};

pub use self::{
    dump::{Contents, StoreFile},
    file::OpenError,
};
use self::{
    fallback::Fallback,
    file::{Found, Place},
    group::{Disk, Written},
    outbox::DiskOutbox,
    reader::Look,
    writer::{Job, Keeper, Writer},
};
use crate::{Answer, Batch, Bounds, ClientKey, Epoch, Health, Journal, JournalError, Kept, Outbox, log::Log};

/// Keeps the outboxes in a file.
///
/// A thread of its own commits, durably, what has gathered while it committed before; what is not in memory is read by
/// another one. Dropping the journal ends both, when everything that was handed over is committed.
pub struct RedbJournal {
    environment: Arc<dyn Environment>,
    bounds: Bounds,
    calls: Calls,
    directory: Arc<Mutex<Directory>>,
    kept: Arc<Mutex<Kept>>,
    health: Arc<Watched<Health>>,
    writer: Option<JoinHandle<()>>,
    reader: Option<JoinHandle<()>>,
}

/// The present outbox of each client.
type Directory = BTreeMap<ClientKey, Arc<dyn Outbox>>;

/// The way to the two threads.
#[derive(Clone)]
struct Calls {
    jobs: mpsc::Sender<Job>,
    looks: mpsc::Sender<Look>,
}

type Reply<T> = oneshot::Sender<Result<T, JournalError>>;

impl RedbJournal {
    /// Opens the file, or makes an empty one, readable by its owner alone. While it is open no other process can open it.
    ///
    /// The whole file is checked, and put in order after a crash: that takes as long as reading it.
    ///
    /// # Errors
    /// When it is in use, damaged, of a newer version, or cannot be read or written. It is left as it was.
    pub fn open(path: &Path, bounds: Bounds, environment: Arc<dyn Environment>) -> Result<Self, OpenError> {
        Self::at(Place::file(path), bounds, environment)
    }

    /// The same on another disk than the system's: for tests of what follows when that fails.
    ///
    /// # Errors
    /// As those of [`RedbJournal::open`].
    #[cfg(any(test, feature = "conformance"))]
    pub fn on<D: redb::StorageBackend + Clone>(
        device: D,
        bounds: Bounds,
        environment: Arc<dyn Environment>,
    ) -> Result<Self, OpenError> {
        Self::at(Place::device(device), bounds, environment)
    }

    fn at(place: Place, bounds: Bounds, environment: Arc<dyn Environment>) -> Result<Self, OpenError> {
        let (database, found, kept) = place.open(bounds)?;
        let database = Arc::new(database);
        let (jobs, written) = mpsc::channel();
        let (looks, looked_at) = mpsc::channel();
        let calls = Calls { jobs: jobs.clone(), looks };
        // The reader gets it first.
        let _ = calls.looks.send(Look::Open(Arc::clone(&database)));
        let (mut directory, mut outboxes) = (Directory::new(), BTreeMap::new());
        for Found { client, epoch, log } in found {
            let outbox = Arc::new(DiskOutbox::new(client.clone(), epoch, calls.clone(), &log));
            directory.insert(client, Arc::<DiskOutbox>::clone(&outbox));
            outboxes.insert(epoch, Written { outbox, log });
        }
        let (directory, kept) = (Arc::new(Mutex::new(directory)), Arc::new(Mutex::new(kept)));
        let health = Arc::new(Watched::new(Health::Working));
        let path = place.path.clone();
        let writer = Writer {
            keeper: Keeper::Disk(Disk { database, bounds, outboxes, kept: Arc::clone(&kept) }),
            fallback: Fallback {
                place,
                bounds,
                environment: Arc::clone(&environment),
                calls: calls.clone(),
                directory: Arc::clone(&directory),
                kept: Arc::clone(&kept),
                health: Arc::clone(&health),
                successors: BTreeMap::new(),
            },
        };
        let start = |name: &str, run: Box<dyn FnOnce() + Send>| {
            let thread = thread::Builder::new().name(name.to_owned()).spawn(run);
            thread.map(Some).map_err(|reason| OpenError::Io { path: path.clone(), reason })
        };
        let reader = start("gc-store-read", Box::new(move || reader::run(&looked_at, &jobs)))?;
        let writer = start("gc-store-write", Box::new(move || writer.run(&written)))?;
        Ok(Self { environment, bounds, calls, directory, kept, health, writer, reader })
    }

    /// After the disk has failed: goes on there, if it works again. Each client then has an outbox in a new epoch once more.
    pub fn recover(&self) -> Answer<()> {
        self.calls.ask(|answer| Job::Recover { answer })
    }

    /// Tries the disk so often while it fails. It does not end by itself; it does not keep the journal open either.
    pub fn recover_every(self: &Arc<Self>, pause: Duration) -> impl Future<Output = ()> + Send + use<> {
        let (journal, mut health) = (Arc::downgrade(self), self.health());
        async move {
            loop {
                health.until(|health| (*health != Health::Working).then_some(())).await;
                time::sleep(pause).await;
                let Some(journal) = journal.upgrade() else { return };
                let recovered = journal.recover();
                drop(journal);
                // The writer logs what comes of it.
                let _ = recovered.await;
            }
        }
    }
}

impl Journal for RedbJournal {
    fn open(&self, client: &ClientKey) -> Arc<dyn Outbox> {
        let mut directory = lock(&self.directory);
        let outbox = directory.entry(client.clone()).or_insert_with(|| {
            let epoch = Epoch::from(self.environment.id());
            let new = DiskOutbox::new(client.clone(), epoch, self.calls.clone(), &Log::new(self.bounds));
            let new = Arc::new(new);
            // Under the lock: nothing for the outbox can be handed over before. A thread that is gone answers itself.
            let _ = self.calls.jobs.send(Job::Open(Arc::clone(&new)));
            new
        });
        Arc::clone(outbox)
    }

    fn append(&self, batch: Batch) -> Answer<()> {
        self.calls.ask(|answer| Job::Append { batch, answer })
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
        // Under the lock: the next outbox of the client is handed over after this.
        let mut directory = lock(&self.directory);
        let epoch = directory.remove(client).map(|outbox| outbox.epoch());
        self.calls.ask(|answer| Job::Forget { client: client.clone(), epoch, answer })
    }
}

impl Drop for RedbJournal {
    fn drop(&mut self) {
        // A thread that has ended by itself needs no end.
        let _ = self.calls.jobs.send(Job::Stop);
        let _ = self.writer.take().map(JoinHandle::join);
        let _ = self.calls.looks.send(Look::Stop);
        let _ = self.reader.take().map(JoinHandle::join);
    }
}

impl Calls {
    /// Hands a call to the writer; the answer comes with its commit.
    fn ask<T: Send + 'static>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Answer<T> {
        let (reply, answer) = oneshot::channel();
        let _ = self.jobs.send(job(reply));
        async { answer.await.unwrap_or(Err(JournalError::Closed)) }.boxed()
    }

    /// Hands a look to the reader.
    fn look<T: Send + 'static>(&self, look: impl FnOnce(Reply<T>) -> Look) -> Answer<T> {
        let (reply, answer) = oneshot::channel();
        let _ = self.looks.send(look(reply));
        async { answer.await.unwrap_or(Err(JournalError::Closed)) }.boxed()
    }
}

/// Nothing that runs under these locks can leave what they guard half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
