//! Our own accept loop: `axum::serve` has no deadline for a request's head, so that a peer that never
//! finishes its head, or says nothing at all, would hold a connection for ever.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::connection::{Connection, Ended, Protocols};
use super::peer::User;
use super::routes::Routes;
use super::slots::{ConnectionSlots, Slot};
use super::tally::{Limit, Subject, Tally};
use super::tls::Tls;
use super::write_timeout::WriteTimeout;

/// After a failed accept (no file descriptors left, say) the loop waits before it tries again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The HTTP listener.
pub(crate) struct Listener {
    listener: TcpListener,
    address: SocketAddr,
    slots: Arc<ConnectionSlots>,
    /// What no slot was free for.
    tally: Arc<Tally>,
    server: Arc<Server>,
}

/// How long connections may take, and how many there may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConnectionLimits {
    /// For a request's head, and for a connection without a request.
    pub(crate) header_timeout: Duration,
    /// For a peer that reads nothing of what is written to it.
    pub(crate) write_timeout: Duration,
    /// Connections at once.
    pub(crate) connections: usize,
    /// Connections at once of one address.
    pub(crate) connections_per_address: usize,
}

/// What every connection is served with.
struct Server {
    protocols: Protocols,
    tls: Option<Arc<Tls>>,
    write_timeout: Duration,
}

impl Listener {
    pub(crate) async fn open(listen: SocketAddr, limits: ConnectionLimits) -> io::Result<Self> {
        let ConnectionLimits { header_timeout, write_timeout, connections, connections_per_address } = limits;
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let protocols = Protocols::new(header_timeout, write_timeout);
        let server = Arc::new(Server { protocols, tls: None, write_timeout });
        let slots = ConnectionSlots::new(connections, connections_per_address);
        Ok(Self { listener, address, slots, tally: Arc::default(), server })
    }

    /// Speaks TLS, and nothing else.
    pub(crate) fn with_tls(self, tls: Option<Arc<Tls>>) -> Self {
        let Server { protocols, write_timeout, .. } = &*self.server;
        let server = Server { protocols: protocols.clone(), tls, write_timeout: *write_timeout };
        Self { server: Arc::new(server), ..self }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop`, then lets the requests under way end within `grace`.
    pub(crate) async fn serve(self, routes: impl Into<Routes>, stop: CancellationToken, grace: Duration) {
        let routes = routes.into();
        let graceful = GracefulShutdown::new();
        loop {
            let (stream, peer) = tokio::select! {
                // A stop first: connections that keep coming cannot delay it.
                biased;
                () = stop.cancelled() => break,
                accepted = self.listener.accept() => match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        tracing::warn!(%error, "connection not accepted");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                        continue;
                    }
                },
            };
            // Connections do not queue: one that cannot be served is closed at once.
            let slot = match self.slots.acquire(peer.ip()) {
                Ok(slot) => slot,
                Err(limit) => {
                    let subject = match limit {
                        Limit::Connections => Subject::address(peer.ip()),
                        _ => Subject::Everybody,
                    };
                    self.tally.count(subject, limit);
                    continue;
                }
            };
            // Small answers leave at once; a socket that cannot do that works, too.
            let _ = stream.set_nodelay(true);
            let (server, routes) = (Arc::clone(&self.server), routes.clone());
            let (watcher, stop) = (graceful.watcher(), stop.clone());
            tokio::spawn(async move {
                let cut = slot.cut.clone();
                let served = server.serve(stream, peer, slot, routes, watcher, stop);
                let served = cut.run_until_cancelled(served).await;
                if let Err(error) = served.unwrap_or_else(|| Err("it was cut".into())) {
                    tracing::debug!(%peer, error, "connection ended early");
                }
            });
        }
        drop(self.listener);
        if tokio::time::timeout(grace, graceful.shutdown()).await.is_err() {
            tracing::warn!("connections were cut at the end of the grace period");
        }
    }
}

impl Server {
    async fn serve(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        slot: Arc<Slot>,
        routes: Routes,
        watcher: Watcher,
        stop: CancellationToken,
    ) -> Ended {
        let (stream, connection) = (
            WriteTimeout::new(stream, self.write_timeout),
            Connection { address: peer.ip(), certificate: None, user: User::default(), slot },
        );
        let Some(tls) = &self.tls else {
            return self.protocols.serve(stream, connection, routes, watcher).await;
        };
        // A connection that is not there yet has nothing to lose at a stop.
        let handshake = Box::pin(self.protocols.handshake(tls.acceptor(), stream));
        match stop.run_until_cancelled(handshake).await {
            Some(stream) => {
                let serving = self.protocols.serve_tls(stream?, connection, routes, watcher, stop.clone());
                Box::pin(serving).await
            }
            None => Ok(()),
        }
    }
}
