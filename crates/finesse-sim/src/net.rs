//! Sockets: one accept loop for all listeners, with or without TLS, and one way to serve HTTP.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use crate::engine::Engine;
use crate::error::Error;

/// The longest TLS handshake.
pub(crate) const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a client may take to send the head of a request. hyper also applies it to idle connections, so it is
/// long enough for clients that keep connections open.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// A connection, encrypted or not.
pub(crate) type Socket = Box<dyn Duplex>;

/// The operations on a connection.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// An extension of a response that must not be sent: the connection is closed instead (a fault on demand).
#[derive(Clone, Copy, Debug)]
pub(crate) struct HangUp;

/// Accepts connections until the simulator stops, and serves each in its own task.
pub(crate) fn accept<F>(
    engine: &Arc<Engine>,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    serve: impl Fn(Socket, Arc<Engine>) -> F + Clone + Send + Sync + 'static,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let engine = Arc::clone(engine);
    engine.tasks.clone().spawn(async move {
        loop {
            let accepted = tokio::select! {
                // A stop first: connections that keep coming cannot delay it.
                biased;
                () = engine.stop.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            let stream = match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Out of file descriptors, for instance: give other connections time to end.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            // Small stanzas must not be delayed. If this fails, the socket still works.
            let _ = stream.set_nodelay(true);
            let (engine, tls, serve) = (Arc::clone(&engine), tls.clone(), serve.clone());
            engine.tasks.clone().spawn(async move {
                match tls {
                    None => serve(Box::new(stream), engine).await,
                    Some(tls) => match tokio::time::timeout(HANDSHAKE_TIMEOUT, tls.accept(stream)).await {
                        Ok(Ok(stream)) => serve(Box::new(stream), engine).await,
                        Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
                        Err(_) => tracing::debug!("TLS handshake timed out"),
                    },
                }
            });
        }
    });
}

/// Accepts HTTP connections.
pub(crate) fn accept_http(
    engine: &Arc<Engine>,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
) {
    accept(engine, listener, tls, move |socket, engine| serve_http(socket, router.clone(), engine));
}

/// Serves HTTP/1.1 on one connection until it ends or is upgraded to another protocol.
pub(crate) async fn serve_http(socket: Socket, router: Router, engine: Arc<Engine>) {
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let router = router.clone();
        async move {
            let answer = router.oneshot(request).await.unwrap_or_else(|error: Infallible| match error {});
            match answer.extensions().get::<HangUp>() {
                Some(HangUp) => Err(io::Error::from(io::ErrorKind::ConnectionAborted)),
                None => Ok(answer),
            }
        }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    let connection = http.serve_connection(TokioIo::new(socket), service).with_upgrades();
    tokio::pin!(connection);
    let outcome = tokio::select! {
        // The connection first: one that has ended by itself needs no shutdown.
        biased;
        outcome = connection.as_mut() => outcome,
        () = engine.stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "connection ended");
    }
}

/// Opens a listener.
pub(crate) async fn open(ip: IpAddr, port: u16) -> Result<(TcpListener, SocketAddr), Error> {
    let address = SocketAddr::new(ip, port);
    let refused = |source| Error::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let bound = listener.local_addr().map_err(refused)?;
    Ok((listener, bound))
}
