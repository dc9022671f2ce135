//! The receivers of callbacks, in process: slow, failing, or with answers that are lost.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use gc_delivery::{Attempt, Callback, Entry, Failure, Rest, Sink};
use rand::RngExt;
use rand::rngs::StdRng;
use tokio::time::sleep;

use crate::journal::Journal;
use crate::plan::FaultPlan;

pub(crate) struct Receivers {
    journal: Arc<Journal>,
    dice: Mutex<StdRng>,
    /// Of a hundred attempts.
    fails: u32,
    late: Duration,
    works: AtomicBool,
}

#[derive(Clone, Copy)]
enum Fate {
    Arrives,
    Fails,
    AnswerIsLost,
}

impl Receivers {
    pub(crate) fn new(plan: &FaultPlan, journal: Arc<Journal>, dice: StdRng) -> Self {
        let (fails, late) = (plan.callback_fails, plan.callback_late);
        Self { journal, dice: Mutex::new(dice), fails, late, works: AtomicBool::new(true) }
    }

    /// From now on they fail as the plan has it, or no more.
    pub(crate) fn set_works(&self, works: bool) {
        self.works.store(works, Ordering::Relaxed);
    }

    fn fate(&self) -> (Duration, Fate) {
        let mut dice = self.dice.lock().unwrap();
        let late = dice.random_range(Duration::ZERO..=self.late);
        let fate = match dice.random_range(0..100) {
            _ if self.works.load(Ordering::Relaxed) => Fate::Arrives,
            n if n < self.fails => Fate::Fails,
            n if n < 2 * self.fails => Fate::AnswerIsLost,
            _ => Fate::Arrives,
        };
        (late, fate)
    }
}

impl Sink for Receivers {
    fn deliver(&self, to: &Callback, entry: &Entry) -> BoxFuture<'static, Attempt> {
        let (late, fate) = self.fate();
        let journal = Arc::clone(&self.journal);
        let client = to.as_str().trim_start_matches("https://").trim_end_matches("/").to_owned();
        let entry = entry.clone();
        let retry = |failure| Attempt::Retry { failure, after: None };
        Box::pin(async move {
            sleep(late).await;
            match fate {
                Fate::Fails => return retry(Failure::Status { status: 503 }),
                Fate::Arrives | Fate::AnswerIsLost => journal.takes(&client, &entry),
            }
            match fate {
                Fate::AnswerIsLost => retry(Failure::TimedOut),
                Fate::Arrives | Fate::Fails => Attempt::Delivered(Rest::none()),
            }
        })
    }
}
