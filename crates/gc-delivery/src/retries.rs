//! What follows a failed attempt.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use gc_environment::Environment;

use crate::{Failure, config::Current};

/// The failed attempts of the entries that are not settled, and the schedule of the next ones (docs/delivery.md).
pub(crate) struct Retries {
    config: Current,
    environment: Arc<dyn Environment>,
    failed: BTreeMap<u64, Failed>,
}

#[derive(Clone, Copy, Default)]
struct Failed {
    /// All failures of the entry.
    attempts: usize,
    /// How many of the last consecutive ones were refusals of this entry itself.
    rejections: usize,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The entry is tried again after this.
    Retry(Duration),
    /// The same, and no other entry is tried before that: the receiver is gone.
    Pause(Duration),
    /// The receiver will never take this entry.
    GiveUp,
}

impl fmt::Display for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Retry(wait) => write!(f, "again in {wait:?}"),
            Self::Pause(wait) => write!(f, "all again in {wait:?}"),
            Self::GiveUp => f.write_str("never again"),
        }
    }
}

impl Retries {
    pub(crate) fn new(config: impl Into<Current>, environment: Arc<dyn Environment>) -> Self {
        Self { config: config.into(), environment, failed: BTreeMap::new() }
    }

    /// An attempt of this entry has failed. `requested`: the pause that the receiver asks for.
    pub(crate) fn after(&mut self, sequence: u64, failure: &Failure, requested: Option<Duration>) -> Next {
        let failed = self.failed.entry(sequence).or_default();
        failed.attempts = failed.attempts.saturating_add(1);
        failed.rejections = if rejects(failure) { failed.rejections + 1 } else { 0 };
        let Failed { attempts, rejections } = *failed;
        let config = self.config.get();
        if rejections >= config.rejected_tries {
            return Next::GiveUp;
        }
        match failure {
            Failure::Status { status: 410 } => Next::Pause(self.jittered(config.gone_pause)),
            // Soon, whatever was before and whatever is requested: the events behind it wait.
            _ if rejections > 0 => Next::Retry(self.wait(rejections)),
            _ => {
                let requested = requested.unwrap_or_default().min(config.max_retry_after);
                Next::Retry(self.wait(attempts).max(requested))
            }
        }
    }

    #[cfg(test)]
    fn attempts(&self, sequence: u64) -> usize {
        self.failed.get(&sequence).map_or(0, |failed| failed.attempts)
    }

    /// The entry is settled.
    pub(crate) fn settle(&mut self, sequence: u64) {
        self.failed.remove(&sequence);
    }

    /// Everything up to this number is settled.
    pub(crate) fn advance(&mut self, up_to: u64) {
        while let Some(first) = self.failed.first_entry()
            && *first.key() <= up_to
        {
            first.remove();
        }
    }

    /// The callback may be another one: all schedules begin again.
    pub(crate) fn reset(&mut self) {
        self.failed.clear();
    }

    fn wait(&self, failures: usize) -> Duration {
        self.jittered(self.nominal(failures))
    }

    /// The wait after so many failures, without its variation.
    pub(crate) fn nominal(&self, failures: usize) -> Duration {
        let config = self.config.get();
        let at =
            |number: usize| number.checked_sub(1).map_or(Some(&Duration::ZERO), |n| config.retry_at.get(n));
        match (at(failures.saturating_sub(1)), at(failures)) {
            (Some(before), Some(next)) => next.saturating_sub(*before),
            _ => config.retry_every,
        }
    }

    /// Plus or minus a quarter, so that clients whose attempts failed together do not retry together.
    fn jittered(&self, wait: Duration) -> Duration {
        wait - wait / 4 + self.environment.jitter(wait / 2)
    }
}

