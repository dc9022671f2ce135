//! Clients are forgotten: by an administrator, or because they are silent.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use gc_delivery::{Counts, JournalError};
use gc_rules::ClientKey;
use gc_store::{Change, Health};
use thiserror::Error;

use crate::shared::Shared;

/// The shortest and the longest pause between two searches for silent clients.
const LOOKED_FOR_EVERY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10 * 60));

/// Why a client is not forgotten.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ForgetError {
    /// It is not there.
    #[error("there is no client {:?}", .0.as_str())]
    Unknown(ClientKey),
    /// Agents of it are connected, or are about to be.
    #[error("agents of the client are connected, or about to be: {0}")]
    Connected(usize),
    /// A command of it is pending, which may be a Connect, or it has said or received something meanwhile.
    #[error("the client is in use")]
    InUse,
    /// The store has failed. The client is not known any more, but may come back with the next start.
    #[error("the client cannot be removed from the store")]
    Journal(#[from] JournalError),
    /// The store's disk has failed. The client, which had these events, is not known any more, but may come back with the next
    /// start.
    #[error("the client cannot be removed from the store, whose disk has failed")]
    InMemory(Counts),
}

impl Shared {
    /// Forgets a client that has said and received nothing for this time.
    pub(crate) async fn forget(
        &self,
        client: &ClientKey,
        silent_for: Duration,
    ) -> Result<Counts, ForgetError> {
        let counts = self.begin_to_forget(client, silent_for)?.await?;
        // A record that was handed over before, and is committed only now, would bring the client back with the next start.
        self.outlet.delivery.commit([], [Change::Alive(self.seconds())]).await?;
        let again = {
            let _roster = self.roster();
            let is_gone = self.outlet.delivery.counts(client).is_err();
            is_gone.then(|| self.outlet.delivery.forget(client))
        };
        if let Some(again) = again {
            again.await?;
        }
        match self.outlet.delivery.health() {
            Health::InMemory { .. } => Err(ForgetError::InMemory(counts)),
            _ => Ok(counts),
        }
    }

    /// Under one lock: who makes the client known again begins anew.
    fn begin_to_forget(
        &self,
        client: &ClientKey,
        silent_for: Duration,
    ) -> Result<gc_delivery::Answer<Counts>, ForgetError> {
        let (mut roster, delivery) = (self.roster(), &self.outlet.delivery);
        let last = delivery.last_active(client).map_err(|_| ForgetError::Unknown(client.clone()))?;
        if let Some(agents) = roster.switchboard.agents_by_client().get(client) {
            return Err(ForgetError::Connected(*agents));
        }
        // A Connect that takes an agent over, also one from another client of the same caller.
        if self.commands.has_sent(client) || last.elapsed() < silent_for {
            return Err(ForgetError::InUse);
        }
        roster.switchboard.forget(client);
        roster.records.remove(client);
        Ok(delivery.forget(client))
    }
}

/// Forgets clients that say and receive nothing for this time and have no agent.
pub(crate) async fn forget_silent(shared: Arc<Shared>, after: Duration) {
    let (most_often, least_often) = LOOKED_FOR_EVERY;
    let every = (after / 10).clamp(most_often, least_often);
    while shared.stop.run_until_cancelled(tokio::time::sleep(every)).await.is_some() {
        let delivery = &shared.outlet.delivery;
        // Whoever has an agent is not silent, and is not when the agent has gone just now.
        for client in shared.roster().switchboard.agents_by_client().into_keys() {
            delivery.is_active(client);
        }
        let is_silent =
            |client: &ClientKey| delivery.last_active(client).is_ok_and(|last| last.elapsed() >= after);
        for client in delivery.client_keys().into_iter().filter(is_silent) {
            // A stop does not wait for a database that is away; what is not deleted then is forgotten after the next start.
            let Some(forgotten) = shared.stop.run_until_cancelled(shared.forget(&client, after)).await else {
                return;
            };
            match forgotten {
                Ok(Counts { undelivered, dead_letters, .. }) if undelivered + dead_letters > 0 => {
                    tracing::warn!(%client, undelivered, dead_letters, "forgotten with its events: silent for outbox.forget_after");
                }
                Err(ForgetError::InMemory(Counts { undelivered, dead_letters, .. })) => {
                    tracing::warn!(%client, undelivered, dead_letters,
                        "forgotten: silent for outbox.forget_after; it may come back with the next start, because the store's disk has failed");
                }
                Ok(_) => tracing::info!(%client, "forgotten: silent for outbox.forget_after"),
                Err(ForgetError::Journal(error)) => {
                    tracing::error!(%client, error = &error as &dyn Error, "a silent client is not forgotten");
                }
                Err(_) => {}
            }
        }
    }
}
