//! What administrators see of clients, and which clients are silent.

use std::time::Duration;

use tokio::time::Instant;

use super::{Delivery, UnknownClient};
use crate::{BreakerState, Callback, ClientKey, Counts, JournalError, LastAttempt, Order};

/// How a client's delivery is.
#[derive(Clone, Debug)]
pub struct ClientStatus {
    /// Where its events go.
    pub callback: Option<Callback>,
    /// The order of its events.
    pub order: Order,
    /// What its outbox holds.
    pub counts: Counts,
    /// The age of its oldest undelivered entry, by the wall clock; none while the journal has no database.
    pub oldest: Option<Duration>,
    /// How the last attempt ended, if there was one since the start.
    pub last_attempt: Option<LastAttempt>,
    /// The breaker of its callback's host.
    pub breaker: Option<BreakerState>,
}

impl Delivery {
    /// All clients, in the order of their names.
    #[must_use]
    pub fn client_keys(&self) -> Vec<ClientKey> {
        self.clients().keys().cloned().collect()
    }

    /// How the client's delivery is.
    ///
    /// # Errors
    /// When the client is not known, or the journal cannot be read.
    pub async fn status(&self, client: &ClientKey) -> Result<ClientStatus, JournalError> {
        let known = self.known(client)?;
        let (outbox, callback) = (known.outbox(), known.callback.read(Clone::clone));
        let counts = outbox.counts().get();
        let oldest = match counts.undelivered {
            0 => None,
            _ if self.is_away() => None,
            // Behind what is settled without a gap is the oldest that is not.
            _ => outbox.read(counts.settled, 1).await?.entries.into_iter().next(),
        };
        let now = self.environment.now();
        Ok(ClientStatus {
            order: self.config.get().orders.of(client),
            counts,
            oldest: oldest.map(|entry| now.duration_since(entry.at).unwrap_or_default()),
            last_attempt: known.activity.last_attempt(),
            breaker: callback.as_ref().map(|callback| self.breakers.state_of(callback)),
            callback,
        })
    }

    /// The client says something, so it is not silent. False if it is not known.
    pub fn is_active(&self, client: &ClientKey) -> bool {
        let clients = self.clients();
        let known = clients.get(client);
        known.inspect(|known| known.activity.is_active()).is_some()
    }

    /// When the client said or received something last: now, while a live stream reads it.
    ///
    /// # Errors
    /// When the client is not known.
    pub fn last_active(&self, client: &ClientKey) -> Result<Instant, UnknownClient> {
        let known = self.client(client)?;
        Ok(if known.has_stream() { Instant::now() } else { known.activity.last_active() })
    }
}
