//! How many a second.

use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// How much of a second's number may come at once, after a time with less.
const AT_ONCE: Duration = Duration::from_millis(100);

/// A token bucket, whose state is the time when it will be full. It holds a tenth of a second's number: small enough to be a
/// limit for each second, and large enough to delay nobody in normal use.
#[derive(Debug)]
pub(crate) struct Pace {
    interval: Duration,
    full_at: Mutex<Option<Instant>>,
}

impl Pace {
    pub(crate) fn new(per_second: NonZeroU32) -> Self {
        Self { interval: Duration::from_secs(1) / per_second.get(), full_at: Mutex::new(None) }
    }

    /// Counts one, and says from when on it may be.
    pub(crate) fn count(&self) -> Instant {
        let now = Instant::now();
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let full = full_at.map_or(now, |at| at.max(now));
        *full_at = Some(full + self.interval);
        full.checked_sub(AT_ONCE).map_or(now, |at| at.max(now))
    }

    /// Counts one, and waits until it may be. Dropping the future does not take it back.
    pub(crate) async fn turn(&self) {
        let at = self.count();
        if at > Instant::now() {
            sleep_until(at).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn so_many_come_in_a_second_and_a_tenth_of_them_at_once() {
        let pace = Pace::new(NonZeroU32::new(100).unwrap());
        let begun = Instant::now();
        for number in 1..=200 {
            pace.turn().await;
            if number == 11 {
                assert_eq!(begun.elapsed(), Duration::ZERO);
            }
        }
        let took = begun.elapsed();
        assert!(took >= Duration::from_millis(1880) && took <= Duration::from_millis(1900), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_wait_makes_the_next_ones_wait() {
        let pace = Pace::new(NonZeroU32::new(100).unwrap());
        for _ in 0..100 {
            pace.count();
        }
        let begun = Instant::now();
        pace.turn().await;
        assert_eq!(begun.elapsed(), Duration::from_millis(900));
    }
}
