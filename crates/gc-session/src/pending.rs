//! The commands that have not had their outcome yet.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use gc_rules::{AgentKey, ClientKey, ClusterId, CommandId, Outcome, Party};
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::agent_status::PendingStatus;
use crate::lock::lock;
use crate::measures::Counted;
use crate::resolution::Resolution;
use crate::submit_error::SubmitError;

/// Commands of one agent that one client may have who is not its owner; only Connect can be one.
const OF_ONE_OTHER: usize = 4;
/// The same of all callers together that are not identified, since these can use as many destinations as they like. One
/// who is identified is not counted with others: it would learn of them.
const OF_UNIDENTIFIED: usize = 8;
/// Commands of one party over all agents: ten for each of a thousand. An agent who signs in has six at once (Connect,
/// Login, and four lists), later two at most, so a thousand who sign in at the same moment have 6000.
const OF_PARTY: usize = 10_000;

/// All pending commands. Their number is limited for each agent and each party, and a stop waits for them.
#[derive(Debug)]
pub(crate) struct PendingCommands {
    of_owner: usize,
    of_party: usize,
    pending: Mutex<Pending>,
    tracker: TaskTracker,
}

#[derive(Debug, Default)]
struct Pending {
    agents: BTreeMap<AgentKey, BTreeMap<CommandId, PendingEntry>>,
    parties: BTreeMap<Party, usize>,
}

/// A command that is pending.
#[derive(Debug)]
struct PendingEntry {
    sender: Sender,
    since: Instant,
}

/// Who sent which command.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    pub(crate) party: Party,
    pub(crate) client: ClientKey,
    /// Whether the agent belongs to this client.
    pub(crate) owner: bool,
    /// The command's name.
    pub(crate) command: String,
}

/// The place of a pending command. Dropping it frees the place.
#[derive(Debug)]
pub(crate) struct Ticket {
    pub agent: AgentKey,
    pub command: CommandId,
    commands: Arc<PendingCommands>,
    resolve: Option<oneshot::Sender<Outcome>>,
    counted: Option<Counted>,
    _token: TaskTrackerToken,
}

impl PendingCommands {
    /// `of_owner`: how many commands of one agent its owner may have.
    pub(crate) fn new(of_owner: usize) -> Self {
        Self {
            of_owner: of_owner.max(1),
            of_party: OF_PARTY,
            pending: Mutex::default(),
            tracker: TaskTracker::new(),
        }
    }

    /// Takes a place for a command; an error if a limit is reached.
    pub(crate) fn admit(
        self: &Arc<Self>,
        agent: &AgentKey,
        command: &CommandId,
        sender: Sender,
    ) -> Result<Ticket, SubmitError> {
        // First the token, then the check: a stop either sees the token or has closed before.
        let token = self.tracker.token();
        if self.is_closed() {
            return Err(SubmitError::Stopping);
        }
        let mut pending = lock(&self.pending);
        let Pending { agents, parties } = &mut *pending;
        let of_agent = agents.get(agent);
        let count = |counts: &dyn Fn(&Sender) -> bool| {
            of_agent.map_or(0, |pending| pending.values().filter(|each| counts(&each.sender)).count())
        };
        let full = |most: usize, pending: usize| (pending >= most).then_some(most);
        let of_agent_full = match sender.owner {
            true => full(self.of_owner, count(&|each| each.owner)),
            false => {
                full(OF_ONE_OTHER, count(&|each| !each.owner && each.party == sender.party)).or_else(|| {
                    let unidentified = |each: &Sender| !each.owner && matches!(each.party, Party::Client(_));
                    unidentified(&sender).then(|| full(OF_UNIDENTIFIED, count(&unidentified)))?
                })
            }
        };
        if let Some(most) = of_agent_full {
            return Err(SubmitError::TooMany { most, of: "agent" });
        }
        // A client does not learn which ids others have chosen.
        let alike = || of_agent.into_iter().flatten().filter(|(id, _)| id.as_str() == command.as_str());
        if alike().any(|(_, each)| each.sender.party == sender.party) {
            return Err(SubmitError::Repeated);
        }
        let command = (0..)
            .map(|number| command.twin(number))
            .find(|twin| alike().all(|(id, _)| id != twin))
            .unwrap_or_else(|| command.clone());
        let of_party = parties.entry(sender.party.clone()).or_default();
        if let Some(most) = full(self.of_party, *of_party) {
            return Err(SubmitError::TooMany { most, of: "client" });
        }
        *of_party += 1;
        agents
            .entry(agent.clone())
            .or_default()
            .insert(command.clone(), PendingEntry { sender, since: Instant::now() });
        let agent = agent.clone();
        Ok(Ticket { agent, command, commands: Arc::clone(self), resolve: None, counted: None, _token: token })
    }

