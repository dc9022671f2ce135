//! Many seeds, in as many threads as the machine has processors.

use std::io::{Write as _, stderr};
use std::sync::Mutex;
use std::thread;

use tokio::time::Instant;

use crate::ledger::Totals;
use crate::plan::FaultPlan;
use crate::run::{Played, play};

/// After so many seeds the progress is shown.
const PROGRESS: usize = 500;

/// How far the threads have come.
struct Progress {
    begun: Instant,
    all: usize,
    played: usize,
    totals: Totals,
    failed: Vec<(u64, Played)>,
}

impl Progress {
    /// One more. Shown at once, past what collects a test's output, so that a run that is ended has shown what it found.
    fn ends(&mut self, seed: u64, played: Played) {
        self.played += 1;
        self.totals = self.totals + played.totals;
        if !played.wrong.is_empty() {
            _ = writeln!(stderr(), "seed {seed} failed: {}", played.wrong.join("; "));
            self.failed.push((seed, played));
        }
        if self.played.is_multiple_of(PROGRESS) {
            let (seconds, failed) = (self.begun.elapsed().as_secs_f64(), self.failed.len());
            let rate = self.played as f64 / seconds;
            _ = writeln!(
                stderr(),
                "{} of {} seeds in {seconds:.0} s ({rate:.1} a second), {failed} failed",
                self.played,
                self.all
            );
        }
    }
}

/// Plays a seed again, and adds where the two runs differ to what is wrong.
pub(crate) fn play_twice(plan: FaultPlan) -> Played {
    let (mut first, second) = (play(plan.clone()), play(plan));
    let (one, other) = (first.transcript.lines(), second.transcript.lines());
    let difference = one.zip(other).find(|(one, other)| one != other);
    if difference.is_some() || first.transcript.len() != second.transcript.len() {
        first.wrong.push(format!("two runs differ: {difference:?}"));
    }
    first
}

/// Plays these seeds, each in one thread; those that failed, in order, and what all of them have shown.
pub(crate) fn failures(seeds: Vec<u64>, play: impl Fn(u64) -> Played + Sync) -> (Vec<(u64, Played)>, Totals) {
    let (totals, failed) = (Totals::default(), Vec::new());
    let progress = Progress { begun: Instant::now(), all: seeds.len(), played: 0, totals, failed };
    let (seeds, progress) = (Mutex::new(seeds.into_iter()), Mutex::new(progress));
    let play = &play;
    let next = || seeds.lock().unwrap().next();
    let work = || {
        while let Some(seed) = next() {
            let played = play(seed);
            progress.lock().unwrap().ends(seed, played);
        }
    };
    thread::scope(|scope| {
        let processors = thread::available_parallelism().map_or(1, |number| number.get());
        (0..processors).for_each(|_| _ = scope.spawn(work));
    });
    let Progress { mut failed, totals, .. } = progress.into_inner().unwrap();
    failed.sort_by_key(|(seed, _)| *seed);
    (failed, totals)
}
