//! The ways to one node's notification service, and which of them worked last.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gc_net::causes;
use gc_xmpp::{ConnectError, Endpoint};

use crate::notifications::StreamError;

/// That a node's server does not hold requests (BOSH) is logged once, not for each agent.
#[derive(Debug, Default)]
pub(crate) struct Polls(AtomicBool);

/// The endpoints of one node in the order in which they are tried.
#[derive(Debug)]
pub(crate) struct Transports {
    endpoints: Vec<Endpoint>,
    state: Mutex<State>,
    polls: Arc<Polls>,
}

#[derive(Debug, Default)]
struct State {
    /// The one that worked last, which is tried first.
    found: Option<usize>,
    /// With which of the others to go on: an attempt may end before it has tried all of them.
    next: usize,
}

/// Why endpoints did not work.
#[derive(Debug, Default)]
pub(crate) struct Failures(Vec<(String, ConnectError)>);

impl Transports {
    pub(crate) fn new(endpoints: Vec<Endpoint>) -> Self {
        Self { endpoints, state: Mutex::default(), polls: Arc::default() }
    }

    /// All endpoints, each once, beginning with the one to try first.
    pub(crate) fn in_turn(&self) -> impl Iterator<Item = (usize, &Endpoint)> {
        let State { found, next } = *self.state();
        let others = (0..self.endpoints.len()).cycle().skip(next).take(self.endpoints.len());
        let turns: Vec<usize> =
            found.into_iter().chain(others.filter(|index| Some(*index) != found)).collect();
        turns.into_iter().filter_map(|index| Some((index, self.endpoints.get(index)?)))
    }

    /// For the streams of this node.
    pub(crate) fn polls(&self) -> Arc<Polls> {
        Arc::clone(&self.polls)
    }

    /// The one that worked last.
    pub(crate) fn found(&self) -> Option<&Endpoint> {
        self.endpoints.get(self.state().found?)
    }

    /// This one is being tried, until the value is dropped.
    pub(crate) fn tries(&self, index: usize) -> Try<'_> {
        Try { transports: self, index }
    }

    /// This one works, as far as a login; the ones before it did not. Logged when it is another one than before.
    pub(crate) fn works(&self, index: usize, node: &dyn fmt::Display, failures: &Failures) {
        let before = {
            let mut state = self.state();
            state.next = 0;
            state.found.replace(index)
        };
        let Some(endpoint) = self.endpoints.get(index).filter(|_| before != Some(index)) else { return };
        if before.is_none() && failures.0.is_empty() {
            tracing::info!(%node, transport = %endpoint, "notification service found");
        } else {
            tracing::warn!(%node, transport = %endpoint, %failures, "notification service found by another transport");
        }
    }

    /// Nothing that runs under this lock waits, or can leave the state half changed.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who tries an endpoint. Those who come meanwhile begin where this one did; if it is over and the endpoint did not work, also because it
/// took too long, whoever comes later goes on behind it.
#[must_use]
pub(crate) struct Try<'a> {
    transports: &'a Transports,
    index: usize,
}

impl Drop for Try<'_> {
    fn drop(&mut self) {
        let mut state = self.transports.state();
        if state.found != Some(self.index) {
            state.next = (self.index + 1) % self.transports.endpoints.len().max(1);
        }
    }
}

impl Polls {
    /// A stream has found it.
    pub(crate) fn note(&self, node: &str, every: Duration) {
        if !self.0.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                node,
                ?every,
                "BOSH: the server answers without holding requests, so it is asked every so often, and notifications may be that late"
            );
        }
    }
}

impl Failures {
    pub(crate) fn add(&mut self, endpoint: &Endpoint, error: ConnectError) {
        tracing::debug!(transport = %endpoint, error = said(&error), "no notification service");
        self.0.push((endpoint.to_string(), error));
    }
}

/// The error in our words; of a certificate also why it is not trusted, which only its cause says.
pub(crate) fn said(error: &ConnectError) -> String {
    match error {
        ConnectError::Untrusted(_) => causes(error),
        other => other.to_string(),
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (endpoint, error)) in self.0.iter().enumerate() {
            let separator = if index > 0 { "; " } else { "" };
            write!(f, "{separator}{endpoint}: {}", said(error))?;
        }
        Ok(())
    }
}

