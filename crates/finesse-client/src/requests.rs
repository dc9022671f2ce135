//! Which node a request goes to (docs/finesse.md, "Nodes, retries, deadlines").

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use finesse_types::{Answer, Credentials, Failure, Request};
use gc_measure::Durations;
use tokio::time::timeout;

use crate::attempts::{Call, may_be_repeated};
use crate::health::Health;
use crate::link::Priority;
use crate::nodes::Nodes;
use crate::pages::Pages;

const LEFT: &str = "another node took its place before the request was sent";

/// Asks the cluster: the user's node first.
#[derive(Debug)]
pub(crate) struct Requests {
    pages: Pages,
    nodes: Arc<Nodes>,
    health: Arc<Health>,
    /// The deadline of all attempts together.
    overall: Duration,
}

impl Requests {
    pub(crate) fn new(pages: Pages, nodes: Arc<Nodes>, health: Arc<Health>, overall: Duration) -> Self {
        Self { pages, nodes, health, overall }
    }

    /// How long attempts took, by operation and outcome.
    pub(crate) fn took(&self) -> &Durations<(&'static str, &'static str)> {
        self.pages.took()
    }

    /// How long all attempts of one request may take together.
    pub(crate) fn overall(&self) -> Duration {
        self.overall
    }

    /// Asks for a user, until the deadline.
    pub(crate) async fn ask(
        &self,
        credentials: &Credentials,
        request: &Request,
        request_id: &str,
        priority: &Priority,
    ) -> Result<Answer, Failure> {
        let under_way = AtomicBool::new(false);
        let call =
            Call { credentials: Some(credentials), request, request_id, priority, under_way: &under_way };
        let answer = timeout(self.overall, self.at_either(credentials.user(), call)).await;
        answer.unwrap_or_else(|_| {
            // What is under way may have arrived.
            let sent = under_way.load(Ordering::Relaxed);
            if !sent {
                self.pages.had_no_turn(call, self.overall);
            }
            Err(Failure::TimedOut { sent })
        })
    }

    /// Asks one node how it is; without a user and without a deadline for all attempts.
    pub(crate) async fn system_info(&self, node: usize) -> Result<Answer, Failure> {
        let (request, priority, under_way) =
            (&Request::SystemInfo, &Priority::WaitedFor, &AtomicBool::new(false));
        let call = Call { credentials: None, request, request_id: "", priority, under_way };
        self.pages.ask_node(node, call).await
    }

    /// Asks the user's node, then, where that is safe, the other one.
    async fn at_either(&self, user: &str, call: Call<'_>) -> Result<Answer, Failure> {
        let current = self.health.node_of(user);
        let answered = tokio::select! {
            biased;
            answered = self.pages.ask_node(current, call) => answered,
            () = self.left_before_its_turn(current, user, call) => {
                Err(Failure::Unreachable { sent: false, reason: LEFT.to_owned() })
            }
        };
        let failure = match answered {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        if current != 0 && is_forbidden(&failure) {
            // Some requests are for the primary only.
            return self.pages.ask_for_whole(0, call, 0).await;
        }
        if failure.is_transient() {
            self.health.check_soon();
        }
        let other = (0..).zip(self.nodes.all()).find(|(node, known)| *node != current && known.is_some());
        let other = other.map(|(node, _)| node);
        let Some(other) = other.filter(|_| may_be_repeated(call.request, &failure)) else {
            return Err(failure);
        };
        match self.pages.ask_for_whole(other, call, 0).await {
            // The other node fails as well: the current one decides.
            Err(second) if second.is_transient() && !second.may_have_arrived() => Err(failure),
            done => done,
        }
    }

    /// Waits until the user belongs to another node while the request has not been sent. What is under way then is answered, or fails,
    /// where it is.
    async fn left_before_its_turn(&self, node: usize, user: &str, call: Call<'_>) {
        self.health.left(node, user).await;
        if call.under_way.load(Ordering::Relaxed) {
            pending::<()>().await;
        }
    }
}

fn is_forbidden(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused { status: 403, .. } | Failure::Proxy { status: 403 })
}
