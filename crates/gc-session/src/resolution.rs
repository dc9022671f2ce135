//! Waiting for the outcome of an accepted command.

use gc_core::Outcome;
use tokio::sync::oneshot;

/// The outcome of an accepted command. The client gets it as events; this is for an audit log.
#[derive(Debug)]
pub struct Resolution(oneshot::Receiver<Outcome>);

impl Resolution {
    /// A resolution, and what gives it its outcome.
    pub(crate) fn pending() -> (oneshot::Sender<Outcome>, Self) {
        let (resolve, outcome) = oneshot::channel();
        (resolve, Self(outcome))
    }

    /// The resolution of a command that ends as soon as it is accepted.
    pub(crate) fn ready(outcome: Outcome) -> Self {
        let (resolve, resolution) = Self::pending();
        // Its receiver was made just now.
        let _ = resolve.send(outcome);
        resolution
    }

    /// Waits for the outcome. None: the command's task ended without one, so that it is unknown.
    pub async fn outcome(self) -> Option<Outcome> {
        self.0.await.ok()
    }
}
