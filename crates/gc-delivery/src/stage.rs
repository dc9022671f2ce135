//! What this crate's tests share: journals that fail, a sink in process, an environment from a seed.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use futures_util::future::BoxFuture;
use gc_environment::{Environment, Watched, Watcher};
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};
use uuid::Uuid;

use crate::{
    Answer, Attempt, Batch, Callback, Claim, ClaimToken, ClientKey, Counts, DeadLetter, Entry, Epoch,
    Failure, Health, Journal, JournalError, Kept, MemoryJournal, Outbox, Page, Record, Rest, Settlement,
    Sink,
};

/// Its numbers follow from the seed, and its wall clock from tokio's.
pub(crate) struct Seeded {
    state: AtomicU64,
    began: Instant,
    /// By how many seconds somebody has set the wall clock forward.
    ahead: AtomicU64,
}

impl Seeded {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: AtomicU64::new(seed), began: Instant::now(), ahead: AtomicU64::new(0) }
    }

    pub(crate) fn set_forward(&self, by: Duration) {
        self.ahead.store(by.as_secs(), Ordering::SeqCst);
    }
}

impl Environment for Seeded {
    fn now(&self) -> SystemTime {
        let ahead = Duration::from_secs(self.ahead.load(Ordering::SeqCst));
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000) + self.began.elapsed() + ahead
    }

    /// SplitMix64.
    fn random(&self) -> u64 {
        let state = self.state.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// An attempt that waits for its result.
pub(crate) struct Delivering {
    pub(crate) entry: Entry,
    pub(crate) to: Callback,
    result: oneshot::Sender<Attempt>,
}

impl Delivering {
    pub(crate) fn ends(self, attempt: Attempt) {
        self.result.send(attempt).unwrap();
    }

    pub(crate) fn arrives(self) {
        self.ends(Attempt::Delivered(Rest::none()));
    }

    pub(crate) fn answers(self, status: u16) {
        self.ends(Attempt::Retry { failure: Failure::Status { status }, after: None });
    }

    pub(crate) fn fails(self) {
        self.ends(Attempt::Retry { failure: Failure::TimedOut, after: None });
    }
}

/// A sink whose attempts end as the test says.
pub(crate) struct TestSink(mpsc::UnboundedSender<Delivering>);

impl TestSink {
    pub(crate) fn new() -> (Arc<Self>, mpsc::UnboundedReceiver<Delivering>) {
        let (attempts, begun) = mpsc::unbounded_channel();
        (Arc::new(Self(attempts)), begun)
    }
}

impl Sink for TestSink {
    fn deliver(&self, to: &Callback, entry: &Entry) -> BoxFuture<'static, Attempt> {
        let (result, ended) = oneshot::channel();
        _ = self.0.send(Delivering { entry: entry.clone(), to: to.clone(), result });
        Box::pin(async { ended.await.unwrap() })
    }
}

/// A journal in memory whose answers are late, or errors, as the test says.
#[derive(Default)]
pub(crate) struct Slow {
    inner: MemoryJournal,
    gate: Arc<Gate>,
    outboxes: Mutex<BTreeMap<ClientKey, Arc<SlowOutbox>>>,
    /// How many records each append had.
    pub(crate) appends: Mutex<Vec<usize>>,
}

/// While it is closed nobody gets an answer.
pub(crate) struct Gate {
    is_open: Watched<bool>,
    failure: Mutex<Option<JournalError>>,
    is_away: AtomicBool,
    is_taken: AtomicBool,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            is_open: Watched::new(true),
            failure: Mutex::default(),
            is_away: AtomicBool::new(false),
            is_taken: AtomicBool::new(false),
        }
    }
}

impl Gate {
    /// What is asked while it has a failure fails, with nothing changed.
    fn pass<T: Send + 'static>(self: &Arc<Self>, ask: impl FnOnce() -> Answer<T>) -> Answer<T> {
        let answer: Answer<T> = match self.failure.lock().unwrap().clone() {
            Some(error) => Box::pin(async { Err(error) }),
            None => ask(),
        };
        let mut is_open = self.is_open.watch();
        if is_open.get() {
            return answer;
        }
        Box::pin(async move {
            is_open.until(|open| open.then_some(())).await;
            answer.await
        })
    }
}

