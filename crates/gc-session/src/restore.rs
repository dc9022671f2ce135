//! Goes on after a restart with what was kept: clients, sessions, and commands without an outcome.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use gc_access::{Principal, Right};
use gc_delivery::{Callback, Caller, Counts};
use gc_events::{ErrorCode, ErrorEvent, Event, ServiceStatus, System};
use gc_rules::{Agent, AgentKey, Credentials, Outcome, Party};
use gc_store::{Change, ClientKey, ClientRecord, CommandRecord, Kept, SessionRecord};

use crate::agent_task::AgentTask;
use crate::crowd::APART;
use crate::message::{Mailbox, mailbox};
use crate::outlet::EventContext;
use crate::pending::Sender;
use crate::resolution::{Resolution, RestoredCommand};
use crate::shared::Shared;

const NOT_RESUMED: &str =
    "The connector was restarted before the outcome was known. Connect again and ask for the state.";

/// Restores all kept clients and sessions before the first request is accepted. A client whose sessions cannot go on gets
/// `System` RECONNECT, and each of its commands its outcome. All commands without one are returned.
pub(crate) fn restore(
    shared: &Arc<Shared>,
    kept: Kept,
    callers: Option<&[Principal]>,
) -> Vec<RestoredCommand> {
    let Kept { clients, sessions, commands, alive, is_outdated } = kept;
    // By the wall clock, the only one that two processes share; the journal has seen to it that two machines share it. One that was set back
    // counts as no time.
    let away =
        alive.map_or(Duration::ZERO, |alive| Duration::from_secs(shared.seconds().saturating_sub(alive)));
    let mut reconnect = BTreeSet::new();
    for record in clients.into_values() {
        let client = record.client.clone();
        let Some(record) = with_present_caller(record.clone(), callers) else {
            drop_client(shared, record);
            continue;
        };
        // Without a key nobody's sessions were kept; after a failure of the disk not the new ones.
        if !restore_client(shared, record) || shared.sealer.is_none() || is_outdated {
            reconnect.insert(client);
        }
    }
    let mut of_agents: BTreeMap<AgentKey, Vec<CommandRecord>> = BTreeMap::new();
    for command in commands.into_values() {
        of_agents.entry(command.agent.clone()).or_default().push(command);
    }
    let (mut resumed, mut ended, mut restored, mut changes) = (0, 0, Vec::new(), Vec::new());
    for session in sessions.into_values() {
        let (agent, owner) = (session.agent.clone(), session.owner.clone());
        let open = of_agents.get(&agent).cloned().unwrap_or_default();
        match resume(shared, session, &open, away, &mut restored) {
            Ok(()) => {
                resumed += 1;
                of_agents.remove(&agent);
            }
            Err(NotResumed { reason, is_kept }) => {
                ended += 1;
                match ended <= APART {
                    true => tracing::warn!(%agent, client = %owner, reason, is_kept, "session not resumed"),
                    false => tracing::debug!(%agent, client = %owner, reason, is_kept, "session not resumed"),
                }
                reconnect.insert(owner);
                if !is_kept {
                    changes.push(Change::SessionOver(agent));
                }
            }
        }
    }
    if let Some(times) = u64::checked_sub(ended, APART).filter(|times| *times > 0) {
        tracing::warn!(times, "session not resumed: the same for other agents, whose entries are at DEBUG");
    }
    let over: Vec<_> = of_agents.into_values().flatten().collect();
    let failed = || Resolution::ready(Outcome::Failed(ErrorCode::PleaseRetry));
    restored.extend(over.iter().map(|command| RestoredCommand::new(command, failed())));
    let mut messages: Vec<_> =
        over.into_iter().map(|command| not_resumed(shared, command, &mut changes)).collect();
    let reconnects = reconnect.into_iter().map(|client| {
        let event = Event::System(System { status: ServiceStatus::Reconnect });
        let message = shared.outlet.message(&client, &event, EventContext::default());
        (client, message)
    });
    messages.extend(reconnects);
    // Those of clients that were dropped have nowhere to go.
    messages.retain(|(client, _)| shared.outlet.delivery.counts(client).is_ok());
    if resumed > 0 || !messages.is_empty() {
        tracing::info!(sessions = resumed, events = messages.len(), "resumed after a restart");
    }
    shared.commit(messages, changes);
    restored
}

/// The record with a caller who may use the client: the one who used it last, if that one still may, else the first who may now
/// (the entry may have another name). None: nobody may. Where callers are not identified it is nobody's in particular.
fn with_present_caller(record: ClientRecord, callers: Option<&[Principal]>) -> Option<ClientRecord> {
    let Some(callers) = callers else { return Some(ClientRecord { principal: None, ..record }) };
    let may = |caller: &&Principal| {
        caller.may(Right::Read)
            && caller.may_use(record.client.as_str())
            && caller.may_enter(record.cluster.as_str())
    };
    let mut present = callers.iter().filter(may);
    let last = present.clone().find(|caller| record.principal.as_deref() == Some(caller.name()));
    let caller = last.or_else(|| present.next())?;
    if last.is_none() {
        tracing::info!(client = %record.client, before = record.principal, caller = caller.name(),
            "the client belongs to another configured caller now");
    }
    let principal = Some(caller.name().to_owned());
    Some(ClientRecord { principal, ..record })
}

