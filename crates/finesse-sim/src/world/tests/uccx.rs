//! UCCX: the differences from UCCE.

use super::*;

/// A UCCX world in which these agents are signed in.
fn day_of(agents: &[&str]) -> Day {
    let mut day = Day::on(Platform::Uccx);
    for agent in agents {
        day.sign_on(agent).unwrap();
    }
    day.notified.clear();
    day
}

/// The code of the reason for an agent's state.
fn code_of<'a>(day: &'a Day, agent: &str) -> &'a str {
    let id = day.world.users[agent].reason.as_ref().unwrap();
    &day.world.file.reason_codes.iter().find(|code| code.id == *id).unwrap().code
}

/// 1001 talks to a customer from the queue.
fn talking() -> (Day, String) {
    let mut day = day_of(&["1001", "1002"]);
    day.state("1001", "READY").unwrap();
    let call = day.customer("Sales");
    day.act("1001", &call, DialogAction::Answer).unwrap();
    day.timers.clear();
    (day, call)
}

#[test]
fn a_queue_call_is_acd_in_and_hold_is_no_state() {
    let (mut day, call) = talking();
    day.expect(&[
        "1001 U(READY)",
        "1001 U(RESERVED)",
        "1001 P[ACD_IN, ALERTING; 5550100 INITIATED, 2001 ALERTING]",
        "1001 U(TALKING)",
        "1001 T[ACD_IN, ACTIVE; 5550100 ACTIVE, 2001 ACTIVE]",
    ]);
    day.act("1001", &call, DialogAction::Hold).unwrap();
    day.act("1001", &call, DialogAction::Retrieve).unwrap();
    day.expect(&[
        "1001 T[ACD_IN, ACTIVE; 5550100 ACTIVE, 2001 HELD]",
        "1001 T[ACD_IN, ACTIVE; 5550100 ACTIVE, 2001 ACTIVE]",
    ]);
}

#[test]
fn a_call_outside_the_queues_leaves_the_agent_not_ready() {
    let mut day = day_of(&["1001"]);
    day.dial("1001", "5550155").unwrap();
    day.fire_timers();
    let call = day.only_call();
    assert!(day.notified.iter().all(|line| !line.contains("U(")), "{:?}", day.notified);
    day.notified.clear();
    day.state("1001", "READY").unwrap();
    day.expect(&["1001 E(Invalid State, CF_RESOURCE_BUSY, 33)"]);
    day.act("1001", &call, DialogAction::Drop).unwrap();
    day.expect(&[
        "1001 T[OUT, DROPPED; 2001 DROPPED, 5550155 DROPPED]",
        "1001 D[OUT, DROPPED; 2001 DROPPED, 5550155 DROPPED]",
    ]);
    day.state("1001", "READY").unwrap();
    assert!(matches!(day.dial("1001", "5550155"), Err(Refusal::Now(400, _))), "from NOT_READY only");
}

#[test]
fn the_system_sets_the_reason_codes_of_uccx() {
    let mut day = Day::on(Platform::Uccx);
    day.sign_on("1001").unwrap();
    day.expect(&["1001 U(NOT_READY for Agent Logon)"]);
    assert_eq!(code_of(&day, "1001"), "32760");
    day.state("1001", "READY").unwrap();
    day.customer("Sales");
    day.fire_timers();
    assert_eq!(day.notified.last().unwrap(), "1001 U(NOT_READY for Call Not Answered)");
    assert_eq!(code_of(&day, "1001"), "32763");
}

#[test]
fn a_call_outside_the_queues_makes_a_ready_agent_not_ready_permanently() {
    let mut day = day_of(&["1001"]);
    day.state("1001", "READY").unwrap();
    day.notified.clear();
    let call = day.customer("1001");
    day.expect(&[
        "1001 U(NOT_READY for Non ACD Busy)",
        "1001 P[OTHER_IN, ALERTING; 5550100 INITIATED, 2001 ALERTING]",
    ]);
    assert_eq!(code_of(&day, "1001"), "32761");
    day.act("1001", &call, DialogAction::Answer).unwrap();
    day.act("1001", &call, DialogAction::Drop).unwrap();
    assert!(day.notified.iter().all(|line| !line.contains("U(")), "{:?}", day.notified);
    assert_eq!(day.world.users["1001"].state, AgentState::NotReady);
}

