//! The simulator without sockets: whoever has the other end of a connection in memory is a client.

use std::fmt;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::engine::Engine;
use crate::net::serve_http;
use crate::world::{Side, Sides, World};
use crate::{Config, WorldFileError, control, rest, xmpp};

/// What a connection is for. Nodes are numbered: 0 is the first, any other number the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// The REST API of a node.
    Rest(usize),
    /// Notifications over WebSocket.
    WebSocket(usize),
    /// Notifications over TCP.
    Xmpp(usize),
    /// The control API.
    Control,
}

/// A simulator in this process, with the same doors as [`Sim`](crate::Sim) behind memory instead of sockets; the
/// addresses, ports and TLS of its [`Config`] mean nothing. Needs a tokio runtime with time, and no I/O. Dropping
/// it ends its connections and timers.
pub struct InProcess {
    engine: Arc<Engine>,
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
        Ok(Self { engine, _stop: stop.drop_guard() })
    }

    /// Serves this connection to its end, in a task of its own.
    pub fn serve(&self, door: Door, socket: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) {
        let engine = Arc::clone(&self.engine);
        let router = match door {
            Door::Rest(node) => rest::router(Arc::clone(&engine), side(node), false),
            Door::WebSocket(node) => xmpp::websocket::router(Arc::clone(&engine), side(node)),
            Door::Control => control::router(Arc::clone(&engine)),
            Door::Xmpp(node) => {
                self.engine.tasks.spawn(xmpp::tcp::serve(Box::new(socket), engine, side(node)));
                return;
            }
        };
        self.engine.tasks.spawn(serve_http(Box::new(socket), router, engine));
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