/// Nobody may use the client any more, so nobody may get its events.
fn drop_client(shared: &Arc<Shared>, ClientRecord { client, principal, .. }: ClientRecord) {
    let (deleted, stop) = (shared.outlet.delivery.forget(&client), shared.stop.clone());
    shared.tasks.spawn(async move {
        // A stop does not wait for a database that is away; the next start drops it.
        let Some(deleted) = stop.run_until_cancelled(deleted).await else { return };
        match deleted {
            Ok(Counts { undelivered, dead_letters, .. }) => {
                tracing::warn!(%client, caller = principal, undelivered, dead_letters,
                    "dropped with its events: no configured caller may use this client any more");
            }
            Err(error) => tracing::error!(%client, error = &error as &dyn Error, "not dropped"),
        }
    });
}

/// False if the client has to make itself known again. Its events are delivered in any case.
fn restore_client(shared: &Shared, record: ClientRecord) -> bool {
    let delivery = &shared.outlet.delivery;
    let client = &record.client;
    let caller = if record.from_loopback { Caller::Loopback } else { Caller::Other };
    let given = record.callback.as_deref().map(|address| {
        let checked = Callback::parse(address)
            .and_then(|callback| delivery.check(&callback, caller).map(|()| callback).map_err(Into::into));
        checked.inspect_err(|error| tracing::warn!(%client, %error, "callback not used any more")).ok()
    });
    // Not one that must not be used any more: its client named no other.
    let callback = given.unwrap_or_else(|| shared.outlet.default_callback.clone());
    delivery.register(client, callback);
    let mut roster = shared.roster();
    let party = match &record.principal {
        Some(name) => Party::Principal(name.clone()),
        None => Party::Client(client.clone()),
    };
    let (cluster, url) = (&record.cluster, record.session_url.as_deref());
    let is_known = roster.switchboard.restore_client(client, cluster, url, party);
    if is_known {
        roster.records.insert(client.clone(), record);
    } else {
        tracing::warn!(%client, cluster = %record.cluster, "the client's cluster is another one now");
    }
    is_known
}

/// Why a session cannot go on.
struct NotResumed {
    reason: String,
    /// It stays in the store.
    is_kept: bool,
}

impl<T: Into<String>> From<T> for NotResumed {
    fn from(reason: T) -> Self {
        Self { reason: reason.into(), is_kept: false }
    }
}

/// Gives the session a task that goes on with it. The error says why it cannot go on.
fn resume(
    shared: &Arc<Shared>,
    session: SessionRecord,
    open: &[CommandRecord],
    away: Duration,
    restored: &mut Vec<RestoredCommand>,
) -> Result<(), NotResumed> {
    let SessionRecord { agent: key, owner, password, state } = session;
    let link = shared.clusters.get(key.cluster()).ok_or("its cluster is not configured any more")?;
    // With the right key the next start can resume it, unless the client has connected the agent by then.
    let without_key = |reason: String| NotResumed { reason, is_kept: true };
    let sealer = shared.sealer.as_ref();
    let sealer = sealer.ok_or_else(|| without_key("there is no key (store.key_file)".to_owned()))?;
    let password = password.ok_or("its password was not kept")?;
    let password = sealer.open(&password, &key.to_string());
    let password = password.map_err(|error| without_key(error.to_string()))?;
    let credentials = Credentials::new(key.agent(), password);
    let agent = Agent::restore(key.agent(), link.settings(), owner.clone(), credentials, &state).map_err(
        |error| format!("{error}: {}", error.source().map(ToString::to_string).unwrap_or_default()),
    )?;
    let mut roster = shared.roster();
    if !roster.switchboard.restore_session(&key, &owner) {
        return Err("its client is not known any more".into());
    }
    let (task, Mailbox { messages, questions }) = mailbox();
    let party = roster.switchboard.party_of(&owner).cloned();
    let sender = Sender {
        party: party.unwrap_or_else(|| Party::Client(owner.clone())),
        client: owner,
        owner: true,
        command: String::new(),
    };
    let agent = roster.switchboard.begin(&key, agent);
    let task_of = AgentTask::new(key.clone(), Arc::clone(shared), Arc::clone(link), agent, messages);
    let resumed = task_of.resume(open, &sender, away, restored);
    shared.tasks.spawn(Box::new(resumed).run(questions));
    roster.tasks.insert(key, task);
    Ok(())
}

/// The outcome of a command whose session does not go on.
fn not_resumed(
    shared: &Shared,
    command: CommandRecord,
    changes: &mut Vec<Change>,
) -> (ClientKey, gc_delivery::Message) {
    let over = Change::CommandOver(command.key());
    let CommandRecord { id, client, agent, .. } = command;
    let event = ErrorEvent::of_agent(ErrorCode::PleaseRetry, agent.agent()).with_message(NOT_RESUMED);
    let context = EventContext { agent: Some(agent.agent()), command: Some(&id) };
    let message = shared.outlet.message(&client, &Event::Error(event), context);
    changes.push(over);
    (client, message)
}
