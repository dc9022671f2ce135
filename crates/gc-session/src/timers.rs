//! The timers of one agent.

use std::collections::BTreeMap;
use std::future;
use std::time::Duration;

use gc_core::Timer;
use tokio::time::{Instant, sleep_until};

/// Timers by name; starting one again moves it.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    due: BTreeMap<Timer, Instant>,
}

impl Timers {
    pub(crate) fn start(&mut self, timer: Timer, after: Duration) {
        self.due.insert(timer, Instant::now() + after);
    }

    pub(crate) fn stop(&mut self, timer: &Timer) {
        self.due.remove(timer);
    }

    /// The next timer that runs out; forever when there is none. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Timer {
        let Some((timer, due)) = self.due.iter().min_by_key(|(_, due)| **due) else {
            return future::pending().await;
        };
        let (timer, due) = (timer.clone(), *due);
        sleep_until(due).await;
        self.due.remove(&timer);
        timer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn timers_run_out_in_their_order_and_a_restarted_one_moves() {
        let mut timers = Timers::default();
        timers.start(Timer::Forget, Duration::from_secs(900));
        timers.start(Timer::Reconnect, Duration::from_secs(1));
        timers.start(Timer::Reread, Duration::from_secs(2));
        timers.start(Timer::Reconnect, Duration::from_secs(3));
        timers.start(Timer::Deadline("c1".into()), Duration::from_secs(1));
        timers.stop(&Timer::Deadline("c1".into()));
        assert_eq!(timers.next().await, Timer::Reread);
        assert_eq!(timers.next().await, Timer::Reconnect);
        assert_eq!(timers.next().await, Timer::Forget);
    }
}
