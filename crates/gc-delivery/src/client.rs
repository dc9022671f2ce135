//! One client of a delivery.

use std::sync::{Arc, Mutex, PoisonError};

use gc_environment::Watched;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use crate::{Callback, ClientKey, Counts, Cursor, Epoch, Journal, Outbox, activity::Activity};

/// Dead letters that were appended again, or are to be deleted.
#[derive(Clone, Debug)]
pub(crate) struct Removal {
    /// The outbox that holds them.
    pub(crate) epoch: Epoch,
    /// Their [`crate::DeadLetter::number`]s.
    pub(crate) letters: Vec<u64>,
}

/// A client with its task. When it is dropped, its task and its live streams end.
pub(crate) struct Client {
    pub(crate) key: ClientKey,
    pub(crate) journal: Arc<dyn Journal>,
    /// The present one, or one that another has superseded.
    pub(crate) outbox: Mutex<Arc<dyn Outbox>>,
    pub(crate) callback: Watched<Option<Callback>>,
    /// False ends the live streams.
    pub(crate) open: Watched<bool>,
    /// Each live stream has a clone.
    pub(crate) handed_out: mpsc::UnboundedSender<Cursor>,
    pub(crate) removals: mpsc::UnboundedSender<Removal>,
    pub(crate) activity: Arc<Activity>,
    pub(crate) task: AbortOnDropHandle<()>,
}

impl Client {
    pub(crate) fn counts(&self) -> Counts {
        self.outbox().counts().get()
    }

    /// The present outbox.
    pub(crate) fn outbox(&self) -> Arc<dyn Outbox> {
        let mut outbox = self.outbox.lock().unwrap_or_else(PoisonError::into_inner);
        if outbox.counts().peek().superseded {
            *outbox = self.journal.open(&self.key);
        }
        Arc::clone(&outbox)
    }

    /// Sets where events go. The next attempt is made at once, also if the callback is the same as before.
    pub(crate) fn set_callback(&self, callback: Option<Callback>) {
        self.activity.is_active();
        self.callback.modify(|present| *present = callback);
    }

    /// Waits until every event is settled, or until there is neither a callback nor a live stream.
    pub(crate) async fn idle(&self) {
        // A task that waits for its next attempt makes it now.
        self.callback.modify(|_| {});
        loop {
            let counts = self.outbox().counts();
            if counts.peek().undelivered == 0 || !self.has_reader() {
                return;
            }
            counts.changed().await;
        }
    }

    fn has_reader(&self) -> bool {
        self.callback.read(Option::is_some) || self.has_stream()
    }

    /// Whether a live stream reads it.
    pub(crate) fn has_stream(&self) -> bool {
        self.handed_out.strong_count() > 1
    }

    pub(crate) fn end(&self) {
        self.task.abort();
        self.open.replace(false);
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.end();
    }
}
