//! Agent 1001 at extension 2001; commands are c2, c3 …

use finesse_types::{
    Answer, ApiError, ApiErrors, CallVariable, Failure, MediaProperties, Participant, ParticipantState,
    Payload, Update, UpdateEvent, User, UserState,
};
use gc_events::Event;
use gc_protocol::{Command, CommandName as Name};

use super::*;
use crate::agent::tests::{accept, asks, connected, emitted, read, send, user};
use crate::{Input, Output, Settings, Timer};

/// `call("7", "OTHER_IN", "5550100", "2001", "ACTIVE", 3)`: the agent's state in it, entered at 08:00:03.
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

fn refuses(agent: &mut Agent, source: &str, request_id: Option<&str>) -> Vec<Output> {
    let error = ApiError { error_type: "Invalid State".into(), ..ApiError::default() };
    let errors = ApiErrors { errors: vec![error] };
    notify(agent, Payload::ApiErrors(errors), source, request_id)
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

/// MakeCall c2 to 5550111, not answered by Finesse, and ConsultCall c3 to 5550122 behind it.
fn with_two_calls_under_way() -> (Agent, String, String) {
    let mut agent = talking();
    let first = send(&mut agent, "c2", Name::MakeCall, "5550111");
    send(&mut agent, "c3", Name::ConsultCall, "5550122,7");
    let second = agent.step(Input::TimerFired(Timer::CallControl("c2".into())));
    (agent, request_id(&first), request_id(&second))
}

#[test]
fn a_call_that_echoes_one_of_two_commands_ends_only_that_one() {
    let (mut agent, made, asked) = with_two_calls_under_way();
    let new = call("8", "OUT", "2001", "", "INITIATING", 2);
    assert_eq!(shows(&mut agent, new, Some(&made)), ["InboundCall for c2", "c2 ends"]);
    let leg = call("9", "OUT", "2001", "", "INITIATING", 3);
    assert_eq!(shows(&mut agent, leg, Some(&asked)), ["ConsultCall for c3", "c3 ends"]);
}

#[test]
fn a_call_without_an_echo_ends_one_command() {
    let (mut agent, ..) = with_two_calls_under_way();
    let leg = call("8", "OUT", "2001", "", "INITIATING", 2);
    assert_eq!(shows(&mut agent, leg, None), ["ConsultCall for c3", "c3 ends"]);
    let new = call("9", "OUT", "2001", "5550111", "INITIATING", 3);
    assert_eq!(shows(&mut agent, new, None), ["InboundCall for c2", "c2 ends"]);
}

#[test]
fn of_two_make_calls_the_one_with_the_calls_number_ends() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    send(&mut agent, "c2", Name::MakeCall, "5550111");
    send(&mut agent, "c3", Name::MakeCall, "5550122");
    agent.step(Input::TimerFired(Timer::CallControl("c2".into())));
    let second = call("8", "OUT", "2001", "95550122", "INITIATED", 2);
    assert_eq!(shows(&mut agent, second, None), ["InboundCall for c3", "c3 ends"]);
    let first = call("9", "OUT", "2001", "", "INITIATING", 3);
    assert_eq!(shows(&mut agent, first, None), ["InboundCall for c2", "c2 ends"]);
}

#[test]
fn a_call_that_comes_back_does_not_end_make_call() {
    let mut agent = talking();
    shows(&mut agent, call("6", "OUT", "2001", "5550111", "ACTIVE", 1), None);
    shows(&mut agent, call("6", "OUT", "2001", "5550111", "DROPPED", 2), None);
    send(&mut agent, "c2", Name::MakeCall, "5550111");
    let back = call("6", "TRANSFER", "2001", "5550111", "ACTIVE", 3);
    assert_eq!(shows(&mut agent, back, None), ["InboundCall"]);
    let new = call("8", "OUT", "2001", "5550111", "ACTIVE", 4);
    assert_eq!(shows(&mut agent, new, None), ["InboundCall for c2", "c2 ends"]);
}

#[test]
fn bargein_ends_with_the_barge_leg_only() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    send(&mut agent, "c2", Name::BargeIn, "2002,77");
    let other = call("8", "OTHER_IN", "5550100", "2001", "ALERTING", 1);
    assert_eq!(shows(&mut agent, other, None), ["NewInboundCall"]);
    let leg = call("9", "BARGE_IN_CONSULT", "2002", "2001", "ALERTING", 2);
    assert_eq!(shows(&mut agent, leg, None), ["NewInboundCall for c2", "c2 ends"]);
}

