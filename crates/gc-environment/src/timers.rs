//! Timers by name.

use std::collections::BTreeMap;
use std::future;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// The timers of one task, by name. Of those that are due at the same time the least name comes first.
#[derive(Debug)]
pub struct Timers<T> {
    due: BTreeMap<T, Instant>,
}

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Self { due: BTreeMap::new() }
    }
}

impl<T: Clone + Ord> Timers<T> {
    /// Starts a timer; one that runs already starts anew. After more time than the clock can show it does not run out.
    pub fn start(&mut self, timer: T, after: Duration) {
        match Instant::now().checked_add(after) {
            Some(due) => _ = self.due.insert(timer, due),
            None => self.stop(&timer),
        }
    }

    /// Stops a timer; no-op if it is not running.
    pub fn stop(&mut self, timer: &T) {
        self.due.remove(timer);
    }

    /// Waits for the next timer that runs out and takes it out; for ever if none runs. Dropping the future loses
    /// nothing.
    pub async fn next(&mut self) -> T {
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
        timers.start("forget", Duration::from_secs(900));
        timers.start("reconnect", Duration::from_secs(1));
        timers.start("read", Duration::from_secs(2));
        timers.start("reconnect", Duration::from_secs(3));
        timers.start("deadline", Duration::from_secs(1));
        timers.stop(&"deadline");
        assert_eq!(timers.next().await, "read");
        assert_eq!(timers.next().await, "reconnect");
        assert_eq!(timers.next().await, "forget");
    }

    #[tokio::test(start_paused = true)]
    async fn a_timer_beyond_what_the_clock_can_show_does_not_run_out() {
        let mut timers = Timers::default();
        timers.start("renew", Duration::from_secs(1));
        timers.start("renew", Duration::MAX);
        timers.start("deadline", Duration::from_secs(2));
        assert_eq!(timers.next().await, "deadline");
    }
}
