//! Our own accept loop: `axum::serve` has no deadline for a request's head, so that a peer that never
//! finishes its head, or says nothing at all, would hold a connection for ever.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::connection::Protocols;
use super::tls::Tls;

/// After a failed accept (no file descriptors left, say) the loop waits before it tries again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The HTTP listener.
pub(crate) struct Listener {
    listener: TcpListener,
    address: SocketAddr,
    protocols: Protocols,
    tls: Option<Arc<Tls>>,
    connections: Arc<Semaphore>,
}

impl Listener {
    /// Listens; at most so many connections are served at once, further ones wait.
    pub(crate) async fn open(
        listen: SocketAddr,
        header_timeout: Duration,
        max_connections: usize,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let most = max_connections.clamp(1, Semaphore::MAX_PERMITS);
        let address = listener.local_addr()?;
        let (protocols, connections) = (Protocols::new(header_timeout), Arc::new(Semaphore::new(most)));
        Ok(Self { listener, address, protocols, tls: None, connections })
    }

    /// Speaks TLS, and nothing else.
    pub(crate) fn with_tls(self, tls: Option<Arc<Tls>>) -> Self {
        Self { tls, ..self }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop`, then lets the requests under way end within `grace`.
    pub(crate) async fn serve(self, router: Router, stop: CancellationToken, grace: Duration) {
        let graceful = GracefulShutdown::new();
        loop {
            let (stream, peer, permit) = tokio::select! {
                // A stop first: connections that keep coming cannot delay it.
                biased;
                () = stop.cancelled() => break,
                accepted = self.accept() => match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        tracing::warn!(%error, "connection not accepted");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                        continue;
                    }
                },
            };
            // Small answers leave at once; a socket that cannot do that works, too.
            let _ = stream.set_nodelay(true);
            let (protocols, watcher) = (self.protocols.clone(), graceful.watcher());
            let (router, stop) = (router.clone(), stop.clone());
            let acceptor = self.tls.as_ref().map(|tls| tls.acceptor());
            tokio::spawn(async move {
                let served = match acceptor {
                    None => protocols.serve(stream, peer.ip(), router, watcher).await,
                    Some(acceptor) => {
                        // A connection that is not there yet has nothing to lose at a stop.
                        let shaken = stop.run_until_cancelled(protocols.handshake(acceptor, stream)).await;
                        match shaken {
                            Some(Ok(stream)) => protocols.serve_tls(stream, peer.ip(), router, watcher).await,
                            Some(Err(error)) => Err(error.into()),
                            None => Ok(()),
                        }
                    }
                };
                if let Err(error) = served {
                    tracing::debug!(%peer, error, "connection ended early");
                }
                drop(permit);
            });
        }
        drop(self.listener);
        if tokio::time::timeout(grace, graceful.shutdown()).await.is_err() {
            tracing::warn!("connections were cut at the end of the grace period");
        }
    }

    async fn accept(&self) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let permit = Arc::clone(&self.connections).acquire_owned().await.map_err(io::Error::other)?;
        let (stream, peer) = self.listener.accept().await?;
        Ok((stream, peer, permit))
    }
}
