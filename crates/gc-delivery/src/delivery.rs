//! All clients, their outboxes, tasks and streams.

mod dead_letters;
mod status;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::future::join_all;
use gc_environment::{Environment, RealEnvironment, Watched, Watcher};
use gc_guard::{Caller, Forbidden};
use tokio::{
    runtime::Handle,
    sync::mpsc,
    time::{self, Instant},
};
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

pub use self::status::ClientStatus;
use crate::{
    Answer, Batch, BuildError, Callback, Change, ClientKey, Commit, Config, Counts, Health, HttpSink,
    Journal, JournalError, Kept, Message, Record, Since, Sink, Subscription, activity::Activity,
    breaker::Breakers, client::Client, config::Current, measures::Measures, subscription::Source,
    task::DeliveryTask, writer::Writer,
};

/// Delivers messages to clients. Dropping it ends all tasks and streams at once; see
/// [`Delivery::drain`] for the polite way.
pub struct Delivery {
    config: Current,
    journal: Arc<dyn Journal>,
    sink: Arc<dyn Sink>,
    pub(crate) breakers: Arc<Breakers>,
    pub(crate) measures: Arc<Measures>,
    pub(crate) environment: Arc<dyn Environment>,
    runtime: Handle,
    /// The sender that claims the outboxes.
    sender: Uuid,
    pub(crate) writer: Writer,
    clients: Mutex<BTreeMap<ClientKey, Arc<Client>>>,
}

/// No such client was registered, or it was forgotten.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no client \"{0}\"")]
pub struct UnknownClient(pub ClientKey);

/// What was not delivered when the delivery ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undelivered {
    /// Whose.
    pub client: ClientKey,
    /// How many entries were still waiting.
    pub entries: u64,
}

impl Delivery {
    /// Delivers to HTTP callbacks. Its tasks run on the runtime that this is called from.
    ///
    /// # Errors
    /// When the configured certificates cannot be used, or no tokio runtime is running.
    pub fn new(config: Config, journal: Arc<dyn Journal>) -> Result<Self, BuildError> {
        let environment = Arc::new(RealEnvironment);
        let sink = HttpSink::new(&config, environment.clone())?;
        Self::with_sink(config, journal, Arc::new(sink), environment)
    }

    /// Delivers through another sink, and with another environment.
    ///
    /// # Errors
    /// When there is no runtime.
    pub fn with_sink(
        config: Config,
        journal: Arc<dyn Journal>,
        sink: Arc<dyn Sink>,
        environment: Arc<dyn Environment>,
    ) -> Result<Self, BuildError> {
        let runtime = Handle::try_current()?;
        Ok(Self {
            writer: Writer::start(Arc::clone(&journal), config.max_backlog, &runtime),
            config: Arc::new(config).into(),
            journal,
            sink,
            breakers: Arc::default(),
            measures: Arc::default(),
            sender: environment.id(),
            environment,
            runtime,
            clients: Mutex::default(),
        })
    }

    /// Whether events may go to this address when this caller names it. A host name is decided once more whenever it is
    /// resolved.
    ///
    /// # Errors
    /// When they may not, with the reason.
    pub fn check(&self, callback: &Callback, caller: Caller) -> Result<(), Forbidden> {
        self.config.get().guard.check_url(callback.url(), caller)
    }

    /// Takes over this configuration: the guard for callbacks that are named from now on, and the times of further attempts.
    /// The clients' orders and `max_backlog` stay as they were, and `max_age` for clients that are known. Attempts are the
    /// sink's, which has a reload of its own.
    pub fn reload(&self, new: &Config) {
        let now = self.config.get();
        let (orders, max_backlog) = (now.orders.clone(), now.max_backlog);
        self.config.replace(Config { orders, max_backlog, ..new.clone() });
    }