#[test]
fn a_transferred_direct_call_makes_the_new_agent_not_ready() {
    let mut day = day_of(&["1001", "1002"]);
    let call = day.customer("1001");
    day.act("1001", &call, DialogAction::Answer).unwrap();
    day.state("1002", "READY").unwrap();
    day.act("1001", &call, DialogAction::TransferSst("2002".into())).unwrap();
    assert_eq!(code_of(&day, "1002"), "32761");
    assert_eq!(day.world.users["1002"].state, AgentState::NotReady, "and not RESERVED");
    day.state("1001", "READY").unwrap();
    day.act("1002", &call, DialogAction::Answer).unwrap();
    day.act("1002", &call, DialogAction::ConsultCall("2001".into())).unwrap();
    assert_eq!(code_of(&day, "1001"), "32761", "so does a consultation about it");
}

#[test]
fn a_direct_call_does_not_change_the_reason_of_a_not_ready_agent() {
    let mut day = day_of(&["1001"]);
    day.state_for("1001", "NOT_READY", Some("31")).unwrap();
    day.notified.clear();
    day.customer("1001");
    day.expect(&["1001 P[OTHER_IN, ALERTING; 5550100 INITIATED, 2001 ALERTING]"]);
    assert_eq!(code_of(&day, "1001"), "101");
}

#[test]
fn one_request_for_not_ready_is_pending_unpublished_until_the_end_of_the_call() {
    let (mut day, call) = talking();
    day.notified.clear();
    day.state("1001", "READY").unwrap();
    day.expect(&["1001 E(Invalid State, CF_INVALID_AGENT_WORKMODE, 265)"]);
    day.state("1001", "NOT_READY").unwrap();
    day.expect(&[]);
    day.state("1001", "NOT_READY").unwrap();
    day.expect(&["1001 E(Invalid State, CF_INVALID_AGENT_WORKMODE, 265)"]);
    day.act("1001", &call, DialogAction::Drop).unwrap();
    assert_eq!(day.notified.last().unwrap(), "1001 U(NOT_READY)");
}

#[test]
fn a_consultation_is_a_consult_and_the_agent_who_takes_the_call_is_talking() {
    let (mut day, call) = talking();
    day.notified.clear();
    day.act("1001", &call, DialogAction::ConsultCall("2002".into())).unwrap();
    let leg = day.other_call(&call);
    day.act("1002", &leg, DialogAction::Answer).unwrap();
    day.expect(&[
        "1001 T[ACD_IN, ACTIVE; 5550100 ACTIVE, 2001 HELD]",
        "1001 P[CONSULT, INITIATING; 2001 INITIATING]",
        "1001 T[CONSULT, INITIATED; 2001 INITIATED]",
        "1001 T[CONSULT, ALERTING; 2001 INITIATED, 2002 ALERTING]",
        "1002 P[CONSULT, ALERTING; 2001 INITIATED, 2002 ALERTING]",
        "1001 T[ACD_IN, ACTIVE; 5550100 ACTIVE, 2001 HELD]",
        "1001 T[CONSULT, ACTIVE; 2001 ACTIVE, 2002 ACTIVE]",
        "1002 T[CONSULT, ACTIVE; 2001 ACTIVE, 2002 ACTIVE]",
    ]);
    day.act("1001", &call, DialogAction::Transfer).unwrap();
    day.expect(&[
        "1001 T[TRANSFER, ACTIVE; 5550100 ACTIVE, 2001 HELD]",
        "1001 D[TRANSFER, ACTIVE; 5550100 ACTIVE, 2001 DROPPED OTHER]",
        "1002 D[TRANSFER, DROPPED; 2001 DROPPED OTHER, 2002 DROPPED OTHER]",
        "1001 D[TRANSFER, DROPPED; 2001 DROPPED OTHER, 2002 DROPPED OTHER]",
        "1001 U(READY)",
        "1002 P[TRANSFER, ACTIVE; 5550100 ACTIVE, 2001 DROPPED OTHER, 2002 ACTIVE]",
        "1002 U(TALKING)",
        "1002 T[TRANSFER, ACTIVE; 5550100 ACTIVE, 2002 ACTIVE]",
    ]);
    day.act("1002", &call, DialogAction::Drop).unwrap();
    assert_eq!(day.notified.last().unwrap(), "1002 U(NOT_READY for Agent Logon)");
}

