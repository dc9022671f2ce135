//! The journal in a file (redb): what is committed is there again after a restart or a crash.

mod change;
mod file;
mod outbox;
mod reader;
mod writer;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread::{self, JoinHandle},
};

use futures_util::{FutureExt, future::ready};
use gc_environment::Environment;
use tokio::sync::oneshot;

use self::{
    file::{Found, Place},
    outbox::DiskOutbox,
    reader::Look,
    writer::{Job, Writer, Written},
};
pub use file::OpenError;

use crate::{Answer, Batch, Bounds, ClientKey, Epoch, Journal, JournalError, Kept, Outbox, log::Log};

/// Keeps the outboxes in a file.
///
/// A thread of its own commits, durably, what has gathered while it committed before; what is not in memory is read by
/// another one. Dropping the journal ends both, when everything that was handed over is committed.
pub struct RedbJournal {
    environment: Arc<dyn Environment>,
    bounds: Bounds,
    calls: Calls,
    outboxes: Mutex<BTreeMap<ClientKey, Arc<DiskOutbox>>>,
    kept: Arc<Mutex<Kept>>,
    writer: Option<JoinHandle<()>>,
    reader: Option<JoinHandle<()>>,
}

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
        Self::at(&Place::file(path), bounds, environment)
    }

    fn at(place: &Place, bounds: Bounds, environment: Arc<dyn Environment>) -> Result<Self, OpenError> {
        let (database, found, kept) = place.open(bounds)?;
        let database = Arc::new(database);
        let (jobs, written) = mpsc::channel();
        let (looks, looked_at) = mpsc::channel();
        let calls = Calls { jobs, looks };
        let outboxes: Vec<_> = found
            .into_iter()
            .map(|Found { client, epoch, log }| {
                let outbox = Arc::new(DiskOutbox::new(client, epoch, calls.clone(), &log));
                Written { outbox, log }
            })
            .collect();
        let by_client = outboxes
            .iter()
            .map(|Written { outbox, .. }| (outbox.client.clone(), Arc::clone(outbox)))
            .collect();
        let kept = Arc::new(Mutex::new(kept));
        let writer = Writer::new(Arc::clone(&database), bounds, outboxes, Arc::clone(&kept));
        let start = |name: &str, run: Box<dyn FnOnce() + Send>| {
            let thread = thread::Builder::new().name(name.to_owned()).spawn(run);
            thread.map(Some).map_err(|reason| OpenError::Io { path: place.path.clone(), reason })
        };
        Ok(Self {
            environment,
            bounds,
            calls,
            outboxes: Mutex::new(by_client),
            kept,
            writer: start("gc-store-write", Box::new(move || writer.run(&written)))?,
            reader: start("gc-store-read", Box::new(move || reader::run(&database, &looked_at)))?,
        })
    }
}

impl Journal for RedbJournal {
    fn open(&self, client: &ClientKey) -> Arc<dyn Outbox> {
        let mut outboxes = lock(&self.outboxes);
        let outbox = outboxes.entry(client.clone()).or_insert_with(|| {
            let epoch = Epoch::from(self.environment.id());
            let new = DiskOutbox::new(client.clone(), epoch, self.calls.clone(), &Log::new(self.bounds));
            let new = Arc::new(new);
            // Under the lock: nothing for the outbox can be handed over before. A thread that is gone answers itself.
            let _ = self.calls.jobs.send(Job::Open(Arc::clone(&new)));
            new
        });
        Arc::<DiskOutbox>::clone(outbox)
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

    fn forget(&self, client: &ClientKey) -> Answer<()> {
        // Under the lock: the next outbox of the client is handed over after this.
        let mut outboxes = lock(&self.outboxes);
        let epoch = outboxes.remove(client).map(|outbox| outbox.epoch);
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
