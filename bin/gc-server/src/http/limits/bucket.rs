//! How often something may come.

use std::num::NonZeroU32;
use std::time::Duration;

use tokio::time::Instant;

/// Requests each second, and how many may come at once before that rate counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    /// The time that one request takes.
    each: Duration,
    burst: Duration,
}

/// A token bucket. Its state is the time at which it will be full again, so one that was not used for a while can be dropped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    pub(super) full_at: Instant,
}

impl Rate {
    pub(crate) fn new(per_second: NonZeroU32, burst: NonZeroU32) -> Self {
        let each = Duration::from_secs(1) / per_second.get();
        Self { each, burst: each.saturating_mul(burst.get()) }
    }
}

impl Bucket {
    /// How long one more has to wait.
    pub(super) fn wait(self, rate: Rate, now: Instant) -> Duration {
        let full_at = self.full_at.max(now) + rate.each;
        full_at.saturating_duration_since(now).saturating_sub(rate.burst)
    }

    pub(super) fn take(&mut self, rate: Rate, now: Instant) {
        self.full_at = self.full_at.max(now) + rate.each;
    }
}
