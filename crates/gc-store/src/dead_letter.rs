//! What could not be delivered, and why.

use serde::{Deserialize, Serialize};

use crate::Entry;

/// Why an attempt failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The receiver answered, but not with 2xx. A redirect is such an answer: it is not followed.
    #[error("the receiver answered with status {status}")]
    Status {
        /// The HTTP status.
        status: u16,
    },
    /// No answer came in time.
    #[error("the receiver did not answer in time")]
    TimedOut,
    /// No connection could be made: name, network, port or TLS.
    #[error("the receiver could not be reached: {0}")]
    Unreachable(String),
    /// The receiver's name resolves to an address that callbacks may not go to.
    #[error("{0}")]
    Forbidden(String),
    /// The connection broke before an answer came.
    #[error("the connection to the receiver broke: {0}")]
    Broken(String),
    /// Anything else, in the sink's words.
    #[error("{0}")]
    Other(String),
}

/// Why an entry was given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Reason {
    /// It was older than `max_age` when an attempt failed like this.
    #[error("too old: {0}")]
    Expired(Failure),
    /// The receiver will never take it.
    #[error("refused: {0}")]
    Refused(Failure),
    /// Too many undelivered entries had gathered behind it.
    #[error("too many undelivered events")]
    Overflow,
}

/// An entry that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its place in the outbox that holds it: the first entry that an outbox gives up or takes over has number 1. It has another one in the
    /// outbox of the next epoch.
    pub number: u64,
    /// The entry as it would have been sent, with the epoch and the number that it was appended with. They are those of an earlier outbox
    /// of the client if the dead letter was taken over.
    pub entry: Entry,
    /// Why.
    pub reason: Reason,
}