/// These answers are about the entry, not about the receiver's state.
fn rejects(failure: &Failure) -> bool {
    matches!(failure, Failure::Status { status: 400 | 413 | 422 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;
    use crate::stage::Seeded;

    const MINUTE: Duration = Duration::from_secs(60);

    async fn retries() -> Retries {
        Retries::new(Arc::new(Config::default()), Arc::new(Seeded::new(3)))
    }

    fn status(status: u16) -> Failure {
        Failure::Status { status }
    }

    /// The wait in seconds, with its jitter taken away.
    fn seconds(next: Next) -> u64 {
        let (Next::Retry(wait) | Next::Pause(wait)) = next else { panic!("given up") };
        let all = [1, 3, 5, 30, 600].map(Duration::from_secs);
        let fits = |nominal: &Duration| wait >= *nominal * 3 / 4 && wait <= *nominal * 5 / 4;
        all.into_iter().find(fits).unwrap_or(wait).as_secs()
    }

    #[tokio::test]
    async fn other_times_count_from_the_next_failure_on() {
        let current = Current::from(Arc::new(Config::default()));
        let retries = Retries::new(current.clone(), Arc::new(Seeded::new(3)));
        assert_eq!(retries.nominal(1), Duration::from_secs(1));
        current.replace(Config { retry_at: Vec::new(), retry_every: MINUTE, ..Config::default() });
        assert_eq!(retries.nominal(1), MINUTE);
    }

    #[tokio::test(start_paused = true)]
    async fn attempts_are_at_0_1_2_5_and_10_seconds_and_then_every_30() {
        let mut retries = retries().await;
        for failure in [status(503), status(404), status(401), Failure::TimedOut] {
            let waits: Vec<_> = (0..7).map(|_| seconds(retries.after(1, &failure, None))).collect();
            assert_eq!(waits, [1, 1, 3, 5, 30, 30, 30], "{failure}");
            retries.reset();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn waits_differ_by_a_quarter_at_most_and_use_the_whole_range() {
        let retries = retries().await;
        let mut waits: Vec<_> = (0..500).map(|_| retries.wait(5).as_millis()).collect();
        waits.sort_unstable();
        assert!((22_500..23_500).contains(&waits[0]) && (36_500..=37_500).contains(&waits[499]), "{waits:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn retry_after_makes_the_wait_longer_up_to_five_minutes() {
        let mut retries = retries().await;
        assert_eq!(retries.after(1, &status(503), Some(MINUTE)), Next::Retry(MINUTE));
        assert_eq!(retries.after(1, &status(429), Some(60 * MINUTE)), Next::Retry(5 * MINUTE));
        assert_eq!(seconds(retries.after(1, &status(503), Some(Duration::ZERO))), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn an_entry_that_is_rejected_three_times_in_a_row_is_given_up_soon() {
        let mut retries = retries().await;
        for status_code in [400, 413, 422] {
            retries.reset();
            for _ in 0..4 {
                retries.after(1, &status(503), None);
            }
            let requested = Some(60 * MINUTE);
            let waits = [(); 2].map(|()| seconds(retries.after(1, &status(status_code), requested)));
            assert_eq!(waits, [1, 1]);
            assert_eq!(retries.after(1, &status(status_code), requested), Next::GiveUp);
        }
        retries.reset();
        for _ in 0..5 {
            assert_ne!(retries.after(1, &status(400), None), Next::GiveUp);
            assert_ne!(retries.after(1, &status(502), None), Next::GiveUp, "not in a row");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn other_answers_of_4xx_never_end_an_entry() {
        let mut retries = retries().await;
        for code in (300..600).filter(|code| ![400, 410, 413, 422].contains(code)) {
            for _ in 0..10 {
                assert!(matches!(retries.after(code.into(), &status(code), None), Next::Retry(_)), "{code}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn gone_pauses_everything_for_ten_minutes_each_time() {
        let mut retries = retries().await;
        for _ in 0..5 {
            let next = retries.after(1, &status(410), None);
            assert!(matches!(next, Next::Pause(_)) && seconds(next) == 600, "{next:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn each_entry_has_a_schedule_of_its_own_until_it_is_settled() {
        let mut retries = retries().await;
        for _ in 0..5 {
            retries.after(1, &status(500), None);
            retries.after(3, &status(500), None);
        }
        assert_eq!(seconds(retries.after(2, &status(500), None)), 1);
        assert_eq!(retries.attempts(1), 5);
        retries.advance(2);
        retries.settle(3);
        assert_eq!([1, 2, 3].map(|sequence| retries.attempts(sequence)), [0; 3]);
    }
}
