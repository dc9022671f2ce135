#![doc = include_str!("../README.md")]
//!
//! Begin with [`Counts`], [`Levels`] and [`Durations`].

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The upper bounds of the buckets of every [`Histogram`], in seconds; a last one holds what is longer.
pub const BOUNDS: [f64; 15] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 300.0];

/// How often something happened, by key.
#[derive(Debug)]
pub struct Counts<K>(Mutex<BTreeMap<K, u64>>);

impl<K> Default for Counts<K> {
    fn default() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }
}

impl<K: Ord + Clone> Counts<K> {
    /// It happened so many times more.
    pub fn add<Q>(&self, key: &Q, times: u64)
    where
        K: Borrow<Q>,
        Q: Ord + ToOwned<Owned = K> + ?Sized,
    {
        let mut counts = lock(&self.0);
        match counts.get_mut(key) {
            Some(count) => *count += times,
            None => _ = counts.insert(key.to_owned(), times),
        }
    }

    /// All counts.
    pub fn snapshot(&self) -> BTreeMap<K, u64> {
        lock(&self.0).clone()
    }
}

/// How many are in which state now.
#[derive(Debug, Default)]
pub struct Levels(Mutex<BTreeMap<&'static str, u64>>);

impl Levels {
    /// One goes from this state to that one; `None`: it comes or goes.
    pub fn moves(&self, from: Option<&'static str>, to: Option<&'static str>) {
        if from == to {
            return;
        }
        let mut levels = lock(&self.0);
        if let Some(left) = from.and_then(|from| levels.get_mut(from)) {
            *left = left.saturating_sub(1);
        }
        if let Some(to) = to {
            *levels.entry(to).or_default() += 1;
        }
    }

    /// All states that there ever was one in.
    pub fn snapshot(&self) -> BTreeMap<&'static str, u64> {
        lock(&self.0).clone()
    }
}

/// How long something took, in buckets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    /// For each of [`BOUNDS`], and for what is longer, how many there were above the bound before.
    pub buckets: [u64; BOUNDS.len() + 1],
    /// All of them together.
    pub sum: Duration,
}

impl Histogram {
    /// It took this long once more.
    pub fn add(&mut self, took: Duration) {
        let bucket = BOUNDS.partition_point(|bound| *bound < took.as_secs_f64());
        if let Some(count) = self.buckets.get_mut(bucket) {
            *count += 1;
        }
        self.sum = self.sum.saturating_add(took);
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }
}

/// How long something took, by key.
#[derive(Debug)]
pub struct Durations<K>(Mutex<BTreeMap<K, Histogram>>);

impl<K> Default for Durations<K> {
    fn default() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }
}

impl<K: Ord + Clone> Durations<K> {
    /// It took this long once more.
    pub fn add(&self, key: K, took: Duration) {
        lock(&self.0).entry(key).or_default().add(took);
    }

    /// All histograms.
    pub fn snapshot(&self) -> BTreeMap<K, Histogram> {
        lock(&self.0).clone()
    }
}

/// How long something took that there is one kind of.
#[derive(Debug, Default)]
pub struct Times(Mutex<Histogram>);

impl Times {
    /// It took this long once more.
    pub fn add(&self, took: Duration) {
        lock(&self.0).add(took);
    }

    /// The histogram.
    pub fn snapshot(&self) -> Histogram {
        lock(&self.0).clone()
    }
}

/// Nothing that runs under the locks can leave a value half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_in_the_first_bucket_whose_bound_it_does_not_exceed() {
        let mut histogram = Histogram::default();
        [1, 2, 1000, 1001, 400_000].into_iter().for_each(|ms| histogram.add(Duration::from_millis(ms)));
        let mut expected = [0; BOUNDS.len() + 1];
        for (count, bound) in expected.iter_mut().zip(BOUNDS.into_iter().chain([f64::INFINITY])) {
            *count = u64::from([0.001, 0.0025, 1.0, 2.5, f64::INFINITY].contains(&bound));
        }
        assert_eq!((histogram.buckets, histogram.count()), (expected, 5));
        assert_eq!(histogram.sum, Duration::from_millis(402_004));
    }

    #[test]
    fn levels_follow_those_who_come_change_and_go() {
        let levels = Levels::default();
        levels.moves(None, Some("READY"));
        levels.moves(None, Some("READY"));
        levels.moves(Some("READY"), Some("TALKING"));
        levels.moves(Some("TALKING"), Some("TALKING"));
        levels.moves(Some("READY"), None);
        assert_eq!(levels.snapshot(), BTreeMap::from([("READY", 0), ("TALKING", 1)]));
    }
}
