//! From an endpoint to a transport.

use std::fmt;
use std::io;
use std::pin::Pin;
#[cfg(feature = "bosh")]
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
#[cfg(feature = "websocket")]
use tokio_tungstenite::tungstenite;

use crate::socket::Socket;
#[cfg(any(feature = "tcp-tls", feature = "starttls"))]
use crate::transport::TcpTransport;
use crate::transport::Transport;
#[cfg(feature = "websocket")]
use crate::transport::WebSocketTransport;
#[cfg(feature = "bosh")]
use crate::transport::{BoshTarget, BoshTransport};
use crate::{CloseReason, Endpoint, Options, Timing, Tls, Wire};

/// What [`Dial::dial`] returns.
pub type Dialled<'a> = Pin<Box<dyn Future<Output = io::Result<Box<dyn Socket>>> + Send + 'a>>;

/// Makes the connection below TLS and framing. [`TcpDial`] is the real one; a test can put pipes in memory here.
pub trait Dial: fmt::Debug + Send + Sync + 'static {
    /// Connects to this host and port. Dropping the future gives up; [`Timing::connect`] bounds it.
    fn dial<'a>(&'a self, host: &'a str, port: u16) -> Dialled<'a>;
}

/// Dials over TCP.
#[derive(Clone, Copy, Debug, Default)]
pub struct TcpDial;

impl Dial for TcpDial {
    fn dial<'a>(&'a self, host: &'a str, port: u16) -> Dialled<'a> {
        Box::pin(async move {
            let tcp = TcpStream::connect((host, port)).await?;
            // Stanzas are small and each waits for an answer.
            tcp.set_nodelay(true)?;
            Ok(Box::new(tcp) as Box<dyn Socket>)
        })
    }
}

/// Why there is no session.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The host has no address, or nothing listens there.
    #[error("cannot connect: {0}")]
    Dial(#[source] io::Error),
    /// It did not answer in time.
    #[error("no answer in time: {0}")]
    TimedOut(Phase),
    /// The endpoint cannot be a server's: its TLS name or its WebSocket path is none.
    #[error("{0:?} is not a server's address")]
    BadAddress(String),
    /// This build has no such transport.
    #[error("this build has no transport for {0}")]
    NotBuilt(String),
    /// The server's certificate is not trusted. The cause is in the words of the TLS library; `gc_net::causes` says it in ours.
    #[error("the server's certificate is not trusted")]
    Untrusted(#[source] rustls::Error),
    /// TLS failed otherwise.
    #[error("TLS: {0}")]
    Tls(#[source] io::Error),
    /// The server answered the WebSocket upgrade with this HTTP status.
    #[error("the server refused the WebSocket upgrade with HTTP status {0}")]
    UpgradeRefused(u16),
    /// The WebSocket upgrade failed otherwise.
    #[cfg(feature = "websocket")]
    #[error("WebSocket: {0}")]
    Upgrade(#[source] Box<tungstenite::Error>),
    /// The connection stood, but ended before the password was sent.
    #[error(transparent)]
    NoLogin(CloseReason),
    /// The password was sent, but no session came of it.
    #[error(transparent)]
    Closed(CloseReason),
}

impl ConnectError {
    /// Whether the same attempt may go better later although nobody changes anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Dial(_) | Self::TimedOut(_) | Self::Tls(_) => true,
            #[cfg(feature = "websocket")]
            Self::Upgrade(_) => true,
            Self::BadAddress(_) | Self::NotBuilt(_) | Self::Untrusted(_) => false,
            Self::UpgradeRefused(status) => *status >= 500 || *status == 429,
            Self::NoLogin(reason) | Self::Closed(reason) => reason.is_transient(),
        }
    }

    /// Whether the password was sent. If not, the same login may be tried over another transport at once.
    pub fn has_sent_password(&self) -> bool {
        matches!(self, Self::Closed(_))
    }
}

/// A part of connecting.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Phase {
    /// Name resolution and TCP.
    #[error("TCP connection")]
    Tcp,
    /// TLS.
    #[error("TLS handshake")]
    Tls,
    /// The WebSocket upgrade.
    #[error("WebSocket upgrade")]
    Upgrade,
}

