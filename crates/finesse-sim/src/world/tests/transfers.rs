//! Handed over and transferred calls, consultations and conferences.

use super::*;

#[test]
fn a_call_is_handed_over_and_comes_back_as_a_new_visit() {
    let mut day = Day::with(&["1001", "1002"]);
    let call = day.customer("1001");
    day.act("1001", &call, DialogAction::Answer).unwrap();
    day.notified.clear();
    day.after(|world| world.hand_over(&call, "1002")).unwrap();
    day.expect(&[
        "1001 D[OTHER_IN, ACTIVE; 5550100 ACTIVE, 2001 DROPPED OTHER]",
        "1001 U(NOT_READY)",
        "1002 P[TRANSFER, ACTIVE; 5550100 ACTIVE, 2001 DROPPED OTHER, 2002 ALERTING]",
        "1002 T[TRANSFER, ACTIVE; 5550100 ACTIVE, 2002 ALERTING]",
    ]);
    day.act("1002", &call, DialogAction::Answer).unwrap();
    let gone = day.world.now;
    day.notified.clear();
    day.after(|world| world.hand_over(&call, "1001")).unwrap();
    day.expect(&[
        "1002 D[TRANSFER, ACTIVE; 5550100 ACTIVE, 2002 DROPPED OTHER]",
        "1002 U(NOT_READY)",
        "1001 P[TRANSFER, ACTIVE; 5550100 ACTIVE, 2002 DROPPED OTHER, 2001 ALERTING]",
        "1001 T[TRANSFER, ACTIVE; 5550100 ACTIVE, 2001 ALERTING]",
    ]);
    assert!(day.world.call(&call).unwrap().party("1001").unwrap().changed > gone);
}

#[test]
fn a_single_step_transfer_rings_at_the_other_agent() {
    let mut day = Day::with(&["1001", "1002"]);
    day.state("1002", "READY").unwrap();
    let call = day.customer("1001");
    day.act("1001", &call, DialogAction::Answer).unwrap();
    day.notified.clear();
    day.act("1001", &call, DialogAction::TransferSst("2002".into())).unwrap();
    day.expect(&[
        "1001 T[OTHER_IN, ACTIVE; 5550100 ACTIVE, 2001 HELD]",
        "1001 P[AGENT_INSIDE, INITIATING; 2001 INITIATING]",
        "1001 T[AGENT_INSIDE, INITIATED; 2001 INITIATED]",
        "1001 D[TRANSFER, DROPPED; 2001 DROPPED OTHER]",
        "1001 D[OTHER_IN, ACTIVE; 5550100 ACTIVE, 2001 DROPPED OTHER]",
        "1001 U(NOT_READY)",
        "1002 U(RESERVED)",
        "1002 P[TRANSFER, ACTIVE; 5550100 ACTIVE, 2001 DROPPED OTHER, 2002 ALERTING]",
        "1002 T[TRANSFER, ACTIVE; 5550100 ACTIVE, 2002 ALERTING]",
    ]);
    day.act("1002", &call, DialogAction::Answer).unwrap();
    day.expect(&["1002 U(TALKING)", "1002 T[TRANSFER, ACTIVE; 5550100 ACTIVE, 2002 ACTIVE]"]);
    day.after(|world| world.hang_up(&call)).unwrap();
    assert!(day.calls().is_empty());
}

/// 1001 talks to a customer and consults 1002, whose telephone rings.
fn consulting() -> (Day, String, String) {
    let mut day = Day::with(&["1001", "1002"]);
    let call = day.customer("1001");
    day.act("1001", &call, DialogAction::Answer).unwrap();
    day.notified.clear();
    day.act("1001", &call, DialogAction::ConsultCall("2002".into())).unwrap();
    day.expect(&[
        "1001 T[OTHER_IN, ACTIVE; 5550100 ACTIVE, 2001 HELD]",
        "1001 P[AGENT_INSIDE, INITIATING; 2001 INITIATING]",
        "1001 T[AGENT_INSIDE, INITIATED; 2001 INITIATED]",
        "1001 T[AGENT_INSIDE, ALERTING; 2001 INITIATED, 2002 ALERTING]",
        "1002 P[CONSULT_OFFERED, ALERTING; 2001 INITIATED, 2002 ALERTING]",
        "1001 T[OTHER_IN, ACTIVE; 5550100 ACTIVE, 2001 HELD]",
    ]);
    let leg = day.other_call(&call);
    assert_eq!(day.world.call(&leg).unwrap().associated.as_deref(), Some(call.as_str()));
    (day, call, leg)
}

