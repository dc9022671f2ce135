//! Connections for hyper's client.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use std::{fmt, io, iter, vec};

use futures_util::future::BoxFuture;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tower::Service;

/// When a silent connection is asked whether it is still there, how often, and how long what was written may wait.
const KEEPALIVE: Duration = Duration::from_secs(15);
const KEEPALIVES: u32 = 3;
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);

/// A connection, encrypted or not.
pub type Connection = MaybeHttpsStream<TokioIo<TcpStream>>;

/// Why there is no connection.
pub type ConnectFailure = Box<dyn Error + Send + Sync>;

/// The addresses of a host, with port 0: another one would be used where the URL names none.
pub type Addresses = BoxFuture<'static, Result<Vec<SocketAddr>, ConnectFailure>>;

/// Makes connections, TLS included, within a time. It uses no proxy of the environment.
#[derive(Clone, Debug)]
pub struct Connector {
    https: HttpsConnector<HttpConnector<Names>>,
    within: Duration,
}

impl Connector {
    /// One that finds hosts so; [`lookup`] asks the system.
    pub fn new(
        tls: Arc<ClientConfig>,
        within: Duration,
        lookup: impl Fn(&str) -> Addresses + Send + Sync + 'static,
    ) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Names(Arc::new(lookup)));
        tcp.enforce_http(false);
        // It is divided among the addresses of a host, so that one that is silent does not hide the others.
        tcp.set_connect_timeout(Some(within));
        // Each request is one write, which leaves at once.
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEPALIVE));
        tcp.set_keepalive_interval(Some(KEEPALIVE));
        tcp.set_keepalive_retries(Some(KEEPALIVES));
        #[cfg(target_os = "linux")]
        tcp.set_tcp_user_timeout(Some(UNACKNOWLEDGED));
        Self { https: HttpsConnector::from((tcp, tls)), within }
    }
}

/// What the system knows of a host.
pub fn lookup(host: &str) -> Addresses {
    let host = host.to_owned();
    Box::pin(async move { Ok(lookup_host((host, 0)).await?.collect()) })
}

/// Whether a deadline is among the causes, ours or the system's.
pub fn is_late(error: &(dyn Error + 'static)) -> bool {
    let mut causes = iter::successors(Some(error), |&error| error.source());
    causes.any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
    })
}

impl Service<http::Uri> for Connector {
    type Response = Connection;
    type Error = ConnectFailure;
    type Future = BoxFuture<'static, Result<Connection, ConnectFailure>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), ConnectFailure>> {
        self.https.poll_ready(context)
    }

    fn call(&mut self, uri: http::Uri) -> Self::Future {
        let connecting = timeout(self.within, self.https.call(uri));
        Box::pin(async { connecting.await.map_err(io::Error::from)? })
    }
}

#[derive(Clone)]
struct Names(Arc<dyn Fn(&str) -> Addresses + Send + Sync>);

impl fmt::Debug for Names {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Names")
    }
}

impl Service<Name> for Names {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = ConnectFailure;
    type Future = BoxFuture<'static, Result<Self::Response, ConnectFailure>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectFailure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let found = (self.0)(name.as_str());
        Box::pin(async { Ok(found.await?.into_iter()) })
    }
}
