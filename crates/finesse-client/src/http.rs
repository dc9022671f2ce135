//! How a request reaches a node: the seam between requests and sockets.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use finesse_types::Failure;
use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, try_unfold};
use gc_net::{Connector, causes, is_late, lookup};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use tokio::time::{Instant, timeout_at};

use crate::config::{LONGEST_DEADLINE, RestConfig};

/// The body of an answer, as it arrives.
pub type AnswerBody = BoxStream<'static, Result<Bytes, Failure>>;

/// Carries one request to a node and brings the answer back. It has a deadline, follows no redirect and tries
/// nothing twice. Dropping the future gives the request up.
pub trait Http: fmt::Debug + Send + Sync + 'static {
    /// One exchange. An answer of any status is one; a [`Failure`] says that there was none, and whether the
    /// request was sent.
    fn exchange(&self, request: Request<String>) -> BoxFuture<'_, Result<Response<AnswerBody>, Failure>>;
}

/// The real thing: one client of HTTP/1.1 with its pool of connections, no proxy, no redirects, deadlines, our TLS.
#[derive(Debug)]
pub(crate) struct Pooled {
    client: Client<Connector, Full<Bytes>>,
    /// For one exchange, the whole answer included.
    within: Duration,
}

impl Pooled {
    /// `addresses`: which names are looked up as which others.
    pub(crate) fn new(
        tls: &Arc<ClientConfig>,
        config: &RestConfig,
        addresses: BTreeMap<String, String>,
    ) -> Self {
        let connector = Connector::new(Arc::clone(tls), config.connect, move |host| {
            lookup(addresses.get(host).map_or(host, String::as_str))
        });
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_max_idle_per_host(config.at_once.get())
            .pool_idle_timeout(config.idle)
            .build(connector);
        Self { client, within: config.attempt.min(LONGEST_DEADLINE) }
    }
}

impl Http for Pooled {
    fn exchange(&self, request: Request<String>) -> BoxFuture<'_, Result<Response<AnswerBody>, Failure>> {
        Box::pin(async move {
            let deadline = Instant::now() + self.within;
            let answer = timeout_at(deadline, self.client.request(request.map(Full::from))).await;
            let answer = answer
                .map_err(|_| Failure::TimedOut { sent: true })?
                .map_err(|error| failure(!error.is_connect(), &error))?;
            Ok(answer.map(|body| pieces(body, deadline)))
        })
    }
}

/// What comes of a body until the deadline.
fn pieces(body: Incoming, deadline: Instant) -> AnswerBody {
    Box::pin(try_unfold(body, move |mut body| async move {
        loop {
            match timeout_at(deadline, body.frame()).await {
                Err(_) => return Err(Failure::TimedOut { sent: true }),
                Ok(None) => return Ok(None),
                Ok(Some(Err(error))) => return Err(failure(true, &error)),
                // What is no data are trailers.
                Ok(Some(Ok(frame))) => {
                    if let Ok(data) = frame.into_data() {
                        return Ok(Some((data, body)));
                    }
                }
            }
        }
    }))
}

/// What an error means for a request that was sent, or not.
fn failure(sent: bool, error: &(dyn Error + 'static)) -> Failure {
    if is_late(error) {
        Failure::TimedOut { sent }
    } else {
        Failure::Unreachable { sent, reason: causes(error) }
    }
}
