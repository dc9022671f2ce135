//! `[outbox]`: what is kept for each client.

use std::num::NonZeroUsize;
use std::time::Duration;

use gc_delivery::Bounds;
use serde::Deserialize;

use super::{mebibytes, some_duration};

/// How much is kept for each client.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Outbox {
    /// Undelivered events at most; older ones become dead letters.
    pub(crate) max_undelivered: usize,
    /// Delivered events kept for replay.
    pub(crate) max_replay: usize,
    /// Undelivered events of all clients together, in memory.
    #[serde(deserialize_with = "mebibytes")]
    pub(crate) max_memory_mib: NonZeroUsize,
    /// Silent clients are forgotten after this time.
    #[serde(deserialize_with = "some_duration")]
    pub(crate) forget_after: Option<Duration>,
}

impl Default for Outbox {
    fn default() -> Self {
        let Bounds { undelivered, replay, .. } = Bounds::default();
        Self {
            max_undelivered: undelivered.entries,
            max_replay: replay.entries,
            max_memory_mib: NonZeroUsize::new(256).unwrap_or(NonZeroUsize::MIN),
            forget_after: None,
        }
    }
}
