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
mod renewing;
mod settling;
mod stage;
#[cfg(all(test, feature = "redb"))]
pub(crate) use keeping::command;
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

/// Checks that a journal goes on where it was, whenever it is dropped and opened again. `fresh` makes an empty place for
/// a journal, and gives what opens it there.
///
/// # Errors
/// What does not go on, with the history that led to it.
pub fn check_reopening<J: Journal, F: Fn() -> Arc<J>>(fresh: impl Fn() -> F) -> Result<(), Violation> {
    let suite = Suite::new(Builder::new_multi_thread().worker_threads(2), LONGEST)?;
    let play = |history: history::History| {
        let open = fresh();
        suite.run(history.play(&|| open(), true))
    };
    history::play(play).map_err(|detail| Violation { rule: history::REOPENING, detail })
}

/// Checks that dead letters go on in a new epoch. `renew` is given an empty journal that was filled, and gives one in which each client has
/// an outbox in a new epoch: the same, or another one.
///
/// # Errors
/// What does not go on.
pub fn check_renewing<J: Journal>(
    fresh: impl FnOnce() -> Arc<J>,
    renew: impl FnOnce(Arc<J>) -> Arc<dyn Journal>,
) -> Result<(), Violation> {
    let suite = Suite::new(Builder::new_multi_thread().worker_threads(2), LONGEST)?;
    let violation = |detail| Violation { rule: renewing::RULE, detail };
    let journal = fresh();
    let mut letters = Vec::new();
    let fill = async {
        letters = renewing::fill(&*journal).await?;
        Ok(())
    };
    suite.run(fill).map_err(violation)?;
    suite.run(renewing::check(renew(journal), letters)).map_err(violation)
}

/// Opens a journal.
type Opener<'a> = dyn Fn() -> Arc<dyn Journal> + 'a;

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

    fn check(&self, open: &Opener<'_>) -> Result<(), Violation> {
        for (rule, holds) in appending::RULES.iter().chain(settling::RULES).chain(keeping::RULES) {
            self.run(holds(open())).map_err(|detail| Violation { rule, detail })?;
        }
        self.check_histories(open)
    }

    /// Random histories, each against a fresh journal.
    fn check_histories(&self, open: &Opener<'_>) -> Result<(), Violation> {
        history::play(|history| self.run(history.play(open, false)))
            .map_err(|detail| Violation { rule: history::RULE, detail })
    }

    fn run(&self, rule: impl Future<Output = Result<(), String>>) -> Result<(), String> {
        let result = self.runtime.block_on(async { time::timeout(self.longest, rule).await });
        result.unwrap_or_else(|_| Err(format!("it did not end within {:?}", self.longest)))
    }
}