    /// How many commands are pending.
    pub(crate) fn count(&self) -> usize {
        lock(&self.pending).parties.values().sum()
    }

    /// How many commands of each cluster's agents are pending.
    pub(crate) fn count_by_cluster(&self) -> BTreeMap<ClusterId, u64> {
        let mut counts = BTreeMap::new();
        for (agent, commands) in &lock(&self.pending).agents {
            let count: &mut u64 = counts.entry(agent.cluster().clone()).or_default();
            *count += u64::try_from(commands.len()).unwrap_or(u64::MAX);
        }
        counts
    }

    /// The pending commands of an agent, by id.
    pub(crate) fn of_agent(&self, agent: &AgentKey) -> Vec<PendingStatus> {
        let pending = lock(&self.pending);
        let described = |(id, PendingEntry { sender, since }): (&CommandId, &PendingEntry)| PendingStatus {
            id: id.clone(),
            name: sender.command.clone(),
            client: sender.client.clone(),
            age: since.elapsed(),
        };
        pending.agents.get(agent).into_iter().flatten().map(described).collect()
    }

    /// Whether a command of this client is pending.
    pub(crate) fn has_sent(&self, client: &ClientKey) -> bool {
        let pending = lock(&self.pending);
        pending.agents.values().flat_map(BTreeMap::values).any(|place| place.sender.client == *client)
    }

    /// Whether a command with this id and name is pending of an agent with this id, sent by somebody who `is_sender`.
    pub(crate) fn has(
        &self,
        agent: &str,
        id: &CommandId,
        name: &str,
        is_sender: impl Fn(&Party, &ClientKey) -> bool,
    ) -> bool {
        let pending = lock(&self.pending);
        let of_agent = pending.agents.iter().filter(|(key, _)| key.agent() == agent);
        of_agent.flat_map(|(_, commands)| commands).any(|(pending, PendingEntry { sender, .. })| {
            let is_this = pending.as_str() == id.as_str() && sender.command == name;
            is_this && is_sender(&sender.party, &sender.client)
        })
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.tracker.is_closed()
    }

    /// Admits no further command.
    pub(crate) fn close(&self) {
        self.tracker.close();
    }

    /// Waits, after [`Self::close`], until the last command has its outcome.
    pub(crate) async fn wait(&self) {
        self.tracker.wait().await;
    }
}

impl Ticket {
    /// Its end is counted, whatever it is.
    pub(crate) fn counted(self, counted: Option<Counted>) -> Self {
        let mut ticket = self;
        ticket.counted = counted;
        ticket
    }

    /// Receives the command's outcome.
    pub(crate) fn resolution(&mut self) -> Resolution {
        let (resolve, resolution) = Resolution::pending();
        self.resolve = Some(resolve);
        resolution
    }

    /// Sets the command's outcome.
    pub(crate) fn resolve(mut self, outcome: Outcome) {
        if let Some(counted) = self.counted.take() {
            counted.ends(Some(&outcome));
        }
        if let Some(resolve) = self.resolve.take() {
            // Nobody has to wait for it.
            let _ = resolve.send(outcome);
        }
    }
}

impl Pending {
    fn remove(&mut self, agent: &AgentKey, command: &CommandId) {
        let Some(of_agent) = self.agents.get_mut(agent) else { return };
        let removed = of_agent.remove(command);
        if of_agent.is_empty() {
            self.agents.remove(agent);
        }
        let Some(PendingEntry { sender: Sender { party, .. }, .. }) = removed else { return };
        if let Some(count) = self.parties.get_mut(&party) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.parties.remove(&party);
            }
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(counted) = self.counted.take() {
            counted.ends(None);
        }
        lock(&self.commands.pending).remove(&self.agent, &self.command);
    }
}

#[cfg(test)]
mod tests;
