//! What is appended waits here for its commit.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use futures_util::FutureExt;
use gc_measure::{Histogram, Times};
use tokio::{
    runtime::Handle,
    sync::{Notify, mpsc, oneshot},
    time::Instant,
};
use tokio_util::task::AbortOnDropHandle;

use crate::{Answer, Batch, Health, Journal, JournalError};

/// The largest number of batches in one commit.
const GROUP: usize = 64;

/// The queue in front of the journal. Batches are committed in the order in which they are handed over.
///
/// If the queue is empty, a batch goes to the journal at once; the journal in memory commits it immediately.
/// While a commit is under way the others queue, and the next commit takes as many as have gathered.
///
/// The queue is bounded by its producers: a command is refused while there is no room, and a task waits before it takes
/// its next input. A batch is always accepted, because its events have been decided already.
pub(crate) struct Writer {
    journal: Arc<dyn Journal>,
    jobs: mpsc::UnboundedSender<Job>,
    backlog: Arc<Backlog>,
    bound: usize,
    measures: Arc<Measures>,
    _task: AbortOnDropHandle<()>,
}

/// Records that are handed over and have no answer yet.
#[derive(Default)]
struct Backlog {
    records: AtomicUsize,
    shrunk: Notify,
}

/// What has become of batches.
#[derive(Default)]
struct Measures {
    commits: Times,
    /// Those that are lost: the journal refused them, or could not append them.
    failed: AtomicU64,
}

struct Job {
    batch: Batch,
    /// The journal's answer, where the commit has begun, and when it has.
    begun: Option<(Answer<()>, Instant)>,
    answer: oneshot::Sender<Result<(), JournalError>>,
}

/// The commit of a batch. Nobody has to wait for it, and dropping it takes nothing back. The default has nothing to wait
/// for.
#[derive(Debug, Default)]
pub struct Commit(Option<oneshot::Receiver<Result<(), JournalError>>>);

impl Future for Commit {
    type Output = Result<(), JournalError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Some(answer) => {
                Pin::new(answer).poll(context).map(|answer| answer.unwrap_or(Err(JournalError::Closed)))
            }
            // Made when it was handed over.
            None => Poll::Ready(Ok(())),
        }
    }
}

impl Writer {
    pub(crate) fn start(journal: Arc<dyn Journal>, bound: usize, runtime: &Handle) -> Self {
        let (jobs, handed_over) = mpsc::unbounded_channel();
        let backlog = Arc::<Backlog>::default();
        let measures = Arc::<Measures>::default();
        let running = run(Arc::clone(&journal), handed_over, Arc::clone(&backlog), Arc::clone(&measures));
        let task = runtime.spawn(running);
        Self { journal, jobs, backlog, bound, measures, _task: AbortOnDropHandle::new(task) }
    }

    /// Hands a batch over. Never waits.
    pub(crate) fn append(&self, batch: Batch) -> Commit {
        let records = batch.len();
        let is_alone = self.backlog.grow(records);
        let began = Instant::now();
        let mut begun = is_alone.then(|| (self.journal.append(batch.clone()), began));
        match begun.as_mut().and_then(|(answer, _)| answer.now_or_never()) {
            Some(Ok(())) => {
                self.measures.commits.add(began.elapsed());
                self.backlog.shrink(records);
                return Commit(None);
            }
            // Nothing was changed: the task tries what can be tried.
            Some(Err(_)) => begun = None,
            None => {}
        }
        let (answer, commit) = oneshot::channel();
        // The task ends with the writer; until then it takes everything.
        let _ = self.jobs.send(Job { batch, begun, answer });
        Commit(Some(commit))
    }

    /// How long commits took.
    pub(crate) fn commit_times(&self) -> Histogram {
        self.measures.commits.snapshot()
    }

    /// How many batches could not be appended.
    pub(crate) fn failed(&self) -> u64 {
        self.measures.failed.load(Ordering::Relaxed)
    }

    /// Whether there is room for more.
    pub(crate) fn has_room(&self) -> bool {
        self.backlog.is_below(self.bound)
    }

