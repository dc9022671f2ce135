//! Starting and stopping the whole.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::engine::Engine;
use crate::tls::{Tls, TlsError};
use crate::world::World;
use crate::{Config, WorldFileError, control, neighbours, net, rest, xmpp};

/// How long connections may take to end after a stop.
const FAREWELL: Duration = Duration::from_secs(5);

/// The simulator.
#[derive(Debug)]
pub struct Sim;

/// Why the simulator does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The world file cannot be used.
    #[error("world file: {0}")]
    World(#[from] WorldFileError),
    /// A port cannot be opened.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address that was tried.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// No certificate could be made, for instance because the host is no DNS name.
    #[error("cannot prepare TLS for {host:?}: {reason}")]
    Tls {
        /// The configured host.
        host: String,
        /// What the libraries say.
        reason: String,
    },
}

/// A simulator at work. Dropping it stops it without farewell; [`Running::shutdown`] ends streams politely.
#[derive(Debug)]
pub struct Running {
    host: String,
    rest: SocketAddr,
    websocket: SocketAddr,
    xmpp: SocketAddr,
    xmpp_plain: Option<SocketAddr>,
    control: SocketAddr,
    neighbours: SocketAddr,
    ca_pem: Option<String>,
    stop: CancellationToken,
    tasks: tokio_util::task::TaskTracker,
}

impl Sim {
    /// Opens all doors and returns where they are. Needs a tokio runtime with timers and sockets.
    pub async fn start(config: Config) -> Result<Running, Error> {
        let Config { host, bind, ports, tls, platform, world } = config;
        let tls = if tls { Some(Tls::new(&host).map_err(|error| tls_error(&host, &error))?) } else { None };
        let world = World::new(world, platform, &host)?;

        let (rest, rest_at) = open(bind, ports.rest).await?;
        let (websocket, websocket_at) = open(bind, ports.websocket).await?;
        let (xmpp, xmpp_at) = open(bind, ports.xmpp).await?;
        let plain = match ports.xmpp_plain {
            Some(port) => Some(open(bind, port).await?),
            None => None,
        };
        let (beside, beside_at) = open(bind, ports.neighbours).await?;
        let (control, control_at) = open(IpAddr::V4(Ipv4Addr::LOCALHOST), ports.control).await?;

        let stop = CancellationToken::new();
        let engine = Engine::start(world, stop.clone());
        let acceptor = tls.as_ref().map(|tls| tls.acceptor.clone());
        serve_http(&engine, rest, acceptor.clone(), rest::router(Arc::clone(&engine)));
        serve_http(&engine, beside, acceptor.clone(), neighbours::router(Arc::clone(&engine)));
        serve_http(&engine, control, None, control::router(Arc::clone(&engine)));
        net::accept(&engine, websocket, acceptor.clone(), xmpp::websocket::serve);
        net::accept(&engine, xmpp, acceptor, xmpp::tcp::serve);
        let xmpp_plain = plain.map(|(listener, at)| {
            net::accept(&engine, listener, None, xmpp::tcp::serve);
            at
        });
        Ok(Running {
            host,
            rest: rest_at,
            websocket: websocket_at,
            xmpp: xmpp_at,
            xmpp_plain,
            control: control_at,
            neighbours: beside_at,
            ca_pem: tls.map(|tls| tls.ca_pem),
            stop,
            tasks: engine.tasks.clone(),
        })
    }
}

fn tls_error(host: &str, error: &TlsError) -> Error {
    Error::Tls { host: host.to_owned(), reason: error.to_string() }
}

async fn open(ip: IpAddr, port: u16) -> Result<(TcpListener, SocketAddr), Error> {
    let address = SocketAddr::new(ip, port);
    net::listen(address).await.map_err(|source| Error::Listen { address, source })
}

fn serve_http(
    engine: &Arc<Engine>,
    listener: TcpListener,
    tls: Option<tokio_rustls::TlsAcceptor>,
    router: axum::Router,
) {
    net::accept(engine, listener, tls, move |socket, engine| net::serve_http(socket, router.clone(), engine));
}

impl Running {
    /// The base URL of the REST API, `https://localhost:8445/finesse/api`.
    pub fn rest_url(&self) -> String {
        let scheme = if self.ca_pem.is_some() { "https" } else { "http" };
        format!("{scheme}://{}:{}/finesse/api", self.host, self.rest.port())
    }

    /// The URL of the WebSocket, `wss://localhost:7443/ws/`.
    pub fn websocket_url(&self) -> String {
        let scheme = if self.ca_pem.is_some() { "wss" } else { "ws" };
        format!("{scheme}://{}:{}/ws/", self.host, self.websocket.port())
    }

    /// The URL of the control API, `http://127.0.0.1:8113`.
    pub fn control_url(&self) -> String {
        format!("http://{}", self.control)
    }

    /// The URL of the systems beside Finesse, `https://localhost:8115`.
    pub fn neighbours_url(&self) -> String {
        let scheme = if self.ca_pem.is_some() { "https" } else { "http" };
        format!("{scheme}://{}:{}", self.host, self.neighbours.port())
    }

    /// Where the REST API listens.
    pub fn rest_addr(&self) -> SocketAddr {
        self.rest
    }

    /// Where the WebSocket listens.
    pub fn websocket_addr(&self) -> SocketAddr {
        self.websocket
    }

    /// Where XMPP over TCP listens (direct TLS, or plain if the simulator is).
    pub fn xmpp_addr(&self) -> SocketAddr {
        self.xmpp
    }

    /// Where plain XMPP over TCP listens, if that door is open.
    pub fn xmpp_plain_addr(&self) -> Option<SocketAddr> {
        self.xmpp_plain
    }

    /// Where the control API listens.
    pub fn control_addr(&self) -> SocketAddr {
        self.control
    }

    /// The node's name: XMPP domain and name in the certificate.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The certificate of the authority to trust, as PEM; `None` when everything is plain.
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// Ends everything: requests under way finish, streams are closed with `system-shutdown`. Returns when
    /// all is over, after five seconds at the latest.
    pub async fn shutdown(self) {
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(FAREWELL, self.tasks.wait()).await.is_err() {
            tracing::warn!("some connections did not end in time");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