#[test]
fn a_barged_agents_own_leg_does_not_end_consult_call() {
    let mut agent = talking();
    send(&mut agent, "c2", Name::ConsultCall, "5550122,7");
    let barge = call("8", "BARGE_IN_CONSULT", "2001", "2091", "INITIATING", 2);
    assert_eq!(shows(&mut agent, barge, None), ["ConsultCall"]);
    let leg = call("9", "OUT", "2001", "5550122", "INITIATING", 3);
    assert_eq!(shows(&mut agent, leg, None), ["ConsultCall for c2", "c2 ends"]);
}

#[test]
fn a_call_on_another_line_is_not_the_leg_of_a_command() {
    for (command, body) in [(Name::ConsultCall, "5550122,7"), (Name::TransferSst, "5550122,7")] {
        let mut agent = talking();
        send(&mut agent, "c2", command, body);
        let mut other = call("900", "AGENT_INSIDE", "2003", "2099", "INITIATED", 2);
        other.participants[0].media_address = "2003".into();
        assert!(shows(&mut agent, other, None).is_empty(), "{command}");
    }
}

#[test]
fn the_leg_of_another_telephone_is_recognised_by_number_associated_call_or_echo() {
    let from_2101 = |to: &str, associated: &str| {
        let mut leg = call("8", "OUT", "2101", to, "INITIATED", 2);
        leg.participants[0].media_address = "2101".into();
        leg.associated_dialog_uri = associated.into();
        leg
    };
    let ends = ["ConsultCall for c2", "c2 ends"];
    for (to, associated, echoes) in
        [("95550122", "", false), ("", "/finesse/api/Dialog/7", false), ("", "", true)]
    {
        let mut agent = talking();
        let sent = request_id(&send(&mut agent, "c2", Name::ConsultCall, "5550122,7"));
        let echo = echoes.then_some(sent.as_str());
        assert_eq!(shows(&mut agent, from_2101(to, associated), echo), ends, "{to} {associated}");
    }
    // Finesse does not say yet where it goes: the next packet does.
    let mut agent = talking();
    send(&mut agent, "c2", Name::ConsultCall, "5550122,7");
    assert!(shows(&mut agent, from_2101("", ""), None).is_empty());
    assert_eq!(shows(&mut agent, from_2101("5550122", ""), None), ends);
}

#[test]
fn a_refusal_of_another_programs_request_ends_no_command() {
    let mut agent = talking();
    send(&mut agent, "c2", Name::HoldCall, "7");
    let foreign = refuses(&mut agent, "/finesse/api/Dialog/7", Some("145"));
    assert_eq!(emitted(&foreign), ["Error CF_INVALID_OBJECT_STATE"]);
    let held = call("7", "OTHER_IN", "5550100", "2001", "HELD", 2);
    assert_eq!(shows(&mut agent, held, None), ["InboundCall for c2", "c2 ends"]);
}

#[test]
fn a_refusal_without_a_request_id_ends_the_oldest_command_on_the_object() {
    let mut agent = talking();
    send(&mut agent, "c2", Name::HoldCall, "7");
    assert_eq!(
        emitted(&refuses(&mut agent, "/finesse/api/Dialog/7", None)),
        ["Error CF_INVALID_OBJECT_STATE for c2", "c2 ends"]
    );
}

#[test]
fn of_several_errors_the_one_with_a_known_name_is_reported() {
    let mut agent = talking();
    send(&mut agent, "c2", Name::HoldCall, "7");
    let error = |kind: &str, message: &str| ApiError {
        error_type: kind.into(),
        error_message: message.into(),
        ..ApiError::default()
    };
    let first = error("Generic Error", "Refused");
    let second = error("Call Operation Failure", "CF_RESOURCE_OUT_OF_SERVICE");
    let errors = ApiErrors { errors: vec![first, second] };
    let refused = notify(&mut agent, Payload::ApiErrors(errors), "/finesse/api/Dialog/7", None);
    assert_eq!(emitted(&refused), ["Error CF_RESOURCE_OUT_OF_SERVICE for c2", "c2 ends"]);
}

#[test]
fn another_agents_refusal_is_forwarded_to_that_agent() {
    let mut member = connected(Settings::default(), UserState::Ready);
    send(&mut member, "c2", Name::MakeNotReady, "");
    let outputs = refuses(&mut member, "/finesse/api/User/1001", Some("1091.c9.4"));
    assert!(emitted(&outputs).is_empty(), "{outputs:?}");
    let [Output::Forward { agent, update }] = &outputs[..] else { panic!("{outputs:?}") };
    assert_eq!((agent.as_str(), update.request_id.as_deref()), ("1091", Some("1091.c9.4")));
    assert_eq!(emitted(&is(&mut member, UserState::NotReady, None)), ["State NOT_READY for c2", "c2 ends"]);
}

