//! The engine: requests come in, are decided by the switchboard, and go to their agent's task.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use finesse_client::Service;
use gc_access::{Principal, Right};
use gc_core::{
    AgentKey, ClientKey, ClusterId, CommandId, Decision, Outcome, Party, Refusal, Refused, Switchboard,
};
use gc_delivery::{Callback, Caller, Commit, Counts, Delivery, InvalidCallback};
use gc_events::{Dialect, ErrorCode, ErrorEvent, Event};
use gc_protocol::Request;
use gc_store::{Change, CommandRecord, Kept};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::SendError;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::agent_task::AgentTask;
use crate::cluster::{ClusterLink, Readiness, service_of};
use crate::forgetting::{ForgetError, forget_silent};
use crate::message::{Message, Submitted};
use crate::outlet::{EventContext, Outlet};
use crate::pending::{PendingCommands, Sender, Ticket};
use crate::resolution::{Resolution, RestoredCommand};
use crate::restore::restore;
use crate::shared::{Roster, Shared};
use crate::submit_error::SubmitError;
use crate::{EngineCluster, EngineConfig};

/// The precision with which the next process knows when this one ended.
const ALIVE_RECORDED_EVERY: Duration = Duration::from_secs(10);

/// What became of a request.
#[derive(Debug)]
pub enum Receipt {
    /// It is accepted; its outcome comes as events that carry this id.
    Accepted {
        /// The command's id.
        command_id: CommandId,
        /// The client that gets its events.
        client: ClientKey,
        /// Completes when the command is kept. From then on it has an outcome, whatever happens to the process.
        commit: Commit,
        /// Its outcome, when it comes.
        resolution: Resolution,
    },
    /// It is refused; the event says why.
    Refused {
        /// Why.
        reason: Refusal,
        /// The answer.
        event: Box<Event>,
    },
}

/// Where a client belongs, and how many of its agents are connected or about to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connected {
    /// Its cluster, unless that is not known since a restart.
    pub cluster: Option<ClusterId>,
    /// Its agents.
    pub agents: usize,
}

/// All agents of all clusters. Dropping it ends all their tasks at once; [`Engine::stop`] ends them in order.
pub struct Engine {
    shared: Arc<Shared>,
    /// The principal of callers who are not identified.
    anyone: Principal,
    restored: Vec<RestoredCommand>,
}

