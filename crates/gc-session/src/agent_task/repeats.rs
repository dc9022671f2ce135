//! Entries that would be repeated: the first one is logged at once, further ones once a minute with their number.

use std::time::Duration;

use tokio::time::Instant;

/// Repetitions of this time are one entry.
const EVERY: Duration = Duration::from_secs(60);

/// How often one thing has happened to an agent since it was logged last.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    logged: Option<Instant>,
    since: u64,
}

impl Repeats {
    /// It happened again. If it is to be logged now: how often it has happened since the last entry, this time included.
    pub(super) fn again(&mut self) -> Option<u64> {
        let now = Instant::now();
        self.since += 1;
        if self.logged.is_some_and(|logged| now.duration_since(logged) < EVERY) {
            return None;
        }
        self.logged = Some(now);
        Some(std::mem::take(&mut self.since))
    }

    /// It is over: the next time is logged at once.
    pub(super) fn over(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_repeats_is_logged_once_a_minute_with_its_number() {
        let mut repeats = Repeats::default();
        assert_eq!(repeats.again(), Some(1));
        for _ in 0..59 {
            tokio::time::advance(Duration::from_secs(1)).await;
            assert_eq!(repeats.again(), None);
        }
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(repeats.again(), Some(60));
        assert_eq!(repeats.again(), None);
        repeats.over();
        assert_eq!(repeats.again(), Some(1));
    }
}
