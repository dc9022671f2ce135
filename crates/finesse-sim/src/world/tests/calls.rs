//! Calls between customers, queues and agents, from the first ring to the end of wrap-up.

use super::*;
use crate::CallVariableLimit;

#[test]
fn a_queue_call_is_reserved_offered_answered_held_and_dropped() {
    let mut day = Day::with(&["1001"]);
    day.state("1001", "READY").unwrap();
    let call = day.customer("Sales");
    day.expect(&[
        "1001 U(READY)",
        "1001 U(RESERVED)",
        "1001 P[PREROUTE_ACD_IN, ALERTING; 5550100 INITIATED, 2001 ALERTING]",
    ]);
    day.act("1001", &call, DialogAction::Answer).unwrap();
    day.expect(&["1001 U(TALKING)", "1001 T[PREROUTE_ACD_IN, ACTIVE; 5550100 ACTIVE, 2001 ACTIVE]"]);
    day.act("1001", &call, DialogAction::Hold).unwrap();
    day.expect(&["1001 T[PREROUTE_ACD_IN, ACTIVE; 5550100 ACTIVE, 2001 HELD]", "1001 U(HOLD)"]);
    day.act("1001", &call, DialogAction::Retrieve).unwrap();
    day.expect(&["1001 T[PREROUTE_ACD_IN, ACTIVE; 5550100 ACTIVE, 2001 ACTIVE]", "1001 U(TALKING)"]);
    day.act("1001", &call, DialogAction::Drop).unwrap();
    day.expect(&[
        "1001 T[PREROUTE_ACD_IN, DROPPED; 5550100 DROPPED, 2001 DROPPED]",
        "1001 D[PREROUTE_ACD_IN, DROPPED; 5550100 DROPPED, 2001 DROPPED]",
        "1001 U(READY)",
    ]);
    assert!(day.calls().is_empty());
}

#[test]
fn a_required_wrap_up_keeps_the_dialog_until_the_agent_or_the_timer_ends_it() {
    for by_timer in [false, true] {
        let mut day = Day::with(&["1011"]);
        day.state("1011", "READY").unwrap();
        let call = day.customer("Support");
        day.act("1011", &call, DialogAction::Answer).unwrap();
        day.timers.clear();
        day.notified.clear();
        day.after(|world| world.hang_up(&call)).unwrap();
        day.expect(&[
            "1011 T[PREROUTE_ACD_IN, ACTIVE; 5550100 ACTIVE, 2011 WRAP_UP]",
            "1011 T[PREROUTE_ACD_IN, ACTIVE; 5550100 DROPPED, 2011 WRAP_UP]",
            "1011 U(WORK_READY)",
        ]);
        let data = CallData { wrap_up_reason: Some("Sale".into()), ..CallData::default() };
        day.act("1011", &call, DialogAction::UpdateCallData(data)).unwrap();
        day.expect(&["1011 T[PREROUTE_ACD_IN, ACTIVE; 5550100 DROPPED, 2011 WRAP_UP]"]);
        if by_timer {
            day.fire_timers();
        } else {
            day.state("1011", "READY").unwrap();
        }
        day.expect(&["1011 D[PREROUTE_ACD_IN, DROPPED; 5550100 DROPPED, 2011 DROPPED]", "1011 U(READY)"]);
        assert!(day.calls().is_empty());
    }
}

#[test]
fn an_optional_wrap_up_is_asked_for_during_the_call() {
    let mut day = Day::with(&["1001"]);
    let call = day.customer("2001");
    day.act("1001", &call, DialogAction::Answer).unwrap();
    day.notified.clear();
    day.state("1001", "WORK").unwrap();
    day.expect(&["1001 U(TALKING then WORK)"]);
    day.after(|world| world.hang_up(&call)).unwrap();
    day.expect(&[
        "1001 T[OTHER_IN, ACTIVE; 5550100 ACTIVE, 2001 WRAP_UP]",
        "1001 T[OTHER_IN, ACTIVE; 5550100 DROPPED, 2001 WRAP_UP]",
        "1001 U(WORK)",
    ]);
    day.state("1001", "NOT_READY").unwrap();
    day.expect(&["1001 D[OTHER_IN, DROPPED; 5550100 DROPPED, 2001 DROPPED]", "1001 U(NOT_READY)"]);
}

#[test]
fn an_unanswered_call_goes_to_the_next_agent() {
    let mut day = Day::with(&["1001", "1002"]);
    day.state("1001", "READY").unwrap();
    let call = day.customer("Sales");
    day.state("1002", "READY").unwrap();
    day.notified.clear();
    day.fire_timers();
    day.expect(&[
        "1001 D[PREROUTE_ACD_IN, ALERTING; 5550100 INITIATED, 2001 DROPPED]",
        "1001 U(NOT_READY for Call Not Answered)",
        "1002 U(RESERVED)",
        "1002 P[PREROUTE_ACD_IN, ALERTING; 5550100 INITIATED, 2002 ALERTING]",
    ]);
    day.act("1002", &call, DialogAction::Answer).unwrap();
    day.notified.clear();
    day.fire_timers();
    day.expect(&[]);
}

