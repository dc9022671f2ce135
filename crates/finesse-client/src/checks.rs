//! What the health checks of each node have found.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::link::MoveError;

/// The last finding about each node.
#[derive(Debug)]
pub(crate) struct Checks(Mutex<Vec<Checked>>);

#[derive(Debug)]
struct Checked {
    /// Host and port.
    name: String,
    /// None: it was not checked yet.
    found: Option<Found>,
    /// What the check under way has come to know.
    reason: Option<String>,
    /// Whether it did not answer the last check.
    missed: bool,
}

#[derive(Clone, Debug)]
struct Found {
    in_service: bool,
    since: Instant,
    /// Why it does not serve.
    reason: Option<String>,
}

/// How one node is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Condition {
    /// None before the first check.
    pub(crate) in_service: Option<bool>,
    /// Why it does not serve.
    pub(crate) reason: Option<String>,
    /// Since when it is in service or out of it.
    pub(crate) age: Option<Duration>,
}

/// What a check means for those who use the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// They stay.
    Stays,
    /// It is out of service: it says so, or is silent for the second time.
    Gone,
}

impl Checks {
    /// Of nodes with these names.
    pub(crate) fn of(names: Vec<String>) -> Self {
        let unchecked = |name| Checked { name, found: None, reason: None, missed: false };
        Self(Mutex::new(names.into_iter().map(unchecked).collect()))
    }

    /// Nothing that runs under this lock waits, or can leave a node half changed.
    fn nodes(&self) -> MutexGuard<'_, Vec<Checked>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How each node is, in the configured order.
    pub(crate) fn conditions(&self) -> Vec<Condition> {
        self.nodes().iter().map(Checked::condition).collect()
    }

    /// The node's name.
    pub(crate) fn name(&self, node: usize) -> Option<String> {
        self.nodes().get(node).map(|node| node.name.clone())
    }

    /// Why the check of this node that is under way finds it out of service.
    pub(crate) fn explain(&self, node: usize, reason: String) {
        if let Some(node) = self.nodes().get_mut(node) {
            node.reason = Some(reason);
        }
    }

    /// A node in service that is not this one, and its name.
    pub(crate) fn other_than(&self, node: usize) -> Result<(usize, String), MoveError> {
        let nodes = self.nodes();
        let others = || nodes.iter().enumerate().filter(|(index, _)| *index != node);
        let serves = |checked: &Checked| checked.found.as_ref().is_some_and(|found| found.in_service);
        if let Some((index, other)) = others().find(|(_, other)| serves(other)) {
            return Ok((index, other.name.clone()));
        }
        let Some((_, other)) = others().next() else { return Err(MoveError::OnlyNode) };
        let Condition { reason, .. } = other.condition();
        Err(MoveError::OutOfService { node: other.name.clone(), reason })
    }

    /// A check of this node has ended; none: without an answer. Logged once per change, in a target that is on whatever the
    /// filter is for.
    pub(crate) fn note(&self, node: usize, answer: Option<bool>) -> Verdict {
        let mut nodes = self.nodes();
        let Some(Checked { name, found, reason, missed }) = nodes.get_mut(node) else { return Verdict::Gone };
        let (reason, in_service) = (reason.take(), answer.unwrap_or_default());
        let silent_again = std::mem::replace(missed, answer.is_none()) && answer.is_none();
        let verdict = if answer == Some(false) || silent_again { Verdict::Gone } else { Verdict::Stays };
        let changed = found.as_ref().map(|found| found.in_service) != Some(in_service);
        let reason = (!in_service).then(|| reason.unwrap_or_else(|| "it did not answer in time".to_owned()));
        if changed {
            match &reason {
                None => tracing::info!(target: "health", node = %name, "a Finesse node is in service"),
                Some(reason) => {
                    tracing::warn!(target: "health", node = %name, reason, "a Finesse node is out of service");
                }
            }
        }
        let since = found.as_ref().filter(|_| !changed).map_or_else(Instant::now, |found| found.since);
        *found = Some(Found { in_service, since, reason });
        verdict
    }
}

impl Checked {
    fn condition(&self) -> Condition {
        match &self.found {
            Some(Found { in_service, since, reason }) => Condition {
                in_service: Some(*in_service),
                reason: reason.clone(),
                age: Some(since.elapsed()),
            },
            None => Condition::default(),
        }
    }
}
