//! The few timers of one session.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::Timer;

#[derive(Debug, Default)]
pub(super) struct Timers {
    running: Vec<(Timer, Instant)>,
}

impl Timers {
    pub(super) fn start(&mut self, timer: Timer, after: Duration) {
        self.stop(timer);
        self.running.push((timer, Instant::now() + after));
    }

    pub(super) fn stop(&mut self, timer: Timer) {
        self.running.retain(|(running, _)| *running != timer);
    }

    /// Waits for the timer that is due first and takes it out. Waits for ever when none runs.
    pub(super) async fn fired(&mut self) -> Timer {
        match self.running.iter().copied().min_by_key(|(_, due)| *due) {
            Some((timer, due)) => {
                sleep_until(due).await;
                self.stop(timer);
                timer
            }
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_earliest_fires_first_and_a_stopped_one_never() {
        let mut timers = Timers::default();
        timers.start(Timer::Step, Duration::from_secs(1));
        timers.start(Timer::Close, Duration::from_secs(3));
        timers.start(Timer::Ping, Duration::from_secs(2));
        timers.start(Timer::Step, Duration::from_secs(4));
        timers.stop(Timer::Close);
        assert_eq!(timers.fired().await, Timer::Ping);
        assert_eq!(timers.fired().await, Timer::Step);
    }
}
