//! How long to wait after a failure.

use std::sync::Arc;
use std::time::Duration;

use gc_environment::Environment;

/// No wait is longer, whatever is configured: a time that far away can still be written down.
const A_YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Exponential backoff with jitter, so that those who failed together do not come back together.
#[derive(Clone, Debug)]
pub struct Backoff {
    environment: Arc<dyn Environment>,
    jitter: Jitter,
    first: Duration,
    max: Duration,
    failures: u32,
}

/// How far a wait differs from the exponential one, which is `first`, then twice as much with each failure, up to `max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jitter {
    /// Anything from nothing to all of it: for many who wait for the same server.
    Full,
    /// Half more or less: where a first wait of nearly nothing would not help.
    Half,
}

impl Backoff {
    /// No failure yet.
    pub fn new(first: Duration, max: Duration, jitter: Jitter, environment: Arc<dyn Environment>) -> Self {
        Self { environment, jitter, first, max: max.min(A_YEAR), failures: 0 }
    }

    /// A success: the next failure is the first one again.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// The wait after one more failure; not less than what the server asked for, as far as `max` allows.
    pub fn after_failure(&mut self, asked: Option<Duration>) -> Duration {
        let wait = self.first.saturating_mul(2_u32.saturating_pow(self.failures)).min(self.max);
        self.failures = self.failures.saturating_add(1);
        let jittered = match self.jitter {
            Jitter::Full => self.environment.jitter(wait),
            Jitter::Half => wait / 2 + self.environment.jitter(wait),
        };
        jittered.max(asked.unwrap_or_default().min(self.max))
    }

    /// Failures in a row so far.
    pub fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use gc_environment::RealEnvironment;

    use super::*;

    const FIRST: Duration = Duration::from_millis(100);
    const MAX: Duration = Duration::from_secs(10);

    fn after(failures: u32, jitter: Jitter) -> Backoff {
        Backoff { failures, ..Backoff::new(FIRST, MAX, jitter, Arc::new(RealEnvironment)) }
    }

    /// The shortest and the longest of many waits after so many failures in a row.
    fn range_after(failures: u32, jitter: Jitter) -> (Duration, Duration) {
        let mut waits: Vec<_> = (0..500).map(|_| after(failures, jitter).after_failure(None)).collect();
        waits.sort();
        (waits[0], waits[499])
    }

    #[test]
    fn waits_double_up_to_the_longest_and_use_the_whole_range() {
        for (failures, wait) in [(0, FIRST), (1, FIRST * 2), (4, FIRST * 16), (7, MAX), (1_000, MAX)] {
            let (shortest, longest) = range_after(failures, Jitter::Full);
            assert!(
                shortest < wait / 4 && longest > wait * 3 / 4 && longest <= wait,
                "{failures}: {longest:?}"
            );
            let (shortest, longest) = range_after(failures, Jitter::Half);
            assert!(shortest >= wait / 2 && longest <= wait * 3 / 2, "{failures}: {shortest:?} {longest:?}");
            assert!(
                shortest < wait * 3 / 4 && longest > wait * 5 / 4,
                "{failures}: {shortest:?} {longest:?}"
            );
        }
    }

    #[test]
    fn a_success_begins_anew() {
        let mut backoff = after(20, Jitter::Full);
        backoff.reset();
        assert!(backoff.after_failure(None) <= FIRST);
        assert_eq!(backoff.failures(), 1);
    }

    #[test]
    fn what_the_server_asks_for_counts_up_to_the_longest_wait() {
        let mut backoff = after(0, Jitter::Full);
        assert_eq!(backoff.after_failure(Some(Duration::from_secs(7))), Duration::from_secs(7));
        assert_eq!(backoff.after_failure(Some(Duration::from_secs(7_000))), MAX);
    }
}
