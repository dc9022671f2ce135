//! Why a request is not taken.

use gc_delivery::InvalidCallback;
use thiserror::Error;

/// Why a request is not taken at the moment.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SubmitError {
    /// The engine is stopping.
    #[error("The connector is stopping. Send the command again when it is back.")]
    Stopping,
    /// Events are written down more slowly than they come.
    #[error("The connector has more events than it can write down. Send the command again in a moment.")]
    Overloaded,
    /// The store has no database now, so that no command could be kept.
    #[error(
        "The connector's database is away, so that it cannot keep the command. Nothing was begun. Send it again in a moment."
    )]
    StoreAway,
    /// Too many commands have no outcome yet.
    #[error("{most} commands of this {of} have no outcome yet. Wait for theirs.")]
    TooMany {
        /// How many may be pending.
        most: usize,
        /// Whose they are: `agent`, of those that this client shares the limit with; `client`, of all agents.
        of: &'static str,
    },
    /// A pending command of this agent has the same `correlationId`.
    #[error("A command of this agent with the same correlationId has no outcome yet. Wait for its events.")]
    Repeated,
    /// The callback address cannot be used.
    #[error("{0}")]
    Callback(#[from] InvalidCallback),
}
