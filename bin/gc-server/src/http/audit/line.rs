//! One entry of the audit log.

use std::net::IpAddr;

use gc_core::Outcome;
use gc_session::Resolution;
use tokio::time::Instant;

use super::{Noted, Reason};

/// Who asked what of whom; the same in every line about a request.
pub(super) struct Line {
    address: Option<IpAddr>,
    action: String,
    noted: Noted,
    since: Instant,
}

/// Writes a line. Texts of clients are in quotes, so that none of them can look like another field.
macro_rules! line {
    ($line:expr, $outcome:expr $(, $more:ident = $value:expr)*) => {
        tracing::info!(
            target: "audit",
            principal = $line.noted.principal.as_ref().map(|principal| principal.name()),
            address = $line.address.map(tracing::field::display),
            action = $line.action,
            agent = $line.noted.agent,
            client = $line.noted.client,
            outcome = $outcome,
            $($more = $value,)*
            command_id = $line.noted.command_id,
        )
    };
}

impl Line {
    pub(super) fn new(address: Option<IpAddr>, action: String, noted: Noted) -> Self {
        let action = noted.command.map_or(action, |command| command.to_string());
        let address = address.map(|address| address.to_canonical());
        Self { address, action, noted, since: Instant::now() }
    }

    pub(super) fn refused(&self, reason: Reason) {
        line!(self, "refused", reason = reason.name());
    }

    pub(super) fn accepted(&self) {
        line!(self, "accepted");
    }

    pub(super) fn cut(&self) {
        line!(self, "cut");
    }

    /// Waits for the command's outcome and writes it.
    pub(super) async fn resolved(self, resolution: Resolution) {
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
        let ms = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        line!(self, outcome, error = error, ms = ms);
    }
}
