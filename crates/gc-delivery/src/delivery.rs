//! All clients and their cursors.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::future::join_all;
use tokio::{runtime::Handle, sync::watch, time};
use tokio_util::task::AbortOnDropHandle;

use crate::{
    BuildError, Callback, ClientId, Config, Counts, Cursor, DeadLetter, Message, Outbox, Store, Subscription,
    attempt::Sender, lane::Lane,
};

/// Delivers messages to clients. Dropping it ends all lanes and streams at once; see
/// [`Delivery::drain`] for the polite way.
pub struct Delivery {
    config: Arc<Config>,
    sender: Sender,
    store: Arc<dyn Store>,
    runtime: Handle,
    clients: Mutex<HashMap<ClientId, Arc<Client>>>,
}

/// No such client was registered, or it was forgotten.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no client \"{0}\"")]
pub struct UnknownClient(pub ClientId);

/// What was not delivered when the delivery ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undelivered {
    /// Whose.
    pub client: ClientId,
    /// How many entries were still waiting.
    pub entries: u64,
}

struct Client {
    outbox: Arc<dyn Outbox>,
    callback: watch::Sender<Option<Callback>>,
    /// False ends the live streams; its receivers are the live streams.
    streams: watch::Sender<bool>,
    lane: AbortOnDropHandle<()>,
}

impl Delivery {
    /// Lanes run on the runtime that this is called from.
    ///
    /// # Errors
    /// When the configured certificates cannot be used, or there is no runtime.
    pub fn new(config: Config, store: Arc<dyn Store>) -> Result<Self, BuildError> {
        Ok(Self {
            sender: Sender::new(&config)?,
            config: Arc::new(config),
            store,
            runtime: Handle::try_current()?,
            clients: Mutex::default(),
        })
    }

    /// Makes a client known, or refreshes it: its undelivered entries go to this callback from the
    /// next attempt on, which is now. Without a callback they wait for a live stream.
    pub fn register(&self, client: &ClientId, callback: Option<Callback>) {
        let mut clients = self.clients();
        if let Some(known) = clients.get(client) {
            known.callback.send_replace(callback);
            return;
        }
        tracing::info!(%client, ?callback, "client registered");
        let outbox = self.store.open(client);
        let callback = watch::Sender::new(callback);
        let lane = Lane {
            client: client.clone(),
            outbox: outbox.clone(),
            callback: callback.subscribe(),
            sender: self.sender.clone(),
            config: self.config.clone(),
        };
        let lane = AbortOnDropHandle::new(self.runtime.spawn(lane.run()));
        let made = Client { outbox, callback, streams: watch::Sender::new(true), lane };
        clients.insert(client.clone(), Arc::new(made));
    }

    /// Appends a message to the client's outbox and returns its number. It never waits for a
    /// callback or a stream.
    ///
    /// # Errors
    /// When the client is not known.
    pub fn append(&self, client: &ClientId, message: Message) -> Result<u64, UnknownClient> {
        Ok(self.client(client)?.outbox.append(message))
    }

    /// Opens a live stream behind a cursor; without one, at the oldest undelivered entry. A cursor
    /// that this outbox never gave out begins with a gap, at the oldest entry there is.
    ///
    /// # Errors
    /// When the client is not known.
    pub fn subscribe(&self, client: &ClientId, after: Option<Cursor>) -> Result<Subscription, UnknownClient> {
        let client = self.client(client)?;
        let (callback, open) = (client.callback.subscribe(), client.streams.subscribe());
        Ok(Subscription::new(client.outbox.clone(), callback, open, after))
    }

    /// The client's dead letters, oldest first.
    ///
    /// # Errors
    /// When the client is not known.
    pub fn dead_letters(&self, client: &ClientId) -> Result<Vec<DeadLetter>, UnknownClient> {
        Ok(self.client(client)?.outbox.dead_letters())
    }

    /// How much the client's outbox holds.
    ///
    /// # Errors
    /// When the client is not known.
    pub fn counts(&self, client: &ClientId) -> Result<Counts, UnknownClient> {
        Ok(self.client(client)?.outbox.counts())
    }

    /// Ends the client's lane and streams and deletes its outbox, dead letters included.
    pub fn forget(&self, client: &ClientId) {
        let Some(forgotten) = self.clients().remove(client) else { return };
        self.store.forget(client);
        let Counts { undelivered, dead_letters, .. } = forgotten.outbox.counts();
        tracing::info!(%client, undelivered, dead_letters, "client forgotten");
    }

    /// Gives undelivered entries their chance, beginning now, for at most `grace`; then ends all
    /// lanes and streams, and tells what is left. What is appended meanwhile is delivered too.
    pub async fn drain(&self, grace: Duration) -> Vec<Undelivered> {
        let clients: Vec<_> =
            self.clients().iter().map(|(id, client)| (id.clone(), client.clone())).collect();
        let all_idle = join_all(clients.iter().map(|(_, client)| client.idle()));
        // Whether all were idle in time is seen below.
        let _ = time::timeout(grace, all_idle).await;
        let left = clients.into_iter().filter_map(|(id, client)| {
            client.end();
            let entries = client.outbox.counts().undelivered;
            (entries > 0).then_some(Undelivered { client: id, entries })
        });
        left.inspect(
            |left| tracing::warn!(client = %left.client, entries = left.entries, "events left undelivered"),
        )
        .collect()
    }

    fn client(&self, client: &ClientId) -> Result<Arc<Client>, UnknownClient> {
        self.clients().get(client).cloned().ok_or_else(|| UnknownClient(client.clone()))
    }

    /// Nothing that runs under the lock can leave the map half changed.
    fn clients(&self) -> MutexGuard<'_, HashMap<ClientId, Arc<Client>>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Client {
    /// Ends when nothing is undelivered, or when nobody is there to take it.
    async fn idle(&self) {
        // A lane that waits for its next attempt makes it now.
        self.callback.send_modify(|_| {});
        let mut changes = self.outbox.changes();
        while self.outbox.counts().undelivered > 0 && self.has_reader() {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    fn has_reader(&self) -> bool {
        self.callback.borrow().is_some() || self.streams.receiver_count() > 0
    }

    fn end(&self) {
        self.lane.abort();
        self.streams.send_replace(false);
    }
}
