//! Calls that commands begin, and their legs.

use super::*;

/// MakeCall c2 to 5550111, which Finesse has not answered in time, and after it ConsultCall c3 to 5550122.
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
    // The number comes only with the next notification.
    let mut agent = talking();
    send(&mut agent, "c2", Name::ConsultCall, "5550122,7");
    assert!(shows(&mut agent, from_2101("", ""), None).is_empty());
    assert_eq!(shows(&mut agent, from_2101("5550122", ""), None), ends);
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
fn a_call_from_the_agents_own_extension_waits_for_a_late_reservation() {
    let mut agent = connected(Settings::default(), UserState::Reserved);
    let first_notification = |from: &str, id: &str| call(id, "OTHER_IN", from, "2001", "ALERTING", 1);
    assert!(shows(&mut agent, first_notification("2001", "8"), None).is_empty(), "it waits");
    assert_eq!(
        shows(&mut agent, first_notification("5550100", "9"), None),
        ["NewInboundCall"],
        "a customer's call does not wait"
    );
    let waited = agent.step(Input::TimerFired(Timer::HeldBack("8".into())));
    assert_eq!(emitted(&waited), ["NewInboundCall"]);
}
