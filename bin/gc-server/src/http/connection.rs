//! One connection: the handshake, and the version of HTTP that was agreed on.

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use futures_util::future::BoxFuture;
use gc_access::ClientCertificate;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use hyper::server::conn::{http1, http2};
use hyper::service::{Service, service_fn};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

use super::peer::{Peer, User};
use super::routes::Routes;
use super::slots::{RequestInProgress, Slot};
use super::tls::{HTTP2, client_certificate};
use super::write_timeout::{WriteTimeout, taken_within};

/// Requests at once of one connection, live streams among them.
const MAX_STREAMS: u32 = 100;
/// The longest head of a request. For HTTP/1.1 it is also what a connection buffers: by default that is 400 KiB.
const MAX_HEAD: usize = 16 * 1024;
/// What may be buffered of one answer over HTTP/2 for a peer that does not take it.
const MAX_UNSENT: usize = 64 * 1024;

pub(super) type Ended = Result<(), Box<dyn Error + Send + Sync>>;

/// How connections are served.
#[derive(Clone)]
pub(super) struct Protocols {
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
    header_timeout: Duration,
    write_timeout: Duration,
}

/// What requests need to know of their connection.
#[derive(Clone)]
pub(super) struct Connection {
    pub(super) address: IpAddr,
    pub(super) certificate: Option<Arc<ClientCertificate>>,
    pub(super) user: User,
    pub(super) slot: Arc<Slot>,
}

impl Protocols {
    pub(super) fn new(header_timeout: Duration, write_timeout: Duration) -> Self {
        let mut http1 = http1::Builder::new();
        http1.timer(TokioTimer::new()).header_read_timeout(header_timeout);
        http1.max_buf_size(MAX_HEAD).max_header_size(MAX_HEAD);
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        let max_head = u32::try_from(MAX_HEAD).unwrap_or(u32::MAX);
        http2.timer(TokioTimer::new()).max_concurrent_streams(MAX_STREAMS).max_header_list_size(max_head);
        http2.max_send_buf_size(MAX_UNSENT);
        // A peer that is gone is noticed.
        http2.keep_alive_interval(header_timeout).keep_alive_timeout(header_timeout);
        Self { http1, http2, header_timeout, write_timeout }
    }

    /// The handshake, within the time that a request's head has.
    pub(super) async fn handshake(
        &self,
        acceptor: TlsAcceptor,
        stream: WriteTimeout<TcpStream>,
    ) -> io::Result<TlsStream<WriteTimeout<TcpStream>>> {
        let late = |_| io::Error::new(io::ErrorKind::TimedOut, "the TLS handshake took too long");
        tokio::time::timeout(self.header_timeout, acceptor.accept(stream)).await.map_err(late)?
    }

    /// A connection without TLS: HTTP/1.1.
    pub(super) async fn serve(
        &self,
        stream: WriteTimeout<TcpStream>,
        connection: Connection,
        routes: Routes,
        watcher: Watcher,
    ) -> Ended {
        self.http1(stream, connection, routes, watcher).await
    }

    /// A connection with TLS: the version that the handshake has agreed on.
    pub(super) async fn serve_tls(
        &self,
        stream: TlsStream<WriteTimeout<TcpStream>>,
        connection: Connection,
        routes: Routes,
        watcher: Watcher,
        stop: CancellationToken,
    ) -> Ended {
        let (_, session) = stream.get_ref();
        let certificate = session.peer_certificates().and_then(client_certificate).map(Arc::new);
        let connection = Connection { certificate, ..connection };
        match session.alpn_protocol() {
            // While the watcher is there the listener waits for this connection.
            Some(HTTP2) => {
                let ended = Box::pin(self.http2(stream, connection, routes, stop)).await;
                drop(watcher);
                ended
            }
            _ => self.http1(stream, connection, routes, watcher).await,
        }
    }

    /// Boxed, as the other ways of a connection are: its task would have room for all of them, 20 KB for each of thousands of connections.
    fn http1<S>(
        &self,
        stream: S,
        connection: Connection,
        routes: Routes,
        watcher: Watcher,
    ) -> BoxFuture<'static, Ended>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let service = service_fn(move |request| connection.clone().answer(routes.now(), request));
        let served = watcher.watch(self.http1.serve_connection(TokioIo::new(stream), service));
        Box::pin(async { served.await.map_err(Into::into) })
    }

    async fn http2<S>(
        &self,
        stream: S,
        connection: Connection,
        routes: Routes,
        stop: CancellationToken,
    ) -> Ended
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (slot, longest) = (Arc::clone(&connection.slot), self.write_timeout);
        let service = service_fn(move |request| {
            let (connection, router) = (connection.clone(), routes.now());
            async move {
                let cut = connection.slot.cut.clone();
                let answer = connection.answer(router, request).await?;
                Ok::<_, Infallible>(answer.map(|body| taken_within(longest, body, cut)))
            }
        });
        let mut served = pin!(self.http2.serve_connection(TokioIo::new(stream), service));
        // hyper waits for ever, for the first request and for the next one.
        tokio::select! {
            // The connection first: a request that arrived in time has been seen before the deadline is.
            biased;
            ended = served.as_mut() => return ended.map_err(Into::into),
            () = slot.idle_for(self.header_timeout) => {}
            () = stop.cancelled() => {}
        }
        // The peer learns which requests were not begun, and may send them again.
        served.as_mut().graceful_shutdown();
        tokio::select! {
            biased;
            ended = served => ended.map_err(Into::into),
            () = slot.idle_for(self.header_timeout) => Err("the peer goes on".into()),
        }
    }
}

impl Connection {
    /// Answers a request, which is under way until its answer has been taken. It carries who is at the other end.
    async fn answer(
        self,
        router: Router,
        mut request: Request<Incoming>,
    ) -> Result<Response<Body>, Infallible> {
        let Self { address, certificate, user, slot } = self;
        let (is_reserved, busy) = (slot.is_reserved(), slot.begin());
        request.extensions_mut().insert(Peer {
            address,
            certificate,
            is_reserved,
            user,
            forwarded: None,
            is_counted: false,
        });
        let answer = TowerToHyperService::new(router).call(request).await?;
        Ok(answer.map(|body| Body::new(UnderWay { body, _busy: busy })))
    }
}

/// The body of an answer.
struct UnderWay {
    body: Body,
    _busy: RequestInProgress,
}

impl HttpBody for UnderWay {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
