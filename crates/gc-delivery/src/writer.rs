//! What is appended waits here for its commit.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use tokio::{
    runtime::Handle,
    sync::{Notify, mpsc, oneshot},
};
use tokio_util::task::AbortOnDropHandle;

use crate::{Batch, ClientId, Journal, JournalError};

/// At most so many batches are committed together.
const GROUP: usize = 64;

/// One queue before the journal, and one task that empties it: batches are committed in the order in
/// which they were handed over, as many at once as have gathered.
///
/// Its bound is kept by those who bring work in. They ask first: a command is refused while there is
/// no room, and a task waits before it takes its next input. A batch itself is always taken, since
/// what has been decided can be neither refused nor thrown away.
pub(crate) struct Writer {
    jobs: mpsc::UnboundedSender<Job>,
    backlog: Arc<Backlog>,
    bound: usize,
    _task: AbortOnDropHandle<()>,
}

/// Records that are handed over and have no answer yet.
#[derive(Default)]
struct Backlog {
    records: AtomicUsize,
    shrunk: Notify,
}

struct Job {
    batch: Batch,
    answer: oneshot::Sender<Result<(), JournalError>>,
}

/// The commit of a batch. Nobody has to wait for it, and dropping it takes nothing back.
#[derive(Debug)]
pub struct Commit(oneshot::Receiver<Result<(), JournalError>>);

impl Future for Commit {
    type Output = Result<(), JournalError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|answer| answer.unwrap_or(Err(JournalError::Closed)))
    }
}

impl Writer {
    pub(crate) fn start(journal: Arc<dyn Journal>, bound: usize, runtime: &Handle) -> Self {
        let (jobs, handed_over) = mpsc::unbounded_channel();
        let backlog = Arc::<Backlog>::default();
        let task = runtime.spawn(run(journal, handed_over, Arc::clone(&backlog)));
        Self { jobs, backlog, bound, _task: AbortOnDropHandle::new(task) }
    }

    /// Hands a batch over. Never waits.
    pub(crate) fn append(&self, batch: Batch) -> Commit {
        let (answer, commit) = oneshot::channel();
        let records = batch.len();
        self.backlog.records.fetch_add(records, Ordering::SeqCst);
        // The task ends with the writer; until then it takes everything.
        let _ = self.jobs.send(Job { batch, answer });
        Commit(commit)
    }

    /// Whether there is room for more.
    pub(crate) fn has_room(&self) -> bool {
        self.backlog.is_below(self.bound)
    }

    /// Waits until there is room for more.
    pub(crate) async fn room(&self) {
        self.backlog.falls_below(self.bound).await;
    }

    /// Waits until everything that was handed over has its answer.
    pub(crate) async fn idle(&self) {
        self.backlog.falls_below(1).await;
    }
}

impl Backlog {
    fn is_below(&self, bound: usize) -> bool {
        self.records.load(Ordering::SeqCst) < bound
    }

    async fn falls_below(&self, bound: usize) {
        while !self.is_below(bound) {
            let shrunk = self.shrunk.notified();
            // Looked at again: it may have shrunk just before.
            if !self.is_below(bound) {
                shrunk.await;
            }
        }
    }

    fn shrink(&self, records: usize) {
        self.records.fetch_sub(records, Ordering::SeqCst);
        self.shrunk.notify_waiters();
    }
}

async fn run(
    journal: Arc<dyn Journal>,
    mut handed_over: mpsc::UnboundedReceiver<Job>,
    backlog: Arc<Backlog>,
) {
    let mut group = Vec::with_capacity(GROUP);
    while handed_over.recv_many(&mut group, GROUP).await > 0 {
        let records: usize = group.iter().map(|job| job.batch.len()).sum();
        commit(&*journal, &mut group).await;
        backlog.shrink(records);
    }
}

/// Commits a group as one, or each batch for itself where one of them is refused.
async fn commit(journal: &dyn Journal, group: &mut Vec<Job>) {
    let whole = group.iter().flat_map(|job| job.batch.iter()).cloned().collect();
    let result = journal.append(whole).await;
    match result {
        Err(JournalError::NoOutbox(_) | JournalError::Fenced) => {
            for Job { batch, answer } in group.drain(..) {
                give(answer, append_rest(journal, batch).await);
            }
        }
        result => group.drain(..).for_each(|job| give(job.answer, result.clone())),
    }
}

/// A client that was forgotten meanwhile takes its own records with it, and nobody else's.
async fn append_rest(journal: &dyn Journal, mut batch: Batch) -> Result<(), JournalError> {
    loop {
        match journal.append(batch.clone()).await {
            Err(JournalError::NoOutbox(client)) => {
                let rest = without(&batch, &client);
                if rest.is_empty() || rest.len() == batch.len() {
                    return Err(JournalError::NoOutbox(client));
                }
                tracing::info!(%client, "events of a forgotten client dropped");
                batch = rest;
            }
            result => return result,
        }
    }
}

fn without(batch: &Batch, client: &ClientId) -> Batch {
    batch.iter().filter(|record| record.client != *client).cloned().collect()
}

fn give(answer: oneshot::Sender<Result<(), JournalError>>, result: Result<(), JournalError>) {
    if let Err(error) = &result {
        let error = error as &dyn std::error::Error;
        match result {
            Err(JournalError::NoOutbox(_)) => tracing::info!(error, "events of a forgotten client dropped"),
            _ => tracing::error!(error, "events could not be appended"),
        }
    }
    // Whether anybody waits is their affair.
    let _ = answer.send(result);
}
