//! The simulator without sockets: clients connect through in-memory streams.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::engine::Engine;
use crate::net::serve_http;
use crate::world::{Side, Sides, World};
use crate::{Config, WorldFileError, control, rest, xmpp};

/// The endpoint a connection is for. Nodes are numbered: 0 is the first, any other number the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// The REST API of a node.
    Rest(usize),
    /// Notifications over WebSocket.
    WebSocket(usize),
    /// Notifications over TCP.
    Xmpp(usize),
    /// The control API.
    Control,
}

/// A simulator in this process, with the same endpoints as [`Sim`](crate::Sim) over memory instead of sockets. The
/// addresses, ports and TLS settings of its [`Config`] are ignored. It needs a tokio runtime with time, but no I/O.
/// Dropping it ends its connections and timers.
pub struct InProcess {
    engine: Arc<Engine>,
    /// The web containers of the two nodes, whose BOSH sessions outlive their connections.
    web: [Router; 2],
    _stop: DropGuard,
}

impl InProcess {
    /// Starts the world.
    ///
    /// # Errors
    /// When the world file contradicts itself.
    pub fn start(config: Config) -> Result<Self, WorldFileError> {
        let Config { host, second_node, platform, world, environment, .. } = config;
        let sides = Sides::new(&host, second_node.as_ref().map(|second| second.host.as_str()));
        let stop = CancellationToken::new();
        let engine = Engine::start(World::new(world, platform, sides)?, environment, stop.clone());
        let web = [Side::A, Side::B].map(|side| xmpp::http::router(Arc::clone(&engine), side));
        Ok(Self { engine, web, _stop: stop.drop_guard() })
    }

    /// Serves this connection until it ends, in its own task.
    pub fn serve(&self, endpoint: Endpoint, socket: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) {
        let engine = Arc::clone(&self.engine);
        let router = match endpoint {
            Endpoint::Rest(node) => rest::router(Arc::clone(&engine), side(node), false),
            Endpoint::WebSocket(node) => self.web(side(node)),
            Endpoint::Control => control::router(Arc::clone(&engine)),
            Endpoint::Xmpp(node) => {
                self.engine.tasks.spawn(xmpp::tcp::serve(Box::new(socket), None, engine, side(node)));
                return;
            }
        };
        self.engine.tasks.spawn(serve_http(Box::new(socket), router, engine));
    }

    fn web(&self, side: Side) -> Router {
        let [a, b] = &self.web;
        match side {
            Side::A => a.clone(),
            Side::B => b.clone(),
        }
    }
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcess").finish_non_exhaustive()
    }
}

fn side(node: usize) -> Side {
    if node == 0 { Side::A } else { Side::B }
}
