//! The journal, as its users hold it.

use std::{
    sync::{Arc, Mutex, mpsc as std_mpsc},
    thread::{self, JoinHandle},
    time::{Duration, SystemTime},
};

use futures_util::{FutureExt, future::BoxFuture};
use gc_environment::{Environment, Watched, Watcher};
use gc_group::{Lease, Takeover};
use gc_store::{
    Answer, Batch, ClientKey, Health, Journal, Kept, Outbox, StoreBounds,
    stored::{Ledger, Log, Shown, StoredJournal},
};
use tokio::{
    runtime::{Builder, Runtime},
    select,
    sync::mpsc::{self, UnboundedReceiver},
    time::sleep,
};
use tokio_util::sync::CancellationToken;

use crate::{
    address::Address,
    fault::{Fault, OpenError},
    hold::{self, Holder},
    link::Link,
    load::{self, Resumed},
    member, migrations,
    reader::Reader,
    ways::{Channels, Job},
    writer::Writer,
};

/// What is not committed so long after the journal was dropped is lost; if the database is away by then, at once.
const GRACE: Duration = Duration::from_secs(5);

/// Keeps the outboxes in PostgreSQL.
///
/// A thread of its own runs the writer and the reader, each with one connection. What gathers while a commit is under way is
/// committed together. While the database is away, calls wait ([`Health::Away`]); nothing is kept in memory instead. If another
/// process takes the store, or the database loses what it has acknowledged, the journal is over ([`Health::Ended`]).
///
/// Dropping the journal ends the thread, when everything that was handed over is committed, or after 5 s. If the database is known to be away
/// at that moment ([`Health::Away`]), it ends at once: whoever wants to wait for it does so before.
pub struct PostgresJournal {
    stored: StoredJournal,
    ways: Arc<Channels>,
    lease: Lease,
    taken: Taken,
    stop: CancellationToken,
    ended: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

/// When the store was taken, and who had taken it before, the newest first: that is for the others, and nobody's who is alone.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) at: Option<SystemTime>,
    pub(crate) takeovers: Arc<[Takeover]>,
}

/// What a journal begins with.
struct Begun {
    writer: Link,
    reader: Link,
    hold: hold::Hold,
    taken: Taken,
    outboxes: Vec<(Arc<Shown>, Log)>,
    kept: Kept,
}

impl PostgresJournal {
    /// Opens the store of this database, and makes or updates its schema. No other journal can open it while this one lives, and
    /// up to 15 s after it has died without being dropped.
    ///
    /// If the database may have lost what it had acknowledged (it is another server, or a restored backup), each client has an outbox
    /// in a new epoch with what was undelivered, and [`Kept::is_outdated`] is set.
    ///
    /// It blocks until the database has answered.
    ///
    /// # Errors
    /// When the database cannot be reached or used, or another journal holds the store.
    pub fn open(
        address: Address,
        bounds: impl Into<StoreBounds>,
        environment: Arc<dyn Environment>,
    ) -> Result<Self, OpenError> {
        let holder = Holder::alone(environment.id());
        Self::open_as(holder, address, bounds, environment)
    }

    /// The same for this holder.
    pub(crate) fn open_as(
        holder: Holder,
        address: Address,
        bounds: impl Into<StoreBounds>,
        environment: Arc<dyn Environment>,
    ) -> Result<Self, OpenError> {
        let (bounds, place) = (bounds.into(), address.to_string());
        let failed = |fault| OpenError { place: place.clone(), fault };
        let (jobs, handed_over) = mpsc::unbounded_channel();
        let (looks, looked) = mpsc::unbounded_channel();
        let health = Arc::new(Watched::new(Health::Working));
        let (stop, ended) = (CancellationToken::new(), CancellationToken::new());
        let (opened, is_open) = std_mpsc::channel();
        let run = {
            let (health, stop, environment) = (Arc::clone(&health), stop.clone(), Arc::clone(&environment));
            let ended = ended.clone().drop_guard();
            move || {
                // However it ends.
                let _ended = ended;
                let runtime = match Builder::new_current_thread().enable_all().build() {
                    Ok(runtime) => runtime,
                    Err(error) => {
                        let _ = opened.send(Err(Fault::Io(error)));
                        return;
                    }
                };
                let begun = match runtime.block_on(begin(&address, &holder, bounds, &*environment)) {
                    Ok(begun) => begun,
                    Err(fault) => {
                        let _ = opened.send(Err(fault));
                        return;
                    }
                };
                let shown: Vec<_> = begun.outboxes.iter().map(|(shown, _)| Arc::clone(shown)).collect();
                let kept = Arc::new(Mutex::new(begun.kept));
                // If nobody waits any more, the channels have ended, too.
                let lease = begun.hold.lease.clone();
                let _ = opened.send(Ok((shown, Arc::clone(&kept), lease, begun.taken)));
                let give_up = CancellationToken::new();
                let writer = Writer {
                    address: address.clone(),
                    environment: Arc::clone(&environment),
                    ledger: Ledger::new(bounds, begun.outboxes, kept),
                    link: begun.writer,
                    hold: begun.hold,
                    health,
                    give_up: give_up.clone(),
                };
                let reader = Reader { address, environment, link: begun.reader };
                serve(&runtime, (writer, handed_over), (reader, looked), (stop, give_up));
            }
        };
        let thread = thread::Builder::new().name("gc-store".to_owned()).spawn(run);
        let thread = thread.map_err(|error| failed(Fault::Io(error)))?;
        let silent = || Err(Fault::Unfit("the thread of the store has ended".to_owned()));
        let (shown, kept, lease, taken) = is_open.recv().unwrap_or_else(|_| silent()).map_err(failed)?;
        let ways = Arc::new(Channels { jobs, looks });
        let of_callers = Arc::<Channels>::clone(&ways);
        let stored = StoredJournal::new(environment, bounds.outbox, of_callers, shown, (kept, health));
        let thread = Some(thread);
        Ok(Self { stored, ways, lease, taken, stop, ended, thread })
    }