    /// Makes a client known, or refreshes it: its undelivered entries go to this callback from the
    /// next attempt on, which is now. Without a callback they wait for a live stream. Whoever lets clients choose their
    /// callbacks must call [`Delivery::check`] first.
    pub fn register(&self, client: &ClientKey, callback: Option<Callback>) {
        let mut clients = self.clients();
        if let Some(known) = clients.get(client) {
            known.set_callback(callback);
            return;
        }
        let address = callback.as_ref().map(tracing::field::display);
        tracing::info!(%client, callback = address, "client registered");
        let outbox = self.journal.open(client);
        let callback = Watched::new(callback);
        let (handed_out, numbers) = mpsc::unbounded_channel();
        let (removals, removed) = mpsc::unbounded_channel();
        let activity = Arc::new(Activity::new());
        let task = DeliveryTask {
            client: client.clone(),
            journal: Arc::clone(&self.journal),
            outbox: Arc::clone(&outbox),
            sender: self.sender,
            order: self.config.get().orders.of(client),
            callback: callback.watch(),
            handed_out: numbers,
            removed,
            early: Vec::new(),
            activity: Arc::clone(&activity),
            sink: Arc::clone(&self.sink),
            breakers: Arc::clone(&self.breakers),
            measures: Arc::clone(&self.measures),
            environment: Arc::clone(&self.environment),
            config: self.config.clone(),
        };
        let task = AbortOnDropHandle::new(self.runtime.spawn(task.run()));
        let made = Client {
            key: client.clone(),
            journal: Arc::clone(&self.journal),
            outbox: Mutex::new(outbox),
            callback,
            open: Watched::new(true),
            handed_out,
            removals,
            activity,
            task,
        };
        clients.insert(client.clone(), Arc::new(made));
    }

    /// Hands messages over to be appended to their clients' outboxes: together, and in this order. It
    /// waits neither for the commit nor for a receiver; the returned future does.
    ///
    /// # Errors
    /// When one of the clients is not known; then nothing is appended.
    pub fn append(
        &self,
        messages: impl IntoIterator<Item = (ClientKey, Message)>,
    ) -> Result<Commit, UnknownClient> {
        let clients = self.clients();
        let records = messages.into_iter().map(|(client, message)| match clients.get(&client) {
            Some(known) => Ok(self.record(client, known, message)),
            None => Err(UnknownClient(client)),
        });
        let batch = records.collect::<Result<Batch, _>>()?;
        // Handed over under the lock: two callers' messages do not change places.
        Ok(self.writer.append(batch))
    }

    /// The same, committed together with changes of what else is kept. A message for a client that is not known is
    /// dropped, and the others go their way.
    pub fn commit(
        &self,
        messages: impl IntoIterator<Item = (ClientKey, Message)>,
        changes: impl IntoIterator<Item = Change>,
    ) -> Commit {
        let clients = self.clients();
        let records = messages.into_iter().filter_map(|(client, message)| {
            let Some(known) = clients.get(&client) else {
                tracing::error!(%client, "a message for a client that is not known");
                return None;
            };
            Some(self.record(client, known, message))
        });
        let batch = records.collect::<Batch>().with(changes);
        if batch.is_empty() { Commit::default() } else { self.writer.append(batch) }
    }

    fn record(&self, client: ClientKey, known: &Client, message: Message) -> Record {
        let (epoch, id, at) = (known.outbox().epoch(), self.environment.id(), self.environment.now());
        Record { client, epoch, id, at, message }
    }

    /// What is kept besides the outboxes: what a restart has to know.
    ///
    /// # Errors
    /// When the journal cannot read it.
    pub async fn kept(&self) -> Result<Kept, JournalError> {
        self.journal.kept().await
    }

    /// Whether another life of the process can read what is kept.
    #[must_use]
    pub fn survives(&self) -> bool {
        self.journal.survives()
    }

    /// Whether the journal keeps what it promises to keep.
    #[must_use]
    pub fn health(&self) -> Health {
        self.journal.health().read(Health::clone)
    }

    /// The same, now and whenever it changes.
    #[must_use]
    pub fn watch_health(&self) -> Watcher<Health> {
        self.journal.health()
    }

    /// Whether the journal has no database now: what is handed over waits until it is back.
    #[must_use]
    pub fn is_away(&self) -> bool {
        self.journal.health().read(|health| matches!(health, Health::Away { .. } | Health::Ended { .. }))
    }