impl From<Failures> for StreamError {
    fn from(mut failures: Failures) -> Self {
        match (failures.0.pop(), failures.0.is_empty()) {
            (Some((_, only)), true) => only.into(),
            (last, _) => {
                failures.0.extend(last);
                let transient = failures.0.iter().any(|(_, error)| error.is_transient());
                Self::Failed { reason: failures.to_string(), transient }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rustls::CertificateError;

    use super::*;

    fn transports(count: u16) -> Transports {
        Transports::new((1..=count).map(|port| Endpoint::tcp("fa.example", port)).collect())
    }

    fn turns(transports: &Transports) -> Vec<usize> {
        transports.in_turn().map(|(index, _)| index).collect()
    }

    #[test]
    fn the_one_that_worked_is_first_and_the_others_follow_in_order() {
        let transports = transports(4);
        assert_eq!(turns(&transports), [0, 1, 2, 3]);
        drop(transports.tries(0));
        drop(transports.tries(1));
        drop(transports.tries(2));
        transports.works(2, &"node", &Failures::default());
        assert_eq!(turns(&transports), [2, 0, 1, 3]);
        drop(transports.tries(2));
        assert_eq!(turns(&transports), [2, 0, 1, 3], "a failure does not make it forgotten");
        drop(transports.tries(0));
        transports.works(0, &"node", &Failures::default());
        assert_eq!(turns(&transports), [0, 1, 2, 3]);
    }

    #[test]
    fn an_attempt_that_ends_early_is_continued_by_the_next_one() {
        let transports = transports(3);
        drop(transports.tries(0));
        assert_eq!(turns(&transports), [1, 2, 0]);
        drop(transports.tries(1));
        drop(transports.tries(2));
        assert_eq!(turns(&transports), [0, 1, 2]);
        transports.works(1, &"node", &Failures::default());
        drop(transports.tries(1));
        drop(transports.tries(0));
        assert_eq!(turns(&transports), [1, 2, 0]);
    }

    #[test]
    fn those_who_open_at_the_same_time_begin_with_the_same_one() {
        let transports = transports(3);
        let (one, two) = (transports.tries(0), transports.tries(0));
        assert_eq!(turns(&transports), [0, 1, 2]);
        transports.works(0, &"node", &Failures::default());
        drop((one, two));
        assert_eq!(turns(&transports), [0, 1, 2]);
    }

    #[test]
    fn one_failure_is_itself_and_several_name_their_endpoints() {
        let mut failures = Failures::default();
        failures.add(&Endpoint::websocket("fa.example", 8445, "/ws/"), ConnectError::UpgradeRefused(404));
        let StreamError::Failed { reason, transient } = failures.into() else { panic!() };
        assert_eq!((reason.as_str(), transient), (&*ConnectError::UpgradeRefused(404).to_string(), false));

        let mut failures = Failures::default();
        failures.add(&Endpoint::websocket("fa.example", 8445, "/ws/"), ConnectError::UpgradeRefused(404));
        failures.add(&Endpoint::tcp("fa.example", 5223), ConnectError::UpgradeRefused(503));
        let StreamError::Failed { reason, transient } = failures.into() else { panic!() };
        let expected = "ws://fa.example:8445/ws/: the server refused the WebSocket upgrade with HTTP status 404; \
                        tcp://fa.example:5223: the server refused the WebSocket upgrade with HTTP status 503";
        assert_eq!((reason.as_str(), transient), (expected, true));
    }

    #[test]
    fn of_several_certificates_is_said_why_each_is_not_trusted() {
        let mut failures = Failures::default();
        for (port, error) in [(7443, CertificateError::UnknownIssuer), (5223, CertificateError::Revoked)] {
            let error = ConnectError::Untrusted(rustls::Error::InvalidCertificate(error));
            failures.add(&Endpoint::tcp("fa.example", port), error);
        }
        let said = failures.to_string();
        let why = ["no trusted authority has signed the server's certificate", "Revoked"];
        assert!(why.iter().all(|why| said.contains(why)), "{said}");
    }
}