    /// How long this process may work with what the store holds, if it has heard nothing from the database.
    #[must_use]
    pub fn lease(&self) -> Lease {
        self.lease.clone()
    }

    pub(crate) fn taken(&self) -> Taken {
        self.taken.clone()
    }

    fn stop(&self) {
        self.stop.cancel();
        // A thread that has ended by itself needs no end.
        let _ = self.ways.jobs.send(Job::Stop);
    }
}

async fn begin(
    address: &Address,
    holder: &Holder,
    bounds: StoreBounds,
    environment: &dyn Environment,
) -> Result<Begun, Fault> {
    let (writer, reader) = (Link::open(address).await?, Link::open(address).await?);
    migrations::run(&writer.client).await?;
    let mut hold = hold::take(&writer.client, holder).await?;
    let lease = hold.lease.clone();
    // It may take longer than the lease.
    let keep = hold::keep(&reader.client, holder, &lease);
    let read = async {
        if hold.may_have_lost {
            tracing::warn!(store = %address,
                "the database is another one than before, or a restored one: clients get a Gap and new epochs");
            hold::renew(&writer.client, &mut hold, bounds.outbox, environment).await?;
        }
        let takeovers = match holder.url {
            Some(_) => member::takeovers(&writer.client).await?,
            None => Vec::new(),
        };
        let found = load::found(&writer.client, bounds.outbox).await?;
        Ok::<_, Fault>((takeovers, found, load::kept(&writer.client, environment.now()).await?))
    };
    let read = select! {
        biased;
        read = read => read,
        fault = keep => Err(fault),
    };
    let (takeovers, found, mut kept) = match read {
        Ok(read) => read,
        Err(fault) => {
            // What keeps it from being opened is said; a store that stays held would hide it from the next start.
            let _ = hold::give_back(&writer.client, holder.id).await;
            return Err(fault);
        }
    };
    kept.is_outdated = hold.may_have_lost;
    let shown = |(client, epoch, log): Resumed| (Arc::new(Shown::new(client, epoch, &log)), log);
    let taken = Taken { at: hold.taken, takeovers: takeovers.into() };
    Ok(Begun { writer, reader, hold, taken, outboxes: found.into_iter().map(shown).collect(), kept })
}

/// Writes and reads until the journal is dropped.
fn serve(
    runtime: &Runtime,
    (writer, jobs): (Writer, UnboundedReceiver<Job>),
    (reader, looks): (Reader, UnboundedReceiver<gc_store::stored::Look>),
    (stop, give_up): (CancellationToken, CancellationToken),
) {
    runtime.block_on(async {
        let mut watched = writer.health.watch();
        tokio::spawn(async move {
            stop.cancelled().await;
            let is_away = watched.read(|health| matches!(health, Health::Away { .. }));
            if !is_away {
                sleep(GRACE).await;
            }
            give_up.cancel();
        });
        // A read that is under way when the writer ends has nobody who waits for it.
        select! {
            // Once the writer has ended, nobody waits for anything.
            biased;
            () = writer.run(jobs) => {}
            () = async { reader.run(looks).await; std::future::pending().await } => {}
        }
    });
}

impl Journal for PostgresJournal {
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

    /// Ends at once if the database is known to be away, and after 5 s if it does not answer.
    fn release(&self) -> BoxFuture<'_, ()> {
        self.stop();
        self.ended.cancelled().boxed()
    }
}

impl Drop for PostgresJournal {
    fn drop(&mut self) {
        self.stop();
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
