//! A request: decided by the switchboard, kept, and handed to its agent's task.

use std::sync::{Arc, MutexGuard};

use gc_access::Principal;
use gc_delivery::{Callback, Caller, Commit, InvalidCallback};
use gc_events::Event;
use gc_protocol::{ArgumentError, Command, Request};
use gc_rules::{
    AgentKey, ClientKey, ClusterId, CommandId, Decision, Outcome, Party, Permit, Refusal, Refused,
};
use gc_store::{Change, CommandRecord};
use tokio::sync::mpsc::error::SendError;
use tracing::Span;

use super::Engine;
use crate::agent_span::span_of;
use crate::agent_task::AgentTask;
use crate::measures::Counted;
use crate::message::{Mailbox, Message, Submitted, mailbox};
use crate::outlet::EventContext;
use crate::pending::{Sender, Ticket};
use crate::resolution::Resolution;
use crate::shared::{Roster, Shared};
use crate::submit_error::SubmitError;

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

impl Engine {
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
        let id = self.shared.environment.id().to_string();
        self.submit_numbered(who, from, request, at, CommandId::from(id))
    }

    /// The same for a request that somebody else has given this id already. The client's own `correlationId` comes before it.
    ///
    /// # Errors
    /// As those of [`Engine::submit_as`].
    pub fn submit_numbered(
        &self,
        who: &Principal,
        from: Caller,
        request: &Request,
        at: Option<&ClusterId>,
        id: CommandId,
    ) -> Result<Receipt, SubmitError> {
        if self.is_stopping() {
            return Err(SubmitError::Stopping);
        }
        let shared = &self.shared;
        if shared.outlet.delivery.is_away() {
            return Err(SubmitError::StoreAway);
        }
        if !shared.outlet.delivery.has_room() {
            return Err(SubmitError::Overloaded);
        }
        let parts = request.callback.as_ref();
        let callback = parts.map(|parts| Callback::from_parts(&parts.fqdn, &parts.endpoint)).transpose()?;
        if let Some(callback) = &callback {
            shared.outlet.delivery.check(callback, from).map_err(InvalidCallback::from)?;
        }
        let id = request.correlation_id.clone().map_or(id, CommandId::from);
        let submission = Submission { shared, who, request, callback, from, id };
        // The arguments are read once, and before the lock.
        let command = request.command();
        let roster = shared.roster();
        let decision = roster.switchboard.decide(who, request, &command, at);
        submission.carry_out(roster, decision, command)
    }

    /// Whether this request of this principal has been accepted under this id, and has no outcome yet. It may have been before a
    /// restart.
    pub fn has_pending(&self, who: &Principal, request: &Request, id: &CommandId) -> bool {
        self.shared
            .commands
            .has(&request.id, id, &request.name.to_string(), |party, client| *party == Party::of(who, client))
    }
}

/// A request that may be decided.
struct Submission<'a> {
    shared: &'a Arc<Shared>,
    who: &'a Principal,
    request: &'a Request,
    /// The callback that came with it, and from where.
    callback: Option<Callback>,
    from: Caller,
    id: CommandId,
}

