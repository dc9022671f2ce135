#![doc = include_str!("../README.md")]
//!
//! Begin with [`Environment`] and [`RealEnvironment`]; [`Watched`] and [`Timers`] stand for themselves.
//!
//! Of other crates its interface shows `uuid` ([`Environment::id`]).

mod timers;
mod watched;

use std::fmt;
use std::time::{Duration, SystemTime};

use uuid::{Builder, Uuid};

pub use timers::Timers;
pub use watched::{Watched, Watcher};

/// Everything that differs from run to run.
pub trait Environment: Send + Sync + 'static {
    /// The wall clock: for times that are shown or kept. It may jump; waits and ages are measured with tokio's
    /// `Instant`.
    fn now(&self) -> SystemTime;

    /// 64 random bits.
    fn random(&self) -> u64;

    /// A random id (UUID, version 4).
    fn id(&self) -> Uuid {
        let bits = (u128::from(self.random()) << 64) | u128::from(self.random());
        Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
    }

    /// Anything between nothing and `longest`, both included, evenly.
    fn jitter(&self, longest: Duration) -> Duration {
        let steps = longest.as_nanos().saturating_add(1).min(1 << 64);
        let nanos = (steps * u128::from(self.random())) >> 64;
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

impl fmt::Debug for dyn Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment")
    }
}

/// The system's clock and the thread's random numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealEnvironment;

#[expect(clippy::disallowed_methods, reason = "here they enter")]
impl Environment for RealEnvironment {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn random(&self) -> u64 {
        rand::random()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Always the same bits.
    struct Fixed(u64);

    impl Environment for Fixed {
        fn now(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH
        }

        fn random(&self) -> u64 {
            self.0
        }
    }

    #[test]
    fn jitter_uses_the_whole_range_and_nothing_beyond() {
        let hour = Duration::from_secs(3600);
        assert_eq!(Fixed(0).jitter(hour), Duration::ZERO);
        assert_eq!(Fixed(u64::MAX).jitter(hour), hour);
        assert_eq!(Fixed(u64::MAX).jitter(Duration::ZERO), Duration::ZERO);
        let half = Fixed(1 << 63).jitter(hour);
        assert!(half.abs_diff(hour / 2) < Duration::from_nanos(2), "{half:?}");
        assert!(Fixed(u64::MAX).jitter(Duration::MAX) > hour);
    }

    #[test]
    fn an_id_is_a_random_uuid_made_of_the_environments_bits() {
        assert_eq!(Fixed(0).id().to_string(), "00000000-0000-4000-8000-000000000000");
        assert_eq!(Fixed(u64::MAX).id().get_version_num(), 4);
        assert_ne!(RealEnvironment.id(), RealEnvironment.id());
    }
}
