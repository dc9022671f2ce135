//! Asking a journal until it answers.

use std::{error::Error, time::Duration};

use gc_net::Backoff;
use tokio::time;

use crate::{Answer, JournalError};

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

/// Asks a journal until it answers; only what cannot pass comes back as an error.
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
