//! One connection: the handshake, and the version of HTTP that was agreed on.

use std::error::Error;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::caller::Peer;
use super::tls::{HTTP2, client_certificate};

/// Requests at once of one connection, live streams among them.
const MAX_STREAMS: u32 = 100;
/// What HTTP/2 takes as the head of a request.
const MAX_HEAD: u32 = 16 * 1024;

pub(super) type Ended = Result<(), Box<dyn Error + Send + Sync>>;

/// How connections are served.
#[derive(Clone)]
pub(super) struct Protocols {
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
    header_timeout: Duration,
}

impl Protocols {
    pub(super) fn new(header_timeout: Duration) -> Self {
        let mut http1 = http1::Builder::new();
        http1.timer(TokioTimer::new()).header_read_timeout(header_timeout);
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2.timer(TokioTimer::new()).max_concurrent_streams(MAX_STREAMS).max_header_list_size(MAX_HEAD);
        // A peer that is gone is noticed.
        http2.keep_alive_interval(header_timeout).keep_alive_timeout(header_timeout);
        Self { http1, http2, header_timeout }
    }

    /// The handshake, within the time that a request's head has.
    pub(super) async fn handshake(
        &self,
        acceptor: TlsAcceptor,
        stream: TcpStream,
    ) -> io::Result<TlsStream<TcpStream>> {
        let late = |_| io::Error::new(io::ErrorKind::TimedOut, "the TLS handshake took too long");
        tokio::time::timeout(self.header_timeout, acceptor.accept(stream)).await.map_err(late)?
    }

    /// A connection without TLS: HTTP/1.1.
    pub(super) async fn serve(
        &self,
        stream: TcpStream,
        peer: IpAddr,
        router: Router,
        watcher: Watcher,
    ) -> Ended {
        self.http1(stream, Peer { address: peer, certificate: None }, router, watcher).await
    }

    /// A connection with TLS: the version that the handshake has agreed on.
    pub(super) async fn serve_tls(
        &self,
        stream: TlsStream<TcpStream>,
        peer: IpAddr,
        router: Router,
        watcher: Watcher,
    ) -> Ended {
        let (_, session) = stream.get_ref();
        let certificate = session.peer_certificates().and_then(client_certificate).map(Arc::new);
        let peer = Peer { address: peer, certificate };
        match session.alpn_protocol() {
            Some(HTTP2) => self.http2(stream, peer, router, watcher).await,
            _ => self.http1(stream, peer, router, watcher).await,
        }
    }

    async fn http1<S>(&self, stream: S, peer: Peer, router: Router, watcher: Watcher) -> Ended
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let service = TowerToHyperService::new(router);
        let service = service_fn(move |request| service.call(from(&peer, request)));
        watcher.watch(self.http1.serve_connection(TokioIo::new(stream), service)).await.map_err(Into::into)
    }

    async fn http2<S>(&self, stream: S, peer: Peer, router: Router, watcher: Watcher) -> Ended
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let asked = Arc::new(AtomicBool::new(false));
        let service = TowerToHyperService::new(router);
        let service = service_fn({
            let asked = Arc::clone(&asked);
            move |request| {
                asked.store(true, Ordering::Relaxed);
                service.call(from(&peer, request))
            }
        });
        let connection = watcher.watch(self.http2.serve_connection(TokioIo::new(stream), service));
        // hyper waits for the first request of such a connection for ever.
        let silent = async {
            tokio::time::sleep(self.header_timeout).await;
            if asked.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            // The connection first: a request that arrived in time has been seen before the deadline is.
            biased;
            ended = connection => ended.map_err(Into::into),
            () = silent => Err("no request came".into()),
        }
    }
}

/// Every request carries who is at the other end.
fn from(peer: &Peer, mut request: Request<Incoming>) -> Request<Incoming> {
    request.extensions_mut().insert(peer.clone());
    request
}