#[test]
fn a_call_transferred_in_a_single_step_is_offered() {
    let (mut day, call) = talking();
    day.act("1001", &call, DialogAction::TransferSst("2002".into())).unwrap();
    day.act("1002", &call, DialogAction::Answer).unwrap();
    let last = day.notified.split_off(day.notified.len() - 4);
    assert_eq!(
        last,
        [
            "1002 P[OFFERED, ACTIVE; 5550100 ACTIVE, 2001 DROPPED OTHER, 2002 ALERTING]",
            "1002 T[OFFERED, ACTIVE; 5550100 ACTIVE, 2002 ALERTING]",
            "1002 U(TALKING)",
            "1002 T[OFFERED, ACTIVE; 5550100 ACTIVE, 2002 ACTIVE]",
        ]
    );
}

#[test]
fn only_the_creator_of_a_conference_can_add_to_it() {
    for (platform, error) in [
        (
            Platform::Ucce,
            "1002 E(Generic Error, <ConferenceCallCommand>: Conference failed, \
             the agent is not its controller, 20999)",
        ),
        (Platform::Uccx, "1002 E(Invalid State, CF_INVALID_OBJECT_STATE, 22)"),
    ] {
        let mut day = Day::on(platform);
        for agent in ["1001", "1002", "1003"] {
            day.sign_on(agent).unwrap();
        }
        let call = day.customer("1001");
        day.act("1001", &call, DialogAction::Answer).unwrap();
        day.act("1001", &call, DialogAction::ConsultCall("2002".into())).unwrap();
        let leg = |day: &Day| day.other_call(&call);
        let asked = leg(&day);
        day.act("1002", &asked, DialogAction::Answer).unwrap();
        day.act("1001", &call, DialogAction::Conference).unwrap();
        day.act("1002", &call, DialogAction::ConsultCall("2003".into())).unwrap();
        let asked = leg(&day);
        day.act("1003", &asked, DialogAction::Answer).unwrap();
        day.notified.clear();
        day.act("1002", &call, DialogAction::Conference).unwrap();
        day.expect(&[error]);
    }
}

#[test]
fn only_uccx_records_and_only_ucce_has_dtmf_letters() {
    let (mut day, call) = talking();
    day.notified.clear();
    day.act("1001", &call, DialogAction::StartRecording).unwrap();
    day.expect(&[]);
    let digits = |text: &str| DialogAction::SendDtmf(text.to_owned());
    assert!(matches!(day.act("1001", &call, digits("12A")), Err(Refusal::Now(400, _))));
    day.act("1001", &call, digits("12#")).unwrap();

    let mut day = Day::with(&["1001"]);
    let call = day.customer("1001");
    day.act("1001", &call, DialogAction::Answer).unwrap();
    day.act("1001", &call, digits("12A")).unwrap();
    day.notified.clear();
    day.act("1001", &call, DialogAction::StartRecording).unwrap();
    day.expect(&["1001 E(Generic Error, CF_INVALID_FEATURE, 15)"]);
}

#[test]
fn a_supervisors_request_has_the_reason_codes_of_uccx() {
    let mut day = day_of(&["1001"]);
    day.state("1001", "READY").unwrap();
    day.notified.clear();
    let supervisor = Caller::User("1091".into());
    for requested in [RequestedState::NotReady, RequestedState::Logout] {
        day.request("1091", Scope::User, |world| world.change_state(&supervisor, "1001", requested, None))
            .unwrap();
        assert_eq!(code_of(&day, "1001"), if requested == RequestedState::NotReady { "33" } else { "22" });
    }
}

#[test]
fn bastatus_shows_the_transfer_of_a_campaigns_call() {
    let mut day = day_of(&["1001", "1002"]);
    day.state("1001", "READY").unwrap();
    let campaign = Campaign {
        kind: CampaignKind::Progressive,
        agent: "1001".into(),
        customer: "5550123".into(),
        name: String::new(),
        account: String::new(),
        skippable: true,
        blended: false,
        first_other_in: false,
        answered: true,
        variables: Vec::new(),
    };
    let call = day.after(|world| world.campaign(campaign)).unwrap();
    day.act("1001", &call, DialogAction::TransferSst("2002".into())).unwrap();
    let variables = &day.world.call(&call).unwrap().variables;
    assert!(variables.iter().any(|variable| variable == ("BAStatus", "TRANSFERRED")));
}
