//! How a request reaches a node: the seam between requests and sockets.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use finesse_types::Failure;
use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;
use gc_net::{causes, http_client};
use http::{Request, Response};
use reqwest::Client;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use rustls::ClientConfig;

use crate::config::{ConfigError, RestConfig};
use futures_util::future::BoxFuture;

/// The body of an answer, as it arrives.
pub type AnswerBody = BoxStream<'static, Result<Bytes, Failure>>;

/// Carries one request to a node and brings the answer back. It has a deadline, follows no redirect and tries
/// nothing twice. Dropping the future gives the request up.
pub trait Http: fmt::Debug + Send + Sync + 'static {
    /// One exchange. An answer of any status is one; a [`Failure`] says that there was none, and whether the
    /// request was sent.
    fn exchange(&self, request: Request<String>) -> BoxFuture<'_, Result<Response<AnswerBody>, Failure>>;
}

/// The real thing: one client with its pool of connections, no proxy, no redirects, deadlines, our TLS.
#[derive(Debug)]
pub(crate) struct Pooled(Client);

impl Pooled {
    /// `addresses`: which names are looked up as which others.
    pub(crate) fn new(
        tls: &ClientConfig,
        config: &RestConfig,
        addresses: BTreeMap<String, String>,
    ) -> Result<Self, ConfigError> {
        let client = http_client(tls)
            .connect_timeout(config.connect)
            .timeout(config.attempt)
            .pool_max_idle_per_host(config.at_once.get())
            .pool_idle_timeout(config.idle);
        let client = match addresses.is_empty() {
            true => client,
            false => client.dns_resolver(Arc::new(Elsewhere(addresses))),
        };
        client.build().map(Self).map_err(|error| ConfigError::Http(causes(&error)))
    }
}

/// Looks some names up as others.
#[derive(Debug)]
struct Elsewhere(BTreeMap<String, String>);

impl Resolve for Elsewhere {
    fn resolve(&self, name: Name) -> Resolving {
        let name = self.0.get(name.as_str()).cloned().unwrap_or_else(|| name.as_str().to_owned());
        Box::pin(async move {
            // The port is the URL's.
            let found = tokio::net::lookup_host((name, 0)).await?.collect::<Vec<_>>();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

impl Http for Pooled {
    fn exchange(&self, request: Request<String>) -> BoxFuture<'_, Result<Response<AnswerBody>, Failure>> {
        Box::pin(async move {
            let request = request.try_into().map_err(failure)?;
            let mut response = self.0.execute(request).await.map_err(failure)?;
            let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
            let mut answer = Response::new(Box::pin(response.bytes_stream().map_err(failure)) as AnswerBody);
            (*answer.status_mut(), *answer.headers_mut()) = (status, headers);
            Ok(answer)
        })
    }
}

/// What an HTTP client's error means for the request.
fn failure(error: reqwest::Error) -> Failure {
    let sent = !(error.is_connect() || error.is_builder());
    if error.is_timeout() {
        Failure::TimedOut { sent }
    } else {
        Failure::Unreachable { sent, reason: causes(&error.without_url()) }
    }
}
