//! The one HTTP client of all delivery tasks: hyper's, with the guard and the deadline of a connection built in.

use std::{
    error::Error,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use gc_net::{Addresses, ConnectFailure, Connection, Connector, Trust, TrustError, lookup};
use http::{Request, Response, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioIo, TokioTimer},
};
use tower::Service;

use crate::{
    Config,
    connection::{Conversation, was_stale},
};

/// A connection that nobody uses is closed after this time.
const IDLE: Duration = Duration::from_secs(90);
/// So many connections to one host may be idle: a site's thousand clients often have one receiver. Those that more attempts at the same
/// moment have needed are closed after them.
const MOST_IDLE: usize = 1024;

/// Posts callbacks. It follows no redirect and uses no proxy of the environment, so that no event ends somewhere else.
#[derive(Clone)]
pub(crate) struct Http {
    pooled: Client<Dial, Full<Bytes>>,
    /// Makes a new connection for each request.
    unpooled: Client<Dial, Full<Bytes>>,
}

impl Http {
    /// One exchange. If the receiver has closed a connection that was used before and answers nothing on it, which no sender can know in
    /// time, the request is sent once more on a new one.
    pub(crate) async fn exchange(
        &self,
        request: impl Fn() -> Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, hyper_util::client::legacy::Error> {
        match self.pooled.request(request()).await {
            Err(error) if was_stale(&error) => {
                tracing::debug!(error = &error as &dyn Error, "sent again on a new connection");
                self.unpooled.request(request()).await
            }
            answer => answer,
        }
    }
}

/// Why callbacks cannot be sent at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The configured certificates cannot be used.
    #[error("the trusted certificates for callbacks cannot be used: {0}")]
    Trust(#[from] TrustError),
    /// Delivery runs in tasks, which need a runtime.
    #[error("callbacks need a tokio runtime: {0}")]
    Runtime(#[from] tokio::runtime::TryCurrentError),
}

/// HTTP/1.1.
pub(crate) fn client(config: &Config) -> Result<Http, BuildError> {
    client_with(config, lookup)
}

/// Calls no address that the guard refuses: those that are dialled are those that were checked.
fn client_with(config: &Config, lookup: fn(&str) -> Addresses) -> Result<Http, BuildError> {
    let identity = config.identity.as_ref();
    let tls = match config.trust.client_config_as(identity) {
        // Callbacks over plain HTTP need none.
        Err(TrustError::NoSystemAuthorities) => {
            tracing::warn!("the system has no certificate authorities: https callbacks will fail");
            Trust::Pinned(Vec::new()).client_config_as(identity)?
        }
        tls => tls?,
    };
    let guard = Arc::new(config.guard.clone());
    let connector = Connector::new(tls, config.connect_timeout, move |host| {
        let (guard, host, found) = (Arc::clone(&guard), host.to_owned(), lookup(host));
        Box::pin(async move { Ok(guard.check_resolved(&host, found.await?)?) })
    });
    let dial = Dial(connector);
    let mut builder = Client::builder(TokioExecutor::new());
    let unpooled = builder.clone().pool_max_idle_per_host(0).build(dial.clone());
    builder.pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE).pool_max_idle_per_host(MOST_IDLE);
    Ok(Http { pooled: builder.build(dial), unpooled })
}

/// Makes connections that know whether they are stale.
#[derive(Clone)]
pub(crate) struct Dial(Connector);

impl Service<Uri> for Dial {
    type Response = TokioIo<Conversation<TokioIo<Connection>>>;
    type Error = ConnectFailure;
    type Future = BoxFuture<'static, Result<Self::Response, ConnectFailure>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), ConnectFailure>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = self.0.call(uri);
        Box::pin(async { Ok(TokioIo::new(Conversation::new(TokioIo::new(connecting.await?)))) })
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use gc_guard::Guard;
    use tokio::{net::TcpStream, time::timeout};

    use super::*;

    fn built_with(trust: Trust) -> Result<Http, BuildError> {
        client(&Config { trust, ..Config::default() })
    }

    /// Every name is this machine.
    fn here(_: &str) -> Addresses {
        Box::pin(std::future::ready(Ok(vec![SocketAddr::from(([127, 0, 0, 1], 0))])))
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_not_called_unless_it_is_allowed() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://crm.example:{}/", listener.local_addr().unwrap().port());
        // None: it was called.
        let failure = async |guard: Guard| {
            let client = client_with(&Config { guard, ..Config::default() }, here).unwrap();
            tokio::select! {
                biased;
                _ = listener.accept() => None,
                answer = client.pooled.get(url.parse().unwrap()) => Some(crate::attempt::failure(&answer.unwrap_err())),
            }
        };
        let refused = failure(Guard::default()).await;
        assert!(matches!(refused, Some(crate::Failure::Forbidden(_))), "{refused:?}");
        assert_eq!(failure(Guard::new(["crm.example".parse().unwrap()])).await, None);
    }

    /// First an address at which nobody answers, then one that serves.
    fn silent_and_here(_: &str) -> Addresses {
        let addresses = [[127, 0, 0, 2], [127, 0, 0, 1]].map(|ip| SocketAddr::from((ip, 0)));
        Box::pin(std::future::ready(Ok(addresses.to_vec())))
    }

    #[tokio::test]
    async fn a_silent_address_of_a_host_leaves_time_for_the_next_one() {
        let serving = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = serving.local_addr().unwrap().port();
        let silent = tokio::net::TcpSocket::new_v4().unwrap();
        silent.bind(SocketAddr::from(([127, 0, 0, 2], port))).unwrap();
        // Once its queue is full, the system leaves further connections without an answer.
        let silent = silent.listen(0).unwrap();
        let mut queued = Vec::new();
        while let Ok(connection) =
            timeout(Duration::from_millis(200), TcpStream::connect(silent.local_addr().unwrap())).await
        {
            queued.push(connection.unwrap());
        }
        let guard = Guard::new(["crm.example".parse().unwrap()]);
        let config = Config { guard, connect_timeout: Duration::from_secs(2), ..Config::default() };
        let client = client_with(&config, silent_and_here).unwrap();
        let answer = client.pooled.get(format!("http://crm.example:{port}/").parse().unwrap());
        tokio::select! {
            biased;
            called = serving.accept() => drop(called.unwrap()),
            answer = answer => panic!("it was not called: {answer:?}"),
        }
    }

    #[test]
    fn no_further_certificates_are_needed() {
        assert!(built_with(Trust::System).is_ok());
    }

    #[test]
    fn certificates_that_are_none_are_refused() {
        for pem in ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "not PEM", ""] {
            let built = built_with(Trust::SystemAnd(pem.to_owned()));
            assert!(matches!(built, Err(BuildError::Trust(_))), "{pem}");
        }
    }
}
