use finesse_types::{
    MediaProperties, Participant, Payload, Team, TeamRef, Update, UpdateEvent, User, UserState,
};
use gc_protocol::CommandName;

use super::*;
use crate::agent::tests::{agent, asks, emitted, send, user};
use crate::{AskId, Input, Output, Settings};

fn answer(agent: &mut Agent, ask: AskId, answer: Answer) -> Vec<Output> {
    agent.step(Input::Answered { ask, result: Ok(answer) })
}

/// A supervisor of teams 1 and 2 who monitors a call.
fn monitoring() -> Agent {
    let mut agent = agent(Settings::default());
    send(&mut agent, "c1", CommandName::Connect, "acme,demo");
    let [first, second] = asks(&agent.step(Input::StreamOpened))[..] else { panic!("no re-read") };
    let team = |id: &str| TeamRef { id: id.into(), name: String::new() };
    let supervisor = User { teams: vec![team("1"), team("2")], ..user(UserState::Talking) };
    answer(&mut agent, first, Answer::User(Box::new(supervisor)));
    answer(&mut agent, second, Answer::Dialogs(Vec::new()));
    let own = Participant { media_address: "2001".into(), state: "ACTIVE".into(), ..Participant::default() };
    let leg =
        Dialog { from_address: "2001".into(), participants: vec![own], ..call("7", "SUPERVISOR_MONITOR") };
    let payload = Payload::Dialog(Box::new(leg));
    let update = Update { payload, event: UpdateEvent::Put, request_id: None, source: String::new() };
    agent.step(Input::Notified { item_id: None, update: Box::new(update) });
    agent
}

fn call(id: &str, call_type: &str) -> Dialog {
    Dialog {
        id: id.into(),
        state: "ACTIVE".into(),
        media: MediaProperties { call_type: call_type.into(), ..MediaProperties::default() },
        ..Dialog::default()
    }
}

fn team(extension: &str) -> Answer {
    let agent = User { login_id: "1002".into(), extension: extension.into(), ..User::default() };
    Answer::Team(Team { users: vec![agent], ..Team::default() })
}

fn requested(outputs: &[Output]) -> (AskId, Request) {
    let asked = outputs.iter().find_map(|output| match output {
        Output::Ask { ask, request, .. } => Some((*ask, request.clone())),
        _ => None,
    });
    asked.unwrap_or_else(|| panic!("no request in {outputs:?}"))
}

#[test]
fn the_monitored_call_is_found_in_the_supervisors_teams() {
    let mut agent = monitoring();
    let (ask, request) = requested(&send(&mut agent, "c2", CommandName::BargeIn, "2002,7"));
    assert_eq!(request, Request::Team { id: "2".into(), include_logged_out: false });
    let (ask, request) = requested(&answer(&mut agent, ask, team("2003")));
    assert_eq!(request, Request::Team { id: "1".into(), include_logged_out: false });
    let (ask, request) = requested(&answer(&mut agent, ask, team("2002")));
    assert_eq!(request, Request::Dialogs { user: "1002".into() });
    // The call in which the agent talks, not the one on hold.
    let at = |state: &str| Participant {
        media_address: "2002".into(),
        state: state.into(),
        ..Participant::default()
    };
    let held = Dialog { participants: vec![at("HELD")], ..call("5", "OTHER_IN") };
    let talks = Dialog { participants: vec![at("ACTIVE")], ..call("6", "OUT") };
    let calls = Answer::Dialogs(vec![call("7", "SUPERVISOR_MONITOR"), talks, held]);
    let (_, request) = requested(&answer(&mut agent, ask, calls));
    let Request::BargeCall { associated_dialog, .. } = request else { panic!("{request:?}") };
    assert_eq!(associated_dialog, "6");
}

#[test]
fn a_team_that_cannot_be_read_ends_bargein_with_its_error() {
    let mut agent = monitoring();
    let (ask, _) = requested(&send(&mut agent, "c2", CommandName::BargeIn, "2002,7"));
    let end = agent.step(Input::Answered { ask, result: Err(Failure::TimedOut { sent: true }) });
    assert_eq!(emitted(&end), ["Error NOT_REACHABLE for c2", "c2 ends"]);
}

#[test]
fn an_extension_that_no_agent_of_the_teams_uses_is_an_error() {
    let mut agent = monitoring();
    let (ask, _) = requested(&send(&mut agent, "c2", CommandName::BargeIn, "2002,7"));
    let (ask, _) = requested(&answer(&mut agent, ask, team("2003")));
    let end = answer(&mut agent, ask, team("2004"));
    assert_eq!(emitted(&end), ["Error CF_INVALID_CALLED_DEVICE for c2", "c2 ends"]);
}
