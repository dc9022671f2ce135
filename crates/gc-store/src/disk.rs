//! The journal in a file (redb): what is committed is there again after a restart or a crash.

mod calls;
mod change;
mod dump;
mod fallback;
mod fault;
mod file;
mod group;
mod holder;
#[cfg(any(test, feature = "conformance"))]
mod other_place;
mod place;
mod reader;
mod shrink;
mod writer;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use gc_environment::{Environment, Watched, Watcher};
use tokio::time;

#[cfg(any(test, feature = "conformance"))]
pub use self::other_place::Device;
#[cfg(any(test, feature = "conformance"))]
use self::other_place::OtherPlace;
use self::{
    calls::{Calls, Job, Sight},
    fallback::{Fallback, Keeper},
    file::Resumed,
    group::Disk,
    place::{FilePlace, Place},
    writer::Writer,
};
pub use self::{dump::StoreFile, fault::OpenError, holder::holder};
use crate::{
    Answer, Batch, ClientKey, Health, Journal, Kept, Outbox, StoreBounds,
    stored::{Shown, StoredJournal, Ways},
};

/// Keeps the outboxes in a file.
///
/// A thread of its own commits, durably, what has gathered while it committed before; what is not in memory is read by
/// another one. Dropping the journal ends both, when everything that was handed over is committed.
pub struct RedbJournal {
    stored: StoredJournal,
    calls: Calls,
    writer: Option<JoinHandle<()>>,
    reader: Option<JoinHandle<()>>,
}

impl RedbJournal {
    /// Opens the file, or makes an empty one, readable by its owner alone. While the journal lives no other process can open it,
    /// whatever becomes of the file: a second one beside it, `….lock`, is locked.
    ///
    /// The whole file is checked, and put in order after a crash: that takes as long as reading it. A file of 64 MiB or more, of which less
    /// than a quarter is in use, is shortened.
    ///
    /// # Errors
    /// When it is in use, damaged, of a newer version, not for this program alone, or cannot be read or written. It is left as it was.
    pub fn open(
        path: &Path,
        bounds: impl Into<StoreBounds>,
        environment: Arc<dyn Environment>,
    ) -> Result<Self, OpenError> {
        Self::at(Box::new(FilePlace::take(path)?), bounds.into(), environment)
    }

    /// The same on another disk than the system's: for tests of what follows when that fails.
    ///
    /// # Errors
    /// As those of [`RedbJournal::open`].
    #[cfg(any(test, feature = "conformance"))]
    pub fn on(
        device: impl Device,
        bounds: impl Into<StoreBounds>,
        environment: Arc<dyn Environment>,
    ) -> Result<Self, OpenError> {
        Self::at(Box::new(OtherPlace(device)), bounds.into(), environment)
    }

    fn at(
        mut place: Box<dyn Place>,
        bounds: StoreBounds,
        environment: Arc<dyn Environment>,
    ) -> Result<Self, OpenError> {
        let path = place.path().to_owned();
        let is_there = place.is_there().map_err(|reason| OpenError::Io { path: path.clone(), reason })?;
        let (mut database, found, mut kept) = match is_there {
            true => file::load(&mut *place, bounds.outbox)?,
            false => (file::make(&mut *place)?, Vec::new(), Kept::default()),
        };
        shrink::shrink_at_start(&mut *place, &mut database);
        kept.is_outdated = place.is_outdated();
        let database = Arc::new(database);
        let (jobs, written) = mpsc::channel();
        let (sights, looked_at) = mpsc::channel();
        let calls = Calls { jobs: jobs.clone(), sights };
        // The reader gets it first.
        let _ = calls.sights.send(Sight::Open(Arc::clone(&database)));
        let shown = |(client, epoch, log): Resumed| (Arc::new(Shown::new(client, epoch, &log)), log);
        let outboxes: Vec<_> = found.into_iter().map(shown).collect();
        let (kept, health) = (Arc::new(Mutex::new(kept)), Arc::new(Watched::new(Health::Working)));
        let ways: Arc<dyn Ways> = Arc::new(calls.clone());
        let known = outboxes.iter().map(|(shown, _)| Arc::clone(shown));
        let shared = (Arc::clone(&kept), Arc::clone(&health));
        let stored = StoredJournal::new(Arc::clone(&environment), bounds.outbox, ways, known, shared);
        let writer = Writer {
            keeper: Keeper::Disk(Disk::new(database, bounds, outboxes, Arc::clone(&kept))),
            fallback: Fallback {
                place,
                bounds,
                environment,
                calls: calls.clone(),
                directory: stored.directory(),
                kept,
                health,
                successors: BTreeMap::new(),
            },
        };
        let start = |name: &str, run: Box<dyn FnOnce() + Send>| {
            let thread = thread::Builder::new().name(name.to_owned()).spawn(run);
            thread.map(Some).map_err(|reason| OpenError::Io { path: path.clone(), reason })
        };
        let reader = start("gc-store-read", Box::new(move || reader::run(&looked_at, &jobs)))?;
        let writer = start("gc-store-write", Box::new(move || writer.run(&written)))?;
        Ok(Self { stored, calls, writer, reader })
    }

    /// After the disk has failed: goes on there, if it works again. Each client then has an outbox in a new epoch once more.
    pub fn recover(&self) -> Answer<()> {
        self.calls.recover()
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
        self.stored.open(client)
    }

    fn append(&self, batch: Batch) -> Answer<()> {
        self.stored.append(batch)
    }

    fn kept(&self) -> Answer<Kept> {
        self.stored.kept()
    }

    fn survives(&self) -> bool {
        self.stored.survives()
    }

    fn health(&self) -> Watcher<Health> {
        self.stored.health()
    }

    fn forget(&self, client: &ClientKey) -> Answer<()> {
        self.stored.forget(client)
    }
}

impl Drop for RedbJournal {
    fn drop(&mut self) {
        // A thread that has ended by itself needs no end.
        let _ = self.calls.jobs.send(Job::Stop);
        let _ = self.writer.take().map(JoinHandle::join);
        let _ = self.calls.sights.send(Sight::Stop);
        let _ = self.reader.take().map(JoinHandle::join);
    }
}

#[cfg(test)]
mod tests;
