//! The Finesse simulator as a program: `finesse-sim --help` lists its options.

use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, ValueEnum};
use finesse_sim::{Config, Error, Node, Platform, Ports, Running, SecondNode, Sim, WorldFile};
use gc_environment::RealEnvironment;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

/// A Cisco Finesse to develop and test against.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The name of the node: its XMPP domain, and the name in its certificate.
    #[arg(long, default_value = "localhost")]
    host: String,
    /// The address to listen on (the control API is always on 127.0.0.1).
    #[arg(long, default_value = "127.0.0.1")]
    bind: IpAddr,
    /// Port of the REST API; for this and the other ports, 0 takes a free one.
    #[arg(long, default_value_t = 8445)]
    rest_port: u16,
    /// Port for notifications over WebSocket.
    #[arg(long, default_value_t = 7443)]
    websocket_port: u16,
    /// Port for notifications over TCP with TLS (with --plain, without TLS).
    #[arg(long, default_value_t = 5223)]
    xmpp_port: u16,
    /// Additional port for notifications over TCP without TLS.
    #[arg(long)]
    xmpp_plain_port: Option<u16>,
    /// Additional port for notifications over TCP with STARTTLS.
    #[arg(long, conflicts_with = "plain")]
    starttls_port: Option<u16>,
    /// The name of a second node, which shares the world; without it there is only one.
    #[arg(long, value_name = "HOST")]
    second_host: Option<String>,
    /// Port of the second node's REST API.
    #[arg(long, default_value_t = 8446, requires = "second_host")]
    second_rest_port: u16,
    /// Port for the second node's notifications over WebSocket.
    #[arg(long, default_value_t = 7444, requires = "second_host")]
    second_websocket_port: u16,
    /// Port for the second node's notifications over TCP.
    #[arg(long, default_value_t = 5224, requires = "second_host")]
    second_xmpp_port: u16,
    /// Additional port for the second node's notifications over TCP with STARTTLS.
    #[arg(long, requires = "second_host", conflicts_with = "plain")]
    second_starttls_port: Option<u16>,
    /// Port of the control API.
    #[arg(long, default_value_t = 8113)]
    control_port: u16,
    /// Port of the neighbouring systems: CCE, CUCM, CCX statistics, recorder.
    #[arg(long, default_value_t = 8115)]
    neighbours_port: u16,
    /// No TLS anywhere.
    #[arg(long)]
    plain: bool,
    /// The world file (TOML) to use instead of the demo's.
    #[arg(long, value_name = "FILE")]
    world: Option<PathBuf>,
    /// The contact centre behind Finesse.
    #[arg(long, value_enum, default_value = "ucce")]
    platform: PlatformName,
    /// Store the certificate authority in this directory (ca.pem, for clients to trust, and ca.key) instead of
    /// creating a new one at every start. It is created the first time.
    #[arg(long, value_name = "DIR", conflicts_with = "plain")]
    ca: Option<PathBuf>,
    /// Write the authority's certificate, for clients to trust, to this file (PEM).
    #[arg(long, value_name = "FILE", conflicts_with = "plain")]
    write_ca: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PlatformName {
    Ucce,
    Uccx,
}

/// Exit codes of sysexits.h: an input file is invalid, a port is not available, the system lacks something, a file cannot be
/// written.
const DATA_ERROR: u8 = 65;
const UNAVAILABLE: u8 = 69;
const OS_ERROR: u8 = 71;
const CANNOT_CREATE: u8 = 73;

