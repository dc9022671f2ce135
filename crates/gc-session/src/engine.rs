//! The engine: requests come in, are decided by the switchboard, and go to their agent's task.

mod cluster;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use finesse_client::Service;
use finesse_types::Update;
use gc_access::{Principal, Right};
use gc_core::{
    AgentKey, ClientKey, ClusterId, CommandId, Decision, Output, Refusal, Refused, SessionChange, Switchboard,
};
use gc_delivery::{Callback, Caller, Delivery, InvalidCallback};
use gc_environment::Environment;
use gc_events::{Dialect, ErrorCode, ErrorEvent, Event};
use gc_protocol::Request;
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::SendError;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(crate) use self::cluster::ClusterLink;
pub use self::cluster::Readiness;
use self::cluster::{service_of, watch_service};
use crate::agent_task::{AgentTask, Message, Submitted};
use crate::outlet::{EventContext, Outlet};
use crate::pending::PendingCommands;
use crate::{EngineCluster, EngineConfig};

/// What became of a request.
#[derive(Debug)]
pub enum Receipt {
    /// It is taken; its outcome comes as events that carry this id.
    Accepted {
        /// The command's id.
        command_id: CommandId,
    },
    /// It is not taken; the event says why.
    Refused {
        /// Why.
        reason: Refusal,
        /// The answer.
        event: Box<Event>,
    },
}

/// Why a request is not taken at the moment.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SubmitError {
    /// The engine is stopping.
    #[error("The connector is stopping. Send the command again when it is back.")]
    Stopping,
    /// Events are written down more slowly than they come.
    #[error("The connector has more events than it can write down. Send the command again in a moment.")]
    Overloaded,
    /// Too many commands of this agent have no outcome yet.
    #[error("{most} commands of this agent have no outcome yet. Wait for theirs.")]
    TooMany {
        /// How many may be pending.
        most: usize,
    },
    /// A pending command of this agent has the same `correlationId`.
    #[error("A command of this agent with the same correlationId has no outcome yet. Wait for its events.")]
    Repeated,
    /// The callback address cannot be used.
    #[error("{0}")]
    Callback(#[from] InvalidCallback),
}

/// All agents of all clusters. Dropping it ends all their tasks at once; see [`Engine::stop`] for the polite way.
pub struct Engine {
    shared: Arc<Shared>,
}

/// What every agent's task has a part in.
pub(crate) struct Shared {
    outlet: Outlet,
    commands: Arc<PendingCommands>,
    clusters: BTreeMap<ClusterId, Arc<ClusterLink>>,
    environment: Arc<dyn Environment>,
    /// The agents' tasks, and streams that are being closed.
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
    roster: Mutex<Roster>,
}

/// Who is there. One lock for both: who has a session at the switchboard is who has a task, or is about to.
struct Roster {
    switchboard: Switchboard,
    tasks: BTreeMap<AgentKey, mpsc::UnboundedSender<Message>>,
}