#[test]
fn a_consultation_ends_in_a_transfer() {
    let (mut day, call, leg) = consulting();
    day.act("1002", &leg, DialogAction::Answer).unwrap();
    day.notified.clear();
    day.act("1001", &call, DialogAction::Transfer).unwrap();
    day.expect(&[
        "1001 D[OTHER_IN, ACTIVE; 5550100 ACTIVE, 2001 DROPPED OTHER]",
        "1002 D[TRANSFER, DROPPED; 2001 DROPPED OTHER, 2002 DROPPED OTHER]",
        "1001 D[TRANSFER, DROPPED; 2001 DROPPED OTHER, 2002 DROPPED OTHER]",
        "1001 U(NOT_READY)",
        "1002 P[TRANSFER, ACTIVE; 5550100 ACTIVE, 2001 DROPPED OTHER, 2002 ACTIVE]",
        "1002 T[TRANSFER, ACTIVE; 5550100 ACTIVE, 2002 ACTIVE]",
    ]);
    assert_eq!(day.world.call(&call).unwrap().secondary.as_deref(), Some(leg.as_str()));
    day.act("1002", &call, DialogAction::Drop).unwrap();
    assert!(day.calls().is_empty());
}

#[test]
fn a_transfer_before_the_answer_rings_on_as_the_call_itself() {
    let (mut day, call, _) = consulting();
    day.act("1001", &call, DialogAction::Conference).unwrap();
    day.expect(&["1001 E(Generic Error, INVALID_ACTION CONFERENCE on extension 2001, 2001)"]);
    day.act("1001", &call, DialogAction::Transfer).unwrap();
    assert_eq!(day.notified.last().unwrap(), "1002 T[TRANSFER, ACTIVE; 5550100 ACTIVE, 2002 ALERTING]");
    day.notified.clear();
    day.act("1002", &call, DialogAction::Answer).unwrap();
    day.expect(&["1002 U(TALKING)", "1002 T[TRANSFER, ACTIVE; 5550100 ACTIVE, 2002 ACTIVE]"]);
}

#[test]
fn a_consultation_becomes_a_conference_that_continues_when_an_agent_leaves() {
    let (mut day, call, leg) = consulting();
    day.act("1002", &leg, DialogAction::Answer).unwrap();
    day.notified.clear();
    day.act("1001", &call, DialogAction::Conference).unwrap();
    day.expect(&[
        "1002 D[TRANSFER, DROPPED; 2001 DROPPED OTHER, 2002 DROPPED OTHER]",
        "1001 D[TRANSFER, DROPPED; 2001 DROPPED OTHER, 2002 DROPPED OTHER]",
        "1001 T[CONFERENCE, ACTIVE; 5550100 ACTIVE, 2001 ACTIVE, 2002 ACTIVE]",
        "1002 P[CONFERENCE, ACTIVE; 5550100 ACTIVE, 2001 ACTIVE, 2002 ACTIVE]",
    ]);
    day.act("1001", &call, DialogAction::Drop).unwrap();
    day.expect(&[
        "1001 T[CONFERENCE, ACTIVE; 5550100 ACTIVE, 2001 DROPPED, 2002 ACTIVE]",
        "1002 T[CONFERENCE, ACTIVE; 5550100 ACTIVE, 2001 DROPPED, 2002 ACTIVE]",
        "1001 D[CONFERENCE, ACTIVE; 5550100 ACTIVE, 2001 DROPPED, 2002 ACTIVE]",
        "1001 U(NOT_READY)",
    ]);
    day.after(|world| world.hang_up(&call)).unwrap();
    assert!(day.calls().is_empty());
    assert_eq!(day.world.users["1002"].state, AgentState::NotReady);
}

