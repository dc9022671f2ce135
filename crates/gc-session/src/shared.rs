//! What the agents' tasks share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, UNIX_EPOCH};

use finesse_types::Update;
use gc_delivery::{Callback, Caller, Commit};
use gc_environment::Environment;
use gc_protocol::Request;
use gc_rules::{
    AgentKey, ClientKey, ClusterId, CommandId, ForAgent, Outcome, Output, Party, SessionChange, Switchboard,
};
use gc_store::{Change, ClientRecord, Sealer};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cluster::ClusterLink;
use crate::lock::lock;
use crate::message::{Message, TaskHandle};
use crate::outlet::{EventContext, Outlet};
use crate::pending::PendingCommands;
use crate::recordings::Recordings;
use crate::taken_streams::TakenStreams;

/// The state that the agents' tasks share.
pub(crate) struct Shared {
    pub(crate) outlet: Outlet,
    pub(crate) commands: Arc<PendingCommands>,
    pub(crate) clusters: BTreeMap<ClusterId, Arc<ClusterLink>>,
    pub(crate) environment: Arc<dyn Environment>,
    /// The agents' tasks, and streams that are being closed.
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
    /// The beginning of the switchboard's time.
    pub(crate) started: Instant,
    pub(crate) roster: Mutex<Roster>,
    /// Where sessions are kept for a restart: what seals their passwords.
    pub(crate) sealer: Option<Arc<Sealer>>,
    /// The agents that are recorded.
    pub(crate) recordings: Recordings,
    /// The agents whose streams another program has taken.
    pub(crate) taken_streams: TakenStreams,
}

/// The switchboard and the agents' tasks, under one lock: an agent that has a session at the switchboard has a task, or is
/// about to.
pub(crate) struct Roster {
    pub(crate) switchboard: Switchboard,
    pub(crate) tasks: BTreeMap<AgentKey, TaskHandle>,
    /// The record of each client as it was kept last, if the journal survives a restart.
    pub(crate) records: BTreeMap<ClientKey, ClientRecord>,
}

impl Roster {
    /// Adds the client's `sessionUrl`.
    pub(crate) fn address(&self, client: &ClientKey, message: &mut gc_delivery::Message) {
        message.session_url = self.switchboard.session_url(client).map(str::to_owned);
    }

    /// What has to be kept of a client that has made itself known, if that is new. `given`: the callback that came with
    /// its request, and from where. The default callback is not kept, so that a restart takes the one that is configured then.
    pub(crate) fn keep_client(
        &mut self,
        client: &ClientKey,
        given: Option<(&Callback, Caller)>,
    ) -> Option<Change> {
        let before = self.records.get(client);
        let (callback, from_loopback) = match given {
            Some((callback, caller)) => (Some(callback.address().to_owned()), caller == Caller::Loopback),
            None => before.map(|before| (before.callback.clone(), before.from_loopback)).unwrap_or_default(),
        };
        let record = ClientRecord {
            client: client.clone(),
            cluster: self.switchboard.cluster_of(client)?.clone(),
            callback,
            from_loopback,
            session_url: self.switchboard.session_url(client).map(str::to_owned),
            principal: match self.switchboard.party_of(client)? {
                Party::Principal(name) => Some(name.clone()),
                Party::Client(_) => None,
            },
        };
        if before == Some(&record) {
            return None;
        }
        self.records.insert(client.clone(), record.clone());
        Some(Change::Client(record))
    }

    /// Hands the switchboard's inputs to the agents' tasks. One that has ended needs none.
    pub(crate) fn pass(&self, inputs: impl IntoIterator<Item = impl Into<ForAgent>>) {
        for ForAgent { agent, input } in inputs.into_iter().map(Into::into) {
            if let Some(task) = self.tasks.get(&agent) {
                let _ = task.send(Message::Input(Box::new(input)));
            }
        }
    }
}