/// Nothing that runs under these locks waits, or can leave what they guard half changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Engine {
    /// Starts the engine on the current runtime. The first cluster is that of clients that none names.
    pub fn start(config: EngineConfig, clusters: Vec<EngineCluster>, delivery: Arc<Delivery>) -> Self {
        let bindings = clusters.iter().map(|cluster| cluster.binding.clone()).collect();
        let mut switchboard = Switchboard::new(bindings, config.licences, config.max_clients);
        for cluster in &clusters {
            let in_service = service_of(&*cluster.link) == Service::InService;
            switchboard.service_changed(&cluster.binding.cluster, in_service);
        }
        let several = clusters.len() > 1;
        let link = |cluster: EngineCluster| {
            let EngineCluster { binding, link, directory, settings, platform, resource } = cluster;
            let name = several.then(|| binding.cluster.clone());
            let link = ClusterLink { link, directory, resource, settings, platform, name };
            (binding.cluster, Arc::new(link))
        };
        let shared = Arc::new(Shared {
            outlet: Outlet { delivery, dialect: config.dialect, default_callback: config.default_callback },
            commands: Arc::new(PendingCommands::new(config.max_pending_commands)),
            clusters: clusters.into_iter().map(link).collect(),
            environment: config.environment,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            roster: Mutex::new(Roster { switchboard, tasks: BTreeMap::new() }),
        });
        for cluster in shared.clusters.keys() {
            shared.tasks.spawn(watch_service(Arc::clone(&shared), cluster.clone()));
        }
        Self { shared }
    }

    /// Takes one request from whoever may do everything: for a program that is its own only client.
    ///
    /// # Errors
    /// As those of [`Engine::submit_as`].
    pub fn submit(&self, request: &Request, at: Option<&ClusterId>) -> Result<Receipt, SubmitError> {
        self.submit_as(&Principal::open([Right::Supervisor]), Caller::Loopback, request, at)
    }

    /// Takes one request of this principal. Never waits: what is accepted has its outcome as events. `at`: the cluster
    /// that the request names by its address. `from`: where it came from, which decides whether its callback may be
    /// this machine.
    ///
    /// # Errors
    /// When the request cannot be taken now, or its callback address never.
    pub fn submit_as(
        &self,
        who: &Principal,
        from: Caller,
        request: &Request,
        at: Option<&ClusterId>,
    ) -> Result<Receipt, SubmitError> {
        if self.is_stopping() {
            return Err(SubmitError::Stopping);
        }
        if !self.shared.outlet.delivery.has_room() {
            return Err(SubmitError::Overloaded);
        }
        let parts = request.callback.as_ref();
        let callback = parts.map(|parts| Callback::from_parts(&parts.fqdn, &parts.endpoint)).transpose()?;
        let shared = &self.shared;
        if let Some(callback) = &callback {
            shared.outlet.delivery.check(callback, from).map_err(InvalidCallback::from)?;
        }
        let id = request.correlation_id.clone().unwrap_or_else(|| shared.environment.id().to_string());
        let command_id = CommandId::from(id);

        let mut roster = shared.roster();
        match roster.switchboard.decide(who, request, at) {
            Decision::Refused(Refused { reason, event, client }) => {
                drop(roster);
                if let Some(client) = client {
                    let mut context = answer_for(request, &command_id);
                    // A refused command has no id but the client's own.
                    context.command = context.command.filter(|_| request.correlation_id.is_some());
                    shared.append(vec![(client, shared.outlet.message(&event, context))]);
                }
                tracing::info!(principal = who.name(), command = %request.name, id = request.id, ?reason, "command refused");
                return Ok(Receipt::Refused { reason, event });
            }
            Decision::Answered { client, event, permit } => {
                roster.switchboard.commit(permit);
                shared.outlet.register(&client, callback);
                // Under the lock, so that the status of a Hello is not older than one that was emitted before.
                let context = EventContext { command: Some(&command_id), ..EventContext::default() };
                let mut message = shared.outlet.message(&event, context);
                roster.address(&client, &mut message);
                shared.outlet.append([(client, message)]);
            }
            Decision::Denied { client, event } => {
                drop(roster);
                let message = shared.outlet.message(&event, answer_for(request, &command_id));
                shared.append(vec![(client, message)]);
            }
            Decision::Agent { client, agent, permit } => {
                let ticket = shared.commands.admit(&agent, &command_id)?;
                roster.switchboard.commit(permit);
                shared.outlet.register(&client, callback);
                let submitted = Submitted { client, member: None, command: request.command(), ticket };
                shared.send(&mut roster, &agent, submitted);
            }
            Decision::Member { client, supervisor, member } => {
                let ticket = shared.commands.admit(&supervisor, &command_id)?;
                let member = Some(member);
                let submitted = Submitted { client, member, command: request.command(), ticket };
                shared.send(&mut roster, &supervisor, submitted);
            }
        }
        tracing::info!(principal = who.name(), command = %request.name, id = request.id, command_id = %command_id, "command accepted");
        Ok(Receipt::Accepted { command_id })
    }

    /// Whether the principal may read this client's events.
    pub fn may_watch(&self, who: &Principal, client: &ClientKey) -> bool {
        self.shared.roster().switchboard.may_watch(who, client)
    }

    /// An `Error` event for a request that never reached the switchboard.
    pub fn error(code: ErrorCode, message: impl Into<String>) -> Event {
        Event::Error(ErrorEvent::of_service(code).with_message(message))
    }

    /// The dialect in which events are written.
    pub fn dialect(&self) -> Dialect {
        self.shared.outlet.dialect
    }

    /// Whether commands can have an effect, by what clients know of the service.
    pub fn readiness(&self) -> Readiness {
        let roster = self.shared.roster();
        match roster.switchboard.out_of_service() {
            (out, all) if out.len() < all => Readiness::Serves { but: out.into_iter().cloned().collect() },
            (out, _) => Readiness::OutOfService(out.into_iter().cloned().collect()),
        }
    }

    /// Whether a stop has begun.
    pub fn is_stopping(&self) -> bool {
        self.shared.commands.is_closed()
    }

    /// How many agents have a session, or are about to.
    pub fn sessions(&self) -> usize {
        self.shared.roster().tasks.len()
    }

    /// How many commands have no outcome yet.
    pub fn pending_commands(&self) -> usize {
        self.shared.commands.count()
    }

    /// Stops: nothing new is taken, pending commands have `grace` to end, then the streams are closed
    /// politely. A command that is still pending ends with PLEASE_RETRY: its outcome is unknown. Returns
    /// whether there was none.
    pub async fn stop(&self, grace: Duration) -> bool {
        self.shared.commands.close();
        let ended = tokio::time::timeout(grace, self.shared.commands.wait()).await.is_ok();
        self.shared.stop.cancel();
        self.shared.tasks.close();
        // Each stream has a few seconds of its own to close.
        self.shared.tasks.wait().await;
        ended
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.shared.commands.close();
        self.shared.stop.cancel();
    }
}

