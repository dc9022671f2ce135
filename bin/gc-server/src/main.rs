//! The program: arguments in, exit codes out. Everything else is the library's.

mod failed;
mod pages;
mod store_command;

use std::alloc::System;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use clap_complete::Shell;
use gc_access::Token;
#[cfg(feature = "demo")]
use gc_server::{Addresses, Demo};
use gc_server::{CallbackReceiver, Config, ConfigError, Reloads, Server, StartError, Trial, stop_signal};
use secrecy::SecretBox;
use zeroizing_alloc::ZeroAlloc;

use self::failed::{EX_CONFIG, EX_NOINPUT, EX_TEMPFAIL, EX_UNAVAILABLE, Failed};
use self::store_command::StoreCommand;

/// Passwords and tokens go through buffers of hyper, rustls and serde_json, which only an allocator can wipe.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

/// Drives Cisco Finesse for clients that speak JSON.
#[derive(Debug, Parser)]
#[command(version = gc_server::version(), about)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the connector.
    Serve {
        /// The configuration file; variables `GC__SECTION__KEY` take precedence over it.
        #[arg(long, env = "GC_CONFIG", default_value = "gc.toml")]
        config: PathBuf,
    },
    #[cfg(feature = "demo")]
    /// Runs the connector with a simulated Finesse, and prints what to try.
    Demo {
        /// Where commands are taken.
        #[arg(long, default_value = "127.0.0.1:8112")]
        listen: SocketAddr,
        /// The port on 127.0.0.1 where the simulated world is controlled.
        #[arg(long, default_value_t = 8113)]
        control_port: u16,
        /// Where the example client receives its callbacks.
        #[arg(long, default_value = "127.0.0.1:8114")]
        callback: SocketAddr,
    },
    /// Receives callbacks and prints them.
    Listen {
        /// Where callbacks are received.
        #[arg(long, default_value = "127.0.0.1:8114")]
        listen: SocketAddr,
    },
    /// Works with clients' tokens.
    Token {
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// Works with the store, while no connector has it open.
    Store {
        #[command(subcommand)]
        command: StoreCommand,
    },
    /// Reads a configuration and says what is wrong with it, without starting anything.
    CheckConfig {
        /// The configuration file; variables `GC__SECTION__KEY` take precedence over it.
        #[arg(long, env = "GC_CONFIG", default_value = "gc.toml")]
        config: PathBuf,
        /// Tries the nodes, their certificates and notification services, the administrators, the sources, the store, the other connectors of the group and the names of callbacks.
        #[arg(long)]
        connect: bool,
    },
    /// Asks the connector that runs with this configuration how it is, for containers and scripts.
    Healthcheck {
        /// The configuration file; variables `GC__SECTION__KEY` take precedence over it.
        #[arg(long, env = "GC_CONFIG", default_value = "gc.toml")]
        config: PathBuf,
        /// Also fails while no Finesse is in service. A container should not be restarted for that.
        #[arg(long)]
        ready: bool,
    },
    /// Prints the completions for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Prints the man page, or writes all of them into a directory.
    Man {
        /// Where to write the pages.
        directory: Option<PathBuf>,
    },
    /// Prints the configuration that counts, with the source of each value; secrets are masked.
    PrintConfig {
        /// The configuration file; variables `GC__SECTION__KEY` take precedence over it.
        #[arg(long, env = "GC_CONFIG", default_value = "gc.toml")]
        config: PathBuf,
    },
    /// Reads the environment file of the original product, or a Compose file, and prints a gc.toml; what has no equivalent is listed.
    ImportEnv {
        /// The file: NAME=value on each line, or a Compose file, of which the environment of each service is read.
        file: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Creates a token, and prints it with the line for gc.toml.
    New,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    gc_server::choose_crypto();
    // Before the first secret is read.
    match gc_server::protect_memory().map_err(Failed::memory).and_then(|()| run(arguments.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            failed.say();
            ExitCode::from(failed.0)
        }
    }
}

/// A store that a stop has found half open has so long to be given back: a database that hangs does not hold the end up.
const LAST_RELEASE: Duration = Duration::from_secs(5);

fn run(command: Command) -> Result<(), Failed> {
    let runtime = tokio::runtime::Runtime::new()?;
    let ended = runtime.block_on(carry_out(command));
    runtime.shutdown_timeout(LAST_RELEASE);
    ended
}

async fn carry_out(command: Command) -> Result<(), Failed> {
    gc_server::survive_file_limits()?;
    match command {
        Command::Serve { config } => serve(&config).await,
        #[cfg(feature = "demo")]
        Command::Demo { listen, control_port, callback } => {
            demo(Addresses { listen, control_port, callback }).await
        }
        Command::Listen { listen: address } => listen(address).await,
        Command::Token { command: TokenCommand::New } => {
            new_token();
            Ok(())
        }
        Command::Store { command } => store_command::run(&command),
        Command::CheckConfig { config, connect } => check(&config, connect).await,
        Command::Healthcheck { config, ready } => healthcheck(&config, ready).await,
        Command::Completions { shell } => Ok(pages::completions(shell)?),
        Command::Man { directory } => Ok(pages::man(directory.as_deref())?),
        Command::PrintConfig { config } => print(&config),
        Command::ImportEnv { file } => import(&file),
    }
}

async fn serve(file: &Path) -> Result<(), Failed> {
    // First of all: one that comes during the start counts when it is over, and none ends the process.
    let mut reloads = Reloads::listen()?;
    let in_file = |error| Failed::config(file, error);
    let config = Config::read(file).map_err(in_file)?;
    // All faults at once; a start ends at the first one.
    config.check().map_err(in_file)?;
    let logs = gc_server::start_logs(&config).map_err(in_file)?;
    if config.is_debuggable() {
        gc_server::allow_debuggers().map_err(Failed::memory)?;
    }
    let server = Server::start(&config).await.map_err(|error| match error {
        error if error.may_pass() => Failed(EX_TEMPFAIL, format!("{}: {error}", file.display())),
        StartError::Config(error) => in_file(error),
        other => Failed(EX_UNAVAILABLE, other.to_string()),
    })?;
    // Before the line that says that it runs: whoever has read it may stop it.
    let mut stopped = pin!(stop_signal()?);
    tracing::info!(listen = %server.address(), tls = server.speaks_tls(), "taking commands");
    let ended = {
        let (mut losses, mut ended) = (pin!(logs.report_losses()), pin!(server.ended()));
        let mut hands_over = pin!(server.hands_over());
        loop {
            tokio::select! {
                // A stop first: nobody needs the new certificate of a server that ends.
                biased;
                () = &mut stopped => break Ended::Stopped,
                reason = &mut ended => break Ended::Lost(reason),
                reason = &mut hands_over => break Ended::HandsOver(reason),
                () = reloads.next() => reload(file, &config, &server),
                () = &mut losses => {}
            }
        }
    };
    match ended {
        Ended::Stopped => {
            server.stop().await;
            Ok(())
        }
        Ended::Lost(reason) => {
            let failed = Failed(EX_TEMPFAIL, format!("{}: store.url: {reason}", file.display()));
            drop(logs);
            failed.end();
        }
        Ended::HandsOver(reason) => {
            tracing::warn!(reason, "the lead is left to another connector");
            server.stop().await;
            Err(Failed(EX_TEMPFAIL, format!("{}: group: {reason}", file.display())))
        }
    }
}

/// Why the connector does not go on.
enum Ended {
    Stopped,
    /// It may not lead any more.
    Lost(String),
    /// Another connector is to lead.
    HandsOver(String),
}

/// Reloads what can be reloaded, and logs what cannot.
fn reload(file: &Path, started: &Config, server: &Server) {
    let read = Config::read(file).and_then(|config| config.check().map(|()| config));
    let reloaded = read.and_then(|config| server.reload(&config).map(|()| config));
    match reloaded.and_then(|config| gc_server::reload_logs(&config).map(|()| config)) {
        Ok(config) => {
            let keys = started.needs_restart(&config);
            if !keys.is_empty() {
                tracing::warn!(
                    keys = keys.join(", "),
                    "the configuration has changed where only a restart changes anything"
                );
            }
        }
        Err(error) => {
            let error = error.lines(file).join("; ");
            tracing::error!(%error, "nothing reloaded: the old clients, certificates and secrets stay in use");
        }
    }
}

async fn check(file: &Path, connect: bool) -> Result<(), Failed> {
    let in_file = |error| Failed::config(file, error);
    let config = Config::read(file).map_err(in_file)?;
    config.check().map_err(in_file)?;
    for warning in config.warnings() {
        eprintln!("gc-server: {}: warning: {warning}", file.display());
    }
    if connect && !try_connections(&config).await.map_err(in_file)? {
        return Err(Failed(
            EX_UNAVAILABLE,
            format!("{}: something that it names cannot be used", file.display()),
        ));
    }
    println!("{}: good", file.display());
    Ok(())
}

/// Prints a line for each thing that was tried or left alone; whether none of them fails.
async fn try_connections(config: &Config) -> Result<bool, ConfigError> {
    let trials = config.try_connections().await?;
    let width = trials.iter().map(|Trial { what, .. }| what.chars().count()).max().unwrap_or_default();
    for Trial { what, result, is_tried, .. } in &trials {
        match result {
            Ok(because) if !is_tried => println!("{what:width$}  NOT TRIED: {because}"),
            Ok(found) if found.is_empty() => println!("{what:width$}  OK"),
            Ok(found) => println!("{what:width$}  OK: {found}"),
            Err(reason) => println!("{what:width$}  FAILED: {reason}"),
        }
    }
    Ok(trials.iter().all(|trial| trial.result.is_ok()))
}

async fn healthcheck(file: &Path, ready: bool) -> Result<(), Failed> {
    let config = Config::read(file).map_err(|error| Failed::config(file, error))?;
    match gc_server::healthcheck(&config, ready).await {
        Ok(text) => {
            println!("{text}");
            Ok(())
        }
        Err(error) => {
            Err(Failed(if error.is_configured() { EX_CONFIG } else { EX_UNAVAILABLE }, error.to_string()))
        }
    }
}

fn print(file: &Path) -> Result<(), Failed> {
    let in_file = |error| Failed::config(file, error);
    let config = Config::read(file).map_err(in_file)?;
    print!("{}", config.print(file));
    config.check().map_err(in_file)
}

fn import(file: &Path) -> Result<(), Failed> {
    let text = gc_private::read_public(file)
        .map_err(|unreadable| Failed(EX_NOINPUT, format!("{}: {unreadable}", file.display())))?;
    let imported = gc_server::import_env(&text);
    print!("{}", imported.toml);
    for line in &imported.report {
        eprintln!("{line}");
    }
    if imported.has_secrets {
        eprintln!("gc-server: the configuration has passwords: only its owner may read the file (chmod 600)");
    }
    match imported.faults.is_empty() {
        true => Ok(()),
        false => Err(Failed(EX_CONFIG, imported.faults.join("\ngc-server: "))),
    }
}

fn new_token() {
    #[expect(
        clippy::disallowed_methods,
        reason = "a token must be unpredictable; this generator is secure and seeded by the system"
    )]
    let token = Token::new(&SecretBox::init_with_mut(|bytes: &mut [u8; 32]| rand::fill(&mut bytes[..])));
    println!("{}", token.expose());
    println!("token_hashes = [\"{}\"]", token.hash());
    eprintln!(
        "The first line is the token. Give it to the client now: it is not stored. The second line belongs in the client's [[client]] in gc.toml."
    );
}

#[cfg(feature = "demo")]
async fn demo(addresses: Addresses) -> Result<(), Failed> {
    gc_server::ignore_hangups()?;
    let demo = Demo::start(addresses).await.map_err(|error| {
        let cure = match error.is_taken() {
            true => {
                ": another demo may run: choose other places with --listen, --control-port and --callback"
            }
            false => "",
        };
        Failed(EX_UNAVAILABLE, format!("{error}{cure}"))
    })?;
    let stopped = stop_signal()?;
    println!("{}", demo.tour());
    stopped.await;
    demo.stop().await;
    Ok(())
}

async fn listen(address: SocketAddr) -> Result<(), Failed> {
    gc_server::ignore_hangups()?;
    let listener =
        CallbackReceiver::start(address).await.map_err(|error| Failed(EX_UNAVAILABLE, error.to_string()))?;
    let stopped = stop_signal()?;
    println!("receiving callbacks at http://{}/", listener.address());
    stopped.await;
    listener.stop().await;
    Ok(())
}
