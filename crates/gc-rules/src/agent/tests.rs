//! Tests of what the scenarios cannot express, and helpers for all tests. The agent is 1001 at extension 2001, its client
//! is acme.

mod force_logout;
mod notifications;
mod outcomes;
mod session;

use finesse_types::{ApiErrors, ReasonCode, Update, User, UserState};
use gc_protocol::{Command, CommandName};

use super::*;
use crate::{ClientKey, CommandId, StreamEnd, StreamFault};

pub(in crate::agent) fn agent(settings: Settings) -> Agent {
    Agent::new("1001", Arc::new(settings))
}

pub(in crate::agent) fn send(agent: &mut Agent, id: &str, name: CommandName, body: &str) -> Vec<Output> {
    send_as(agent, "acme", id, name, body)
}

/// A step in which every password may be used.
pub(in crate::agent) fn step(agent: &mut Agent, input: Input) -> Vec<Output> {
    let mut outputs = agent.step(input);
    while let Some(at) = outputs.iter().position(|output| matches!(output, Output::RequestAttempt { .. })) {
        let Output::RequestAttempt { command, .. } = outputs.remove(at) else { break };
        outputs.extend(agent.step(Input::AttemptDecided { command, allowed: Ok(()) }));
    }
    outputs
}

pub(in crate::agent) fn asks(outputs: &[Output]) -> Vec<AskId> {
    let asks = outputs.iter().filter_map(|output| match output {
        Output::Ask { ask, .. } => Some(*ask),
        _ => None,
    });
    asks.collect()
}

/// The events and the ends of commands, in short: `State TALKING for c3`, `c3 ends`.
pub(in crate::agent) fn emitted(outputs: &[Output]) -> Vec<String> {
    let short = outputs.iter().filter_map(|output| match output {
        Output::Emit { event, command, .. } => {
            let answers = command.as_ref().map(|id| format!(" for {id}")).unwrap_or_default();
            Some(match event {
                Event::State(state) => format!("State {}{answers}", state.state),
                Event::Error(error) => format!("Error {}{answers}", error.code),
                other => format!("{}{answers}", other.type_name(gc_events::Dialect::Gc4412)),
            })
        }
        Output::Finished { id, .. } => Some(format!("{id} ends")),
        _ => None,
    });
    short.collect()
}

pub(in crate::agent) fn user(state: UserState) -> User {
    User { login_id: "1001".into(), extension: "2001".into(), state, ..User::default() }
}

/// Answers a re-read: Finesse shows the user in this state and without calls.
pub(in crate::agent) fn read(agent: &mut Agent, outputs: &[Output], state: UserState) -> Vec<Output> {
    let [first, second] = asks(outputs)[..] else { panic!("no re-read in {outputs:?}") };
    agent.step(Input::Answered { ask: first, result: Ok(Answer::User(Box::new(user(state)))) });
    step(agent, Input::Answered { ask: second, result: Ok(Answer::Dialogs(Vec::new())) })
}

/// An agent that is connected, and in this state at Finesse.
pub(in crate::agent) fn connected(settings: Settings, state: UserState) -> Agent {
    let mut agent = agent(settings);
    send(&mut agent, "c1", CommandName::Connect, "acme,demo");
    let outputs = agent.step(Input::StreamOpened);
    read(&mut agent, &outputs, state);
    agent
}

pub(in crate::agent) fn accept(agent: &mut Agent, outputs: &[Output]) -> Vec<Output> {
    let [ask] = asks(outputs)[..] else { panic!("no request in {outputs:?}") };
    agent.step(Input::Answered { ask, result: Ok(Answer::Accepted) })
}

pub(in crate::agent) fn send_as(
    agent: &mut Agent,
    client: &str,
    id: &str,
    name: CommandName,
    body: &str,
) -> Vec<Output> {
    let (id, client) = (CommandId::from(id), ClientKey::from(client));
    step(agent, Input::Command { id, client, command: Command::parse(name, body) })
}
