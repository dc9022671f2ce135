//! How stanzas travel: one small interface over TCP, WebSocket and BOSH.

#[cfg(feature = "bosh")]
mod bosh;
#[cfg(any(feature = "tcp-tls", feature = "starttls"))]
mod tcp;
#[cfg(feature = "websocket")]
mod websocket;

#[cfg(not(any(feature = "tcp-tls", feature = "starttls", feature = "websocket", feature = "bosh")))]
compile_error!("gc-xmpp needs at least one of its transports: see the features in its Cargo.toml");

use std::time::Duration;

use gc_xml::{Element, Limits, parse_in};

#[cfg(any(feature = "tcp-tls", feature = "starttls", feature = "websocket"))]
use crate::socket::Socket;
use crate::{ConnectError, FramingError, Input, Lost, Tls, ns};

#[cfg(feature = "bosh")]
pub(crate) use bosh::{BoshTarget, BoshTransport};
#[cfg(any(feature = "tcp-tls", feature = "starttls"))]
pub(crate) use tcp::TcpTransport;
#[cfg(feature = "websocket")]
pub(crate) use websocket::WebSocketTransport;

/// A connection that carries stanzas.
pub(crate) enum Transport {
    #[cfg(any(feature = "tcp-tls", feature = "starttls"))]
    Tcp(TcpTransport),
    #[cfg(feature = "bosh")]
    Bosh(Box<BoshTransport>),
    #[cfg(feature = "websocket")]
    WebSocket(Box<WebSocketTransport>),
}

/// What a transport received.
#[derive(Debug)]
pub(crate) enum Frame {
    /// The server's stream begins.
    Opened,
    Stanza(Element<'static>),
    /// A stanza that cannot be read, and whose end is known.
    Unreadable(FramingError),
    /// Bytes that say no more than that the server is there.
    Alive,
    /// The server does not hold requests, so it is asked every so often.
    #[cfg(feature = "bosh")]
    Polls {
        every: Duration,
    },
    /// The server ended the session for this reason (XEP-0124, 17.2).
    #[cfg(feature = "bosh")]
    Terminated {
        condition: String,
    },
    /// The server's stream ends.
    Ended {
        see_other: Option<String>,
    },
}

/// Why a transport cannot receive.
#[derive(Debug)]
pub(crate) enum ReceiveError {
    Lost(Lost),
    Malformed(FramingError),
}

impl Transport {
    /// Waits for the next frame. Safe to drop half-way: nothing gets lost.
    pub(crate) async fn receive(&mut self) -> Result<Frame, ReceiveError> {
        match self {
            #[cfg(any(feature = "tcp-tls", feature = "starttls"))]
            Self::Tcp(tcp) => tcp.receive().await,
            #[cfg(feature = "bosh")]
            Self::Bosh(bosh) => bosh.receive().await,
            #[cfg(feature = "websocket")]
            Self::WebSocket(websocket) => websocket.receive().await,
        }
    }

    /// Opens our stream, at first or anew.
    pub(crate) async fn open_stream(&mut self, domain: &str) -> Result<(), Lost> {
        match self {
            #[cfg(any(feature = "tcp-tls", feature = "starttls"))]
            Self::Tcp(tcp) => tcp.open_stream(domain).await,
            #[cfg(feature = "bosh")]
            Self::Bosh(bosh) => {
                bosh.open_stream(domain);
                Ok(())
            }
            #[cfg(feature = "websocket")]
            Self::WebSocket(websocket) => websocket.open_stream(domain).await,
        }
    }

    /// Encrypts the connection: the server has agreed to STARTTLS.
    #[cfg_attr(not(any(feature = "tcp-tls", feature = "starttls")), expect(unused_variables))]
    pub(crate) async fn start_tls(&mut self, tls: &Tls, deadline: Duration) -> Result<(), ConnectError> {
        match self {
            #[cfg(any(feature = "tcp-tls", feature = "starttls"))]
            Self::Tcp(tcp) => tcp.start_tls(tls, deadline).await,
            // The session asks for it only where the endpoint has it.
            #[cfg(feature = "bosh")]
            Self::Bosh(_) => Ok(()),
            #[cfg(feature = "websocket")]
            Self::WebSocket(_) => Ok(()),
        }
    }

    pub(crate) async fn send(&mut self, stanza: &str) -> Result<(), Lost> {
        match self {
            #[cfg(any(feature = "tcp-tls", feature = "starttls"))]
            Self::Tcp(tcp) => tcp.send(stanza).await,
            #[cfg(feature = "bosh")]
            Self::Bosh(bosh) => {
                bosh.send(stanza);
                Ok(())
            }
            #[cfg(feature = "websocket")]
            Self::WebSocket(websocket) => websocket.send(stanza).await,
        }
    }

    pub(crate) async fn close_stream(&mut self) -> Result<(), Lost> {
        match self {
            #[cfg(any(feature = "tcp-tls", feature = "starttls"))]
            Self::Tcp(tcp) => tcp.send("</stream:stream>").await,
            #[cfg(feature = "bosh")]
            Self::Bosh(bosh) => {
                bosh.close_stream();
                Ok(())
            }
            #[cfg(feature = "websocket")]
            Self::WebSocket(websocket) => websocket.close_stream().await,
        }
    }

    /// Ends the connection below the stream. Best effort: what could be said has been said.
    pub(crate) async fn shut_down(&mut self) {
        match self {
            #[cfg(any(feature = "tcp-tls", feature = "starttls"))]
            Self::Tcp(tcp) => tcp.shut_down().await,
            #[cfg(feature = "bosh")]
            Self::Bosh(bosh) => bosh.shut_down().await,
            #[cfg(feature = "websocket")]
            Self::WebSocket(websocket) => websocket.shut_down().await,
        }
    }
}

impl From<Frame> for Input {
    fn from(frame: Frame) -> Self {
        match frame {
            Frame::Opened => Self::Opened,
            Frame::Stanza(element) => Self::Stanza(element),
            Frame::Unreadable(error) => Self::Unreadable(error),
            Frame::Alive => Self::Alive,
            #[cfg(feature = "bosh")]
            Frame::Polls { every } => Self::Polls { every },
            #[cfg(feature = "bosh")]
            Frame::Terminated { condition } => Self::Terminated { condition },
            Frame::Ended { see_other } => Self::Ended { see_other },
        }
    }
}

impl From<ReceiveError> for Input {
    fn from(error: ReceiveError) -> Self {
        match error {
            ReceiveError::Lost(lost) => Self::Lost(lost),
            ReceiveError::Malformed(error) => Self::Malformed(error),
        }
    }
}

impl<T: Into<FramingError>> From<T> for ReceiveError {
    fn from(error: T) -> Self {
        Self::Malformed(error.into())
    }
}

#[cfg(feature = "bosh")]
impl From<Lost> for ReceiveError {
    fn from(lost: Lost) -> Self {
        Self::Lost(lost)
    }
}

/// A stanza by itself. The server's stream has declared the namespace of those that declare none.
fn read_stanza(bytes: &[u8], limits: &Limits) -> Result<Element<'static>, FramingError> {
    let text = std::str::from_utf8(bytes).map_err(|_| FramingError::NotUtf8)?;
    Ok(parse_in(text, Some(ns::CLIENT), limits)?.into_owned())
}

impl From<std::io::Error> for Lost {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            // A TLS peer that goes without a goodbye.
            std::io::ErrorKind::UnexpectedEof => Self::Eof,
            kind => Self::Io(kind),
        }
    }
}