#[test]
fn an_abandoned_consultation_leads_back_to_the_held_call() {
    let (mut day, call, leg) = consulting();
    day.act("1001", &leg, DialogAction::Drop).unwrap();
    assert_eq!(day.notified.last().unwrap(), "1001 U(HOLD)");
    assert_eq!(day.act("1001", &call, DialogAction::Transfer), Ok(()));
    assert_eq!(
        day.notified.last().unwrap(),
        "1001 E(Generic Error, INVALID_ACTION TRANSFER on extension 2001, 2001)"
    );
    day.notified.clear();
    day.act("1001", &call, DialogAction::Retrieve).unwrap();
    day.expect(&["1001 T[OTHER_IN, ACTIVE; 5550100 ACTIVE, 2001 ACTIVE]", "1001 U(TALKING)"]);
}

#[test]
fn calls_transferred_to_queues_wait_there_and_those_to_customers_are_gone() {
    let mut day = Day::with(&["1001", "1011"]);
    let call = day.customer("1001");
    day.act("1001", &call, DialogAction::Answer).unwrap();
    day.act("1001", &call, DialogAction::TransferSst("8002".into())).unwrap();
    day.notified.clear();
    day.state("1011", "READY").unwrap();
    day.expect(&[
        "1011 U(READY)",
        "1011 U(RESERVED)",
        "1011 P[PREROUTE_ACD_IN, ACTIVE; 5550100 ACTIVE, 2011 ALERTING]",
    ]);
    day.act("1011", &call, DialogAction::Answer).unwrap();
    day.act("1011", &call, DialogAction::TransferSst("5550155".into())).unwrap();
    assert!(day.calls().is_empty());
    assert_eq!(day.world.users["1011"].state, AgentState::WorkReady);
}

#[test]
fn a_call_transferred_while_its_consult_leg_waits_in_a_queue_waits_there() {
    let mut day = Day::with(&["1001", "1011"]);
    let call = day.customer("1001");
    day.act("1001", &call, DialogAction::Answer).unwrap();
    day.act("1001", &call, DialogAction::ConsultCall("8002".into())).unwrap();
    day.act("1001", &call, DialogAction::Transfer).unwrap();
    assert!(day.world.waits(&call));
    day.notified.clear();
    day.state("1011", "READY").unwrap();
    day.expect(&[
        "1011 U(READY)",
        "1011 U(RESERVED)",
        "1011 P[PREROUTE_ACD_IN, ACTIVE; 5550100 ACTIVE, 2011 ALERTING]",
    ]);
}

#[test]
fn a_transfer_to_an_unreachable_number_leaves_the_call_unchanged() {
    let mut day = Day::with(&["1001"]);
    let call = day.customer("1001");
    day.act("1001", &call, DialogAction::Answer).unwrap();
    day.notified.clear();
    for number in ["5550199", "12345"] {
        day.act("1001", &call, DialogAction::TransferSst(number.into())).unwrap();
        day.expect(&["1001 E(Call Operation Failure, CF_INVALID_DESTINATION, 14)"]);
    }
    assert!(matches!(
        day.act("1001", &call, DialogAction::TransferSst("2001".into())),
        Err(Refusal::Now(400, _))
    ));
    assert_eq!(day.only_call(), call);
}

/// Sets how an agent wraps up incoming and outgoing calls.
fn settings(day: &mut Day, agent: &str, incoming: &str, outgoing: &str) {
    let user = day.world.users.get_mut(agent).unwrap();
    let mut profile = (*user.profile).clone();
    (profile.wrap_up_on_incoming, profile.wrap_up_on_outgoing) = (incoming.to_owned(), outgoing.to_owned());
    user.profile = profile.into();
}

fn state(day: &Day, agent: &str) -> AgentState {
    day.world.users[agent].state
}

