//! The sink: the trait behind HTTP callbacks.

use std::{fmt, time::Duration};

use futures_util::future::BoxFuture;

use crate::{Callback, Entry, Failure};

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
    /// It may not have it; the entry is tried again until it is too old.
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

/// What remains of an attempt after its entry has arrived: reading the response to its end. The entry counts as delivered
/// already; the next one waits.
#[derive(Default)]
pub struct Rest(Option<BoxFuture<'static, ()>>);

impl Rest {
    /// Nothing.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// This future. It must end by itself.
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