/// The event answers this request, which names an agent.
fn answer_for<'a>(request: &'a Request, command: &'a CommandId) -> EventContext<'a> {
    EventContext { agent: Some(&request.id), command: Some(command) }
}

impl Roster {
    /// Adds the session that the client gave.
    fn address(&self, client: &ClientKey, message: &mut gc_delivery::Message) {
        message.session_url = self.switchboard.session_url(client).map(str::to_owned);
    }
}

impl Shared {
    fn roster(&self) -> MutexGuard<'_, Roster> {
        lock(&self.roster)
    }

    /// 32 random bits.
    pub(crate) fn dice(&self) -> u32 {
        u32::try_from(self.environment.random() >> 32).unwrap_or_default()
    }

    /// Hands over the events among these outputs of an agent, together and in this order.
    pub(crate) fn emit(&self, agent: &AgentKey, outputs: &[Output]) {
        let emitted = |output: &Output| match output {
            Output::Emit { client, event, command } => {
                let context = EventContext { agent: Some(agent.agent()), command: command.as_ref() };
                Some((client.clone(), self.outlet.message(event, context)))
            }
            _ => None,
        };
        self.append(outputs.iter().filter_map(emitted).collect());
    }

    /// Hands messages over to their clients. Not for those who hold the lock.
    fn append(&self, mut messages: Vec<(ClientKey, gc_delivery::Message)>) {
        if messages.is_empty() {
            return;
        }
        let roster = self.roster();
        messages.iter_mut().for_each(|(client, message)| roster.address(client, message));
        drop(roster);
        self.outlet.append(messages);
    }

    /// Waits until events can be kept again as fast as they come.
    pub(crate) async fn room(&self) {
        self.outlet.delivery.room().await;
    }

    /// An agent's session has changed.
    pub(crate) fn note(&self, agent: &AgentKey, change: SessionChange) {
        self.roster().switchboard.note(agent, change);
    }

    /// Hands a command to the agent's task; makes the task if there is none.
    fn send(self: &Arc<Self>, roster: &mut Roster, agent: &AgentKey, submitted: Submitted) {
        let mut message = Message::Command(Box::new(submitted));
        if let Some(task) = roster.tasks.get(agent) {
            match task.send(message) {
                Ok(()) => return,
                // The task ended without a word: make another one.
                Err(SendError(unsent)) => message = unsent,
            }
        }
        // The switchboard names no other cluster.
        let Some(link) = self.clusters.get(agent.cluster()).map(Arc::clone) else { return };
        let (task, received) = mpsc::unbounded_channel();
        self.tasks.spawn(AgentTask::new(agent.clone(), Arc::clone(self), link, received).run());
        // Its receiver was made just now.
        let _ = task.send(message);
        roster.tasks.insert(agent.clone(), task);
    }

    /// Hands a refusal to the agent who asked, or back to the one on whose node it came.
    pub(crate) fn forward(&self, from: &AgentKey, to: &AgentKey, update: Box<Update>) {
        let roster = self.roster();
        let unclaimed = match roster.tasks.get(to).map(|task| task.send(Message::Forwarded(update.clone()))) {
            Some(Ok(())) => return,
            Some(Err(_)) | None => Message::Unclaimed(update),
        };
        if let Some(task) = roster.tasks.get(from) {
            let _ = task.send(unclaimed);
        }
    }

    /// The agent's session is over. True if its task has nothing left to do and is closed now.
    pub(crate) fn close_task(&self, agent: &AgentKey, messages: &mpsc::UnboundedReceiver<Message>) -> bool {
        let mut roster = self.roster();
        if !messages.is_empty() {
            return false;
        }
        roster.tasks.remove(agent);
        roster.switchboard.note(agent, SessionChange::Forgotten);
        true
    }
}

#[cfg(test)]
mod tests;