impl Engine {
    /// Starts the engine on the current runtime, and goes on with what was kept before a restart
    /// ([`Delivery::kept`]). A client whose destination no cluster names belongs to the first cluster.
    pub fn start(
        config: EngineConfig,
        clusters: Vec<EngineCluster>,
        delivery: Arc<Delivery>,
        kept: Kept,
    ) -> Self {
        let bindings = clusters.iter().map(|cluster| cluster.binding.clone()).collect();
        let switchboard = Switchboard::new(bindings, config.licences, config.max_clients)
            .with_refused_passwords(config.max_refused_passwords);
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
            started: Instant::now(),
            roster: Mutex::new(Roster { switchboard, tasks: BTreeMap::new(), records: BTreeMap::new() }),
            sealer: config.sealer,
        });
        let restored = restore(&shared, kept, config.callers.as_deref());
        for (cluster, link) in &shared.clusters {
            if service_of(&*link.link) == Service::InService {
                report_service(&shared, cluster, true);
            }
        }
        if shared.outlet.delivery.survives() {
            shared.tasks.spawn(record_alive(Arc::clone(&shared)));
        }
        if let Some(after) = config.forget_after {
            shared.tasks.spawn(forget_silent(Arc::clone(&shared), after));
        }
        for cluster in shared.clusters.keys() {
            shared.tasks.spawn(watch_service(Arc::clone(&shared), cluster.clone()));
        }
        Self { shared, anyone: Principal::open([Right::Supervisor]), restored }
    }

    /// The commands that were accepted before a restart and had no outcome then. Each has one now, or gets it. The second
    /// time there are none.
    pub fn take_restored(&mut self) -> Vec<RestoredCommand> {
        std::mem::take(&mut self.restored)
    }

    /// Submits a request with all rights, for a program that is its own only client.
    ///
    /// # Errors
    /// As those of [`Engine::submit_as`].
    pub fn submit(&self, request: &Request, at: Option<&ClusterId>) -> Result<Receipt, SubmitError> {
        self.submit_as(&self.anyone, Caller::Loopback, request, at)
    }

    /// Submits a request of this principal. It does not wait: the outcome of an accepted command comes as events. `at`: the
    /// cluster that the request names by its address. `from`: where it came from, which decides whether its callback may
    /// be this machine.
    ///
    /// # Errors
    /// If the request cannot be accepted now, or its callback address is not allowed.
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

        let survives = shared.outlet.delivery.survives();
        let given = callback.clone();
        let given = given.as_ref().map(|callback| (callback, from));
        let admit = |roster: &Roster, client: &ClientKey, agent: &AgentKey| {
            let party = Party::of(who, client);
            let owner = roster.switchboard.is_owner(agent, client, &party);
            shared.commands.admit(agent, &command_id, Sender { party, client: client.clone(), owner })
        };
        let mut roster = shared.roster();
        let (client, commit, resolution) = match roster.switchboard.decide(who, request, at) {
            Decision::Refused(Refused { reason, event, client }) => {
                drop(roster);
                if let Some(client) = client {
                    shared.outlet.delivery.is_active(&client);
                    let mut context = answer_for(request, &command_id);
                    // A refused command has no id but the client's own.
                    context.command = context.command.filter(|_| request.correlation_id.is_some());
                    shared.commit(vec![(client, shared.outlet.message(&event, context))], Vec::new());
                }
                tracing::debug!(principal = who.name(), command = %request.name, id = request.id, ?reason, "command refused");
                return Ok(Receipt::Refused { reason, event });
            }
            Decision::Answered { client, event, permit } => {
                roster.switchboard.commit(permit);
                shared.outlet.register(&client, callback);
                // Serialised and appended under the lock. Otherwise a change of service could overtake the status that was read
                // above, and the client would be left with the older one. A `System` event is one short member, so the
                // lock is held hardly longer.
                let context = EventContext { command: Some(&command_id), ..EventContext::default() };
                let mut message = shared.outlet.message(&event, context);
                roster.address(&client, &mut message);
                let change = survives.then(|| roster.keep_client(&client, given)).flatten();
                let commit = shared.outlet.delivery.commit([(client.clone(), message)], change);
                (client, commit, Resolution::ready(Outcome::Done))
            }
            Decision::Denied { client, event } => {
                drop(roster);
                shared.outlet.delivery.is_active(&client);
                let message = shared.outlet.message(&event, answer_for(request, &command_id));
                let commit = shared.commit(vec![(client.clone(), message)], Vec::new());
                (client, commit, Resolution::ready(outcome_of(&event)))
            }
            Decision::Agent { client, agent, permit } => {
                let mut ticket = admit(&roster, &client, &agent)?;
                let resolution = ticket.resolution();
                roster.switchboard.commit(permit);
                shared.outlet.register(&client, callback);
                let mut changes = Vec::new();
                if survives {
                    changes.extend(roster.keep_client(&client, given));
                    changes.push(kept_command(request, &ticket, &client));
                }
                // Before the task has it: the end of a command is never kept before its beginning.
                let commit = shared.outlet.delivery.commit([], changes);
                let command = request.command();
                let submitted = Submitted { client: client.clone(), member: None, command, ticket };
                self.send(&mut roster, &agent, submitted);
                (client, commit, resolution)
            }
            Decision::Member { client, supervisor, member } => {
                let mut ticket = admit(&roster, &client, &supervisor)?;
                let resolution = ticket.resolution();
                let changes = survives.then(|| kept_command(request, &ticket, &client));
                let commit = shared.outlet.delivery.commit([], changes);
                let (member, command) = (Some(member), request.command());
                let submitted = Submitted { client: client.clone(), member, command, ticket };
                self.send(&mut roster, &supervisor, submitted);
                (client, commit, resolution)
            }
        };
        tracing::debug!(principal = who.name(), command = %request.name, id = request.id, command_id = %command_id, "command accepted");
        Ok(Receipt::Accepted { command_id, client, commit, resolution })
    }

    /// Whether the principal may read this client's events.
    pub fn may_watch(&self, who: &Principal, client: &ClientKey) -> bool {
        self.shared.roster().switchboard.may_watch(who, client)
    }

    /// Those of these clients whose administrator the principal is.
    pub fn administered(
        &self,
        who: &Principal,
        clients: impl IntoIterator<Item = ClientKey>,
    ) -> Vec<(ClientKey, Connected)> {
        // What its destinations say needs no lock, and may leave nothing.
        let clients: Vec<_> =
            clients.into_iter().filter(|client| who.may_administer(client.as_str())).collect();
        if clients.is_empty() {
            return Vec::new();
        }
        let roster = self.shared.roster();
        let board = &roster.switchboard;
        let agents = board.agents_by_client();
        let own = clients.into_iter().filter(|client| board.may_administer(who, client));
        let connected = |client: ClientKey| {
            let cluster = board.cluster_of(&client).cloned();
            let agents = agents.get(&client).copied().unwrap_or_default();
            (client, Connected { cluster, agents })
        };
        own.map(connected).collect()
    }

    /// Forgets a client: its outbox, its dead letters, and what is kept of it. Its live streams end. What its outbox held.
    ///
    /// # Errors
    /// When the client is not known, or has an agent, or the store fails.
    pub async fn forget(&self, client: &ClientKey) -> Result<Counts, ForgetError> {
        self.shared.forget(client, Duration::ZERO).await
    }

    /// An `Error` event for a request that never reached the switchboard.
    pub fn error(code: ErrorCode, message: impl Into<String>) -> Event {
        Event::Error(ErrorEvent::of_service(code).with_message(message))
    }

    /// The dialect in which events are written.
    pub fn dialect(&self) -> Dialect {
        self.shared.outlet.dialect
    }

    /// Whether commands can have an effect, by the service as it was last reported to clients.
    pub fn readiness(&self) -> Readiness {
        let roster = self.shared.roster();
        match roster.switchboard.out_of_service() {
            (out, all) if out.len() < all => Readiness::Serves { but: out.into_iter().cloned().collect() },
            (out, _) => Readiness::OutOfService(out.into_iter().cloned().collect()),
        }
    }

    /// Hands a command to the agent's task; makes the task if there is none.
    fn send(&self, roster: &mut Roster, agent: &AgentKey, submitted: Submitted) {
        let mut message = Message::Command(Box::new(submitted));
        if let Some(task) = roster.tasks.get(agent) {
            match task.send(message) {
                Ok(()) => return,
                // The task ended without a word: make another one.
                Err(SendError(unsent)) => message = unsent,
            }
        }
        // The switchboard names no other cluster.
        let Some(link) = self.shared.clusters.get(agent.cluster()).map(Arc::clone) else { return };
        let (task, received) = mpsc::unbounded_channel();
        self.shared
            .tasks
            .spawn(AgentTask::new(agent.clone(), Arc::clone(&self.shared), link, received).run());
        // Its receiver was made just now.
        let _ = task.send(message);
        roster.tasks.insert(agent.clone(), task);
    }

    /// Whether a stop has begun.
    pub fn is_stopping(&self) -> bool {
        self.shared.commands.is_closed()
    }

    /// How many agents have a session, or are about to.
    pub fn sessions(&self) -> usize {
        self.shared.roster().tasks.len()
    }

    /// How many licences are in use: agents who are signed in, or are about to be.
    pub fn licences_in_use(&self) -> usize {
        self.shared.roster().switchboard.licences_in_use()
    }

    /// How many commands have no outcome yet.
    pub fn pending_commands(&self) -> usize {
        self.shared.commands.count()
    }

    /// Stops: no further command is accepted, pending commands have `grace` to end, then the streams are closed in order. A
    /// command that is still pending ends with PLEASE_RETRY, because its outcome is unknown. Returns whether there was
    /// none.
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

