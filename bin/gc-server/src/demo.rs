//! The connector with a simulated Finesse, and what to try with it.

use std::net::SocketAddr;

use finesse_sim::{Config as SimConfig, Ports, Running, SecondNode, Sim};
use gc_environment::RealEnvironment;
use gc_store::Sealer;
use tempfile::TempDir;
use thiserror::Error;

use crate::{CallbackReceiver, Config, Logs, Server, StartError, start_logs};

/// Where the parts of a demo are.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// Where commands are taken.
    pub listen: SocketAddr,
    /// The port on 127.0.0.1 where the simulated world is controlled.
    pub control_port: u16,
    /// Where the example client receives its callbacks.
    pub callback: SocketAddr,
}

/// A running demo.
pub struct Demo {
    server: Server,
    sim: Running,
    listener: CallbackReceiver,
    /// What the connector keeps, for as long as the demo runs.
    _store: TempDir,
    _logs: Option<Logs>,
}

/// The name of the second node; the first one is `localhost`.
const SECOND_HOST: &str = "127.0.0.1";

/// Why the demo does not start.
#[derive(Debug, Error)]
pub enum DemoError {
    /// Other machines could reach it, and it does not identify callers.
    #[error(
        "the demo does not identify callers, so only this machine may reach it: choose an address such as 127.0.0.1:8112 instead of {0}"
    )]
    Reachable(SocketAddr),
    /// The simulator does not.
    #[error("the simulated Finesse does not start: {0}")]
    Simulator(#[from] finesse_sim::Error),
    /// The connector does not.
    #[error(transparent)]
    Server(#[from] StartError),
    /// There is no room for what the connector keeps.
    #[error("no temporary directory can be made: {0}")]
    Store(std::io::Error),
    /// The receiver of callbacks does not.
    #[error(transparent)]
    Listener(#[from] std::io::Error),
}

impl DemoError {
    /// Whether somebody else listens where a part of the demo wants to.
    pub fn is_taken(&self) -> bool {
        let reason = match self {
            Self::Simulator(finesse_sim::Error::Listen { source, .. }) => source,
            Self::Server(StartError::Listen { reason, .. }) | Self::Listener(reason) => reason,
            _ => return false,
        };
        reason.kind() == std::io::ErrorKind::AddrInUse
    }
}

impl Demo {
    /// Starts the simulator, the connector, the example client, and logging where it was not started before.
    ///
    /// # Errors
    /// When one of them does not start, as a rule because its port is taken.
    pub async fn start(addresses: Addresses) -> Result<Self, DemoError> {
        if !addresses.listen.ip().is_loopback() {
            return Err(DemoError::Reachable(addresses.listen));
        }
        let world = SimConfig::demo().map_err(finesse_sim::Error::from)?;
        let ports = Ports { control: addresses.control_port, ..Ports::any() };
        // Two nodes, as a site has them: one of them can be broken.
        let second_node = Some(SecondNode::any(SECOND_HOST));
        let sim = Sim::start(SimConfig { ports, second_node, ..world }).await?;
        let store = tempfile::tempdir().map_err(DemoError::Store)?;
        let text = configuration(addresses.listen, &sim);
        let config = Config::parse(&text)
            .map_err(StartError::from)?
            .with_console(format!("{}/sim", sim.control_url()))
            .with_store(store.path().join("store.redb"), Sealer::new_key("demo", &RealEnvironment));
        // A filter in `RUST_LOG` that cannot be used.
        config.check().map_err(StartError::from)?;
        // Whoever embeds it may have started logging already.
        let logs = start_logs(&config).ok();
        let server = Server::start(&config).await?;
        let listener = CallbackReceiver::start(addresses.callback).await?;
        Ok(Self { server, sim, listener, _store: store, _logs: logs })
    }

    /// Where commands are taken, and the console is.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// What to try, each line ready for a shell.
    pub fn tour(&self) -> String {
        tour(self.server.address(), self.sim.control_addr(), self.listener.address())
    }

    /// Ends it in order.
    pub async fn stop(self) {
        self.server.stop().await;
        self.listener.stop().await;
        self.sim.shutdown().await;
    }
}

/// What a gc.toml for this simulator would say.
fn configuration(listen: SocketAddr, sim: &Running) -> String {
    let nodes = [Some(sim.first_node()), sim.second_node()].into_iter().flatten().map(|node| {
        let url = node.rest_url();
        let (url, notifications) = (url.trim_end_matches("/finesse/api"), node.websocket_url());
        format!("{{ url = \"{url}\", notifications = \"{notifications}\" }}")
    });
    let nodes = nodes.collect::<Vec<_>>().join(", ");
    let ca_pem = sim.ca_pem().unwrap_or_default();
    format!(
        r#"
[http]
listen = "{listen}"

[finesse]
nodes = [{nodes}]
health_interval = "1s"
administrator = {{ user = "administrator", password = "demo" }}
ca_pem = """
{ca_pem}"""

[log]
filter = "warn"
{}"#,
        directory(sim)
    )
}

/// The `[directory]` of a gc.toml for the simulated systems other than Finesse.
pub fn directory(sim: &Running) -> String {
    let url = sim.neighbours_url();
    let ca_pem = sim.ca_pem().unwrap_or_default();
    let http = format!("http = {{ ca_pem = \"\"\"\n{ca_pem}\"\"\" }}");
    format!(
        r#"
[directory.cce]
url = "{url}"
username = "administrator"
password = "demo"
{http}

[directory.axl]
url = "{url}"
username = "administrator"
password = "demo"
{http}

[directory.ccx]
url = "{url}/ccx/queues"
auth = {{ basic = {{ username = "administrator", password = "demo" }} }}
{http}

[directory.recorder]
url = "{url}/recorder/calls/{{dialogId}}/{{action}}"
{http}

[directory.recorder.login]
url = "{url}/recorder/login"
username = "recorder"
password = "demo"
body = '{{"user":"{{username}}","password":"{{password}}"}}'
token = "/data/token"
"#
    )
}

/// The lines with the addresses in them.
fn tour(listen: SocketAddr, control: SocketAddr, callback: SocketAddr) -> String {
    include_str!("demo/tour.txt")
        .replace("@listen@", &listen.to_string())
        .replace("@control@", &control.to_string())
        .replace("@callback@", &callback.to_string())
}
