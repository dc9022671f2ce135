//! The whole product in one thread, from one seed: docs/rehearsal.md.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

mod commits;
mod crashes;
mod crowd;
mod device;
mod disk;
mod early;
mod environment;
mod faults;
mod journal;
mod ledger;
mod life;
mod net;
mod openings;
mod plan;
mod players;
mod receivers;
mod recovery;
mod run;
mod seams;
mod seeds;
mod site;
mod takeover;

use std::time::Duration;

use commits::LastCommit;
use crowd::{failures, play_twice};
use ledger::Totals;
use plan::{FaultPlan, Lateness};
use run::{Played, play};
use seeds::{OPEN_FAULTS, OPEN_WITH_CRASHES, chosen};
use tracing_subscriber::EnvFilter;

/// How many transcripts of failures are printed.
const TRANSCRIPTS: usize = 3;

/// So many seeds show everything that the totals count.
const MANY: usize = 60;

#[test]
fn whatever_fails_the_rules_hold_in_the_end() {
    if std::env::var_os("RUST_LOG").is_some() {
        // Between the lines of the transcript, which are printed as they come then.
        let logs = tracing_subscriber::fmt().with_env_filter(EnvFilter::from_default_env());
        logs.without_time().with_writer(std::io::stdout).init();
    }
    let seeds = chosen();
    let many = seeds.len() >= MANY;
    let totals = all_hold(seeds, FaultPlan::from_seed, "");
    assert!(!many || (totals.repeated > 0 && has_refused(totals)), "{totals:?}");
}

/// The same with a process that dies at any point, and goes on with what it has kept, and with a disk that fails. A fifth of the
/// seeds: each is played without crashes as well.
#[test]
fn whatever_fails_and_however_often_the_process_dies_the_rules_hold() {
    let seeds = chosen();
    let fifth = seeds.len().div_ceil(5);
    let one = seeds.len() == 1;
    let is_open = |seed: &u64| !one && OPEN_WITH_CRASHES.iter().any(|(open, _)| open == seed);
    let seeds: Vec<_> = seeds.into_iter().take(fifth).filter(|seed| !is_open(seed)).collect();
    let many = seeds.len() >= MANY;
    let totals = all_hold(seeds, with_crashes, "however_often");
    let Totals { lost_in_memory, repeated, .. } = totals;
    assert!(!many || (lost_in_memory > 0 && repeated > 0 && has_refused(totals)), "{totals:?}");
}

/// Each commit of a short run is once the last one that is kept, and once the first one that is not: `COMMITS=1` plays all of them,
/// without it every tenth.
#[test]
fn at_whichever_commit_the_process_dies_the_rules_hold() {
    let every = std::env::var("COMMITS").map_or(10, |every| every.parse().unwrap());
    let none = play(FaultPlan::short(None));
    assert_eq!(none.wrong, [""; 0], "{}", none.transcript);
    assert!(none.commits > 50, "{}", none.commits);
    let at = |point: u64| LastCommit { number: point / 2 + 1, is_kept: point.is_multiple_of(2) };
    // Odd, so that both kinds are among them.
    let points = (0..2 * none.commits).step_by(2 * every - 1).collect();
    let (failed, _) = failures(points, |point| play(FaultPlan::short(Some(at(point)))));
    if let Some((point, played)) = failed.first() {
        println!("{:?}\n{}", at(*point), played.transcript);
    }
    let failed: Vec<_> = failed.iter().map(|(point, played)| (at(*point), &played.wrong)).collect();
    assert!(failed.is_empty(), "{failed:?}");
}

/// Whether receivers refused some events, which became dead letters. Otherwise the rules would hold of little.
fn has_refused(Totals { refused, dead, .. }: Totals) -> bool {
    dead > 0 && refused >= dead
}

fn with_crashes(seed: u64) -> FaultPlan {
    FaultPlan::from_seed(seed).with_crashes().with_takeovers()
}

/// Plays these seeds, and prints what does not hold; what they have shown.
fn all_hold(seeds: Vec<u64>, plan: fn(u64) -> FaultPlan, test: &str) -> Totals {
    let (failed, totals) = failures(seeds, |seed| play(plan(seed)));
    for (seed, played) in failed.iter().take(TRANSCRIPTS) {
        println!("{:?}\n{}", plan(*seed), played.transcript);
    }
    for (seed, played) in &failed {
        println!("{}\nSEED={seed} cargo test -p gc-rehearsal {test}", played.wrong.join("\n"));
    }
    assert!(failed.is_empty(), "{} seeds failed", failed.len());
    println!("{totals:?}");
    totals
}

/// A fault that is known stands in the list until it is mended, and no longer.
#[test]
fn the_faults_that_are_known_are_still_there() {
    for (open, plan) in
        [(&OPEN_FAULTS[..], FaultPlan::from_seed as fn(u64) -> FaultPlan), (&OPEN_WITH_CRASHES, with_crashes)]
    {
        let (failed, _) = failures(open.iter().map(|(seed, _)| *seed).collect(), |seed| play(plan(seed)));
        let failed: Vec<_> = failed.iter().map(|(seed, _)| *seed).collect();
        let mended: Vec<_> = open.iter().filter(|(seed, _)| !failed.contains(seed)).collect();
        assert!(mended.is_empty(), "these hold now: move them to FAILED_ONCE: {mended:?}");
    }
}

#[test]
fn the_same_seed_is_the_same_run_byte_for_byte() {
    let twice = std::env::var("TWICE").map_or(10, |number| number.parse().unwrap());
    for (plan, seeds) in [(FaultPlan::from_seed as fn(u64) -> FaultPlan, twice), (with_crashes, twice / 2)] {
        let (differ, _) = failures(chosen().into_iter().take(seeds).collect(), |seed| play_twice(plan(seed)));
        let differ: Vec<_> = differ.iter().map(|(seed, played)| (seed, &played.wrong)).collect();
        assert!(differ.is_empty(), "{differ:?}");
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

/// A connector that goes on after its lease is seen by all that it does, and what it does to its agents by the other rules.
#[test]
fn a_connector_that_does_not_heed_its_lease_is_found() {
    let plan = |seed| FaultPlan { heeds_its_lease: false, ..with_crashes(seed) };
    let found: Vec<_> =
        (0..20).map(plan).filter(|plan| plan.takes_over).flat_map(|plan| play(plan).wrong).collect();
    for what in ["sends a request", "opens a stream", "begins to post"] {
        assert!(found.iter().any(|wrong| wrong.contains(what)), "nobody {what}: {found:#?}");
    }
}
