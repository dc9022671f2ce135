//! The whole product in one thread, from one seed: docs/rehearsal.md.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

mod crashes;
mod crowd;
mod disk;
mod early;
mod environment;
mod faults;
mod journal;
mod life;
mod net;
mod openings;
mod plan;
mod players;
mod receivers;
mod run;
mod seams;
mod seeds;
mod site;

use std::time::Duration;

use crowd::failures;
use plan::{FaultPlan, Lateness};
use run::{Played, play};
use seeds::{OPEN_FAULTS, chosen};
use tracing_subscriber::EnvFilter;

/// How many transcripts of failures are printed.
const TRANSCRIPTS: usize = 3;

#[test]
fn whatever_fails_the_rules_hold_in_the_end() {
    if std::env::var_os("RUST_LOG").is_some() {
        // Between the lines of the transcript, which are printed as they come then.
        let logs = tracing_subscriber::fmt().with_env_filter(EnvFilter::from_default_env());
        logs.without_time().with_writer(std::io::stdout).init();
    }
    all_hold(chosen(), FaultPlan::from_seed, "");
}

/// The same with a process that dies at any point, and goes on with what it has kept. Half of the seeds: each is played
/// without crashes as well.
#[test]
fn whatever_fails_and_however_often_the_process_dies_the_rules_hold() {
    let seeds = chosen();
    let half = seeds.len().div_ceil(2);
    let plan = |seed| FaultPlan::from_seed(seed).with_crashes();
    all_hold(seeds.into_iter().take(half).collect(), plan, "however_often");
}

/// Plays these seeds, and prints what does not hold.
fn all_hold(seeds: Vec<u64>, plan: fn(u64) -> FaultPlan, test: &str) {
    let failed = failures(seeds, plan);
    for (seed, played) in failed.iter().take(TRANSCRIPTS) {
        println!("{:?}\n{}", plan(*seed), played.transcript);
    }
    for (seed, played) in &failed {
        println!("{}\nSEED={seed} cargo test -p gc-rehearsal {test}", played.wrong.join("\n"));
    }
    assert!(failed.is_empty(), "{} seeds failed", failed.len());
}

/// A fault that is known stands in the list until it is mended, and no longer.
#[test]
fn the_faults_that_are_known_are_still_there() {
    let failed = failures(OPEN_FAULTS.iter().map(|(seed, _)| *seed).collect(), FaultPlan::from_seed);
    let failed: Vec<_> = failed.iter().map(|(seed, _)| *seed).collect();
    let mended: Vec<_> = OPEN_FAULTS.iter().filter(|(seed, _)| !failed.contains(seed)).collect();
    assert!(mended.is_empty(), "these hold now: move them to FAILED_ONCE: {mended:?}");
}

#[test]
fn the_same_seed_is_the_same_run_byte_for_byte() {
    for seed in chosen().into_iter().take(20) {
        let (first, second) = (play(FaultPlan::from_seed(seed)), play(FaultPlan::from_seed(seed)));
        let difference = first.transcript.lines().zip(second.transcript.lines()).find(|(a, b)| a != b);
        assert_eq!(difference, None, "SEED={seed}");
        assert_eq!(first.transcript.len(), second.transcript.len(), "SEED={seed}");
    }
}

/// A session that counts as ready before the server has its presence misses what is sent until then. The rules show it.
#[test]
fn a_session_that_is_ready_too_early_is_found() {
    let stanzas = Duration::from_millis(400);
    let plan = |seed| FaultPlan {
        websocket: false,
        answers_early: true,
        late: Lateness { stanzas, ..Lateness::default() },
        ..FaultPlan::from_seed(seed)
    };
    let misses = |played: &Played| played.wrong.iter().any(|wrong| wrong.contains("missed"));
    let found = (0..20).find(|seed| misses(&play(plan(*seed))));
    let found = found.expect("somebody misses something");
    let waits = play(FaultPlan { answers_early: false, ..plan(found) });
    assert_eq!(waits.wrong, [""; 0], "with a server that answers in order, seed {found} holds");
}
