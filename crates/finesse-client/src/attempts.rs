//! How often a request is sent to one node (docs/finesse.md, "Nodes, retries, deadlines").

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use finesse_types::{Credentials, Failure, Request};
use gc_environment::Environment;
use gc_measure::Durations;
use gc_net::{Backoff, Jitter};
use tokio::time::{Instant, sleep};

use crate::config::RestConfig;
use crate::http::Http;
use crate::link::Priority;
use crate::nodes::Nodes;
use crate::rest::{self, Attempt};
use crate::turns::Kind;

/// A request, and for whom it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    /// None asks without a user.
    pub(crate) credentials: Option<&'a Credentials>,
    pub(crate) request: &'a Request,
    pub(crate) request_id: &'a str,
    pub(crate) priority: &'a Priority,
    /// Whether an attempt is under way. While it waits for its turn, nothing has been sent.
    pub(crate) under_way: &'a AtomicBool,
}

/// Sends requests, each once or a few times, and counts how long that takes.
#[derive(Debug)]
pub(crate) struct Attempts {
    http: Arc<dyn Http>,
    environment: Arc<dyn Environment>,
    nodes: Arc<Nodes>,
    config: RestConfig,
    /// By operation and outcome.
    took: Durations<(&'static str, &'static str)>,
}

impl Attempts {
    pub(crate) fn new(
        http: Arc<dyn Http>,
        environment: Arc<dyn Environment>,
        nodes: Arc<Nodes>,
        config: RestConfig,
    ) -> Self {
        Self { http, environment, nodes, config, took: Durations::default() }
    }

    /// How long attempts took, by operation and outcome.
    pub(crate) fn took(&self) -> &Durations<(&'static str, &'static str)> {
        &self.took
    }

    /// Sends a request to one node, and up to so many times again where that is safe.
    pub(crate) async fn tried(
        &self,
        node: usize,
        call: Call<'_>,
        range: Option<&str>,
        again: u32,
    ) -> Attempt {
        let pause = self.config.pause;
        let mut backoff = Backoff::new(pause, pause * 2, Jitter::Half, Arc::clone(&self.environment));
        for _ in 0..again {
            let attempt = self.send(node, call, range).await;
            // A server that asks for more time than there is gets no further attempt.
            let may_be_in_time = attempt.retry_after.is_none_or(|wait| wait < self.config.overall);
            match &attempt.answer {
                Err(failure) if may_be_repeated(call.request, failure) && may_be_in_time => {}
                _ => return attempt,
            }
            sleep(backoff.after_failure(None).max(attempt.retry_after.unwrap_or_default())).await;
        }
        self.send(node, call, range).await
    }

    /// It waited for its turn until its time was over.
    pub(crate) fn had_no_turn(&self, call: Call<'_>, waited: Duration) {
        let Call { request, request_id, .. } = call;
        self.took.add((request.operation(), "no_turn"), waited);
        let (method, path) = (request.method().as_str(), request.path());
        tracing::info!(
            method,
            path,
            request_id,
            "request to Finesse not sent: too many others were before it"
        );
    }

    async fn send(&self, node: usize, call: Call<'_>, range: Option<&str>) -> Attempt {
        let Call { credentials, request, request_id, priority, under_way } = call;
        let Some(at) = self.nodes.get(node) else {
            let reason = format!("there is no node {node}");
            return Attempt::failed(Failure::Unreachable { sent: false, reason });
        };
        // Before the turn, so that nobody has one who waits for another request of the same user.
        let _alone = match at.refusals.turn(credentials).await {
            Ok(alone) => alone,
            Err(failure) => return Attempt::failed(failure),
        };
        let _turn = match request {
            // Whether the node serves has to be known whatever else is asked there.
            Request::SystemInfo => {
                at.requests.count();
                None
            }
            request if request.is_read() => Some(at.requests.turn_for(priority, Instant::now()).await),
            _ => Some(at.requests.turn(Kind::Write, Instant::now()).await),
        };
        under_way.store(true, Ordering::Relaxed);
        let begun = Instant::now();
        let now = self.environment.now();
        let attempt = rest::send(&*self.http, &at, credentials, request, request_id, range, now).await;
        under_way.store(false, Ordering::Relaxed);
        let Attempt { answer, retry_after, .. } = &attempt;
        let outcome = answer.as_ref().map_or_else(Failure::kind, |_| "ok");
        self.took.add((request.operation(), outcome), begun.elapsed());
        let (method, path) = (request.method().as_str(), request.path());
        match answer {
            Ok(_) => tracing::debug!(node, method, path, request_id, "Finesse answered"),
            // Every few seconds while a node is away; that it is away is logged once.
            Err(failure) if matches!(request, Request::SystemInfo) => {
                tracing::debug!(node, method, path, %failure, "no answer to a health check");
            }
            Err(failure) => {
                let retry_after = retry_after.map(|wait| wait.as_secs());
                tracing::info!(node, method, path, request_id, %failure, retry_after, "request to Finesse failed")
            }
        }
        attempt
    }
}

/// A read may be repeated if the failure may pass; a write only if it was never sent.
pub(crate) fn may_be_repeated(request: &Request, failure: &Failure) -> bool {
    match failure {
        Failure::Unreachable { sent: false, .. } | Failure::TimedOut { sent: false } => true,
        failure => request.is_read() && failure.is_transient(),
    }
}
