//! How many a second, and who goes first.

use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::link::Priority;

/// How much of a second's number may come at once in the background, after a time with less: small enough to be a limit for each
/// second, and large enough to delay nobody in normal use.
const AT_ONCE: Duration = Duration::from_millis(100);

/// Who is waited for may use what was left unused in this time. 1,000 agents who sign in at the same moment need 6 requests each.
const LEFT_OVER: Duration = Duration::from_secs(15);

/// In the background at least one comes in the time of so many, however much is waited for.
const SHARE: u32 = 10;

/// A token bucket, whose state is the time when it will be full, and a queue for each priority. One who gives up in a queue has
/// taken nothing.
#[derive(Debug)]
pub(crate) struct Pace {
    interval: Duration,
    state: Mutex<State>,
    waited_for: tokio::sync::Mutex<()>,
    in_background: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    full_at: Option<Instant>,
    /// When the background had its last turn.
    background_at: Option<Instant>,
}

impl Pace {
    pub(crate) fn new(per_second: NonZeroU32) -> Self {
        Self {
            interval: Duration::from_secs(1) / per_second.get(),
            state: Mutex::default(),
            waited_for: tokio::sync::Mutex::default(),
            in_background: tokio::sync::Mutex::default(),
        }
    }

    /// Counts one that does not wait.
    pub(crate) fn count(&self) {
        self.with_state(|state| state.count(self.interval, Instant::now()));
    }

    /// Waits until one more may be, and counts it.
    pub(crate) async fn turn(&self, priority: Priority) {
        let queue = match priority {
            Priority::WaitedFor => &self.waited_for,
            Priority::Background => &self.in_background,
        };
        let _first = queue.lock().await;
        while let Some(later) = self.with_state(|state| state.take(priority, self.interval, Instant::now())) {
            sleep_until(later).await;
        }
    }

    /// Nothing that runs under this lock waits, or can leave the state half changed.
    fn with_state<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    fn full(&self, now: Instant) -> Instant {
        self.full_at.map_or(now, |at| at.max(now))
    }

    fn count(&mut self, interval: Duration, now: Instant) {
        self.full_at = Some(self.full(now) + interval);
    }

    /// Counts one, if it may be now; else when to ask again.
    fn take(&mut self, priority: Priority, interval: Duration, now: Instant) -> Option<Instant> {
        let full = self.full(now);
        let at = match priority {
            Priority::WaitedFor => full.checked_sub(LEFT_OVER),
            Priority::Background => {
                let share = self.background_at.map_or(now, |at| at + interval * SHARE);
                full.checked_sub(AT_ONCE).map(|at| at.min(share))
            }
        };
        if let Some(later) = at.filter(|at| *at > now) {
            return Some(later);
        }
        self.count(interval, now);
        if priority == Priority::Background {
            self.background_at = Some(now);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::FutureExt;
    use tokio::task::JoinSet;

    use super::*;

    fn pace() -> Arc<Pace> {
        Arc::new(Pace::new(NonZeroU32::new(100).unwrap()))
    }

    /// How long it takes until so many have had their turns.
    async fn took(pace: &Arc<Pace>, turns: usize, priority: Priority) -> Duration {
        let (begun, mut all) = (Instant::now(), JoinSet::new());
        for _ in 0..turns {
            let pace = Arc::clone(pace);
            all.spawn(async move { pace.turn(priority).await });
        }
        all.join_all().await;
        begun.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn in_the_background_so_many_come_in_a_second_and_a_tenth_at_once() {
        let pace = pace();
        assert_eq!(took(&pace, 11, Priority::Background).await, Duration::ZERO);
        let took = took(&pace, 189, Priority::Background).await;
        assert!(took >= Duration::from_millis(1880) && took <= Duration::from_millis(1900), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_waited_for_uses_what_was_left_over() {
        let pace = pace();
        let left_over = usize::try_from(100 * LEFT_OVER.as_secs()).unwrap();
        assert_eq!(took(&pace, left_over + 1, Priority::WaitedFor).await, Duration::ZERO);
        let took = took(&pace, 200, Priority::WaitedFor).await;
        assert!(took >= Duration::from_millis(1980) && took <= Duration::from_millis(2020), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_background_waits_behind_what_is_waited_for_and_has_a_share() {
        let pace = pace();
        took(&pace, 1000, Priority::Background).await;
        let background = tokio::spawn({
            let pace = Arc::clone(&pace);
            async move { took(&pace, 100, Priority::Background).await }
        });
        tokio::task::yield_now().await;
        assert_eq!(took(&pace, 1000, Priority::WaitedFor).await, Duration::ZERO, "it does not queue behind");
        let took = background.await.unwrap();
        assert!(took >= Duration::from_millis(9500) && took <= Duration::from_millis(10_100), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_wait_makes_the_next_ones_wait() {
        let pace = pace();
        (0..100).for_each(|_| pace.count());
        assert_eq!(took(&pace, 1, Priority::Background).await, Duration::ZERO, "its share");
        assert_eq!(took(&pace, 1, Priority::Background).await, Duration::from_millis(100));
        assert_eq!(took(&pace, 1, Priority::WaitedFor).await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_has_taken_nothing() {
        let pace = pace();
        took(&pace, 11, Priority::Background).await;
        for _ in 0..100 {
            assert!(pace.turn(Priority::Background).now_or_never().is_none());
        }
        assert_eq!(took(&pace, 1, Priority::Background).await, Duration::from_millis(10));
    }
}