#[test]
fn an_unclaimed_refusal_is_reported_without_a_command() {
    let mut agent = connected(Settings::default(), UserState::Ready);
    send(&mut agent, "c2", Name::MakeNotReady, "");
    let outputs = refuses(&mut agent, "/finesse/api/User/1001", Some("10.0.5"));
    let Some(Output::Forward { update, .. }) = outputs.into_iter().next() else { panic!("not forwarded") };
    assert_eq!(emitted(&agent.step(Input::Unclaimed { update })), ["Error CF_INVALID_OBJECT_STATE"]);
}

#[test]
fn with_several_clusters_a_request_id_names_its_cluster() {
    let settings = Settings { cluster: Some("west".into()), ..Settings::default() };
    let mut agent = connected(settings, UserState::Ready);
    let sent = send(&mut agent, "c2", Name::MakeNotReady, "");
    assert_eq!(request_id(&sent), format!("west%2F1001.c2.{}", asks(&sent)[0]));
    let foreign = refuses(&mut agent, "/finesse/api/User/1001", Some("east%2F1001.c2.3"));
    assert_eq!(emitted(&foreign), ["Error CF_INVALID_OBJECT_STATE"]);
    let forwarded = refuses(&mut agent, "/finesse/api/User/1001", Some("west%2F1091.c9.4"));
    assert!(matches!(&forwarded[..], [Output::Forward { agent, .. }] if agent == "1091"), "{forwarded:?}");
    assert_eq!(
        emitted(&refuses(&mut agent, "/finesse/api/User/1001", Some(&request_id(&sent)))),
        ["Error CF_INVALID_OBJECT_STATE for c2", "c2 ends"]
    );
}

#[test]
fn a_refused_change_of_a_member_ends_the_supervisors_command() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    let (id, client, member) = ("c2".into(), "acme".into(), "1002".to_owned());
    let sent = agent.step(Input::ForMember { id, client, member, command: Command::MakeReady });
    accept(&mut agent, &sent);
    let refused = refuses(&mut agent, "/finesse/api/User/1002", Some(&request_id(&sent)));
    assert_eq!(emitted(&refused), ["Error CF_INVALID_OBJECT_STATE for c2", "c2 ends"]);
}

#[test]
fn a_state_that_is_refused_after_its_202_is_reported_once() {
    let mut agent = connected(Settings::default(), UserState::Ready);
    let sent = send(&mut agent, "c2", Name::MakeReady, "");
    // The agent is reserved already, which is still on its way here: what is known shows READY.
    let look = accept(&mut agent, &sent);
    assert_eq!(emitted(&read(&mut agent, &look, UserState::Reserved)), ["State RESERVED"]);
    let refused = refuses(&mut agent, "/finesse/api/User/1001", Some(&request_id(&sent)));
    assert_eq!(emitted(&refused), ["Error CF_INVALID_OBJECT_STATE for c2", "c2 ends"]);
}

#[test]
fn a_state_caused_by_another_request_is_read_once_the_commands_own_request_is_answered() {
    let mut agent = connected(Settings::default(), UserState::Ready);
    let sent = send(&mut agent, "c2", Name::MakeNotReady, "");
    assert_eq!(emitted(&is(&mut agent, UserState::NotReady, Some("145"))), ["State NOT_READY"]);
    let look = accept(&mut agent, &sent);
    assert_eq!(emitted(&read(&mut agent, &look, UserState::NotReady)), ["State NOT_READY for c2", "c2 ends"]);
    // Answered before.
    let sent = send(&mut agent, "c3", Name::MakeReady, "");
    assert!(asks(&accept(&mut agent, &sent)).is_empty());
    let look = is(&mut agent, UserState::Ready, Some("145"));
    assert_eq!(emitted(&look), ["State READY"]);
    assert_eq!(emitted(&read(&mut agent, &look, UserState::Ready)), ["State READY for c3", "c3 ends"]);
}

#[test]
fn a_call_ended_by_somebody_else_gives_no_dialog_id() {
    let mut agent = talking();
    let sent = send(&mut agent, "c2", Name::ReleaseCall, "7");
    let over = call("7", "OTHER_IN", "5550100", "2001", "DROPPED", 2);
    assert_eq!(shows(&mut agent, over, Some("145")), ["InboundCall"]);
    let look = accept(&mut agent, &sent);
    let end = read(&mut agent, &look, UserState::NotReady);
    assert_eq!(emitted(&end), ["State NOT_READY", "Error NO_DIALOG_ID for c2", "c2 ends"]);
}

