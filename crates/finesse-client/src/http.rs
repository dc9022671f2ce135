//! How a request reaches a node: the seam between requests and sockets.

use std::fmt;

use bytes::Bytes;
use finesse_types::Failure;
use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;
use gc_net::{causes, http_client};
use http::{Request, Response};
use reqwest::Client;
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
    pub(crate) fn new(tls: &ClientConfig, deadlines: &RestConfig) -> Result<Self, ConfigError> {
        let client = http_client(tls).connect_timeout(deadlines.connect).timeout(deadlines.attempt).build();
        client.map(Self).map_err(|error| ConfigError::Http(causes(&error)))
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
