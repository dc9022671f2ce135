//! The commands that have not had their outcome yet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use gc_core::{AgentKey, CommandId, Outcome};
use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::lock::lock;
use crate::resolution::Resolution;
use crate::submit_error::SubmitError;

/// All pending commands. Their number is limited for each agent, and a stop waits for them.
#[derive(Debug)]
pub(crate) struct PendingCommands {
    most: usize,
    of_agents: Mutex<BTreeMap<AgentKey, BTreeSet<CommandId>>>,
    tracker: TaskTracker,
}

/// A command's place among them. Dropping it frees the place.
#[derive(Debug)]
pub(crate) struct Ticket {
    pub agent: AgentKey,
    pub command: CommandId,
    commands: Arc<PendingCommands>,
    resolve: Option<oneshot::Sender<Outcome>>,
    _token: TaskTrackerToken,
}

impl PendingCommands {
    pub(crate) fn new(most: usize) -> Self {
        Self { most: most.max(1), of_agents: Mutex::default(), tracker: TaskTracker::new() }
    }

    /// A place for one more, unless there is none.
    pub(crate) fn admit(
        self: &Arc<Self>,
        agent: &AgentKey,
        command: &CommandId,
    ) -> Result<Ticket, SubmitError> {
        // First the token, then the check: a stop either sees the token or has closed before.
        let token = self.tracker.token();
        if self.is_closed() {
            return Err(SubmitError::Stopping);
        }
        let mut of_agents = lock(&self.of_agents);
        let open = of_agents.entry(agent.clone()).or_default();
        if open.len() >= self.most {
            return Err(SubmitError::TooMany { most: self.most });
        }
        if !open.insert(command.clone()) {
            return Err(SubmitError::Repeated);
        }
        let (agent, command) = (agent.clone(), command.clone());
        Ok(Ticket { agent, command, commands: Arc::clone(self), resolve: None, _token: token })
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        lock(&self.of_agents).values().map(BTreeSet::len).sum()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.tracker.is_closed()
    }

    /// Admits no more.
    pub(crate) fn close(&self) {
        self.tracker.close();
    }

    /// Waits until the last one has had its outcome, once closed.
    pub(crate) async fn wait(&self) {
        self.tracker.wait().await;
    }
}

impl Ticket {
    /// What the command's outcome goes to.
    pub(crate) fn resolution(&mut self) -> Resolution {
        let (resolve, resolution) = Resolution::pending();
        self.resolve = Some(resolve);
        resolution
    }

    /// The command has its outcome.
    pub(crate) fn resolve(mut self, outcome: Outcome) {
        if let Some(resolve) = self.resolve.take() {
            // Nobody has to wait for it.
            let _ = resolve.send(outcome);
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut of_agents = lock(&self.commands.of_agents);
        if let Some(open) = of_agents.get_mut(&self.agent) {
            open.remove(&self.command);
            if open.is_empty() {
                of_agents.remove(&self.agent);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(id: &str) -> AgentKey {
        AgentKey::new("default".into(), id)
    }

    #[test]
    fn an_agent_has_so_many_pending_commands_and_no_two_of_a_name() {
        let commands = Arc::new(PendingCommands::new(2));
        let first = commands.admit(&agent("1001"), &"a".into()).unwrap();
        assert_eq!(commands.admit(&agent("1001"), &"a".into()).unwrap_err(), SubmitError::Repeated);
        let _second = commands.admit(&agent("1001"), &"b".into()).unwrap();
        assert_eq!(
            commands.admit(&agent("1001"), &"c".into()).unwrap_err(),
            SubmitError::TooMany { most: 2 }
        );
        let _of_another = commands.admit(&agent("1002"), &"a".into()).unwrap();
        assert_eq!(commands.count(), 3);
        drop(first);
        assert!(commands.admit(&agent("1001"), &"a".into()).is_ok());
    }

    #[tokio::test]
    async fn after_closing_none_is_admitted_and_those_open_are_waited_for() {
        let commands = Arc::new(PendingCommands::new(9));
        let open = commands.admit(&agent("1001"), &"a".into()).unwrap();
        commands.close();
        assert_eq!(commands.admit(&agent("1001"), &"b".into()).unwrap_err(), SubmitError::Stopping);
        let wait = commands.wait();
        tokio::pin!(wait);
        assert!(futures_util::poll!(wait.as_mut()).is_pending());
        drop(open);
        wait.await;
        assert_eq!(commands.count(), 0);
    }
}
