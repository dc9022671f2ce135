//! The lane of one client: its entries go to its callback, strictly one after the other.

use std::{sync::Arc, time::SystemTime};

use tokio::{select, sync::watch, time};

use crate::{Callback, ClientId, Config, Entry, Outbox, attempt::Sender, backoff::Backoff};

/// A cursor over an outbox that posts. It lives as long as the client is known, and is ended by
/// dropping it: what was not acknowledged stays in the outbox.
pub(crate) struct Lane {
    pub(crate) client: ClientId,
    pub(crate) outbox: Arc<dyn Outbox>,
    /// Where to; it is sent anew with each Hello, which also ends a wait for the next attempt.
    pub(crate) callback: watch::Receiver<Option<Callback>>,
    pub(crate) sender: Sender,
    pub(crate) config: Arc<Config>,
}

impl Lane {
    /// Runs until the client is forgotten.
    pub(crate) async fn run(mut self) {
        let mut changes = self.outbox.changes();
        let mut backoff = Backoff::new(self.config.first_delay, self.config.max_delay);
        let mut alive = true;
        while alive {
            // Marked as seen before looking, so that nothing that comes after the look is slept over.
            changes.borrow_and_update();
            let callback = self.callback.borrow_and_update().clone();
            alive = match (callback, self.outbox.next_undelivered()) {
                (Some(callback), Some(entry)) => self.deliver(&callback, &entry, &mut backoff).await,
                (None, _) => self.callback.changed().await.is_ok(),
                (Some(_), None) => select! {
                    changed = changes.changed() => changed.is_ok(),
                    changed = self.callback.changed() => changed.is_ok(),
                },
            };
        }
    }

    /// One attempt, and the wait if it failed. Says whether the client is still there.
    async fn deliver(&mut self, callback: &Callback, entry: &Entry, backoff: &mut Backoff) -> bool {
        let started = time::Instant::now();
        let result = self.sender.post(callback, entry).await;
        let elapsed = started.elapsed();
        let (client, sequence, event_type) = (&self.client, entry.sequence, &entry.message.event_type);
        let failure = match result {
            Ok(answer) => {
                tracing::debug!(%client, sequence, event_type, ?elapsed, "event delivered");
                backoff.reset();
                self.outbox.acknowledge(sequence);
                answer.finish().await;
                return true;
            }
            Err(failure) => failure,
        };
        let delay = backoff.after_failure(failure.retry_after());
        let failures = backoff.failures();
        tracing::warn!(%client, sequence, event_type, %callback, %failure, failures, ?elapsed, ?delay,
            "event not delivered");
        // The receiver has just refused: whatever is too old has had its time.
        if let Some(too_old) = SystemTime::now().checked_sub(self.config.max_age) {
            self.outbox.expire(too_old, &failure);
        }
        select! {
            () = time::sleep(delay) => true,
            changed = self.callback.changed() => changed.is_ok(),
        }
    }
}
