//! A client of HTTP/2 that decides itself when it takes what.

use axum::body::Body;
use hyper::Request;
use hyper::client::conn::http2::{Builder, Connection, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

type Stream = TokioIo<TlsStream<TcpStream>>;

/// A connection on which each answer may send so many bytes before somebody has taken any. It ends when the other side
/// ends it, or when its sender is gone.
pub(crate) async fn open(
    stream: TlsStream<TcpStream>,
    window: u32,
) -> (SendRequest<Body>, Connection<Stream, Body, TokioExecutor>) {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.initial_stream_window_size(window).handshake(TokioIo::new(stream)).await.unwrap()
}

pub(crate) fn get(path: &str) -> Request<Body> {
    Request::get(format!("https://localhost{path}")).body(Body::empty()).unwrap()
}
