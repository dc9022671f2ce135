//! `gc`: the connector from a shell (docs/cli.md).
//!
//! - `arguments`: the command line; `failed`: exit codes; `output`, `event_line`, `table`: what is printed;
//! - `profile`, `target`: which connector, and what to present to it; `private_file`: files with tokens;
//! - `connector`, `paged`: its HTTP API; `outcome`: what came of a command;
//! - `send`, `curl`, `commands`, `tail`, `follow`, `agents`, `clients`, `dead_letters`, `health`, `pages`: one subcommand each, or a part of one.

mod agents;
mod arguments;
mod clients;
mod commands;
mod connector;
mod curl;
mod dead_letters;
mod event_line;
mod failed;
mod follow;
mod health;
mod outcome;
mod output;
mod paged;
mod pages;
mod private_file;
mod profile;
mod send;
mod table;
mod tail;
mod target;
mod version;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::arguments::{Arguments, Command, Where};
use crate::connector::Connector;
use crate::failed::{Failed, Kind};
use crate::output::Output;
use crate::target::Target;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // A closed output changes nothing.
            _ = error.print();
            let wanted = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return if wanted { ExitCode::SUCCESS } else { ExitCode::from(Kind::Usage.code()) };
        }
    };
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read the output has enough of it.
        Err(Failed { kind: Kind::Closed, .. }) => ExitCode::SUCCESS,
        Err(Failed { kind, reason }) => {
            _ = writeln!(io::stderr(), "gc: {reason}");
            ExitCode::from(kind.code())
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn run(Arguments { at, command }: Arguments) -> Result<(), Failed> {
    let mut output = Output::default();
    match command {
        Command::Send(send) => send::send(&at, send, &mut output).await,
        Command::Call(call) => send::call(&at, call, &mut output).await,
        Command::Tail(tail) => tail::tail(&connector(&at)?, tail, &mut output).await,
        Command::Agents { client, json } => {
            agents::list(&administration(&at)?, client.as_deref(), json, &mut output).await
        }
        Command::Clients { json } => clients::list(&administration(&at)?, json, &mut output).await,
        Command::DeadLetters(letters) => {
            dead_letters::dead_letters(&administration(&at)?, letters, &mut output).await
        }
        Command::Health => health::health(&connector(&at)?, &mut output).await,
        Command::Commands { command } => commands::explain(command.as_deref(), &mut output),
        Command::Completions { shell } => pages::completions(shell, &mut output),
        Command::Man { directory } => pages::man(directory.as_deref(), &mut output),
    }
}

fn connector(at: &Where) -> Result<Connector, Failed> {
    Connector::new(Target::choose(at)?)
}

fn administration(at: &Where) -> Result<Connector, Failed> {
    Connector::new(Target::choose_admin(at)?)
}