impl Shared {
    pub(crate) fn roster(&self) -> MutexGuard<'_, Roster> {
        lock(&self.roster)
    }

    /// The wall clock, in seconds since 1970.
    pub(crate) fn seconds(&self) -> u64 {
        self.environment.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
    }

    /// 32 random bits.
    pub(crate) fn random_bits(&self) -> u32 {
        u32::try_from(self.environment.random() >> 32).unwrap_or_default()
    }

    /// Hands over the events among these outputs of an agent, and what the step changes of what is kept: together, and
    /// in this order.
    pub(crate) fn emit(&self, agent: &AgentKey, outputs: &[Output], changes: Vec<Change>) {
        let emitted = |output: &Output| match output {
            Output::Emit { client, event, command } => {
                let context = EventContext { agent: Some(agent.agent()), command: command.as_ref() };
                Some((client.clone(), self.outlet.message(client, event, context)))
            }
            _ => None,
        };
        self.commit(outputs.iter().filter_map(emitted).collect(), changes);
    }

    /// Hands messages over to their clients, with changes of what is kept. Not for those who hold the lock.
    pub(crate) fn commit(
        &self,
        mut messages: Vec<(ClientKey, gc_delivery::Message)>,
        changes: Vec<Change>,
    ) -> Commit {
        if !messages.is_empty() {
            let roster = self.roster();
            messages.iter_mut().for_each(|(client, message)| roster.address(client, message));
            self.count_events(&roster, messages.iter().map(|(client, message)| (client, message)));
        }
        self.outlet.delivery.commit(messages, changes)
    }

    /// Events of these clients are emitted.
    pub(crate) fn count_events<'a>(
        &self,
        roster: &Roster,
        messages: impl IntoIterator<Item = (&'a ClientKey, &'a gc_delivery::Message)>,
    ) {
        for (client, message) in messages {
            if let Some(cluster) = self.cluster_of(roster, client) {
                cluster.measures.events.add(message.event_type.as_str(), 1);
            }
        }
    }

    /// A command that no agent's task carries out has this outcome at once.
    pub(crate) fn count_command(
        &self,
        roster: &Roster,
        client: &ClientKey,
        request: &Request,
        outcome: &Outcome,
    ) {
        if let Some(cluster) = self.cluster_of(roster, client) {
            cluster.measures.command(&request.name.to_string(), Some(outcome), Duration::ZERO);
        }
    }

    fn cluster_of(&self, roster: &Roster, client: &ClientKey) -> Option<&Arc<ClusterLink>> {
        self.clusters.get(roster.switchboard.cluster_of(client)?)
    }

    /// Waits until events can be kept again as fast as they come.
    pub(crate) async fn wait_for_capacity(&self) {
        self.outlet.delivery.wait_for_capacity().await;
    }

    /// An agent's session has changed.
    pub(crate) fn note(&self, agent: &AgentKey, change: SessionChange) {
        let mut roster = self.roster();
        roster.switchboard.advance(self.started.elapsed());
        let decisions = roster.switchboard.note(agent, change);
        roster.pass(decisions);
    }

    /// A command of this client asks whether its password may be used.
    pub(crate) fn request_attempt(
        &self,
        agent: &AgentKey,
        client: &ClientKey,
        command: CommandId,
        asks_finesse: bool,
    ) {
        let mut roster = self.roster();
        roster.switchboard.advance(self.started.elapsed());
        let decision = roster.switchboard.request_attempt(agent, client, command, asks_finesse);
        roster.pass(decision);
    }

    /// Finesse sent a refusal on the node of `from` that names another agent's request.
    pub(crate) fn forward(&self, from: &AgentKey, to: String, update: Box<Update>) {
        let roster = self.roster();
        roster.pass([roster.switchboard.forward(from, to, update)]);
    }

    /// The agent's session is over. True if its task has nothing left to do and is closed now.
    pub(crate) fn close_task(&self, agent: &AgentKey, messages: &mpsc::UnboundedReceiver<Message>) -> bool {
        let mut roster = self.roster();
        if !messages.is_empty() {
            return false;
        }
        roster.tasks.remove(agent);
        let decisions = roster.switchboard.note(agent, SessionChange::Forgotten);
        roster.pass(decisions);
        true
    }
}
