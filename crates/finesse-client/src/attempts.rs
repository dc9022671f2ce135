//! How often, and at which node, a request is tried (docs/finesse.md, "Nodes, retries, deadlines").

use std::sync::Arc;

use finesse_types::{Answer, Failure, Request};
use gc_net::{Backoff, Jitter};
use tokio::time::{Instant, sleep};

use crate::cluster::Shared;
use crate::rest::{self, Attempt};
use finesse_types::Credentials;

impl Shared {
    /// Asks the user's node, then, where that is safe, the other one.
    pub(crate) async fn ask(
        &self,
        credentials: &Credentials,
        request: &Request,
        request_id: &str,
    ) -> Result<Answer, Failure> {
        let current = self.health.node_of(credentials.user());
        let failure = match self.ask_node(current, Some(credentials), request, request_id).await {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        if current != 0 && is_forbidden(&failure) {
            // Some requests are for the primary only.
            return self.ask_for_whole(0, Some(credentials), request, request_id, 0).await;
        }
        if failure.is_transient() {
            self.health.check_soon();
        }
        let other = (0..).zip(self.nodes.all()).find(|(node, known)| *node != current && known.is_some());
        let other = other.map(|(node, _)| node);
        let Some(other) = other.filter(|_| may_be_repeated(request, &failure)) else { return Err(failure) };
        match self.ask_for_whole(other, Some(credentials), request, request_id, 0).await {
            // The other node fails as well: the current one decides.
            Err(second) if second.is_transient() && !second.may_have_arrived() => Err(failure),
            done => done,
        }
    }

    /// Sends a request to one node, and up to so many times again where that is safe.
    pub(crate) async fn tried(
        &self,
        node: usize,
        credentials: Option<&Credentials>,
        request: &Request,
        request_id: &str,
        range: Option<&str>,
        again: u32,
    ) -> Attempt {
        let pause = self.rest.pause;
        let mut backoff = Backoff::new(pause, pause * 2, Jitter::Half, Arc::clone(&self.environment));
        for _ in 0..again {
            let attempt = self.send(node, credentials, request, request_id, range).await;
            // A server that asks for more time than there is gets no further attempt.
            let may_be_in_time = attempt.retry_after.is_none_or(|wait| wait < self.rest.overall);
            match &attempt.answer {
                Err(failure) if may_be_repeated(request, failure) && may_be_in_time => {}
                _ => return attempt,
            }
            sleep(backoff.after_failure(None).max(attempt.retry_after.unwrap_or_default())).await;
        }
        self.send(node, credentials, request, request_id, range).await
    }

    async fn send(
        &self,
        node: usize,
        credentials: Option<&Credentials>,
        request: &Request,
        request_id: &str,
        range: Option<&str>,
    ) -> Attempt {
        let Some(at) = self.nodes.get(node) else {
            let reason = format!("there is no node {node}");
            return Attempt::failed(Failure::Unreachable { sent: false, reason });
        };
        match request {
            // Whether the node serves, and what an agent does, comes before reading what others have done.
            Request::SystemInfo => _ = at.requests.count(),
            request if request.is_read() => at.requests.turn().await,
            _ => _ = at.requests.count(),
        }
        let begun = Instant::now();
        let now = self.environment.now();
        let attempt = rest::send(&*self.http, &at, credentials, request, request_id, range, now).await;
        let Attempt { answer, retry_after, .. } = &attempt;
        let outcome = answer.as_ref().map_or_else(Failure::kind, |_| "ok");
        self.requests.add((request.operation(), outcome), begun.elapsed());
        let (method, path) = (request.method().as_str(), request.path());
        match answer {
            Ok(_) => tracing::debug!(node, method, path, request_id, "Finesse answered"),
            // Every few seconds while a node is away; that it is away is logged once.
            Err(failure) if matches!(request, Request::SystemInfo) => {
                tracing::debug!(node, method, path, %failure, "no answer to a health check");
            }
            Err(failure) => {
                tracing::info!(node, method, path, request_id, %failure, ?retry_after, "request to Finesse failed")
            }
        }
        attempt
    }
}

/// A read may be repeated if the failure may pass; a write only if it was never sent.
fn may_be_repeated(request: &Request, failure: &Failure) -> bool {
    match failure {
        Failure::Unreachable { sent: false, .. } | Failure::TimedOut { sent: false } => true,
        failure => request.is_read() && failure.is_transient(),
    }
}

fn is_forbidden(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused { status: 403, .. } | Failure::Proxy { status: 403 })
}