#[test]
fn a_call_waits_until_somebody_is_ready() {
    let mut day = Day::with(&["1001"]);
    let call = day.customer("8001");
    day.expect(&[]);
    assert!(day.world.waits(&call));
    day.state("1001", "READY").unwrap();
    day.expect(&[
        "1001 U(READY)",
        "1001 U(RESERVED)",
        "1001 P[PREROUTE_ACD_IN, ALERTING; 5550100 INITIATED, 2001 ALERTING]",
    ]);
}

#[test]
fn the_agent_who_is_ready_for_the_longest_time_comes_first() {
    let mut day = Day::with(&["1001", "1002", "1003"]);
    for agent in ["1002", "1003", "1001"] {
        day.state(agent, "READY").unwrap();
    }
    for extension in ["2002", "2003", "2001"] {
        let call = day.customer("Sales");
        assert_eq!(day.world.call(&call).unwrap().dnis, extension);
    }
}

#[test]
fn there_is_no_wrap_up_while_another_call_is_held() {
    let mut day = Day::with(&["1011"]);
    let first = day.customer("1011");
    day.act("1011", &first, DialogAction::Answer).unwrap();
    let second = day.customer("1011");
    day.act("1011", &second, DialogAction::Answer).unwrap();
    day.notified.clear();
    day.act("1011", &second, DialogAction::Drop).unwrap();
    day.expect(&[
        "1011 T[OTHER_IN, DROPPED; 5550100 DROPPED, 2011 DROPPED]",
        "1011 D[OTHER_IN, DROPPED; 5550100 DROPPED, 2011 DROPPED]",
        "1011 U(HOLD)",
    ]);
    day.after(|world| world.hang_up(&first)).unwrap();
    assert_eq!(day.notified.last().unwrap(), "1011 U(WORK)");
}

#[test]
fn a_customer_abandons_while_ringing() {
    let mut day = Day::with(&["1001"]);
    day.state("1001", "READY").unwrap();
    let call = day.customer("Sales");
    day.notified.clear();
    day.after(|world| world.hang_up(&call)).unwrap();
    day.expect(&["1001 D[PREROUTE_ACD_IN, ALERTING; 5550100 INITIATED, 2001 DROPPED]", "1001 U(READY)"]);
    assert!(day.calls().is_empty());
    assert_eq!(day.after(|world| world.hang_up(&call)), Err(CallError::Unknown(call)));
}

#[test]
fn a_call_to_a_customer_ends_ready_and_is_answered_automatically() {
    let mut day = Day::with(&["1001"]);
    day.state("1001", "READY").unwrap();
    day.notified.clear();
    day.dial("1001", "5550123").unwrap();
    day.expect(&[
        "1001 U(NOT_READY for Outgoing Call)",
        "1001 P[OUT, INITIATING; 2001 INITIATING]",
        "1001 T[OUT, INITIATED; 2001 INITIATED]",
        "1001 T[OUT, ALERTING; 2001 INITIATED, 5550123 ALERTING]",
        "1001 U(TALKING)",
    ]);
    day.fire_timers();
    day.expect(&["1001 T[OUT, ACTIVE; 2001 ACTIVE, 5550123 ACTIVE]"]);
    let call = day.only_call();
    day.act("1001", &call, DialogAction::Drop).unwrap();
    day.expect(&[
        "1001 T[OUT, DROPPED; 2001 DROPPED, 5550123 DROPPED]",
        "1001 D[OUT, DROPPED; 2001 DROPPED, 5550123 DROPPED]",
        "1001 U(NOT_READY for Outgoing Call)",
    ]);
}

#[test]
fn busy_and_unknown_numbers_fail_and_can_only_be_dropped() {
    for (number, cause) in [("5550199", "BUSY"), ("12345", "BAD_DESTINATION")] {
        let mut day = Day::with(&["1001"]);
        day.dial("1001", number).unwrap();
        let failed = format!("1001 T[OUT, FAILED; 2001 FAILED {cause}]");
        day.expect(&[
            "1001 P[OUT, INITIATING; 2001 INITIATING]",
            "1001 T[OUT, INITIATED; 2001 INITIATED]",
            &failed,
            "1001 U(TALKING)",
        ]);
        let call = day.only_call();
        day.act("1001", &call, DialogAction::Hold).unwrap();
        day.expect(&["1001 E(Generic Error, INVALID_ACTION HOLD on extension 2001, 2001)"]);
        day.act("1001", &call, DialogAction::Drop).unwrap();
        assert!(day.calls().is_empty());
    }
}

