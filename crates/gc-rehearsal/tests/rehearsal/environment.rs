//! The clock and the dice of a run.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use gc_environment::Environment;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::time::Instant;

/// A wall clock that goes with tokio's paused one, from the same moment in every run, and dice of a seed.
pub(crate) struct Seeded {
    begun: Instant,
    /// By so many seconds it was set forward, or back.
    jumped: AtomicI64,
    dice: Mutex<StdRng>,
}

/// 1 March 2026, 08:00 UTC.
const BEGIN: Duration = Duration::from_secs(1_772_352_000);

impl Seeded {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            begun: Instant::now(),
            jumped: AtomicI64::new(0),
            dice: Mutex::new(StdRng::seed_from_u64(seed)),
        }
    }

    /// The wall clock is set by so many seconds.
    pub(crate) fn jumps(&self, seconds: i64) {
        self.jumped.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Environment for Seeded {
    fn now(&self) -> SystemTime {
        let now = SystemTime::UNIX_EPOCH + BEGIN + self.begun.elapsed();
        let jumped = self.jumped.load(Ordering::Relaxed);
        let by = Duration::from_secs(jumped.unsigned_abs());
        if jumped < 0 { now - by } else { now + by }
    }

    fn random(&self) -> u64 {
        self.dice.lock().unwrap().random()
    }
}
