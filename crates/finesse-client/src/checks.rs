//! What the health checks of each node have found.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::link::MoveError;
use crate::standing::Standing;

/// The last finding about each node.
#[derive(Debug)]
pub(crate) struct Checks(Mutex<Vec<Checked>>);

#[derive(Debug)]
struct Checked {
    /// Host and port; none while nobody knows where the node is.
    name: Option<String>,
    /// None: it was not checked yet.
    found: Option<Found>,
    /// What the check under way has come to know.
    reason: Option<String>,
}

#[derive(Clone, Debug)]
struct Found {
    standing: Standing,
    /// Since when it is in service or out of it.
    since: Instant,
    /// Why it does not serve.
    reason: Option<String>,
}

/// How one node is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Condition {
    /// None before the first check.
    pub(crate) in_service: Option<bool>,
    /// Whether its operator waits until its users have left it.
    pub(crate) in_maintenance: bool,
    /// Why it does not serve.
    pub(crate) reason: Option<String>,
    /// Since when it is in service or out of it.
    pub(crate) age: Option<Duration>,
}

impl Checks {
    /// Of nodes with these names, as far as they are known.
    pub(crate) fn of(names: Vec<Option<String>>) -> Self {
        Self(Mutex::new(names.into_iter().map(Checked::of).collect()))
    }

    /// Nothing that runs under this lock waits, or can leave a node half changed.
    fn nodes(&self) -> MutexGuard<'_, Vec<Checked>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How each node is, in their order.
    pub(crate) fn conditions(&self) -> Vec<Condition> {
        self.nodes().iter().map(Checked::condition).collect()
    }

    /// The node's name.
    pub(crate) fn name(&self, node: usize) -> Option<String> {
        self.nodes().get(node)?.name.clone()
    }

    /// The node of this name.
    pub(crate) fn named(&self, name: &str) -> Option<usize> {
        self.nodes().iter().position(|node| node.name.as_deref() == Some(name))
    }

    /// A node is there, or another one than before.
    pub(crate) fn rename(&self, node: usize, name: String) {
        if let Some(node) = self.nodes().get_mut(node) {
            *node = Checked::of(Some(name));
        }
    }

    /// Why the check of this node that is under way finds it out of service.
    pub(crate) fn explain(&self, node: usize, reason: String) {
        if let Some(node) = self.nodes().get_mut(node) {
            node.reason = Some(reason);
        }
    }

    /// Why no user can be moved away from this node.
    pub(crate) fn why_nobody_leaves(&self, from: usize) -> MoveError {
        let nodes = self.nodes();
        let mut others = nodes.iter().enumerate().filter(|(index, _)| *index != from);
        let other = others.find_map(|(_, other)| Some((other.name.clone()?, other.condition())));
        match other {
            None => MoveError::OnlyNode,
            Some((node, Condition { in_maintenance: true, .. })) => MoveError::InMaintenance { node },
            Some((node, Condition { reason, .. })) => MoveError::OutOfService { node, reason },
        }
    }

    /// A check of this node has ended. Logged once per change, in a target that is on whatever the filter is for.
    pub(crate) fn note(&self, node: usize, standing: Standing) {
        let mut nodes = self.nodes();
        let serves = |found: &Found| found.standing == Standing::Serves;
        let mut others = nodes.iter().enumerate().filter(|(index, _)| *index != node);
        let is_another_better = others.any(|(_, other)| other.found.as_ref().is_some_and(serves));
        let Some(Checked { name: Some(name), found, reason }) = nodes.get_mut(node) else { return };
        let reason = reason.take().unwrap_or_else(|| "it did not answer in time".to_owned());
        let reason = (!standing.is_in_service()).then_some(reason);
        let before = found.take();
        if before.as_ref().map(|found| found.standing) != Some(standing) {
            match standing {
                Standing::Serves => {
                    tracing::info!(target: "health", node = %name, "a Finesse node is in service");
                }
                Standing::Maintained => {
                    // Its operator has planned it, and agents lose nothing.
                    let agents = match is_another_better {
                        true => "they move to the other node",
                        false => "they stay: no other node is known to serve without maintenance",
                    };
                    tracing::info!(target: "health", node = %name, agents, "a Finesse node is in maintenance");
                }
                Standing::Gone => {
                    let reason = reason.as_deref().unwrap_or_default();
                    tracing::warn!(target: "health", node = %name, reason, "a Finesse node is out of service");
                }
            }
        }
        let same = |found: &Found| found.standing.is_in_service() == standing.is_in_service();
        let since = before.filter(same).map_or_else(Instant::now, |found| found.since);
        *found = Some(Found { standing, since, reason });
    }

    /// Everybody who was not moved belongs to another node now, because the one before stands so.
    pub(crate) fn note_change(&self, from: usize, to: usize, standing: Standing) {
        let (from, to) = (self.name(from).unwrap_or_default(), self.name(to).unwrap_or_default());
        match standing {
            // Planned: the node goes on until its agents have left it.
            Standing::Maintained | Standing::Serves => {
                tracing::info!(
                    from,
                    to,
                    "another Finesse node is the current one: the one before is in maintenance"
                );
            }
            Standing::Gone => {
                tracing::warn!(
                    from,
                    to,
                    "another Finesse node is the current one: the one before is out of service"
                );
            }
        }
    }
}

impl Checked {
    fn of(name: Option<String>) -> Self {
        Self { name, found: None, reason: None }
    }

    fn condition(&self) -> Condition {
        match &self.found {
            Some(Found { standing, since, reason }) => Condition {
                in_service: Some(standing.is_in_service()),
                in_maintenance: *standing == Standing::Maintained,
                reason: reason.clone(),
                age: Some(since.elapsed()),
            },
            None => Condition::default(),
        }
    }
}