#[test]
fn one_agent_calls_another() {
    let mut day = Day::with(&["1001", "1002"]);
    day.dial("1001", "2002").unwrap();
    day.expect(&[
        "1001 P[AGENT_INSIDE, INITIATING; 2001 INITIATING]",
        "1001 T[AGENT_INSIDE, INITIATED; 2001 INITIATED]",
        "1001 T[AGENT_INSIDE, ALERTING; 2001 INITIATED, 2002 ALERTING]",
        "1002 P[AGENT_INSIDE, ALERTING; 2001 INITIATED, 2002 ALERTING]",
        "1001 U(TALKING)",
    ]);
    let call = day.only_call();
    day.act("1002", &call, DialogAction::Answer).unwrap();
    day.expect(&[
        "1002 U(TALKING)",
        "1001 T[AGENT_INSIDE, ACTIVE; 2001 ACTIVE, 2002 ACTIVE]",
        "1002 T[AGENT_INSIDE, ACTIVE; 2001 ACTIVE, 2002 ACTIVE]",
    ]);
    day.act("1002", &call, DialogAction::Drop).unwrap();
    day.expect(&[
        "1001 T[AGENT_INSIDE, DROPPED; 2001 DROPPED, 2002 DROPPED]",
        "1002 T[AGENT_INSIDE, DROPPED; 2001 DROPPED, 2002 DROPPED]",
        "1001 D[AGENT_INSIDE, DROPPED; 2001 DROPPED, 2002 DROPPED]",
        "1001 U(NOT_READY)",
        "1002 D[AGENT_INSIDE, DROPPED; 2001 DROPPED, 2002 DROPPED]",
        "1002 U(NOT_READY)",
    ]);
}

#[test]
fn the_caller_gives_up_before_the_other_agent_answers() {
    let mut day = Day::with(&["1001", "1002"]);
    day.dial("1001", "2002").unwrap();
    day.notified.clear();
    let call = day.only_call();
    day.act("1002", &call, DialogAction::Drop).unwrap();
    day.expect(&["1002 E(Generic Error, INVALID_ACTION DROP on extension 2002, 2002)"]);
    day.act("1001", &call, DialogAction::Drop).unwrap();
    day.expect(&[
        "1002 D[AGENT_INSIDE, ALERTING; 2001 INITIATED, 2002 DROPPED]",
        "1001 T[AGENT_INSIDE, DROPPED; 2001 DROPPED, 2002 DROPPED]",
        "1001 D[AGENT_INSIDE, DROPPED; 2001 DROPPED, 2002 DROPPED]",
        "1001 U(NOT_READY)",
    ]);
}

#[test]
fn answering_a_second_call_puts_the_first_on_hold() {
    let mut day = Day::with(&["1001"]);
    let first = day.customer("1001");
    day.act("1001", &first, DialogAction::Answer).unwrap();
    let second = day.customer("2001");
    day.notified.clear();
    day.act("1001", &second, DialogAction::Answer).unwrap();
    day.expect(&[
        "1001 T[OTHER_IN, ACTIVE; 5550100 ACTIVE, 2001 HELD]",
        "1001 T[OTHER_IN, ACTIVE; 5550100 ACTIVE, 2001 ACTIVE]",
    ]);
    day.act("1001", &second, DialogAction::Drop).unwrap();
    day.expect(&[
        "1001 T[OTHER_IN, DROPPED; 5550100 DROPPED, 2001 DROPPED]",
        "1001 D[OTHER_IN, DROPPED; 5550100 DROPPED, 2001 DROPPED]",
        "1001 U(HOLD)",
    ]);
    day.act("1001", &first, DialogAction::Retrieve).unwrap();
    day.expect(&["1001 T[OTHER_IN, ACTIVE; 5550100 ACTIVE, 2001 ACTIVE]", "1001 U(TALKING)"]);
}

#[test]
fn a_value_that_is_too_long_is_cut_or_refused() {
    let long = |name: &str, length| CallData {
        variables: vec![(name.into(), "x".repeat(length))],
        ..CallData::default()
    };
    let talking = |limit| {
        let mut day = Day::with(&["1001"]);
        day.world.file.rules.call_variable_limit = limit;
        let call = day.customer("1001");
        day.act("1001", &call, DialogAction::Answer).unwrap();
        day.notified.clear();
        (day, call)
    };
    let (mut day, call) = talking(CallVariableLimit::Cut);
    day.act("1001", &call, DialogAction::UpdateCallData(long("callVariable1", 41))).unwrap();
    day.expect(&["1001 T[OTHER_IN, ACTIVE; 5550100 ACTIVE, 2001 ACTIVE]"]);
    let stored = day.world.call(&call).unwrap().variables.iter().next().map(|(_, value)| value.len());
    assert_eq!(stored, Some(40));

    let (mut day, call) = talking(CallVariableLimit::Refuse);
    day.act("1001", &call, DialogAction::UpdateCallData(long("callVariable1", 41))).unwrap();
    day.expect(&["1001 E(Generic Error, E_CTI_VALUE_TOO_LONG, 74)"]);
    day.act("1001", &call, DialogAction::UpdateCallData(long("user.account", 2001))).unwrap();
    day.expect(&["1001 E(Generic Error, E_CTI_TOO_MUCH_DATA, 73)"]);
    for data in [long("callVariable1", 40), long("user.account", 2000)] {
        day.act("1001", &call, DialogAction::UpdateCallData(data)).unwrap();
        day.expect(&["1001 T[OTHER_IN, ACTIVE; 5550100 ACTIVE, 2001 ACTIVE]"]);
    }
}
