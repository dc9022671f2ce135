//! Starting and stopping the simulator.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::engine::Engine;
use crate::error::Error;
use crate::node::{Listeners, Node};
use crate::tls::{Authority, TlsError};
use crate::world::{Side, Sides, World};
use crate::{control, neighbours, net};

/// How long connections may take to end on shutdown.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// The simulator.
#[derive(Debug)]
pub struct Sim;

/// A running simulator. Dropping it closes all connections; [`Running::shutdown`] closes streams in an orderly way.
#[derive(Debug)]
pub struct Running {
    first: Node,
    second: Option<Node>,
    neighbours: SocketAddr,
    control: SocketAddr,
    ca_pem: Option<String>,
    stop: CancellationToken,
    tasks: tokio_util::task::TaskTracker,
}

impl Sim {
    /// Opens all listeners and returns their addresses. Needs a tokio runtime with timers and sockets.
    pub async fn start(config: Config) -> Result<Running, Error> {
        let Config { host, bind, ports, second_node, tls, ca_dir, platform, world, environment } = config;
        let authority = match ca_dir {
            _ if !tls => None,
            None => Some(Authority::new().map_err(|error| tls_error(&host, error))?),
            Some(directory) => Some(
                Authority::load_or_create(&directory)
                    .map_err(|error| Error::Authority { directory, source: error.into() })?,
            ),
        };
        let acceptor = |host: &str| {
            let acceptor = authority.as_ref().map(|authority| authority.acceptor(host)).transpose();
            acceptor.map_err(|error| tls_error(host, error))
        };
        let sides = Sides::new(&host, second_node.as_ref().map(|second| second.host.as_str()));
        let mut world = World::new(world, platform, sides)?;

        let tls = acceptor(&host)?;
        let (neighbours, neighbours_at) = net::open(bind, ports.neighbours).await?;
        let (control, control_at) = net::open(IpAddr::V4(Ipv4Addr::LOCALHOST), ports.control).await?;
        let (first, first_listeners) = Listeners::open(host, bind, ports.of_node(), tls.clone()).await?;
        let second = match second_node {
            Some(second) => {
                let tls = acceptor(&second.host)?;
                Some(Listeners::open(second.host.clone(), bind, second.ports(), tls).await?)
            }
            None => None,
        };

        world.sides.name_ports(Side::A, first.named_ports());
        if let Some((second, _)) = &second {
            world.sides.name_ports(Side::B, second.named_ports());
        }
        let stop = CancellationToken::new();
        let engine = Engine::start(world, environment, stop.clone());
        net::accept_http(&engine, neighbours, tls, neighbours::router(Arc::clone(&engine)));
        net::accept_http(&engine, control, None, control::router(Arc::clone(&engine)));
        first_listeners.serve(&engine, Side::A);
        let second = second.map(|(node, listeners)| {
            listeners.serve(&engine, Side::B);
            node
        });
        Ok(Running {
            first,
            second,
            neighbours: neighbours_at,
            control: control_at,
            ca_pem: authority.map(Authority::pem),
            stop,
            tasks: engine.tasks.clone(),
        })
    }
}

fn tls_error(host: &str, error: TlsError) -> Error {
    Error::Tls { host: host.to_owned(), source: error.into() }
}

/// Unless named otherwise, these describe the first node.
impl Running {
    /// The first node: the primary, and the only one unless a second one is configured.
    pub fn first_node(&self) -> &Node {
        &self.first
    }

    /// The second node, if configured.
    pub fn second_node(&self) -> Option<&Node> {
        self.second.as_ref()
    }

    /// The base URL of the REST API, `https://localhost:8445/finesse/api`.
    pub fn rest_url(&self) -> String {
        self.first.rest_url()
    }

    /// The URL of the WebSocket, `wss://localhost:7443/ws/`.
    pub fn websocket_url(&self) -> String {
        self.first.websocket_url()
    }

    /// The URL of BOSH, `https://localhost:7443/http-bind/`.
    pub fn bosh_url(&self) -> String {
        self.first.bosh_url()
    }

    /// The address of the REST API.
    pub fn rest_addr(&self) -> SocketAddr {
        self.first.rest_addr()
    }

    /// The address of the WebSocket.
    pub fn websocket_addr(&self) -> SocketAddr {
        self.first.websocket_addr()
    }

    /// The address of XMPP over TCP (direct TLS, or plain if the simulator has no TLS).
    pub fn xmpp_addr(&self) -> SocketAddr {
        self.first.xmpp_addr()
    }

    /// The address of the additional listener for plain XMPP over TCP, if there is one.
    pub fn xmpp_plain_addr(&self) -> Option<SocketAddr> {
        self.first.xmpp_plain_addr()
    }

    /// The address of the listener that requires STARTTLS, if there is one.
    pub fn starttls_addr(&self) -> Option<SocketAddr> {
        self.first.starttls_addr()
    }

    /// The node's name: XMPP domain and name in the certificate.
    pub fn host(&self) -> &str {
        self.first.host()
    }

    /// The URL of the neighbouring systems, `https://localhost:8115`.
    pub fn neighbours_url(&self) -> String {
        let scheme = if self.ca_pem.is_some() { "https" } else { "http" };
        format!("{scheme}://{}:{}", self.host(), self.neighbours.port())
    }

    /// The URL of the control API, `http://127.0.0.1:8113`.
    pub fn control_url(&self) -> String {
        format!("http://{}", self.control)
    }

    /// The address of the control API.
    pub fn control_addr(&self) -> SocketAddr {
        self.control
    }

    /// The certificate of the authority to trust, as PEM; `None` without TLS.
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// Stops the simulator: requests in progress finish, and streams are closed with `system-shutdown`. Returns when
    /// everything has ended, after five seconds at the latest.
    pub async fn shutdown(self) {
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(SHUTDOWN_TIMEOUT, self.tasks.wait()).await.is_err() {
            tracing::warn!("some connections did not end in time");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