/// Connects, each phase within its deadline.
pub(crate) async fn connect(options: &Options) -> Result<Transport, ConnectError> {
    let Options { endpoint, timing, limits, .. } = options;
    if !endpoint.wire.is_built() {
        return Err(ConnectError::NotBuilt(endpoint.to_string()));
    }
    #[cfg(feature = "bosh")]
    if let Wire::Bosh { path } = &endpoint.wire {
        let slash = if path.starts_with('/') { "" } else { "/" };
        let target = BoshTarget {
            dial: Arc::clone(&options.dial),
            endpoint: endpoint.clone(),
            path: format!("{slash}{path}"),
            timing: *timing,
            limits: *limits,
        };
        let connection = target.connect().await?;
        let bosh = BoshTransport::new(target, connection, options.environment.random());
        return Ok(Transport::Bosh(Box::new(bosh)));
    }
    #[cfg(any(feature = "websocket", feature = "tcp-tls", feature = "starttls"))]
    let socket = reach(&*options.dial, endpoint, timing).await?;
    match &endpoint.wire {
        #[cfg(any(feature = "tcp-tls", feature = "starttls"))]
        Wire::Tcp | Wire::StartTls => Ok(Transport::Tcp(TcpTransport::new(socket, *limits))),
        #[cfg(feature = "websocket")]
        Wire::WebSocket { path } => {
            let url = endpoint.websocket_url(path);
            let url = url.parse().map_err(|_| ConnectError::BadAddress(url))?;
            let upgrade = WebSocketTransport::upgrade(socket, url, *limits);
            let upgraded = within(timing.handshake, Phase::Upgrade, upgrade).await?;
            upgraded.map(|websocket| Transport::WebSocket(Box::new(websocket))).map_err(upgrade_error)
        }
        _ => Err(ConnectError::NotBuilt(endpoint.to_string())),
    }
}

/// A connection to the endpoint's host, encrypted if it is encrypted from the first byte.
pub(crate) async fn reach(
    dial: &dyn Dial,
    endpoint: &Endpoint,
    timing: &Timing,
) -> Result<Box<dyn Socket>, ConnectError> {
    let dialled = within(timing.connect, Phase::Tcp, dial.dial(&endpoint.host, endpoint.port)).await?;
    let socket = dialled.map_err(ConnectError::Dial)?;
    match &endpoint.tls {
        Some(tls) if endpoint.wire != Wire::StartTls => encrypt(socket, tls, timing.handshake).await,
        _ => Ok(socket),
    }
}

pub(crate) async fn encrypt(
    socket: Box<dyn Socket>,
    tls: &Tls,
    deadline: Duration,
) -> Result<Box<dyn Socket>, ConnectError> {
    let name = ServerName::try_from(tls.server_name.clone())
        .map_err(|_| ConnectError::BadAddress(tls.server_name.clone()))?;
    let handshake = TlsConnector::from(tls.config.clone()).connect(name, socket);
    match within(deadline, Phase::Tls, handshake).await? {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) => Err(tls_error(error)),
    }
}

async fn within<T>(
    deadline: Duration,
    phase: Phase,
    work: impl Future<Output = T>,
) -> Result<T, ConnectError> {
    timeout(deadline, work).await.map_err(|_| ConnectError::TimedOut(phase))
}

fn tls_error(error: io::Error) -> ConnectError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(reason @ rustls::Error::InvalidCertificate(_)) => ConnectError::Untrusted(reason.clone()),
        _ => ConnectError::Tls(error),
    }
}

#[cfg(feature = "websocket")]
fn upgrade_error(error: tungstenite::Error) -> ConnectError {
    match error {
        tungstenite::Error::Http(response) => ConnectError::UpgradeRefused(response.status().as_u16()),
        other => ConnectError::Upgrade(Box::new(other)),
    }
}
