//! A connection to a receiver, which knows whether the answer to its last request has begun, and how.

use std::{
    error::Error as _,
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU16, Ordering},
    },
    task::{Context, Poll, ready},
};

use http::{Extensions, StatusCode};
use hyper_util::client::legacy::{
    Error,
    connect::{Connected, Connection},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The bytes of one connection.
pub(crate) struct Conversation<S> {
    stream: S,
    turn: Turn,
}

/// Whose turn it is.
#[derive(Clone, Debug, Default)]
struct Turn(Arc<State>);

#[derive(Debug, Default)]
struct State {
    /// There was an answer before.
    is_reused: AtomicBool,
    /// Nothing has come since something was written.
    is_asked: AtomicBool,
    /// The status with which the last answer has begun; 0 if that cannot be read.
    status: AtomicU16,
}

impl<S> Conversation<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, turn: Turn::default() }
    }
}

/// Whether the connection had been used before, and ended before any byte of an answer came: most likely the receiver had closed it
/// while the request was on its way.
pub(crate) fn was_stale(error: &Error) -> bool {
    Turn::of(error).is_some_and(|Turn(state)| {
        state.is_reused.load(Ordering::Relaxed) && state.is_asked.load(Ordering::Relaxed)
    })
}

/// The status of an answer whose head is too large to be read: it may have any number of headers.
pub(crate) fn status_of_unread(error: &Error) -> Option<StatusCode> {
    let cause = error.source()?.downcast_ref::<hyper::Error>()?;
    let Turn(state) = Turn::of(error).filter(|_| cause.is_parse_too_large())?;
    let status = StatusCode::from_u16(state.status.load(Ordering::Relaxed)).ok()?;
    (!status.is_informational()).then_some(status)
}

impl Turn {
    /// That of the connection at which this has happened.
    fn of(error: &Error) -> Option<Self> {
        let mut extras = Extensions::new();
        error.connect_info()?.get_extras(&mut extras);
        extras.remove()
    }

    fn asked(&self) {
        self.0.is_asked.store(true, Ordering::Relaxed);
    }

    fn answered(&self, bytes: &[u8]) {
        let State { is_reused, is_asked, status } = &*self.0;
        if is_asked.swap(false, Ordering::Relaxed) {
            status.store(status_in(bytes).unwrap_or_default(), Ordering::Relaxed);
            is_reused.store(true, Ordering::Relaxed);
        }
    }
}

/// The status in the first bytes of an answer: `HTTP/1.1 200 OK`.
fn status_in(bytes: &[u8]) -> Option<u16> {
    let line = std::str::from_utf8(bytes.get(..12)?).ok()?;
    line.strip_prefix("HTTP/1.")?.split_once(' ')?.1.parse().ok()
}

impl<S> Connection for Conversation<S> {
    fn connected(&self) -> Connected {
        Connected::new().extra(self.turn.clone())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Conversation<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if let Some(bytes @ [_, ..]) = buffer.filled().get(before..) {
            self.turn.answered(bytes);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Conversation<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.turn.asked();
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.turn.asked();
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
