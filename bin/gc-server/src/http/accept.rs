//! Our own accept loop: `axum::serve` has no deadline for a request's head, so that a peer that never
//! finishes its head, or says nothing at all, would hold a connection for ever.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection::{Connection, Ended, Protocols};
use super::peer::User;
use super::routes::Routes;
use super::slots::{ConnectionSlots, Slot};
use super::tally::{Limit, Subject, Tally};
use super::tls::Tls;
use super::write_timeout::WriteTimeout;

/// After a failed accept (no file descriptors left, say) the loop waits before it tries again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// So many connections may wait until they are accepted. When a connector comes back, or another one leads, all its clients connect in
/// the same second, 2,000 of them at a large site; one for which there is no room tries again after 1 s, 3 s, 7 s. The system allows no
/// more than its own limit, which is 4096 by default (`net.core.somaxconn`).
const BACKLOG: u32 = 4096;
/// So long a listener for the others of a group waits for them to close their connections. They do when they see that this one does
/// not lead any more, which takes about a second; one that hangs does not.
const LINGER: Duration = Duration::from_secs(5);

/// The HTTP listener.
pub(crate) struct Listener {
    listener: TcpListener,
    address: SocketAddr,
    slots: Arc<ConnectionSlots>,
    /// What no slot was free for.
    tally: Arc<Tally>,
    server: Arc<Server>,
    /// Whether connections are to be closed by the other side.
    lingers: bool,
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
        let socket = if listen.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // As tokio's own bind: connections of a process that has ended keep nobody from its port.
        socket.set_reuseaddr(true)?;
        socket.bind(listen)?;
        let listener = socket.listen(BACKLOG)?;
        let address = listener.local_addr()?;
        let protocols = Protocols::new(header_timeout, write_timeout);
        let server = Arc::new(Server { protocols, tls: None, write_timeout });
        let slots = ConnectionSlots::new(connections, connections_per_address);
        Ok(Self { listener, address, slots, tally: Arc::default(), server, lingers: false })
    }

    /// Speaks TLS, and nothing else.
    pub(crate) fn with_tls(self, tls: Option<Arc<Tls>>) -> Self {
        let Server { protocols, write_timeout, .. } = &*self.server;
        let server = Server { protocols: protocols.clone(), tls, write_timeout: *write_timeout };
        Self { server: Arc::new(server), ..self }
    }

    /// At a stop connections are answered until the other side has closed them: what arrives on one that is just being closed would
    /// have no answer, and whoever sent it would not know whether anything was begun.
    pub(crate) fn until_the_peers_close(self) -> Self {
        Self { lingers: true, ..self }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop`, then lets the requests under way end within `grace`.
    pub(crate) async fn serve(self, routes: impl Into<Routes>, stop: CancellationToken, grace: Duration) {
        let routes = routes.into();
        let (graceful, open) = (GracefulShutdown::new(), TaskTracker::new());
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
            open.spawn(async move {
                let cut = slot.cut.clone();
                let served = server.serve(stream, peer, slot, routes, watcher, stop);
                let served = cut.run_until_cancelled(served).await;
                if let Err(error) = served.unwrap_or_else(|| Err("it was cut".into())) {
                    tracing::debug!(%peer, error, "connection ended early");
                }
            });
        }
        drop(self.listener);
        open.close();
        if self.lingers {
            _ = tokio::time::timeout(LINGER.min(grace), open.wait()).await;
        }
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

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    /// Nobody accepts them: those for which there is no room are never connected.
    #[tokio::test]
    async fn as_many_clients_as_come_at_once_wait_until_they_are_accepted() {
        const CLIENTS: usize = 300;
        let allowed = std::fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap_or_default();
        if !allowed.trim().parse::<usize>().is_ok_and(|allowed| allowed >= CLIENTS) {
            eprintln!("skipped: it takes net.core.somaxconn of {CLIENTS} at least, and it is {allowed:?}");
            return;
        }
        let limits = ConnectionLimits {
            header_timeout: Duration::from_secs(1),
            write_timeout: Duration::from_secs(1),
            connections: 1,
            connections_per_address: 1,
        };
        let listener = Listener::open("127.0.0.1:0".parse().unwrap(), limits).await.unwrap();
        let connecting = (0..CLIENTS).map(|_| TcpStream::connect(listener.address()));
        let connected = tokio::time::timeout(Duration::from_secs(60), join_all(connecting)).await;
        assert!(connected.unwrap().iter().all(Result::is_ok));
    }
}
