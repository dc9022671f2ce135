//! Our own accept loop: `axum::serve` has no deadline for a request's head, so that a peer that never
//! finishes its head, or says nothing at all, would hold a connection for ever.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::caller::Peer;

/// After a failed accept (no file descriptors left, say) the loop waits before it tries again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A listening door.
pub(crate) struct Door {
    listener: TcpListener,
    address: SocketAddr,
    http: http1::Builder,
    connections: Arc<Semaphore>,
}

impl Door {
    /// Listens; at most so many connections are served at once, further ones wait.
    pub(crate) async fn open(
        listen: SocketAddr,
        header_timeout: Duration,
        max_connections: usize,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(header_timeout);
        let most = max_connections.clamp(1, Semaphore::MAX_PERMITS);
        let address = listener.local_addr()?;
        Ok(Self { listener, address, http, connections: Arc::new(Semaphore::new(most)) })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop`, then lets the requests under way end within `grace`.
    pub(crate) async fn serve(self, router: Router, stop: CancellationToken, grace: Duration) {
        let graceful = GracefulShutdown::new();
        loop {
            let (stream, peer, permit) = tokio::select! {
                accepted = self.accept() => match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        tracing::warn!(%error, "connection not accepted");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                        continue;
                    }
                },
                () = stop.cancelled() => break,
            };
            // Small answers leave at once; a socket that cannot do that works, too.
            let _ = stream.set_nodelay(true);
            let service = TowerToHyperService::new(router.clone());
            let service = service_fn(move |mut request| {
                request.extensions_mut().insert(peer);
                service.call(request)
            });
            let connection = graceful.watch(self.http.serve_connection(TokioIo::new(stream), service));
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "connection ended early");
                }
                drop(permit);
            });
        }
        drop(self.listener);
        if tokio::time::timeout(grace, graceful.shutdown()).await.is_err() {
            tracing::warn!("connections were cut at the end of the grace period");
        }
    }

    async fn accept(&self) -> io::Result<(TcpStream, Peer, OwnedSemaphorePermit)> {
        let permit = Arc::clone(&self.connections).acquire_owned().await.map_err(io::Error::other)?;
        let (stream, address) = self.listener.accept().await?;
        Ok((stream, Peer { address: address.ip() }, permit))
    }
}
