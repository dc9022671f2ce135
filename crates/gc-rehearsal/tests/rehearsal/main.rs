//! The whole product in one thread, from one seed: docs/rehearsal.md.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

mod environment;
mod faults;
mod journal;
mod net;
mod openings;
mod plan;
mod players;
mod run;
mod seams;
mod site;

use plan::FaultPlan;
use run::{Played, play};

/// The runs whose seeds failed once. They are played first.
const FAILED_ONCE: [u64; 0] = [];

/// `SEED=7` plays one run and prints it; `SEEDS=10000` plays so many.
fn seeds() -> Vec<u64> {
    let number = |name| std::env::var(name).ok().map(|number| number.parse::<u64>().unwrap());
    match number("SEED") {
        Some(seed) => vec![seed],
        None => FAILED_ONCE.into_iter().chain(0..number("SEEDS").unwrap_or(300)).collect(),
    }
}

#[test]
fn whatever_fails_the_rules_hold_in_the_end() {
    if std::env::var_os("RUST_LOG").is_some() {
        // Between the lines of the transcript, which is printed as it comes then.
        let filter = tracing_subscriber::EnvFilter::from_default_env();
        tracing_subscriber::fmt().with_env_filter(filter).without_time().with_writer(std::io::stdout).init();
    }
    let seeds = seeds();
    let begun = std::time::Instant::now();
    let mut failed = Vec::new();
    for seed in &seeds {
        let plan = FaultPlan::from_seed(*seed);
        let Played { wrong, transcript } = play(plan.clone());
        if wrong.is_empty() && seeds.len() > 1 {
            continue;
        }
        println!("{plan:?}\n{transcript}\n{}", wrong.join("\n"));
        if !wrong.is_empty() {
            println!("SEED={seed} cargo test -p gc-rehearsal");
            failed.push((*seed, wrong));
        }
    }
    println!("{} seeds in {:?}", seeds.len(), begun.elapsed());
    for (seed, wrong) in &failed {
        println!("SEED={seed}: {}", wrong.join(" | "));
    }
    assert!(failed.is_empty(), "{} of {} seeds failed", failed.len(), seeds.len());
}

#[test]
fn the_same_seed_is_the_same_run_byte_for_byte() {
    for seed in seeds().into_iter().take(20) {
        let (first, second) = (play(FaultPlan::from_seed(seed)), play(FaultPlan::from_seed(seed)));
        let difference = first.transcript.lines().zip(second.transcript.lines()).find(|(a, b)| a != b);
        assert_eq!(difference, None, "SEED={seed}");
        assert_eq!(first.transcript.len(), second.transcript.len(), "SEED={seed}");
    }
}
