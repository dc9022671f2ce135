//! Drives a running Generic Connector with many agents at once and measures every step (docs/performance.md).
//!
//! - `scenario`: the steps; `agent`: one agent; `crowd`, `limit`: all agents, with limited concurrency; `run`: a run; `outage`: both nodes go and
//!   come back; `restart`: the connector is restarted; `takeover`: the one that leads a group is killed;
//! - `suite`: several runs and their table; `original`: those of the original's load report; `place`: where they go;
//! - `target`, `client`, `health`, `control`: the targets of commands and customers' calls;
//! - `receiver`, `stream`: the two ways to receive events, both into `inbox`, where `order` and `tally` check and count them;
//! - `samples`, `process`, `phase_report`, `report`, `table`, `progress`: measurements and their output;
//! - `spawn`, `starting`, `member`, `settings`, `world`: a simulator and connectors for the run;
//! - `failed`: why there is no result.

mod agent;
mod arguments;
mod client;
mod control;
mod crowd;
mod failed;
mod health;
mod inbox;
mod limit;
mod member;
mod order;
mod original;
mod outage;
mod phase_report;
mod place;
mod process;
mod progress;
mod receiver;
mod report;
mod resent;
mod restart;
mod run;
mod samples;
mod scenario;
mod settings;
mod spawn;
mod starting;
mod stream;
mod suite;
mod table;
mod takeover;
mod tally;
mod target;
mod world;

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use crate::arguments::{Arguments, Command, Load, RestartLoad, ShiftLoad, Store};
use crate::failed::Failed;
use crate::report::Report;
use crate::scenario::{Ending, RestartPlan, Scenario, Shift};
use crate::suite::{Reports, Run, Suite};
use crate::table::Table;

/// The exit code when the report shows failures.
const FAILURES: u8 = 1;

fn main() -> ExitCode {
    // Fails only if a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(Failed { code, reason }) => {
            eprintln!("gc-load: {reason}");
            ExitCode::from(code)
        }
    }
}

#[tokio::main]
async fn run(command: Command) -> Result<ExitCode, Failed> {
    match command {
        Command::Login(load) => measure(Scenario::Login, &load).await,
        Command::Ready(load) => measure(Scenario::Ready, &load).await,
        Command::Calls(load) => measure(Scenario::Calls, &load).await,
        Command::Outage { away, load } => measure(Scenario::Outage { away }, &load).await,
        Command::Shift(ShiftLoad { length, interval, talk, load }) => {
            measure(Scenario::Shift(Shift { length, interval, talk }), &load).await
        }
        Command::Missed(ShiftLoad { length, interval, talk, load }) => {
            measure(Scenario::Missed(Shift { length, interval, talk }), &load).await
        }
        Command::Restart(RestartLoad { after, kill, shift: ShiftLoad { length, interval, talk, load } }) => {
            if !load.spawn || load.members.is_some_and(|members| members > 1) {
                return Err(Failed::misused("restart needs --spawn, and one connector"));
            }
            let ending = if kill { Ending::Killed } else { Ending::Stopped };
            measure(Scenario::Restart(Shift { length, interval, talk }, RestartPlan { after, ending }), &load)
                .await
        }
        Command::Takeover(load) => {
            let is_alone = load.members.is_some_and(|members| members < 2);
            if !load.spawn || is_alone || load.store.is_some_and(|store| store != Store::Postgres) {
                return Err(Failed::misused(
                    "takeover needs --spawn, and two connectors or more on one PostgreSQL",
                ));
            }
            measure(Scenario::Takeover, &load).await
        }
        Command::Report { sizes, length, interval, talk, away, place } => {
            let shift = Shift { length, interval, talk };
            let suite = original::report(&place.sizes(sizes), shift, away).at(&place);
            several(suite, |run| place.load(run), place.programs.json).await
        }
        Command::Sizing { sizes, length, interval, talk, place } => {
            let suite = suite::sizing(&place.sizes(sizes), Shift { length, interval, talk }).at(&place);
            several(suite, |run| place.load(run), place.programs.json).await
        }
        Command::Growth { length, programs } => {
            several(suite::growth(length), |run| programs.load(run), programs.json).await
        }
        Command::Stores { length, interval, programs } => {
            several(suite::stores(length, interval), |run| programs.load(run), programs.json).await
        }
        Command::World { agents } => {
            show(world::world(agents));
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Makes several runs, one after the other, and prints a table of them.
async fn several(suite: Suite, load: impl Fn(&Run) -> Load, json: bool) -> Result<ExitCode, Failed> {
    let Suite { runs, table, left_out } = suite;
    if let ([], [left_out, ..]) = (&runs[..], &left_out[..]) {
        return Err(Failed::misused(left_out));
    }
    let (mut reports, mut ended, all) = (Vec::new(), Ok(()), runs.len());
    for (number, run) in (1..).zip(&runs) {
        eprintln!("gc-load: {number} of {all}: {run}");
        match one(run.scenario, &load(run)).await {
            Ok(report) => reports.push(report),
            Err(failed) => {
                ended = Err(failed);
                break;
            }
        }
    }
    let is_good = reports.iter().all(Report::is_good);
    // What was measured before a failure is shown as well.
    match (reports.is_empty(), json) {
        (true, _) => left_out.iter().for_each(|left_out| eprintln!("gc-load: {left_out}")),
        (false, true) => {
            let reports = Reports { reports, left_out };
            show(serde_json::to_string_pretty(&reports).map_err(Failed::unavailable)?);
        }
        (false, false) => {
            show(table(&reports));
            left_out.iter().for_each(show);
        }
    }
    ended?;
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::from(FAILURES) })
}

async fn measure(scenario: Scenario, load: &Load) -> Result<ExitCode, Failed> {
    let report = one(scenario, load).await?;
    match load.json {
        true => show(serde_json::to_string_pretty(&report).map_err(Failed::unavailable)?),
        false => show(Table(&report)),
    }
    Ok(if report.is_good() { ExitCode::SUCCESS } else { ExitCode::from(FAILURES) })
}

/// One run, which a signal ends.
async fn one(scenario: Scenario, load: &Load) -> Result<Report, Failed> {
    tokio::select! {
        // Polled first, so that the signals are handled before any process is spawned.
        biased;
        stopped = stop_signal() => Err(stopped),
        report = run::run(scenario, load) => report,
    }
}

/// Waits for SIGINT or SIGTERM.
async fn stop_signal() -> Failed {
    let signals = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    let (Ok(mut interrupt), Ok(mut terminate)) = signals else {
        return Failed::unavailable("signals cannot be received");
    };
    tokio::select! {
        // Either order is right; a stated one makes every run alike.
        biased;
        _ = interrupt.recv() => Failed::stopped_by(2),
        _ = terminate.recv() => Failed::stopped_by(15),
    }
}

/// Prints a result. A closed pipe is not an error.
fn show(text: impl Display) {
    let _ = writeln!(io::stdout(), "{text}");
}