impl Slow {
    pub(crate) fn close(&self) {
        _ = self.gate.is_open.replace(false);
    }

    pub(crate) fn open_again(&self) {
        _ = self.gate.is_open.replace(true);
    }

    /// As a database that cannot be reached.
    pub(crate) fn goes_away(&self) {
        self.gate.is_away.store(true, Ordering::SeqCst);
        self.close();
    }

    /// As a database that another process goes on with.
    pub(crate) fn is_taken(&self) {
        self.gate.is_taken.store(true, Ordering::SeqCst);
        self.fails_with(Some(JournalError::Closed));
    }

    pub(crate) fn fails_with(&self, failure: Option<JournalError>) {
        *self.gate.failure.lock().unwrap() = failure;
    }

    pub(crate) fn is_broken(&self, broken: bool) {
        let error = || JournalError::Failed(Arc::new(std::io::Error::other("the disk is full")));
        self.fails_with(broken.then(error));
    }
}

impl Journal for Slow {
    fn open(&self, client: &ClientKey) -> Arc<dyn Outbox> {
        let inner = self.inner.open(client);
        let mut outboxes = self.outboxes.lock().unwrap();
        let outbox = outboxes.entry(client.clone()).or_insert_with(|| {
            Arc::new(SlowOutbox {
                inner: Arc::clone(&inner),
                gate: Arc::clone(&self.gate),
                settled: Mutex::default(),
            })
        });
        if outbox.inner.epoch() != inner.epoch() {
            *outbox = Arc::new(SlowOutbox { inner, gate: Arc::clone(&self.gate), settled: Mutex::default() });
        }
        Arc::<SlowOutbox>::clone(outbox)
    }

    fn append(&self, batch: Batch) -> Answer<()> {
        self.appends.lock().unwrap().push(batch.len());
        self.gate.pass(|| self.inner.append(batch))
    }

    fn kept(&self) -> Answer<Kept> {
        self.inner.kept()
    }

    fn survives(&self) -> bool {
        self.inner.survives()
    }

    fn health(&self) -> Watcher<Health> {
        let away = || Health::Away { reason: "it is away".to_owned() };
        let taken = || Health::Ended { reason: "it is taken".to_owned(), goes_on_elsewhere: true };
        let [is_away, is_taken] =
            [&self.gate.is_away, &self.gate.is_taken].map(|is| is.load(Ordering::SeqCst));
        let health = if is_taken {
            taken()
        } else if is_away {
            away()
        } else {
            Health::Working
        };
        Watched::new(health).watch()
    }

    fn forget(&self, client: &ClientKey) -> Answer<()> {
        self.inner.forget(client)
    }
}

/// An outbox of [`Slow`].
pub(crate) struct SlowOutbox {
    inner: Arc<dyn Outbox>,
    gate: Arc<Gate>,
    /// Every settlement that was asked for.
    pub(crate) settled: Mutex<Vec<Settlement>>,
}

impl Slow {
    pub(crate) fn outbox(&self, client: &ClientKey) -> Arc<SlowOutbox> {
        self.open(client);
        Arc::clone(&self.outboxes.lock().unwrap()[client])
    }
}

impl Outbox for SlowOutbox {
    fn epoch(&self) -> Epoch {
        self.inner.epoch()
    }

    fn counts(&self) -> Watcher<Counts> {
        self.inner.counts()
    }

    fn read(&self, after: u64, max: usize) -> Answer<Page> {
        self.gate.pass(|| self.inner.read(after, max))
    }

    fn claim(&self, sender: Uuid) -> Answer<Claim> {
        self.gate.pass(|| self.inner.claim(sender))
    }

    fn settle(&self, token: ClaimToken, settlement: Settlement) -> Answer<()> {
        self.settled.lock().unwrap().push(settlement.clone());
        self.gate.pass(|| self.inner.settle(token, settlement))
    }

    fn dead_letters(&self) -> Answer<Vec<DeadLetter>> {
        self.inner.dead_letters()
    }
}

/// A record for the client's present outbox.
pub(crate) fn record(journal: &dyn Journal, client: &str, message: crate::Message) -> Record {
    let client = ClientKey::from(client);
    let epoch = journal.open(&client).epoch();
    Record { client, epoch, id: Uuid::nil(), at: SystemTime::UNIX_EPOCH, message }
}
