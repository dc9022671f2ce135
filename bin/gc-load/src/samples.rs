//! Response times and their summary.

use std::time::Duration;

use serde::Serialize;

/// Durations of the same step.
#[derive(Clone, Debug, Default)]
pub(crate) struct Samples(Vec<Duration>);

/// Their summary in milliseconds; all zero when there are none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    pub(crate) count: usize,
    pub(crate) min_ms: f64,
    pub(crate) avg_ms: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) max_ms: f64,
}

impl Samples {
    pub(crate) fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// Adds this time as often as it takes until there are so many.
    pub(crate) fn fill(&mut self, count: usize, time: Duration) {
        self.0.resize(count.max(self.0.len()), time);
    }

    pub(crate) fn summary(mut self) -> Summary {
        self.0.sort_unstable();
        let count = self.0.len();
        let sum: f64 = self.0.iter().copied().map(milliseconds).sum();
        Summary {
            count,
            min_ms: self.percentile(0),
            avg_ms: if count == 0 { 0.0 } else { sum / count as f64 },
            p50_ms: self.percentile(50),
            p99_ms: self.percentile(99),
            max_ms: self.percentile(100),
        }
    }

    /// The nearest-rank percentile: the smallest sample that at least `percent` of all samples do not exceed.
    fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0.get(rank - 1).copied().map_or(0.0, milliseconds)
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The summary of 1 ms to `n` ms, the longest first.
    fn to(n: u64) -> Summary {
        Samples((1..=n).rev().map(Duration::from_millis).collect()).summary()
    }

    fn all(summary: Summary) -> [f64; 5] {
        let Summary { min_ms, avg_ms, p50_ms, p99_ms, max_ms, .. } = summary;
        [min_ms, avg_ms, p50_ms, p99_ms, max_ms]
    }

    #[test]
    fn percentiles_are_the_nearest_rank_whatever_the_order() {
        assert_eq!(all(to(1000)), [1.0, 500.5, 500.0, 990.0, 1000.0]);
        assert_eq!(all(to(100)), [1.0, 50.5, 50.0, 99.0, 100.0]);
        assert_eq!(all(to(101)), [1.0, 51.0, 51.0, 100.0, 101.0]);
    }

    #[test]
    fn what_is_counted_again_and_again_gets_the_time_of_the_first_count() {
        let mut samples = Samples::default();
        for (count, time) in [(2, 10), (2, 20), (1, 30), (3, 40)] {
            samples.fill(count, Duration::from_millis(time));
        }
        let summary = samples.summary();
        assert_eq!((summary.count, all(summary)), (3, [10.0, 20.0, 10.0, 40.0, 40.0]));
    }

    #[test]
    fn few_samples_have_a_summary_as_well() {
        assert_eq!(all(to(3)), [1.0, 2.0, 2.0, 3.0, 3.0]);
        assert_eq!(all(to(2)), [1.0, 1.5, 1.0, 2.0, 2.0]);
        assert_eq!(all(to(1)), [1.0; 5]);
        assert_eq!((to(0).count, all(to(0))), (0, [0.0; 5]));
    }
}