/// 1001 talks to a customer in an incoming or outgoing call.
fn talking(incoming: bool, settings_of_1001: (&str, &str)) -> (Day, String) {
    let mut day = Day::with(&["1001", "1002"]);
    settings(&mut day, "1001", settings_of_1001.0, settings_of_1001.1);
    let call = if incoming {
        let call = day.customer("1001");
        day.act("1001", &call, DialogAction::Answer).unwrap();
        call
    } else {
        day.dial("1001", "5550123").unwrap();
        day.fire_customer_timers();
        day.only_call()
    };
    (day, call)
}

/// 1001 consults 1002, who answers.
fn consult(day: &mut Day, call: &str) -> String {
    day.act("1001", call, DialogAction::ConsultCall("2002".into())).unwrap();
    let leg = day.other_call(call);
    day.act("1002", &leg, DialogAction::Answer).unwrap();
    leg
}

#[test]
fn an_agent_who_transfers_a_call_wraps_up_by_its_original_direction() {
    for incoming in [true, false] {
        for (of_incoming, of_outgoing) in [("REQUIRED", "NOT_ALLOWED"), ("NOT_ALLOWED", "REQUIRED")] {
            let wraps_up = incoming == (of_incoming == "REQUIRED");
            let expected = if wraps_up { AgentState::Work } else { AgentState::NotReady };
            let start = || talking(incoming, (of_incoming, of_outgoing));
            let case = format!("incoming: {incoming}, settings {of_incoming}, {of_outgoing}");

            let (mut day, call) = start();
            day.act("1001", &call, DialogAction::TransferSst("2002".into())).unwrap();
            assert_eq!(state(&day, "1001"), expected, "transferred at once; {case}");

            let (mut day, call) = start();
            consult(&mut day, &call);
            day.act("1001", &call, DialogAction::Transfer).unwrap();
            assert_eq!(state(&day, "1001"), expected, "transferred; {case}");

            let (mut day, call) = start();
            let leg = consult(&mut day, &call);
            day.act("1001", &call, DialogAction::Retrieve).unwrap();
            day.act("1001", &leg, DialogAction::Transfer).unwrap();
            assert_eq!(state(&day, "1001"), expected, "swapped and transferred; {case}");

            let (mut day, call) = start();
            consult(&mut day, &call);
            day.act("1001", &call, DialogAction::Conference).unwrap();
            day.act("1001", &call, DialogAction::Drop).unwrap();
            assert_eq!(state(&day, "1001"), expected, "left the conference; {case}");

            let (mut day, call) = start();
            consult(&mut day, &call);
            day.act("1001", &call, DialogAction::Conference).unwrap();
            day.after(|world| world.hang_up(&call)).unwrap();
            day.act("1002", &call, DialogAction::Drop).unwrap();
            assert_eq!(state(&day, "1001"), expected, "the conference ended; {case}");
        }
    }
}

#[test]
fn a_consulted_agent_wraps_up_an_incoming_call() {
    for swapped in [false, true] {
        let (mut day, call) = talking(false, ("NOT_ALLOWED", "NOT_ALLOWED"));
        settings(&mut day, "1002", "REQUIRED", "NOT_ALLOWED");
        let leg = consult(&mut day, &call);
        if swapped {
            day.act("1001", &call, DialogAction::Retrieve).unwrap();
        }
        let held = if swapped { &leg } else { &call };
        day.act("1001", held, DialogAction::Conference).unwrap();
        day.act("1002", held, DialogAction::Drop).unwrap();
        assert_eq!(state(&day, "1002"), AgentState::Work, "swapped: {swapped}");
    }
}

#[test]
fn a_transferred_call_between_agents_has_no_wrap_up() {
    let mut day = Day::with(&["1001", "1002", "1003"]);
    settings(&mut day, "1002", "REQUIRED", "REQUIRED");
    day.dial("1001", "2002").unwrap();
    let call = day.only_call();
    day.act("1002", &call, DialogAction::Answer).unwrap();
    day.act("1002", &call, DialogAction::TransferSst("2003".into())).unwrap();
    assert_eq!(state(&day, "1002"), AgentState::NotReady);
}
