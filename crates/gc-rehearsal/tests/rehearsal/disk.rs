//! A disk below the journal: what is handed over is kept a while later, and a crash loses what was not.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use gc_delivery::{
    Answer, Batch, Claim, ClientKey, Counts, DeadLetter, Epoch, Journal, JournalError, Kept, MemoryJournal,
    Outbox, Page, Settlement, Token,
};
use gc_environment::Watcher;
use rand::RngExt;
use rand::rngs::StdRng;
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;
use tokio::time::sleep;
use uuid::Uuid;

/// What one life of the process has of the disk.
pub(crate) struct Disk {
    inner: Arc<MemoryJournal>,
    jobs: mpsc::UnboundedSender<Job>,
    writing: AbortHandle,
}

struct DiskOutbox {
    inner: Arc<dyn Outbox>,
    jobs: mpsc::UnboundedSender<Job>,
}

type Done = oneshot::Sender<Result<(), JournalError>>;

enum Job {
    Append(Batch, Done),
    Settle(Arc<dyn Outbox>, Token, Settlement, Done),
}

impl Disk {
    /// `late`: how long a commit takes at most.
    pub(crate) fn new(inner: Arc<MemoryJournal>, late: Duration, dice: Arc<Mutex<StdRng>>) -> Self {
        let (jobs, handed_over) = mpsc::unbounded_channel();
        let writing = tokio::spawn(write(Arc::clone(&inner), handed_over, late, dice)).abort_handle();
        Self { inner, jobs, writing }
    }

    /// The process dies: what is not kept by now is lost, and nobody gets an answer.
    pub(crate) fn crash(&self) {
        self.writing.abort();
    }
}

/// One commit after the other; each takes what has gathered.
async fn write(
    inner: Arc<MemoryJournal>,
    mut jobs: mpsc::UnboundedReceiver<Job>,
    late: Duration,
    dice: Arc<Mutex<StdRng>>,
) {
    let mut group = Vec::new();
    while jobs.recv_many(&mut group, 16).await > 0 {
        let takes = dice.lock().unwrap().random_range(Duration::ZERO..=late);
        sleep(takes).await;
        for job in group.drain(..) {
            let (result, done) = match job {
                Job::Append(batch, done) => (inner.append(batch).await, done),
                Job::Settle(outbox, token, settlement, done) => {
                    (outbox.settle(token, settlement).await, done)
                }
            };
            _ = done.send(result);
        }
    }
}

fn hand_over(jobs: &mpsc::UnboundedSender<Job>, job: impl FnOnce(Done) -> Job) -> Answer<()> {
    let (done, answer) = oneshot::channel();
    _ = jobs.send(job(done));
    Box::pin(async { answer.await.unwrap_or(Err(JournalError::Closed)) })
}

impl Journal for Disk {
    fn open(&self, client: &ClientKey) -> Arc<dyn Outbox> {
        Arc::new(DiskOutbox { inner: self.inner.open(client), jobs: self.jobs.clone() })
    }

    fn append(&self, batch: Batch) -> Answer<()> {
        hand_over(&self.jobs, |done| Job::Append(batch, done))
    }

    fn kept(&self) -> Answer<Kept> {
        self.inner.kept()
    }

    fn survives(&self) -> bool {
        true
    }

    fn forget(&self, client: &ClientKey) -> Answer<()> {
        self.inner.forget(client)
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
        self.inner.read(after, max)
    }

    fn claim(&self, sender: Uuid) -> Answer<Claim> {
        self.inner.claim(sender)
    }

    fn settle(&self, token: Token, settlement: Settlement) -> Answer<()> {
        let inner = Arc::clone(&self.inner);
        hand_over(&self.jobs, |done| Job::Settle(inner, token, settlement, done))
    }

    fn dead_letters(&self) -> Answer<Vec<DeadLetter>> {
        self.inner.dead_letters()
    }
}