/// A command that is accepted, as it is kept.
fn kept_command(request: &Request, ticket: &Ticket, client: &ClientKey) -> Change {
    Change::Command(CommandRecord {
        id: ticket.command.clone(),
        client: client.clone(),
        agent: ticket.agent.clone(),
        name: request.name.to_string(),
    })
}

/// The event answers this request, which names an agent.
fn answer_for<'a>(request: &'a Request, command: &'a CommandId) -> EventContext<'a> {
    EventContext { agent: Some(&request.id), command: Some(command) }
}

/// The outcome of a command that this event ends.
fn outcome_of(event: &Event) -> Outcome {
    match event {
        Event::Error(error) => Outcome::Failed(error.code.clone()),
        _ => Outcome::NoSession,
    }
}

/// Records every few seconds that the process is alive, so that the next one knows how long there was none.
async fn record_alive(shared: Arc<Shared>) {
    while !shared.stop.is_cancelled() {
        // Nobody has to wait for it.
        drop(shared.outlet.delivery.commit([], [Change::Alive(shared.seconds())]));
        let pause = tokio::time::sleep(ALIVE_RECORDED_EVERY);
        let _ = shared.stop.run_until_cancelled(pause).await;
    }
}

/// Reports to the clients of a cluster, once per change, that it goes out of service or comes back.
async fn watch_service(shared: Arc<Shared>, cluster: ClusterId) {
    let Some(mut service) = shared.clusters.get(&cluster).map(|cluster| cluster.link.service()) else {
        return;
    };
    let mut last = Service::Unknown;
    loop {
        let now = service.read(|service| *service);
        if now != Service::Unknown {
            match now {
                _ if now == last => {}
                Service::InService => tracing::info!(%cluster, "Finesse is in service"),
                _ => tracing::warn!(%cluster, "Finesse is out of service"),
            }
            last = now;
            report_service(&shared, &cluster, now == Service::InService);
        }
        tokio::select! {
            // A stop first: after it nothing more is reported.
            biased;
            () = shared.stop.cancelled() => return,
            () = service.changed() => {}
        }
    }
}

/// Reports it to the clients of the cluster if it has changed, or is known for the first time.
fn report_service(shared: &Shared, cluster: &ClusterId, in_service: bool) {
    // Serialised and appended under the lock, as the answer to a Hello is: each client gets both in the order in which they
    // were decided.
    let mut roster = shared.roster();
    let changed = roster.switchboard.service_changed(cluster, in_service);
    let messages = changed.into_iter().map(|(client, event)| {
        let mut message = shared.outlet.message(&event, EventContext::default());
        roster.address(&client, &mut message);
        (client, message)
    });
    shared.outlet.delivery.commit(messages, []);
}

#[cfg(test)]
mod tests;
