//! Writing to peers that do not read: they are disconnected after a while.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Body as _;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::mpsc;
use tokio::time::{Sleep, sleep, timeout};
use tokio_util::sync::CancellationToken;

/// A socket that fails when it could not write for this long. The system alone would wait a quarter of an hour for a reader
/// that is gone, and for ever for one that is there and does not read.
#[derive(Debug)]
pub(super) struct WriteTimeout<S> {
    socket: S,
    longest: Duration,
    /// While a write waits.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl<S> WriteTimeout<S> {
    pub(super) fn new(socket: S, longest: Duration) -> Self {
        Self { socket, longest, waiting: None }
    }

    fn within<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waiting = None;
            return written;
        }
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(self.longest)));
        ready!(waiting.as_mut().poll(context));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the peer takes nothing")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WriteTimeout<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WriteTimeout<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(context, buffer);
        self.within(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write_vectored(context, buffers);
        self.within(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

/// The same for one answer over HTTP/2, where a peer can go on reading the connection without taking the answer. The
/// connection is cut: hyper cannot reset a single stream that waits for its peer.
pub(super) fn taken_within(longest: Duration, mut body: Body, cut: CancellationToken) -> Body {
    if body.is_end_stream() {
        return body;
    }
    let (frames, mut taken) = mpsc::channel(1);
    tokio::spawn(async move {
        loop {
            // First the room, so that no event is taken out of its outbox before there is any.
            let room = match timeout(longest, frames.reserve()).await {
                Ok(Ok(room)) => room,
                // It is over.
                Ok(Err(_)) => return,
                Err(_) => return cut.cancel(),
            };
            let frame = tokio::select! {
                // What is ready goes out before the end of the connection is noticed.
                biased;
                frame = body.frame() => frame,
                () = frames.closed() => None,
            };
            let Some(frame) = frame else { return };
            room.send(frame);
        }
    });
    Body::new(StreamBody::new(stream::poll_fn(move |context| taken.poll_recv(context))))
}
