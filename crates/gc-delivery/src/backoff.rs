//! How long to wait after a failure.

use gc_environment::Environment;
use std::{error::Error, sync::Arc, time::Duration};

use tokio::time;

use crate::{Answer, Config, JournalError};

/// No wait is longer, whatever is configured: a time that far away can still be written down.
const A_YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Exponential backoff with full jitter: after the n-th failure in a row anything between nothing
/// and `first * 2^(n-1)`, so that tasks which failed together do not come back together.
#[derive(Clone)]
pub(crate) struct Backoff {
    environment: Arc<dyn Environment>,
    first: Duration,
    max: Duration,
    failures: u32,
}

impl Backoff {
    pub(crate) fn new(config: &Config, environment: Arc<dyn Environment>) -> Self {
        Self { environment, first: config.first_delay, max: config.max_delay.min(A_YEAR), failures: 0 }
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
        self.environment.jitter(ceiling).max(asked.unwrap_or_default().min(self.max))
    }

    /// Failures in a row so far.
    pub(crate) fn failures(&self) -> u32 {
        self.failures
    }

    /// The wait after one more failure of the journal, which is logged.
    pub(crate) fn after_journal_failure(&mut self, what: &'static str, error: &JournalError) -> Duration {
        let delay = self.after_failure(None);
        let failures = self.failures;
        tracing::error!(what, error = error as &dyn Error, failures, ?delay, "the journal failed");
        delay
    }

    /// Asks a journal until it answers; only what cannot pass comes back as an error.
    pub(crate) async fn persist<T>(
        mut self,
        what: &'static str,
        ask: impl Fn() -> Answer<T>,
    ) -> Result<T, JournalError> {
        loop {
            match ask().await {
                Err(error) if error.may_pass() => {
                    let delay = self.after_failure(None);
                    let failures = self.failures;
                    tracing::error!(
                        what,
                        error = &error as &dyn Error,
                        failures,
                        ?delay,
                        "the journal failed"
                    );
                    time::sleep(delay).await;
                }
                result => return result,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gc_environment::RealEnvironment;

    const FIRST: Duration = Duration::from_millis(100);
    const MAX: Duration = Duration::from_secs(10);

    fn after(failures: u32) -> Backoff {
        let config = Config { first_delay: FIRST, max_delay: MAX, ..Config::default() };
        Backoff { failures, ..Backoff::new(&config, Arc::new(RealEnvironment)) }
    }

    /// The longest of many waits after so many failures in a row.
    fn longest_after(failures: u32) -> Duration {
        let waits = (0..500).map(|_| after(failures).after_failure(None));
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
        let mut backoff = after(20);
        backoff.reset();
        assert!(backoff.after_failure(None) <= FIRST);
        assert_eq!(backoff.failures(), 1);
    }

    #[test]
    fn the_receivers_wish_is_heard_up_to_the_longest_wait() {
        let mut backoff = after(0);
        assert_eq!(backoff.after_failure(Some(Duration::from_secs(7))), Duration::from_secs(7));
        assert_eq!(backoff.after_failure(Some(Duration::from_secs(7_000))), MAX);
    }
}
