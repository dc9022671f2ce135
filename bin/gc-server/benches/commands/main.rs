//! What an accepted command costs beside what hyper alone needs for the same: the command is read, answered with 202, and its event is
//! posted.
//!
//! `cargo bench -p gc-server --bench commands` prints the instructions of one Beat in the server's process, under callgrind, so that a
//! busy machine gives the same result; then commands a second in rounds that take turns, as ratios. `-- instructions` and `-- times`
//! print one of them. Load and receiver of the events are processes of their own. The results are in docs/performance.md.
#![allow(clippy::expect_used, clippy::panic, reason = "a benchmark that is set up wrongly has to fail")]

mod bare;
mod load;
mod process;
mod receiver;

use std::env;
use std::path::Path;

use process::{Process, Server};

/// Commands of the runs whose difference counts: what the first commands cost more is in both.
const FEW: u64 = 500;
const MANY: u64 = 2_500;
const ROUNDS: usize = 9;
/// Commands of one round, and connections that send them.
const COMMANDS: u64 = 8_000;
const CONNECTIONS: u64 = 16;

fn main() {
    let arguments: Vec<_> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["receive"] => receiver::run(),
        ["serve", port, callback] => bare::run(port.parse().expect("a port"), Some(callback)),
        ["serve", port] => bare::run(port.parse().expect("a port"), None),
        ["instructions"] => instructions(),
        ["times"] => times(),
        _ => {
            instructions();
            times();
        }
    }
}

/// A line for each server: the instructions of one command, and how often they are those of hyper.
fn instructions() {
    let mut bare = None;
    for server in Server::ALL {
        let [few, many] = [FEW, MANY].map(|commands| {
            let receiver = Process::receiver();
            // For callgrind_annotate.
            let profile = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("callgrind.{}", server.name()));
            let counted = Process::counted(server, &receiver.address, &profile);
            load::send(&counted.address, 1, commands);
            counted.instructions()
        });
        let count = (many - few) / (MANY - FEW);
        let ratio = count as f64 / *bare.get_or_insert(count) as f64;
        println!("{:<36}{count:>10} instructions {ratio:>6.2} × hyper alone", server.name());
    }
}

/// Commands a second, and their ratio to those of hyper alone. The median of the rounds is what counts.
fn times() {
    let receiver = Process::receiver();
    let servers = Server::ALL.map(|server| Process::server(server, &receiver.address));
    let mut ratios = vec![Vec::new(); Server::ALL.len()];
    for _ in 0..ROUNDS {
        let rates = servers.each_ref().map(|server| {
            let took = load::send(&server.address, CONNECTIONS, COMMANDS);
            COMMANDS as f64 / took.as_secs_f64()
        });
        let [bare, ..] = rates;
        ratios.iter_mut().zip(rates).for_each(|(ratios, rate)| ratios.push(rate / bare));
        println!("commands/s: {}", rates.map(|rate| format!("{rate:>8.0}")).join(" "));
    }
    for (server, mut ratios) in Server::ALL.into_iter().zip(ratios) {
        ratios.sort_by(f64::total_cmp);
        if let [least, .., most] = *ratios
            && let Some(median) = ratios.get(ROUNDS / 2)
        {
            println!("{:<36}{median:>6.2} × hyper alone ({least:.2} to {most:.2})", server.name());
        }
    }
}