/// The exit code and the message of an error.
struct Failure(u8, String);

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    let (writer, _logs) = gc_log::background(std::io::stderr());
    gc_log::subscriber(gc_log::Format::Text, filter, writer).init();
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(code, message)) => {
            eprintln!("finesse-sim: {message}");
            ExitCode::from(code)
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    let write_ca = arguments.write_ca.clone();
    let stored_ca = arguments.ca.as_ref().map(|directory| directory.join("ca.pem"));
    let sim = Sim::start(config(arguments)?).await.map_err(|error| {
        let code = if matches!(error, Error::Authority { .. }) { DATA_ERROR } else { UNAVAILABLE };
        Failure(code, error.to_string())
    })?;
    if let (Some(path), Some(pem)) = (&write_ca, sim.ca_pem()) {
        fs::write(path, pem)
            .map_err(|error| Failure(CANNOT_CREATE, format!("{}: {error}", path.display())))?;
    }
    // Before the addresses: whoever has read them may stop it.
    let stopped =
        stop_signal().map_err(|error| Failure(OS_ERROR, format!("cannot listen to signals: {error}")))?;
    print_addresses(&sim, write_ca.or(stored_ca).as_deref());
    stopped.await;
    sim.shutdown().await;
    Ok(())
}

fn config(arguments: Arguments) -> Result<Config, Failure> {
    let world = match &arguments.world {
        None => WorldFile::demo().map_err(|error| Failure(DATA_ERROR, error.to_string()))?,
        Some(path) => {
            let invalid = |error: String| Failure(DATA_ERROR, format!("{}: {error}", path.display()));
            let text = fs::read_to_string(path).map_err(|error| invalid(error.to_string()))?;
            WorldFile::parse(&text).map_err(|error| invalid(error.to_string()))?
        }
    };
    Ok(Config {
        host: arguments.host,
        bind: arguments.bind,
        ports: Ports {
            rest: arguments.rest_port,
            websocket: arguments.websocket_port,
            xmpp: arguments.xmpp_port,
            xmpp_plain: arguments.xmpp_plain_port,
            starttls: arguments.starttls_port,
            control: arguments.control_port,
            neighbours: arguments.neighbours_port,
        },
        second_node: arguments.second_host.map(|host| SecondNode {
            host,
            rest: arguments.second_rest_port,
            websocket: arguments.second_websocket_port,
            xmpp: arguments.second_xmpp_port,
            starttls: arguments.second_starttls_port,
        }),
        tls: !arguments.plain,
        ca_dir: arguments.ca,
        platform: match arguments.platform {
            PlatformName::Ucce => Platform::Ucce,
            PlatformName::Uccx => Platform::Uccx,
        },
        world,
        environment: Arc::new(RealEnvironment),
    })
}

fn print_addresses(sim: &Running, ca: Option<&Path>) {
    print_node(sim.first_node(), sim.ca_pem().is_some());
    if let Some(second) = sim.second_node() {
        print_node(second, sim.ca_pem().is_some());
    }
    println!("neighbours  {}", sim.neighbours_url());
    println!("control     {}/sim", sim.control_url());
    if let Some(path) = ca {
        println!("authority   {}", path.display());
    }
}

fn print_node(node: &Node, tls: bool) {
    println!("REST        {}", node.rest_url());
    println!("WebSocket   {}", node.websocket_url());
    println!("BOSH        {}", node.bosh_url());
    println!("XMPP        {}{}", node.xmpp_addr(), if tls { " (TLS)" } else { "" });
    if let Some(plain) = node.xmpp_plain_addr() {
        println!("XMPP        {plain}");
    }
    if let Some(starttls) = node.starttls_addr() {
        println!("XMPP        {starttls} (STARTTLS)");
    }
}

/// Waits for SIGTERM or Ctrl-C, beginning now.
///
/// # Errors
/// When the system does not let us listen to signals.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            // Either order is right; a stated one makes every run alike.
            biased;
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config_of(arguments: &[&str]) -> Config {
        let arguments = [&["finesse-sim"], arguments].concat();
        config(Arguments::try_parse_from(arguments).unwrap()).map_err(|failure| failure.1).unwrap()
    }

    #[test]
    fn the_authority_is_stored_in_the_given_directory() {
        assert_eq!(config_of(&[]).ca_dir, None);
        assert_eq!(config_of(&["--ca", "/var/lib/sim"]).ca_dir, Some(PathBuf::from("/var/lib/sim")));
        assert!(Arguments::try_parse_from(["finesse-sim", "--plain", "--ca", "x"]).is_err());
    }
}
