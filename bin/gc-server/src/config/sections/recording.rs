//! `[recording]`: how much is recorded of agents.

use std::num::NonZeroUsize;
use std::time::Duration;

use gc_session::{LimitsOfRecording, RecordingLimits};
use serde::Deserialize;

use super::duration;

/// How much is recorded of agents, for support.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Recording {
    /// Agents at the same time.
    pub(crate) max_agents: NonZeroUsize,
    /// Of each agent.
    pub(crate) max_kib: NonZeroUsize,
    #[serde(deserialize_with = "duration")]
    pub(crate) max_time: Duration,
}

impl Default for Recording {
    fn default() -> Self {
        let RecordingLimits { agents, each } = RecordingLimits::default();
        let number = |number| NonZeroUsize::new(number).unwrap_or(NonZeroUsize::MIN);
        Self { max_agents: number(agents), max_kib: number(each.bytes >> 10), max_time: each.time }
    }
}

impl Recording {
    pub(crate) fn limits(&self) -> RecordingLimits {
        let bytes = self.max_kib.get().saturating_mul(1024);
        RecordingLimits {
            agents: self.max_agents.get(),
            each: LimitsOfRecording { bytes, time: self.max_time },
        }
    }
}
