//! Which command an observation belongs to. The agent is 1001 at extension 2001; its commands are c2, c3 …

mod calls;
mod refusals;
mod rereads;

use finesse_types::{
    Answer, ApiError, ApiErrors, CallVariable, Failure, MediaProperties, Participant, ParticipantState,
    Payload, Update, UpdateEvent, User, UserState,
};
use gc_events::Event;
use gc_protocol::{Command, CommandName as Name};

use super::*;
use crate::agent::tests::{accept, asks, connected, emitted, read, send, user};
use crate::{Input, Output, Settings, Timer};

/// `call("7", "OTHER_IN", "5550100", "2001", "ACTIVE", 3)`: a call in which the agent is ACTIVE since 08:00:03.
fn call(id: &str, call_type: &str, from: &str, to: &str, own: &str, second: u8) -> Dialog {
    let own = Participant {
        media_address: "2001".into(),
        media_address_type: "AGENT_DEVICE".into(),
        state: ParticipantState::from(own),
        state_change_time: format!("2026-03-02T08:00:{second:02}.000Z"),
        ..Participant::default()
    };
    Dialog {
        id: id.into(),
        state: own.state.as_str().into(),
        from_address: from.into(),
        to_address: to.into(),
        media: MediaProperties { call_type: call_type.into(), ..MediaProperties::default() },
        participants: vec![own],
        ..Dialog::default()
    }
}

fn notify(agent: &mut Agent, payload: Payload, source: &str, request_id: Option<&str>) -> Vec<Output> {
    let request_id = request_id.map(str::to_owned);
    let update = Update { payload, event: UpdateEvent::Put, request_id, source: source.to_owned() };
    agent.step(Input::Notified { item_id: None, update: Box::new(update) })
}

fn shows(agent: &mut Agent, dialog: Dialog, request_id: Option<&str>) -> Vec<String> {
    let source = format!("/finesse/api/Dialog/{}", dialog.id);
    emitted(&notify(agent, Payload::Dialog(Box::new(dialog)), &source, request_id))
}

fn is(agent: &mut Agent, state: UserState, request_id: Option<&str>) -> Vec<Output> {
    notify(agent, Payload::User(Box::new(user(state))), "/finesse/api/User/1001", request_id)
}

fn request_id(outputs: &[Output]) -> String {
    let id = outputs.iter().find_map(|output| match output {
        Output::Ask { request_id, .. } => Some(request_id.clone()),
        _ => None,
    });
    id.unwrap()
}

/// An agent who talks with 5550100 in call 7.
fn talking() -> Agent {
    let mut agent = connected(Settings::default(), UserState::Talking);
    shows(&mut agent, call("7", "OTHER_IN", "5550100", "2001", "ACTIVE", 1), None);
    agent
}
