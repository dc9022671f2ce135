//! The commits of a run, one after the other: one of them can be the last one of the process.

use std::sync::Mutex;
use std::time::Duration;

use tokio::select;
use tokio::sync::Notify;
use tokio::time::sleep_until;

use crate::plan::FaultPlan;
use crate::players::Player;

/// How long the process is away.
const AWAY: Duration = Duration::from_secs(2);
/// So short that each of its commits can be the last one.
const LENGTH: Duration = Duration::from_secs(12);

/// Where the process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LastCommit {
    /// The first one after the openings has number 1.
    pub(crate) number: u64,
    /// It is kept, and nobody gets an answer; otherwise it is lost.
    pub(crate) is_kept: bool,
}

/// Counts commits while the agents work, through all lives of the process.
#[derive(Default)]
pub(crate) struct Commits {
    state: Mutex<State>,
    reached: Notify,
}

#[derive(Default)]
struct State {
    counts: bool,
    made: u64,
    last: Option<LastCommit>,
    is_reached: bool,
}

impl Commits {
    /// From now on they count.
    pub(crate) fn begin(&self, last: Option<LastCommit>) {
        *self.state.lock().unwrap() = State { counts: true, last, ..State::default() };
    }

    /// How many there were.
    pub(crate) fn made(&self) -> u64 {
        self.state.lock().unwrap().made
    }

    /// One begins. Whether the process dies at it, and whether it is kept then.
    pub(crate) fn next(&self) -> Option<bool> {
        let mut state = self.state.lock().unwrap();
        if !state.counts {
            return None;
        }
        state.made += 1;
        let number = state.made;
        let last = state.last.filter(|last| last.number == number)?;
        state.is_reached = true;
        self.reached.notify_one();
        Some(last.is_kept)
    }

    /// They count no more; whether the process still has to die.
    fn end(&self) -> bool {
        let mut state = self.state.lock().unwrap();
        state.counts = false;
        state.is_reached
    }
}

impl Player<'_> {
    /// The process dies once, at the commit of the plan.
    pub(crate) async fn dies_at_a_commit(self) {
        let commits = &self.site.commits;
        let reached = select! {
            biased;
            () = commits.reached.notified() => true,
            () = sleep_until(self.end) => commits.end(),
        };
        if reached {
            commits.end();
            self.site.crashes(AWAY).await;
        }
    }
}

impl FaultPlan {
    /// A short run in which nothing fails but at this commit.
    pub(crate) fn short(last_commit: Option<LastCommit>) -> Self {
        Self {
            agents: 3,
            clients: 2,
            length: LENGTH,
            every: None,
            callback_fails: 0,
            trouble_every: None,
            outage: Duration::ZERO,
            licences_missing: 0,
            disk_late: Duration::from_millis(5),
            last_commit: Some(last_commit),
            ..Self::from_seed(1)
        }
    }
}
