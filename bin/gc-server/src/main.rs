//! The Generic Connector: JSON commands in, Cisco Finesse driven, JSON events out.
//!
//! This binary reads the configuration, starts the parts, serves HTTP and stops cleanly; everything else is
//! in the libraries (docs/architecture.md).

mod config;
mod demo;
mod http;
mod listen;
mod logs;
mod serve;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Config;

/// Drives Cisco Finesse for clients that speak JSON.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the connector.
    Serve {
        /// The configuration; `GC__SECTION__KEY` variables stand over it.
        #[arg(long, env = "GC_CONFIG", default_value = "gc.toml")]
        config: PathBuf,
    },
    /// Runs the connector with a simulated Finesse, and says what to try.
    Demo {
        /// Where commands are taken.
        #[arg(long, default_value = "127.0.0.1:8112")]
        listen: SocketAddr,
        /// Where the simulated world is controlled.
        #[arg(long, default_value = "127.0.0.1:8113")]
        control: SocketAddr,
        /// Where the example client receives its callbacks.
        #[arg(long, default_value = "127.0.0.1:8114")]
        callback: SocketAddr,
    },
    /// Receives callbacks and prints them: a client to look at.
    Listen {
        /// Where callbacks are received.
        #[arg(long, default_value = "127.0.0.1:8114")]
        listen: SocketAddr,
    },
    /// Reads a configuration and says what is wrong with it.
    CheckConfig {
        /// The configuration.
        #[arg(long, env = "GC_CONFIG", default_value = "gc.toml")]
        config: PathBuf,
    },
}

/// Exit codes as in sysexits(3).
const EX_SOFTWARE: u8 = 70;
const EX_CONFIG: u8 = 78;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // reqwest takes the process' provider; everything here is rustls with ring.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::debug!("a crypto provider was installed before");
    }
    let done = match arguments.command {
        Command::Serve { config } => serve(config).await,
        Command::Demo { listen, control, callback } => demo::run(listen, control, callback).await,
        Command::Listen { listen } => listen::run(listen).await.map_err(Failed::running),
        Command::CheckConfig { config } => check(config),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed { code, reason }) => {
            eprintln!("gc-server: {reason}");
            ExitCode::from(code)
        }
    }
}

/// Why the program ends, on one line, and with which code.
pub(crate) struct Failed {
    code: u8,
    reason: String,
}

impl Failed {
    pub(crate) fn config(reason: impl ToString) -> Self {
        Self { code: EX_CONFIG, reason: reason.to_string() }
    }

    pub(crate) fn running(reason: impl ToString) -> Self {
        Self { code: EX_SOFTWARE, reason: reason.to_string() }
    }
}

async fn serve(file: PathBuf) -> Result<(), Failed> {
    let config = Config::read(&file).map_err(Failed::config)?;
    logs::start(&config.log).map_err(Failed::config)?;
    let server = serve::Server::start(&config).await?;
    tracing::info!(listen = %server.address(), "taking commands");
    serve::stop_signal().await.map_err(Failed::running)?;
    server.stop().await;
    Ok(())
}

fn check(file: PathBuf) -> Result<(), Failed> {
    let config = Config::read(&file).map_err(Failed::config)?;
    config.check().map_err(Failed::config)?;
    println!("{} is fine", file.display());
    Ok(())
}
