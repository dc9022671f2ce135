//! The way out, as a trait: HTTP callbacks are one.

use std::{fmt, time::Duration};

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::{Callback, Entry};

/// Brings one entry to where its client wants it, once.
pub trait Sink: Send + Sync + 'static {
    /// One attempt. It ends, whatever the receiver does; dropping it gives the attempt up.
    fn deliver(&self, to: &Callback, entry: &Entry) -> BoxFuture<'static, Attempt>;
}

/// How an attempt ended.
#[derive(Debug)]
pub enum Attempt {
    /// The receiver has the entry.
    Delivered(Rest),
    /// It has not, or not for certain; the entry is tried again until it is too old.
    Retry {
        /// What went wrong.
        failure: Failure,
        /// How long the receiver asks to be left alone.
        after: Option<Duration>,
    },
    /// The receiver will never take this entry.
    Dead {
        /// What it said.
        failure: Failure,
    },
}

/// What is left to do of an attempt whose entry has arrived (an answer is read to its end). The entry
/// counts as delivered meanwhile; the next one waits.
#[derive(Default)]
pub struct Rest(Option<BoxFuture<'static, ()>>);

impl Rest {
    /// Nothing.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// This much. It must end by itself.
    pub fn of(rest: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(Some(Box::pin(rest)))
    }

    pub(crate) fn into_future(self) -> Option<BoxFuture<'static, ()>> {
        self.0
    }
}

impl fmt::Debug for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Rest(..)" } else { "Rest" })
    }
}

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// It was older than `max_age` when an attempt failed like this.
    Expired(Failure),
    /// The receiver will never take it.
    Refused(Failure),
    /// Too many undelivered entries had gathered behind it.
    Overflow,
}

/// An entry that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The entry as it would have been sent.
    pub entry: Entry,
    /// Why.
    pub reason: Reason,
}
