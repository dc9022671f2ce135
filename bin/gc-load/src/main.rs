//! Drives a running Generic Connector with many agents at once and measures every step (docs/performance.md).
//!
//! - `scenario`: what agents do; `agent`: one of them; `run`: all of them, phase by phase;
//! - `connector`, `control`: commands for the connector, customers' calls at the simulator;
//! - `receiver`, `stream`: the two ways in for events, both into `inbox`;
//! - `samples`, `process`, `report`, `table`: what is measured and how it is shown; `progress`;
//! - `spawn`, `world`: a simulator and a connector of our own.

mod agent;
mod arguments;
mod connector;
mod control;
mod inbox;
mod process;
mod progress;
mod receiver;
mod report;
mod run;
mod samples;
mod scenario;
mod spawn;
mod stream;
mod table;
mod world;

use std::fmt::Display;
use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command, Load};
use crate::scenario::Scenario;
use crate::table::Table;

/// With which code the program ends, and why.
#[derive(Debug)]
struct Failed {
    code: u8,
    reason: String,
}

impl Failed {
    /// Something that is needed is not there (EX_UNAVAILABLE of sysexits(3)).
    fn unavailable(reason: impl Display) -> Self {
        Self { code: 69, reason: reason.to_string() }
    }

    /// A file cannot be written (EX_CANTCREAT).
    fn cannot_create(reason: impl Display) -> Self {
        Self { code: 73, reason: reason.to_string() }
    }

    /// Stopped by SIGINT, as a shell says it.
    fn interrupted() -> Self {
        Self { code: 130, reason: "interrupted".to_owned() }
    }
}

/// The report shows a failure.
const NOT_GOOD: u8 = 1;

fn main() -> ExitCode {
    // A provider that is there already is as good.
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
        Command::World { agents } => {
            print!("{}", world::world(agents));
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn measure(scenario: Scenario, load: &Load) -> Result<ExitCode, Failed> {
    let report = tokio::select! {
        report = run::run(scenario, load) => report?,
        _ = tokio::signal::ctrl_c() => return Err(Failed::interrupted()),
    };
    match load.json {
        true => println!("{}", serde_json::to_string_pretty(&report).map_err(Failed::unavailable)?),
        false => println!("{}", Table(&report)),
    }
    Ok(if report.is_good() { ExitCode::SUCCESS } else { ExitCode::from(NOT_GOOD) })
}
