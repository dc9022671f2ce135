//! One client of a delivery.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio_util::task::AbortOnDropHandle;

use crate::{Callback, Counts, Outbox};

/// A client with its task; its streams end with it.
pub(crate) struct Client {
    pub(crate) outbox: Arc<dyn Outbox>,
    pub(crate) callback: watch::Sender<Option<Callback>>,
    /// False ends the live streams; its receivers are the live streams.
    pub(crate) streams: watch::Sender<bool>,
    pub(crate) handed_out: mpsc::UnboundedSender<u64>,
    pub(crate) task: AbortOnDropHandle<()>,
}

impl Client {
    pub(crate) fn counts(&self) -> Counts {
        self.outbox.counts().get()
    }

    /// Ends when nothing is undelivered, or when nobody is there to take it.
    pub(crate) async fn idle(&self) {
        // A task that waits for its next attempt makes it now.
        self.callback.send_modify(|_| {});
        let mut counts = self.outbox.counts();
        while counts.get().undelivered > 0 && self.has_reader() {
            counts.changed().await;
        }
    }

    fn has_reader(&self) -> bool {
        self.callback.borrow().is_some() || self.streams.receiver_count() > 0
    }

    pub(crate) fn end(&self) {
        self.task.abort();
        self.streams.send_replace(false);
    }
}