    /// Waits until there is room for more.
    pub(crate) async fn wait_for_capacity(&self) {
        self.backlog.falls_below(self.bound).await;
    }

    /// How many records and changes have no answer yet.
    pub(crate) fn waiting(&self) -> usize {
        self.backlog.records.load(Ordering::SeqCst)
    }

    /// Waits until everything that was handed over has its answer.
    pub(crate) async fn idle(&self) {
        self.backlog.falls_below(1).await;
    }
}

impl Backlog {
    /// True if there was none before.
    fn grow(&self, records: usize) -> bool {
        self.records.fetch_add(records, Ordering::SeqCst) == 0
    }

    fn is_below(&self, bound: usize) -> bool {
        self.records.load(Ordering::SeqCst) < bound
    }

    async fn falls_below(&self, bound: usize) {
        while !self.is_below(bound) {
            let shrunk = self.shrunk.notified();
            // Checked again, because it may have shrunk in between.
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
    measures: Arc<Measures>,
) {
    let mut group = Vec::with_capacity(GROUP);
    while handed_over.recv_many(&mut group, GROUP).await > 0 {
        let records: usize = group.iter().map(|job| job.batch.len()).sum();
        commit(&*journal, group.drain(..), &measures).await;
        backlog.shrink(records);
    }
}

/// Commits a group as one, or each batch for itself where one of them is refused.
async fn commit(journal: &dyn Journal, group: impl Iterator<Item = Job>, measures: &Measures) {
    let (begun, waiting): (Vec<_>, Vec<_>) = group.partition(|job| job.begun.is_some());
    for job in begun {
        commit_alone(journal, job, measures).await;
    }
    let whole: Batch = waiting.iter().map(|job| job.batch.clone()).collect();
    if waiting.is_empty() {
        return;
    }
    let began = Instant::now();
    let result = journal.append(whole).await;
    if result.is_ok() {
        measures.commits.add(began.elapsed());
    }
    match result {
        Err(JournalError::NoOutbox(_) | JournalError::Fenced | JournalError::Refused(_)) => {
            for job in waiting {
                commit_alone(journal, job, measures).await;
            }
        }
        result => waiting.into_iter().for_each(|job| give(journal, job.answer, result.clone(), measures)),
    }
}

/// If a client was forgotten meanwhile, only its own records are dropped.
async fn commit_alone(journal: &dyn Journal, job: Job, measures: &Measures) {
    let Job { mut batch, begun, answer } = job;
    let (mut append, mut began) = begun.unwrap_or_else(|| (journal.append(batch.clone()), Instant::now()));
    let result = loop {
        match append.await {
            Err(JournalError::NoOutbox(client)) => {
                let rest = batch.clone().without(&client);
                if rest.is_empty() || rest.len() == batch.len() {
                    break Err(JournalError::NoOutbox(client));
                }
                tracing::info!(%client, "events of a forgotten client dropped");
                batch = rest;
                (append, began) = (journal.append(batch.clone()), Instant::now());
            }
            Ok(()) => {
                measures.commits.add(began.elapsed());
                break Ok(());
            }
            result => break result,
        }
    };
    give(journal, answer, result, measures);
}

fn give(
    journal: &dyn Journal,
    answer: oneshot::Sender<Result<(), JournalError>>,
    result: Result<(), JournalError>,
    measures: &Measures,
) {
    if let Err(error) = &result {
        let error = error as &dyn std::error::Error;
        match result {
            Err(JournalError::NoOutbox(_)) => tracing::info!(error, "events of a forgotten client dropped"),
            Err(JournalError::Closed) if goes_on_elsewhere(journal) => {
                tracing::info!(
                    error,
                    "events and changes are left to the next leader, which finds them out again"
                );
            }
            _ => {
                measures.failed.fetch_add(1, Ordering::Relaxed);
                tracing::error!(error, "events and changes are lost: they could not be appended");
            }
        }
    }
    // It does not matter if nobody waits for it.
    let _ = answer.send(result);
}

fn goes_on_elsewhere(journal: &dyn Journal) -> bool {
    journal.health().read(|health| matches!(health, Health::Ended { goes_on_elsewhere: true, .. }))
}

#[cfg(test)]
mod tests;
