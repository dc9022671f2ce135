//! Three connectors on one PostgreSQL, with a simulated Finesse, all of them on this machine: `cargo run -p gc-cluster`. The connector
//! that leads is killed in the middle of a call, and the call goes on at another one. README.md shows what it prints.

mod connector;
mod desk;
mod files;
mod site;
mod story;

use std::error::Error;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// As a shell says it of a program that SIGINT ended.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    gc_server::choose_crypto();
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    let outcome = match arguments[..] {
        [] => runtime.block_on(unless_stopped()),
        // Each connector is a process of its own, so that it can be killed.
        [connector::ROLE, file] => {
            runtime.block_on(connector::run(Path::new(file))).map(|()| ExitCode::SUCCESS)
        }
        _ => Err("it takes no arguments".into()),
    };
    outcome.unwrap_or_else(|error| failed(&*error))
}

fn failed(error: &dyn Error) -> ExitCode {
    eprintln!("gc-cluster: {error}");
    ExitCode::FAILURE
}

/// Whatever ends it, what was started is stopped: each of its owners does that when it is dropped.
async fn unless_stopped() -> Outcome<ExitCode> {
    let mut stop = Stop::listen()?;
    tokio::select! {
        biased;
        () = stop.arrives() => {
            eprintln!("gc-cluster: interrupted; everything that it started is stopped");
            Ok(ExitCode::from(INTERRUPTED))
        }
        told = story::tell() => told.map(|()| ExitCode::SUCCESS),
    }
}

/// Ctrl-C and what a supervisor sends.
struct Stop(Vec<Signal>);

impl Stop {
    fn listen() -> io::Result<Self> {
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        kinds.into_iter().map(signal).collect::<io::Result<_>>().map(Self)
    }

    async fn arrives(&mut self) {
        std::future::poll_fn(|context| {
            match self.0.iter_mut().any(|signal| signal.poll_recv(context).is_ready()) {
                true => std::task::Poll::Ready(()),
                false => std::task::Poll::Pending,
            }
        })
        .await;
    }
}