#[test]
fn an_echo_during_the_reread_is_the_outcome_even_if_the_reread_fails() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    let sent = send(&mut agent, "c2", Name::MakeNotReady, "");
    let look = accept(&mut agent, &sent);
    assert!(emitted(&is(&mut agent, UserState::NotReady, Some(&request_id(&sent)))).is_empty(), "it waits");
    let broken = || Err(Failure::Unreachable { sent: true, reason: "reset".into() });
    let outputs: Vec<_> = asks(&look)
        .into_iter()
        .flat_map(|ask| agent.step(Input::Answered { ask, result: broken() }))
        .collect();
    assert_eq!(emitted(&outputs), ["State NOT_READY for c2", "c2 ends"]);
}

#[test]
fn an_echo_of_an_ended_command_belongs_to_no_other_command() {
    let mut agent = talking();
    let held = request_id(&send(&mut agent, "c2", Name::HoldCall, "7"));
    shows(&mut agent, call("7", "OTHER_IN", "5550100", "2001", "HELD", 2), Some(&held));
    send(&mut agent, "c3", Name::UpdateCallVariable, "7,callVariable1=gold");
    let mut late = call("7", "OTHER_IN", "5550100", "2001", "HELD", 2);
    let gold = CallVariable { name: "callVariable1".into(), value: "gold".into() };
    late.media.call_variables.push(gold);
    assert_eq!(shows(&mut agent, late, Some(&held)), ["InboundCall"]);
}

#[test]
fn after_its_end_a_command_is_not_answered_by_the_same_echo() {
    let mut agent = talking();
    let sent = request_id(&send(&mut agent, "c2", Name::ReleaseCall, "7"));
    let back = call("7", "TRANSFER", "5550100", "2001", "ALERTING", 9);
    assert_eq!(shows(&mut agent, back, Some(&sent)), ["InboundCall for c2", "c2 ends", "NewInboundCall"]);
}

#[test]
fn a_bad_destination_names_the_command_that_began_the_call_and_the_dialog() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    let sent = request_id(&send(&mut agent, "c2", Name::MakeCall, "123"));
    let begun = call("8", "OUT", "2001", "", "INITIATING", 1);
    assert_eq!(shows(&mut agent, begun, Some(&sent)), ["InboundCall for c2", "c2 ends"]);
    let mut failed = call("8", "OUT", "2001", "123", "FAILED", 2);
    failed.participants[0].state_cause = "BAD_DESTINATION".into();
    let payload = Payload::Dialog(Box::new(failed));
    let outputs = notify(&mut agent, payload, "/finesse/api/Dialog/8", None);
    assert_eq!(emitted(&outputs), ["Error BAD_DESTINATION for c2", "InboundCall"]);
    for output in &outputs {
        let Output::Emit { event, .. } = output else { panic!("{output:?}") };
        assert_eq!(event.dialog_id(), Some("8"), "{output:?}");
    }
}

#[test]
fn notifications_during_the_deciding_reread_count() {
    let mut agent = talking();
    let sent = send(&mut agent, "c2", Name::ReleaseCall, "7");
    let [ask] = asks(&sent)[..] else { panic!("{sent:?}") };
    let broken = Failure::Unreachable { sent: true, reason: "reset".into() };
    let reread = agent.step(Input::Answered { ask, result: Err(broken) });
    assert!(shows(&mut agent, call("7", "OTHER_IN", "5550100", "2001", "DROPPED", 2), None).is_empty());
    let end = emitted(&read(&mut agent, &reread, UserState::NotReady));
    assert_eq!(end, ["State NOT_READY", "InboundCall for c2", "c2 ends"]);
}

#[test]
fn a_call_first_shown_by_an_older_snapshot_ends_its_command_with_the_next_notification() {
    for (name, body) in [(Name::MakeCall, "5550111"), (Name::ConsultCall, "5550111,7")] {
        let mut agent = talking();
        let reread = agent.step(Input::Unreadable);
        let sent = request_id(&send(&mut agent, "c2", name, body));
        let main = call("7", "OTHER_IN", "5550100", "2001", "ACTIVE", 1);
        let new = call("8", "OUT", "2001", "5550111", "INITIATED", 3);
        let [first, second] = asks(&reread)[..] else { panic!("{reread:?}") };
        let talks = Ok(Answer::User(Box::new(user(UserState::Talking))));
        agent.step(Input::Answered { ask: first, result: talks });
        let shown = agent.step(Input::Answered { ask: second, result: Ok(Answer::Dialogs(vec![main, new])) });
        // Asked for before the command was sent, it decides nothing.
        assert!(emitted(&shown).iter().all(|each| !each.contains("c2")), "{shown:?}");
        let later = call("8", "OUT", "2001", "5550111", "ACTIVE", 4);
        let ends = emitted(&notify(&mut agent, Payload::Dialog(Box::new(later)), "", Some(&sent)));
        assert_eq!(ends.last().unwrap(), "c2 ends", "{name}: {ends:?}");
    }
}