    /// Where the client's events go now; `None` also for a client that is not known.
    #[must_use]
    pub fn callback(&self, client: &ClientKey) -> Option<Callback> {
        self.clients().get(client)?.callback.read(Option::clone)
    }

    /// Whether there is room for more before the journal. While there is none, commands are to be
    /// refused: their events could not be kept.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.writer.has_room()
    }

    /// Waits until there is room for more before the journal: for tasks that can leave their next
    /// input where it is.
    pub async fn wait_for_capacity(&self) {
        self.writer.wait_for_capacity().await;
    }

    /// Opens a live stream at a place; without one, at the oldest undelivered entry.
    ///
    /// # Errors
    /// When the client is not known.
    pub fn subscribe(&self, client: &ClientKey, since: Option<Since>) -> Result<Subscription, UnknownClient> {
        let client = self.client(client)?;
        let source = Source {
            client: client.key.clone(),
            journal: Arc::clone(&client.journal),
            outbox: client.outbox(),
            callback: client.callback.watch(),
            open: client.open.watch(),
            handed_out: client.handed_out.clone(),
            activity: Arc::clone(&client.activity),
        };
        Ok(Subscription::new(source, since, self.environment.now()))
    }

    /// How much the client's outbox holds.
    ///
    /// # Errors
    /// When the client is not known.
    pub fn counts(&self, client: &ClientKey) -> Result<Counts, UnknownClient> {
        Ok(self.client(client)?.counts())
    }

    /// Ends the client's task and streams and deletes its outbox, dead letters included; what it held, once it is deleted. The
    /// client is unknown when this returns, whoever waits for the answer.
    ///
    /// # Errors
    /// When the journal could not delete it.
    pub fn forget(&self, client: &ClientKey) -> Answer<Counts> {
        let mut clients = self.clients();
        let counts = match clients.remove(client) {
            Some(forgotten) => {
                let counts @ Counts { undelivered, dead_letters, .. } = forgotten.counts();
                tracing::info!(%client, undelivered, dead_letters, "client forgotten");
                counts
            }
            // It may be kept all the same.
            None => self.journal.open(client).counts().get(),
        };
        // Under the lock: who registers it again begins a new outbox.
        let deleted = self.journal.forget(client);
        Box::pin(async move { deleted.await.map(|()| counts) })
    }

    /// Gives undelivered entries their chance, beginning now, for at most `grace`; then ends all
    /// tasks and streams, and returns what is left. What is appended meanwhile is delivered too. What the journal has not taken by
    /// then may still be taken: see [`Delivery::release`].
    pub async fn drain(&self, grace: Duration) -> Vec<Undelivered> {
        let clients: Vec<_> =
            self.clients().iter().map(|(id, client)| (id.clone(), Arc::clone(client))).collect();
        let all_idle = async {
            self.writer.idle().await;
            join_all(clients.iter().map(|(_, client)| client.idle())).await
        };
        // Whether all were idle in time is seen below.
        let _ = time::timeout(grace, all_idle).await;
        let left = clients.into_iter().filter_map(|(id, client)| {
            client.end();
            let entries = client.counts().undelivered;
            (entries > 0).then_some(Undelivered { client: id, entries })
        });
        left.inspect(
            |left| tracing::warn!(client = %left.client, entries = left.entries, "events left undelivered"),
        )
        .collect()
    }

    /// Lets another process go on with what is kept, after what was handed over is committed, for which it waits until `until` at most.
    /// What is not committed then is lost with this process; its number is logged. Nothing is kept any more from then on: to be called after
    /// [`Delivery::drain`].
    pub async fn release(&self, until: Instant) {
        let _ = time::timeout_at(until, self.writer.idle()).await;
        let waiting = self.writer.waiting();
        if waiting > 0 {
            tracing::error!(waiting, "events and changes are lost: the store did not take them in time");
        }
        self.journal.release().await;
    }

    fn client(&self, client: &ClientKey) -> Result<Arc<Client>, UnknownClient> {
        self.clients().get(client).cloned().ok_or_else(|| UnknownClient(client.clone()))
    }

    /// Nothing that runs under the lock can leave the map half changed.
    pub(crate) fn clients(&self) -> MutexGuard<'_, BTreeMap<ClientKey, Arc<Client>>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
