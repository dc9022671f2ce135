//! The clock and the dice of a run.

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use gc_environment::Environment;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::time::Instant;

/// A wall clock that goes with tokio's paused one, from the same moment in every run, and dice of a seed.
pub(crate) struct Seeded {
    begun: Instant,
    dice: Mutex<StdRng>,
}

/// 1 March 2026, 08:00 UTC.
const BEGIN: Duration = Duration::from_secs(1_772_352_000);

impl Seeded {
    pub(crate) fn new(seed: u64) -> Self {
        Self { begun: Instant::now(), dice: Mutex::new(StdRng::seed_from_u64(seed)) }
    }
}

impl Environment for Seeded {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + BEGIN + self.begun.elapsed()
    }

    fn random(&self) -> u64 {
        self.dice.lock().unwrap().random()
    }
}