#[test]
fn a_transfer_that_a_snapshot_ends_does_not_make_its_other_calls_legs() {
    let mut agent = talking();
    let sent = send(&mut agent, "c2", Name::TransferSst, "5550122,7");
    let [ask] = asks(&sent)[..] else { panic!("{sent:?}") };
    let broken = Failure::Unreachable { sent: true, reason: "reset".into() };
    let reread = agent.step(Input::Answered { ask, result: Err(broken) });
    let [first, second] = asks(&reread)[..] else { panic!("{reread:?}") };
    let talking = User { ..user(UserState::Talking) };
    agent.step(Input::Answered { ask: first, result: Ok(Answer::User(Box::new(talking))) });
    let next = call("8", "OUT", "2001", "5550199", "ACTIVE", 3);
    let end = agent.step(Input::Answered { ask: second, result: Ok(Answer::Dialogs(vec![next])) });
    assert_eq!(emitted(&end), ["InboundCall for c2", "c2 ends", "InboundCall"]);
}

#[test]
fn a_call_has_the_leg_that_comes_later_in_the_same_snapshot() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    let outputs = agent.step(Input::Unreadable);
    let [first, second] = asks(&outputs)[..] else { panic!("{outputs:?}") };
    agent.step(Input::Answered { ask: first, result: Ok(Answer::User(Box::new(user(UserState::Talking)))) });
    let main = call("7", "OTHER_IN", "5550100", "2001", "HELD", 1);
    let mut leg = call("8", "OUT", "2001", "5550122", "ACTIVE", 2);
    leg.associated_dialog_uri = "/finesse/api/Dialog/7".into();
    let answer = Ok(Answer::Dialogs(vec![main, leg]));
    let shown = agent.step(Input::Answered { ask: second, result: answer });
    let associated = shown.iter().find_map(|output| match output {
        Output::Emit { event: Event::InboundCall(call), .. } => Some(call.associated_dialog_id.clone()),
        _ => None,
    });
    assert_eq!(associated.unwrap().as_deref(), Some("8"));
}

#[test]
fn a_blank_value_is_stored_as_an_empty_one() {
    let mut agent = talking();
    send(&mut agent, "c2", Name::UpdateCallVariable, "7,callVariable1=   ");
    let shown = call("7", "OTHER_IN", "5550100", "2001", "ACTIVE", 1);
    let mut shown = Dialog { to_address: "2002".into(), ..shown };
    let empty = CallVariable { name: "callVariable1".into(), value: String::new() };
    shown.media.call_variables.push(empty);
    assert_eq!(shows(&mut agent, shown, None), ["InboundCall for c2", "c2 ends"]);
}

#[test]
fn the_dialers_first_notification_waits_even_if_a_snapshot_shows_its_call() {
    let mut agent = connected(Settings::default(), UserState::ReservedOutbound);
    let reread = agent.step(Input::Unreadable);
    let [first, second] = asks(&reread)[..] else { panic!("{reread:?}") };
    let reserved = Ok(Answer::User(Box::new(user(UserState::ReservedOutbound))));
    agent.step(Input::Answered { ask: first, result: reserved });
    let packet = call("8", "OTHER_IN", "2001", "5550123", "ALERTING", 1);
    let shown = agent.step(Input::Answered { ask: second, result: Ok(Answer::Dialogs(vec![packet])) });
    assert!(emitted(&shown).is_empty(), "{shown:?}");
    let next = call("8", "OUTBOUND", "2001", "5550123", "ALERTING", 2);
    assert_eq!(shows(&mut agent, next, None), ["NewOutboundCall"]);
}

#[test]
fn a_call_from_the_agents_own_extension_waits_for_a_late_reservation() {
    let mut agent = connected(Settings::default(), UserState::Reserved);
    let packet = |from: &str, id: &str| call(id, "OTHER_IN", from, "2001", "ALERTING", 1);
    assert!(shows(&mut agent, packet("2001", "8"), None).is_empty(), "it waits");
    assert_eq!(shows(&mut agent, packet("5550100", "9"), None), ["NewInboundCall"], "of a customer");
    let waited = agent.step(Input::TimerFired(Timer::HeldBack("8".into())));
    assert_eq!(emitted(&waited), ["NewInboundCall"]);
}
