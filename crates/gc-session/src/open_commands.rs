//! The commands that have not had their outcome yet.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use gc_core::CommandId;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::Busy;
use crate::engine::lock;

/// All open commands: each agent may have so many, and a stop waits for them.
#[derive(Debug)]
pub(crate) struct OpenCommands {
    most: usize,
    of_agents: Mutex<HashMap<String, HashSet<CommandId>>>,
    tracker: TaskTracker,
}

/// A command's place among the open ones. Dropping it says that the command has had its outcome.
#[derive(Debug)]
pub(crate) struct Ticket {
    pub agent: String,
    pub command: CommandId,
    commands: Arc<OpenCommands>,
    _token: TaskTrackerToken,
}

impl OpenCommands {
    pub(crate) fn new(most: usize) -> Self {
        Self { most: most.max(1), of_agents: Mutex::default(), tracker: TaskTracker::new() }
    }

    /// A place for one more, unless there is none.
    pub(crate) fn admit(self: &Arc<Self>, agent: &str, command: &CommandId) -> Result<Ticket, Busy> {
        // First the token, then the look: whoever stops either sees the token or has closed before.
        let token = self.tracker.token();
        if self.is_closed() {
            return Err(Busy::Stopping);
        }
        let mut of_agents = lock(&self.of_agents);
        let open = of_agents.entry(agent.to_owned()).or_default();
        if open.len() >= self.most {
            return Err(Busy::TooMany { most: self.most });
        }
        if !open.insert(command.clone()) {
            return Err(Busy::Repeated);
        }
        let (agent, command) = (agent.to_owned(), command.clone());
        Ok(Ticket { agent, command, commands: Arc::clone(self), _token: token })
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        lock(&self.of_agents).values().map(HashSet::len).sum()
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

    #[test]
    fn an_agent_has_so_many_open_commands_and_no_two_of_a_name() {
        let commands = Arc::new(OpenCommands::new(2));
        let first = commands.admit("1001", &"a".into()).unwrap();
        assert_eq!(commands.admit("1001", &"a".into()).unwrap_err(), Busy::Repeated);
        let _second = commands.admit("1001", &"b".into()).unwrap();
        assert_eq!(commands.admit("1001", &"c".into()).unwrap_err(), Busy::TooMany { most: 2 });
        let _of_another = commands.admit("1002", &"a".into()).unwrap();
        assert_eq!(commands.count(), 3);
        drop(first);
        assert!(commands.admit("1001", &"a".into()).is_ok());
    }

    #[tokio::test]
    async fn after_closing_none_is_admitted_and_those_open_are_waited_for() {
        let commands = Arc::new(OpenCommands::new(9));
        let open = commands.admit("1001", &"a".into()).unwrap();
        commands.close();
        assert_eq!(commands.admit("1001", &"b".into()).unwrap_err(), Busy::Stopping);
        let wait = commands.wait();
        tokio::pin!(wait);
        assert!(futures_util::poll!(wait.as_mut()).is_pending());
        drop(open);
        wait.await;
        assert_eq!(commands.count(), 0);
    }
}