impl Submission<'_> {
    fn carry_out(
        self,
        roster: MutexGuard<'_, Roster>,
        decision: Decision,
        command: Result<Command, ArgumentError>,
    ) -> Result<Receipt, SubmitError> {
        // The agent whose task has the command.
        let mut span = Span::none();
        let (client, commit, resolution) = match decision {
            Decision::Refused(refused) => {
                drop(roster);
                return Ok(self.refuse(refused));
            }
            Decision::Answered { client, event, permit } => {
                let commit = self.answer(roster, &client, &event, permit);
                (client, commit, Resolution::ready(Outcome::Done))
            }
            Decision::Denied { client, event } => {
                let outcome = outcome_of(&event);
                let commit = self.deny(roster, &client, &event, &outcome);
                (client, commit, Resolution::ready(outcome))
            }
            Decision::Agent { client, agent, permit } => {
                span = span_of(&agent);
                let (commit, resolution) = self.hand_over(roster, &client, &agent, permit, command)?;
                (client, commit, resolution)
            }
            Decision::Member { client, supervisor, member } => {
                span = span_of(&supervisor);
                let (commit, resolution) =
                    self.hand_over_for(roster, &client, &supervisor, member, command)?;
                (client, commit, resolution)
            }
        };
        let Self { who, request, id: command_id, .. } = self;
        span.in_scope(|| {
            tracing::debug!(principal = who.name(), command = %request.name, id = request.id, command_id = %command_id, "command accepted");
        });
        Ok(Receipt::Accepted { command_id, client, commit, resolution })
    }

    fn refuse(&self, Refused { reason, event, client }: Refused) -> Receipt {
        let Self { shared, who, request, .. } = self;
        if let Some(client) = client {
            shared.outlet.delivery.is_active(&client);
            let mut context = self.context();
            // A refused command has no id but the client's own.
            context.command = context.command.filter(|_| request.correlation_id.is_some());
            shared
                .commit(vec![(client.clone(), shared.outlet.message(&client, &event, context))], Vec::new());
        }
        tracing::debug!(principal = who.name(), command = %request.name, id = request.id, %reason, "command refused");
        Receipt::Refused { reason, event }
    }

    /// Serialised and appended under the lock. Otherwise a change of service could overtake the status that the switchboard
    /// has read, and the client would be left with the older one. A `System` event is one short member, so the lock is
    /// held hardly longer.
    fn answer(
        &self,
        mut roster: MutexGuard<'_, Roster>,
        client: &ClientKey,
        event: &Event,
        permit: Permit,
    ) -> Commit {
        let shared = self.shared;
        roster.switchboard.commit(permit);
        shared.outlet.register(client, self.callback.clone());
        let context = EventContext { command: Some(&self.id), ..EventContext::default() };
        let mut message = shared.outlet.message(client, event, context);
        roster.address(client, &mut message);
        let change = self.kept_client(&mut roster, client);
        shared.count_events(&roster, [(client, &message)]);
        let commit = shared.outlet.delivery.commit([(client.clone(), message)], change);
        shared.count_command(&roster, client, self.request, &Outcome::Done);
        commit
    }

    fn deny(
        &self,
        roster: MutexGuard<'_, Roster>,
        client: &ClientKey,
        event: &Event,
        outcome: &Outcome,
    ) -> Commit {
        let shared = self.shared;
        shared.count_command(&roster, client, self.request, outcome);
        drop(roster);
        shared.outlet.delivery.is_active(client);
        let message = shared.outlet.message(client, event, self.context());
        shared.commit(vec![(client.clone(), message)], Vec::new())
    }

    /// The agent's task gets the command. It is appended under the lock, before the task has it: the end of a command is
    /// never kept before its beginning.
    fn hand_over(
        &self,
        mut roster: MutexGuard<'_, Roster>,
        client: &ClientKey,
        agent: &AgentKey,
        permit: Permit,
        command: Result<Command, ArgumentError>,
    ) -> Result<(Commit, Resolution), SubmitError> {
        let mut ticket = self.admit(&roster, client, agent)?;
        let resolution = ticket.resolution();
        roster.switchboard.commit(permit);
        self.shared.outlet.register(client, self.callback.clone());
        let mut changes = Vec::new();
        changes.extend(self.kept_client(&mut roster, client));
        changes.extend(self.kept_command(&ticket, client));
        let commit = self.shared.outlet.delivery.commit([], changes);
        let submitted = Submitted { client: client.clone(), member: None, command, ticket };
        send(self.shared, &mut roster, agent, submitted);
        Ok((commit, resolution))
    }

    /// The same with a command for a team member, which the supervisor's task gets.
    fn hand_over_for(
        &self,
        mut roster: MutexGuard<'_, Roster>,
        client: &ClientKey,
        supervisor: &AgentKey,
        member: String,
        command: Result<Command, ArgumentError>,
    ) -> Result<(Commit, Resolution), SubmitError> {
        let mut ticket = self.admit(&roster, client, supervisor)?;
        let resolution = ticket.resolution();
        let commit = self.shared.outlet.delivery.commit([], self.kept_command(&ticket, client));
        let submitted = Submitted { client: client.clone(), member: Some(member), command, ticket };
        send(self.shared, &mut roster, supervisor, submitted);
        Ok((commit, resolution))
    }

    fn admit(&self, roster: &Roster, client: &ClientKey, agent: &AgentKey) -> Result<Ticket, SubmitError> {
        let party = Party::of(self.who, client);
        let owner = roster.switchboard.is_owner(agent, client, &party);
        let command = self.request.name.to_string();
        let sender = Sender { party, client: client.clone(), owner, command };
        let ticket = self.shared.commands.admit(agent, &self.id, sender)?;
        // The switchboard names no other cluster.
        let cluster = self.shared.clusters.get(agent.cluster());
        Ok(ticket.counted(cluster.map(|cluster| Counted::new(&cluster.measures, self.request.name))))
    }

    /// What has to be kept of the client, if anything outlives a restart.
    fn kept_client(&self, roster: &mut Roster, client: &ClientKey) -> Option<Change> {
        let given = self.callback.as_ref().map(|callback| (callback, self.from));
        let survives = self.shared.outlet.delivery.survives();
        survives.then(|| roster.keep_client(client, given)).flatten()
    }

    /// The accepted command as it is kept, if anything outlives a restart.
    fn kept_command(&self, ticket: &Ticket, client: &ClientKey) -> Option<Change> {
        self.shared.outlet.delivery.survives().then(|| {
            Change::Command(CommandRecord {
                id: ticket.command.clone(),
                client: client.clone(),
                agent: ticket.agent.clone(),
                name: self.request.name.to_string(),
            })
        })
    }

    /// An event answers this request, which names an agent.
    fn context(&self) -> EventContext<'_> {
        EventContext { agent: Some(&self.request.id), command: Some(&self.id) }
    }
}

/// Hands a command to the agent's task; makes the task if there is none.
fn send(shared: &Arc<Shared>, roster: &mut Roster, agent: &AgentKey, submitted: Submitted) {
    let mut message = Message::Command(Box::new(submitted));
    if let Some(task) = roster.tasks.get(agent) {
        match task.send(message) {
            Ok(()) => return,
            // The task ended without a word: make another one.
            Err(SendError(unsent)) => message = unsent,
        }
    }
    // The switchboard names no other cluster.
    let Some(link) = shared.clusters.get(agent.cluster()).map(Arc::clone) else { return };
    let (task, Mailbox { messages, questions }) = mailbox();
    let machine = link.new_agent(agent, &roster.switchboard);
    let task_of = AgentTask::new(agent.clone(), Arc::clone(shared), link, machine, messages);
    shared.tasks.spawn(Box::new(task_of).run(questions));
    // Its receiver was made just now.
    let _ = task.send(message);
    roster.tasks.insert(agent.clone(), task);
}

/// The outcome of a command that this event ends.
fn outcome_of(event: &Event) -> Outcome {
    match event {
        Event::Error(error) => Outcome::Failed(error.code.clone()),
        _ => Outcome::NoSession,
    }
}
