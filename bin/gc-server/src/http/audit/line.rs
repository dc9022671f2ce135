//! One entry of the audit log.

use std::net::IpAddr;
use std::sync::Arc;

use gc_access::Principal;
use gc_rules::Outcome;
use gc_session::Resolution;
use tokio::time::Instant;

use super::Reason;

/// Who asked what of whom; the same in every line about a request.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    address: Option<IpAddr>,
    pub(super) principal: Option<Arc<Principal>>,
    /// The command, or method and route.
    pub(super) action: String,
    pub(super) agent: Option<String>,
    pub(super) client: Option<String>,
    pub(super) command_id: Option<String>,
    pub(super) reason: Option<Reason>,
    /// The follower that the request has come through.
    pub(super) through: Option<String>,
    /// At a follower: who has answered.
    pub(super) leader: Option<String>,
    /// Whether it is written that the request is accepted.
    pub(super) written: bool,
}

/// Writes a line. Texts of clients are in quotes, so that none of them can look like another field.
macro_rules! write_line {
    ($line:expr, $outcome:expr $(, $more:ident = $value:expr)*) => {
        tracing::info!(
            target: "audit",
            principal = $line.principal.as_ref().map(|principal| principal.name()),
            address = $line.address.map(tracing::field::display),
            action = $line.action,
            agent = $line.agent,
            client = $line.client,
            outcome = $outcome,
            $($more = $value,)*
            command_id = $line.command_id,
            through = $line.through,
            leader = $line.leader,
        )
    };
}

impl Line {
    pub(super) fn new(address: Option<IpAddr>, action: String) -> Self {
        Self { address: address.map(|address| address.to_canonical()), action, ..Self::default() }
    }

    pub(super) fn write_refused(&self, reason: Reason) {
        write_line!(self, "refused", reason = reason.name());
    }

    pub(super) fn write_accepted(&mut self) {
        self.written = true;
        // Whoever leads has accepted it, and writes what comes of it.
        let outcome = if self.leader.is_some() { "forwarded" } else { "accepted" };
        write_line!(self, outcome);
    }

    pub(super) fn write_cut(&self) {
        write_line!(self, "cut");
    }

    /// Waits for the command's outcome and writes it.
    pub(super) fn write_outcome(self, resolution: Resolution) -> impl Future<Output = ()> {
        let since = Instant::now();
        async move {
            let outcome = resolution.outcome().await;
            let error = match &outcome {
                Some(Outcome::Failed(code)) => Some(code.to_string()),
                _ => None,
            };
            let outcome = match outcome {
                Some(Outcome::Done) => "done",
                Some(Outcome::Failed(_)) => "failed",
                Some(Outcome::NoSession) => "no_session",
                None => "unknown",
            };
            let ms = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
            write_line!(self, outcome, error = error, ms = ms);
        }
    }
}
