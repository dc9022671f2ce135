//! Calls to the journal that are repeated until they succeed.

use std::{error::Error, sync::Arc, time::Duration};

use gc_environment::Environment;
use gc_net::{Backoff, Jitter};
use tokio::time;

use crate::{Answer, JournalError};

const FIRST_DELAY: Duration = Duration::from_millis(250);
const MAX_DELAY: Duration = Duration::from_secs(30);

/// The backoff for calls to the journal that must succeed.
pub(crate) fn journal_backoff(environment: &Arc<dyn Environment>) -> Backoff {
    Backoff::new(FIRST_DELAY, MAX_DELAY, Jitter::Full, Arc::clone(environment))
}

/// The wait after one more failure of the journal, which is logged.
pub(crate) fn after_journal_failure(
    backoff: &mut Backoff,
    what: &'static str,
    error: &JournalError,
) -> Duration {
    let delay = backoff.after_failure(None);
    let failures = backoff.failures();
    tracing::error!(what, error = error as &dyn Error, failures, ?delay, "the journal failed");
    delay
}

/// Repeats a call to the journal until it succeeds. Only an error that is permanent is returned.
pub(crate) async fn persist<T>(
    mut backoff: Backoff,
    what: &'static str,
    ask: impl Fn() -> Answer<T>,
) -> Result<T, JournalError> {
    loop {
        match ask().await {
            Err(error) if error.may_pass() => {
                time::sleep(after_journal_failure(&mut backoff, what, &error)).await;
            }
            result => return result,
        }
    }
}
