//! A disk below the journal: what is handed over is kept a while later, and a crash loses what was not.
//!
//! The journal of a run whose disk fails is the one in a file, on a [`Device`]. Its threads answer while this one waits, so that
//! neither the order of things nor the paused clock depends on them.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{pending, ready};
use gc_delivery::{
    Answer, Batch, Claim, ClaimToken, ClientKey, Counts, DeadLetter, Epoch, Health, Journal, JournalError,
    Kept, Outbox, Page, Settlement,
};
use gc_environment::Watcher;
use gc_store::{MemoryJournal, RedbJournal};
use rand::RngExt;
use rand::rngs::StdRng;
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;
use tokio::time::sleep;
use uuid::Uuid;

use crate::commits::Commits;
use crate::ledger::Ledger;

/// Where everything is kept below.
#[derive(Clone)]
pub(crate) enum Keeper {
    /// What survives the process is this itself.
    Memory(Arc<MemoryJournal>),
    /// One life's view of a device.
    File(Arc<RedbJournal>),
}

impl Keeper {
    fn journal(&self) -> &dyn Journal {
        match self {
            Self::Memory(journal) => &**journal,
            Self::File(journal) => &**journal,
        }
    }

    fn is_in_memory(&self) -> bool {
        self.journal().health().read(|health| *health != Health::Working)
    }
}

/// What one life of the process has of the disk.
pub(crate) struct Disk {
    keeper: Keeper,
    ledger: Arc<Ledger>,
    jobs: mpsc::UnboundedSender<Job>,
    /// Nothing is carried out any more.
    is_held: Arc<AtomicBool>,
    writing: AbortHandle,
}

struct DiskOutbox {
    inner: Arc<dyn Outbox>,
    jobs: mpsc::UnboundedSender<Job>,
}

type Done = oneshot::Sender<Result<(), JournalError>>;

enum Job {
    Append(Batch, Done),
    Settle(Arc<dyn Outbox>, ClaimToken, Settlement, Done),
}

impl Disk {
    /// `late`: how long a commit takes at most.
    pub(crate) fn new(
        keeper: Keeper,
        ledger: Arc<Ledger>,
        late: Duration,
        dice: Arc<Mutex<StdRng>>,
        commits: Arc<Commits>,
    ) -> Self {
        let (jobs, handed_over) = mpsc::unbounded_channel();
        let is_held = Arc::<AtomicBool>::default();
        let places = (keeper.clone(), Arc::clone(&ledger), Arc::clone(&is_held));
        let writing = write(places, handed_over, (late, dice), commits);
        let writing = tokio::spawn(writing).abort_handle();
        Self { keeper, ledger, jobs, is_held, writing }
    }

    /// What is handed over waits from now on, and for ever.
    pub(crate) fn is_held(&self) {
        self.is_held.store(true, Ordering::Relaxed);
    }

    /// The process dies, or may not write any more: what is not kept by now is lost, and whatever is handed over is refused.
    pub(crate) fn crash(&self) {
        self.writing.abort();
    }

    /// Whether the disk has failed, so that what is kept now is in memory.
    pub(crate) fn is_in_memory(&self) -> bool {
        self.keeper.is_in_memory()
    }

    /// Goes on on the disk, if it works again.
    pub(crate) fn recover(&self) {
        if let Keeper::File(journal) = &self.keeper
            && wait_for(journal.recover()).is_ok()
        {
            self.ledger.recovered();
        }
    }
}

/// A process that has ended has nothing to write.
impl Drop for Disk {
    fn drop(&mut self) {
        self.crash();
    }
}

/// One commit after the other; each takes what has gathered.
async fn write(
    (keeper, ledger, is_held): (Keeper, Arc<Ledger>, Arc<AtomicBool>),
    mut jobs: mpsc::UnboundedReceiver<Job>,
    (late, dice): (Duration, Arc<Mutex<StdRng>>),
    commits: Arc<Commits>,
) {
    let mut group = Vec::new();
    while jobs.recv_many(&mut group, 16).await > 0 {
        let takes = dice.lock().unwrap().random_range(Duration::ZERO..=late);
        sleep(takes).await;
        for job in group.drain(..) {
            if is_held.load(Ordering::Relaxed) {
                return pending().await;
            }
            let is_last = commits.next();
            if is_last == Some(false) {
                return pending().await;
            }
            let (result, done) = match job {
                Job::Append(batch, done) => {
                    let result = wait_for(keeper.journal().append(batch.clone()));
                    if result.is_ok() {
                        ledger.committed(&batch, !keeper.is_in_memory());
                    }
                    (result, done)
                }
                Job::Settle(outbox, token, settlement, done) => {
                    (wait_for(outbox.settle(token, settlement)), done)
                }
            };
            if is_last == Some(true) {
                return pending().await;
            }
            _ = done.send(result);
        }
    }
}

/// Waits for another thread without letting anything else happen in this one.
fn wait_for<T>(answer: Answer<T>) -> Result<T, JournalError> {
    struct Parked(Thread);
    impl Wake for Parked {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let (waker, mut answer) = (Waker::from(Arc::new(Parked(thread::current()))), pin!(answer));
    loop {
        match answer.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(result) => return result,
            Poll::Pending => thread::park(),
        }
    }
}

fn at_once<T: Send + 'static>(answer: Answer<T>) -> Answer<T> {
    ready(wait_for(answer)).boxed()
}

fn hand_over(jobs: &mpsc::UnboundedSender<Job>, job: impl FnOnce(Done) -> Job) -> Answer<()> {
    let (done, answer) = oneshot::channel();
    _ = jobs.send(job(done));
    Box::pin(async { answer.await.unwrap_or(Err(JournalError::Closed)) })
}

impl Journal for Disk {
    fn open(&self, client: &ClientKey) -> Arc<dyn Outbox> {
        let inner = self.keeper.journal().open(client);
        // Until the other thread has it, too.
        _ = wait_for(self.keeper.journal().append(Batch::default()));
        Arc::new(DiskOutbox { inner, jobs: self.jobs.clone() })
    }

    fn append(&self, batch: Batch) -> Answer<()> {
        hand_over(&self.jobs, |done| Job::Append(batch, done))
    }

    fn kept(&self) -> Answer<Kept> {
        at_once(self.keeper.journal().kept())
    }

    fn survives(&self) -> bool {
        true
    }

    fn health(&self) -> Watcher<Health> {
        self.keeper.journal().health()
    }

    fn forget(&self, client: &ClientKey) -> Answer<()> {
        at_once(self.keeper.journal().forget(client))
    }
}

impl Outbox for DiskOutbox {
    fn epoch(&self) -> Epoch {
        self.inner.epoch()
    }

    fn counts(&self) -> Watcher<Counts> {
        self.inner.counts()
    }

    fn read(&self, after: u64, max: usize) -> Answer<Page> {
        at_once(self.inner.read(after, max))
    }

    fn claim(&self, sender: Uuid) -> Answer<Claim> {
        at_once(self.inner.claim(sender))
    }

    fn settle(&self, token: ClaimToken, settlement: Settlement) -> Answer<()> {
        let inner = Arc::clone(&self.inner);
        hand_over(&self.jobs, |done| Job::Settle(inner, token, settlement, done))
    }

    fn dead_letters(&self) -> Answer<Vec<DeadLetter>> {
        at_once(self.inner.dead_letters())
    }
}
