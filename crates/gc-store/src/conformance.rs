//! What every journal must do, as a suite that runs against any implementation.
//!
//! ```
//! use std::sync::Arc;
//!
//! use gc_store::{MemoryJournal, conformance};
//!
//! conformance::check(|| Arc::new(MemoryJournal::default())).unwrap();
//! ```

mod appending;
mod history;
mod keeping;
mod settling;
mod stage;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use tokio::{
    runtime::{Builder, Runtime},
    time,
};

use crate::Journal;

/// A rule that hangs is broken.
const LONGEST: Duration = Duration::from_secs(60);

/// A rule that a journal breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{rule}\" does not hold: {detail}")]
pub struct Violation {
    /// The rule.
    pub rule: &'static str,
    /// What was seen instead.
    pub detail: String,
}

type Rule = (&'static str, fn(Arc<dyn Journal>) -> BoxFuture<'static, Result<(), String>>);

/// Checks every rule, each against a fresh and empty journal, which must hold at least 1,000 entries
/// of each client. Not to be called from within a runtime.
///
/// # Errors
/// The first rule that does not hold.
pub fn check<J: Journal>(open: impl Fn() -> Arc<J>) -> Result<(), Violation> {
    Suite::new(Builder::new_multi_thread().worker_threads(2), LONGEST)?.check(&|| open())
}

/// Where rules are tried.
struct Suite {
    runtime: Runtime,
    longest: Duration,
}

impl Suite {
    fn new(runtime: &mut Builder, longest: Duration) -> Result<Self, Violation> {
        let runtime = runtime.enable_all().build();
        let runtime =
            runtime.map_err(|error| Violation { rule: "there is a runtime", detail: error.to_string() })?;
        Ok(Self { runtime, longest })
    }

    fn check(&self, open: &dyn Fn() -> Arc<dyn Journal>) -> Result<(), Violation> {
        for (rule, holds) in appending::RULES.iter().chain(settling::RULES).chain(keeping::RULES) {
            self.run(holds(open())).map_err(|detail| Violation { rule, detail })?;
        }
        self.check_histories(open)
    }

    /// Random histories, each against a fresh journal.
    fn check_histories(&self, open: &dyn Fn() -> Arc<dyn Journal>) -> Result<(), Violation> {
        history::play(|steps| self.run(steps.play(open())))
            .map_err(|detail| Violation { rule: history::RULE, detail })
    }

    fn run(&self, rule: impl Future<Output = Result<(), String>>) -> Result<(), String> {
        let result = self.runtime.block_on(async { time::timeout(self.longest, rule).await });
        result.unwrap_or_else(|_| Err(format!("it did not end within {:?}", self.longest)))
    }
}
