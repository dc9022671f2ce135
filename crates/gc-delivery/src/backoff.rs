//! How long to wait after a failed attempt.

use std::time::Duration;

/// Exponential backoff with full jitter: after the n-th failure in a row anything between nothing
/// and `first * 2^(n-1)`, so that lanes which failed together do not come back together.
pub(crate) struct Backoff {
    first: Duration,
    max: Duration,
    failures: u32,
}

impl Backoff {
    pub(crate) fn new(first: Duration, max: Duration) -> Self {
        Self { first, max, failures: 0 }
    }

    /// A success: the next failure is the first one again.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    /// The wait after one more failure; not less than what the receiver asked for, as far as the
    /// longest wait allows.
    pub(crate) fn after_failure(&mut self, asked: Option<Duration>) -> Duration {
        let ceiling = self.first.saturating_mul(2_u32.saturating_pow(self.failures)).min(self.max);
        self.failures = self.failures.saturating_add(1);
        let jittered = rand::random_range(Duration::ZERO..=ceiling);
        jittered.max(asked.unwrap_or_default().min(self.max))
    }

    /// Failures in a row so far.
    pub(crate) fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_millis(100);
    const MAX: Duration = Duration::from_secs(10);

    /// The longest of many waits after so many failures in a row.
    fn longest_after(failures: u32) -> Duration {
        let waits = (0..500).map(|_| {
            let mut backoff = Backoff { first: FIRST, max: MAX, failures };
            backoff.after_failure(None)
        });
        waits.max().unwrap()
    }

    #[test]
    fn waits_double_up_to_the_longest_and_use_the_whole_range() {
        for (failures, ceiling) in [(0, FIRST), (1, FIRST * 2), (4, FIRST * 16), (7, MAX), (1_000, MAX)] {
            let longest = longest_after(failures);
            assert!(longest <= ceiling, "{failures}: {longest:?}");
            assert!(longest > ceiling / 2, "{failures}: {longest:?}");
        }
    }

    #[test]
    fn a_success_begins_anew() {
        let mut backoff = Backoff { first: FIRST, max: MAX, failures: 20 };
        backoff.reset();
        assert!(backoff.after_failure(None) <= FIRST);
        assert_eq!(backoff.failures(), 1);
    }

    #[test]
    fn the_receivers_wish_is_heard_up_to_the_longest_wait() {
        let mut backoff = Backoff::new(FIRST, MAX);
        assert_eq!(backoff.after_failure(Some(Duration::from_secs(7))), Duration::from_secs(7));
        assert_eq!(backoff.after_failure(Some(Duration::from_secs(7_000))), MAX);
    }
}
