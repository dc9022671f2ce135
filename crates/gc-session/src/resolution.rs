//! Waiting for the outcome of an accepted command.

use gc_rules::{AgentKey, ClientKey, CommandId, Outcome};
use gc_store::CommandRecord;
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

    /// The resolution of a command whose outcome is only its client's.
    pub(crate) fn unknown() -> Self {
        Self::pending().1
    }

    /// Waits for the outcome. None: the command's task ended without one, or it had no place among the pending commands
    /// after a restart, so that it is unknown.
    pub async fn outcome(self) -> Option<Outcome> {
        self.0.await.ok()
    }
}

/// A command that was accepted before a restart and had no outcome then.
#[derive(Debug)]
pub struct RestoredCommand {
    /// Its id.
    pub command_id: CommandId,
    /// Its name on the wire: `MakeCall`.
    pub name: String,
    /// The agent whose session carries it out.
    pub agent: AgentKey,
    /// The client that gets its events.
    pub client: ClientKey,
    /// Its outcome, when it comes.
    pub resolution: Resolution,
}

impl RestoredCommand {
    pub(crate) fn new(record: &CommandRecord, resolution: Resolution) -> Self {
        let CommandRecord { id, client, agent, name } = record.clone();
        Self { command_id: id, name, agent, client, resolution }
    }
}
