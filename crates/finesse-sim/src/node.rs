//! One Finesse server: its listeners and their addresses.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::config::NodePorts;
use crate::engine::Engine;
use crate::error::Error;
use crate::world::{NamedPorts, Side};
use crate::world_file::Release;
use crate::{net, rest, xmpp};

/// The addresses of one server of the cluster.
#[derive(Clone, Debug)]
pub struct Node {
    host: String,
    tls: bool,
    rest: SocketAddr,
    websocket: SocketAddr,
    xmpp: SocketAddr,
    xmpp_plain: Option<SocketAddr>,
    starttls: Option<SocketAddr>,
}

/// The open listeners, before they are served.
pub(crate) struct Listeners {
    tls: Option<TlsAcceptor>,
    rest: TcpListener,
    websocket: TcpListener,
    xmpp: TcpListener,
    xmpp_plain: Option<TcpListener>,
    starttls: Option<TcpListener>,
}

impl Listeners {
    pub(crate) async fn open(
        host: String,
        bind: IpAddr,
        ports: NodePorts,
        tls: Option<TlsAcceptor>,
    ) -> Result<(Node, Self), Error> {
        let (rest, rest_at) = net::open(bind, ports.rest).await?;
        let (websocket, websocket_at) = net::open(bind, ports.websocket).await?;
        let (xmpp, xmpp_at) = net::open(bind, ports.xmpp).await?;
        let (xmpp_plain, xmpp_plain_at) = match ports.xmpp_plain {
            Some(port) => Some(net::open(bind, port).await?).unzip(),
            None => (None, None),
        };
        let (starttls, starttls_at) = match ports.starttls.filter(|_| tls.is_some()) {
            Some(port) => Some(net::open(bind, port).await?).unzip(),
            None => (None, None),
        };
        let node = Node {
            host,
            tls: tls.is_some(),
            rest: rest_at,
            websocket: websocket_at,
            xmpp: xmpp_at,
            xmpp_plain: xmpp_plain_at,
            starttls: starttls_at,
        };
        Ok((node, Self { tls, rest, websocket, xmpp, xmpp_plain, starttls }))
    }

    pub(crate) fn serve(self, engine: &Arc<Engine>, side: Side) {
        let rest = rest::router(Arc::clone(engine), side, self.tls.is_some());
        let rest = match engine.act(|world| world.file.rules.release) {
            Release::Finesse12_5 => rest,
            _ => rest.merge(xmpp::http::beside_rest(Arc::clone(engine), side)),
        };
        net::accept_http(engine, self.rest, self.tls.clone(), rest);
        let websocket = xmpp::http::router(Arc::clone(engine), side);
        net::accept_http(engine, self.websocket, self.tls.clone(), websocket);
        let (direct, later) = (self.tls.clone(), self.tls);
        let listeners =
            [(Some(self.xmpp), direct, None), (self.xmpp_plain, None, None), (self.starttls, None, later)];
        for (listener, tls, starttls) in listeners {
            let Some(listener) = listener else { continue };
            net::accept(engine, listener, tls, move |socket, engine| {
                xmpp::tcp::serve(socket, starttls.clone(), engine, side)
            });
        }
    }
}

impl Node {
    /// The base URL of the REST API, `https://localhost:8445/finesse/api`.
    pub fn rest_url(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}:{}/finesse/api", self.host, self.rest.port())
    }

    /// The URL of the WebSocket, `wss://localhost:7443/ws/`.
    pub fn websocket_url(&self) -> String {
        let scheme = if self.tls { "wss" } else { "ws" };
        format!("{scheme}://{}:{}/ws/", self.host, self.websocket.port())
    }

    /// The URL of BOSH, `https://localhost:7443/http-bind/`.
    pub fn bosh_url(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}:{}/http-bind/", self.host, self.websocket.port())
    }

    /// The address of the REST API.
    pub fn rest_addr(&self) -> SocketAddr {
        self.rest
    }

    /// The address of the WebSocket.
    pub fn websocket_addr(&self) -> SocketAddr {
        self.websocket
    }

    /// The address of XMPP over TCP (direct TLS, or plain if the simulator has no TLS).
    pub fn xmpp_addr(&self) -> SocketAddr {
        self.xmpp
    }

    /// The address of the additional listener for plain XMPP over TCP, if there is one.
    pub fn xmpp_plain_addr(&self) -> Option<SocketAddr> {
        self.xmpp_plain
    }

    /// The address of the listener that requires STARTTLS, if there is one.
    pub fn starttls_addr(&self) -> Option<SocketAddr> {
        self.starttls
    }

    /// The ports that its SystemInfo names.
    pub(crate) fn named_ports(&self) -> NamedPorts {
        let port = |address: SocketAddr| address.port();
        let plain = self.starttls.or(self.xmpp_plain).or((!self.tls).then_some(self.xmpp));
        NamedPorts {
            https: Some(self.rest.port()),
            xmpp: plain.map(port),
            xmpp_secure: self.tls.then_some(self.xmpp.port()),
        }
    }

    /// The node's name: XMPP domain and name in the certificate.
    pub fn host(&self) -> &str {
        &self.host
    }
}
