//! Supervisors monitor, barge in, and drop participants from conferences.

use super::*;
use crate::ParticipantDrop;

fn monitor(day: &mut Day, supervisor: &str, agent: &str) -> Result<(), Refusal> {
    let request = Supervision { from: supervisor.replacen('1', "2", 1), to: agent.replacen('1', "2", 1) };
    let request = NewDialog::SilentMonitor(request);
    day.request(supervisor, Scope::Dialogs, |world| world.new_dialog(supervisor, request))
}

fn barge(day: &mut Day, supervisor: &str, agent: &str, call: &str) -> Result<(), Refusal> {
    let request = Supervision { from: supervisor.replacen('1', "2", 1), to: agent.replacen('1', "2", 1) };
    let request = NewDialog::BargeCall(request, call.to_owned());
    day.request(supervisor, Scope::Dialogs, |world| world.new_dialog(supervisor, request))
}

fn drop_party(day: &mut Day, by: &str, call: &str, target: &str) -> Result<(), Refusal> {
    day.request(by, Scope::Dialogs, |world| world.act(by, call, Some(target), DialogAction::ParticipantDrop))
}

/// 1091 monitors 1001, who talks to a customer.
fn monitoring() -> (Day, String, String) {
    let mut day = Day::with(&["1001", "1091"]);
    let call = day.customer("1001");
    day.act("1001", &call, DialogAction::Answer).unwrap();
    day.notified.clear();
    monitor(&mut day, "1091", "1001").unwrap();
    let monitor = day.other_call(&call);
    (day, call, monitor)
}

#[test]
fn a_supervisor_listens_until_dropping_the_monitor_call() {
    let (mut day, call, monitor) = monitoring();
    day.expect(&[
        "1091 P[SUPERVISOR_MONITOR, INITIATING; 2091 INITIATING]",
        "1091 T[SUPERVISOR_MONITOR, INITIATED; 2091 INITIATED]",
        "1091 T[SUPERVISOR_MONITOR, ALERTING; 2091 INITIATED, 2001 ALERTING]",
        "1001 P[SUPERVISOR_MONITOR, ALERTING; 2091 INITIATED, 2001 ALERTING]",
        "1091 U(TALKING)",
        "1091 T[SUPERVISOR_MONITOR, ACTIVE; 2091 ACTIVE, 2001 ACTIVE]",
        "1001 T[SUPERVISOR_MONITOR, ACTIVE; 2091 ACTIVE, 2001 ACTIVE]",
    ]);
    day.act("1001", &monitor, DialogAction::Drop).unwrap();
    day.expect(&["1001 E(Generic Error, INVALID_ACTION DROP on extension 2001, 2001)"]);
    day.act("1091", &monitor, DialogAction::Drop).unwrap();
    day.expect(&[
        "1091 T[SUPERVISOR_MONITOR, DROPPED; 2091 DROPPED, 2001 DROPPED]",
        "1001 T[SUPERVISOR_MONITOR, DROPPED; 2091 DROPPED, 2001 DROPPED]",
        "1091 D[SUPERVISOR_MONITOR, DROPPED; 2091 DROPPED, 2001 DROPPED]",
        "1091 U(NOT_READY)",
        "1001 D[SUPERVISOR_MONITOR, DROPPED; 2091 DROPPED, 2001 DROPPED]",
    ]);
    assert_eq!(day.only_call(), call);
    assert_eq!(day.world.users["1001"].state, AgentState::Talking);
}

#[test]
fn monitoring_ends_with_the_monitored_call() {
    let (mut day, call, _) = monitoring();
    day.act("1001", &call, DialogAction::Hold).unwrap();
    day.act("1001", &call, DialogAction::Retrieve).unwrap();
    assert_eq!(day.calls().len(), 2, "hold does not end it");
    day.notified.clear();
    day.after(|world| world.hang_up(&call)).unwrap();
    day.expect(&[
        "1001 T[OTHER_IN, DROPPED; 5550100 DROPPED, 2001 DROPPED]",
        "1001 D[OTHER_IN, DROPPED; 5550100 DROPPED, 2001 DROPPED]",
        "1001 U(NOT_READY)",
        "1091 T[SUPERVISOR_MONITOR, DROPPED; 2091 DROPPED, 2001 DROPPED]",
        "1001 T[SUPERVISOR_MONITOR, DROPPED; 2091 DROPPED, 2001 DROPPED]",
        "1091 D[SUPERVISOR_MONITOR, DROPPED; 2091 DROPPED, 2001 DROPPED]",
        "1091 U(NOT_READY)",
        "1001 D[SUPERVISOR_MONITOR, DROPPED; 2091 DROPPED, 2001 DROPPED]",
    ]);
    assert!(day.calls().is_empty());
}

#[test]
fn monitoring_without_a_call_or_permission_is_refused() {
    let mut day = Day::with(&["1001", "1011", "1091"]);
    monitor(&mut day, "1091", "1001").unwrap();
    day.expect(&["1091 E(Generic Error, The agent has no call to monitor, 13145)"]);
    assert_eq!(monitor(&mut day, "1091", "1011"), Err(Refusal::not_supervised()));
    assert_eq!(monitor(&mut day, "1001", "1011"), Err(Refusal::not_supervised()));
    assert_eq!(monitor(&mut day, "1091", "1002"), Err(Refusal::invalid_destination("2002")));
    day.state("1091", "READY").unwrap();
    assert!(matches!(monitor(&mut day, "1091", "1001"), Err(Refusal::Now(400, _))));

    let mut day = Day::on(Platform::Uccx);
    for user in ["1001", "1091"] {
        day.sign_on(user).unwrap();
    }
    day.notified.clear();
    monitor(&mut day, "1091", "1001").unwrap();
    day.expect(&["1091 E(Generic Error, The agent has no call to monitor, 88049)"]);
}

#[test]
fn barging_in_makes_a_conference_of_the_monitored_call() {
    let (mut day, call, _) = monitoring();
    day.notified.clear();
    barge(&mut day, "1091", "1001", &call).unwrap();
    day.expect(&[
        "1091 T[SUPERVISOR_MONITOR, DROPPED; 2091 DROPPED, 2001 DROPPED]",
        "1001 T[SUPERVISOR_MONITOR, DROPPED; 2091 DROPPED, 2001 DROPPED]",
        "1091 D[SUPERVISOR_MONITOR, DROPPED; 2091 DROPPED, 2001 DROPPED]",
        "1091 U(NOT_READY)",
        "1001 D[SUPERVISOR_MONITOR, DROPPED; 2091 DROPPED, 2001 DROPPED]",
        "1001 T[OTHER_IN, ACTIVE; 5550100 ACTIVE, 2001 HELD]",
        "1001 P[BARGE_IN_CONSULT, INITIATING; 2001 INITIATING]",
        "1001 T[BARGE_IN_CONSULT, INITIATED; 2001 INITIATED]",
        "1001 T[BARGE_IN_CONSULT, ALERTING; 2001 INITIATED, 2091 ALERTING]",
        "1091 P[BARGE_IN_CONSULT, ALERTING; 2001 INITIATED, 2091 ALERTING]",
        "1091 U(TALKING)",
        "1001 T[BARGE_IN_CONSULT, ACTIVE; 2001 ACTIVE, 2091 ACTIVE]",
        "1091 T[BARGE_IN_CONSULT, ACTIVE; 2001 ACTIVE, 2091 ACTIVE]",
        "1091 D[TRANSFER, DROPPED; 2001 DROPPED OTHER, 2091 DROPPED OTHER]",
        "1001 D[TRANSFER, DROPPED; 2001 DROPPED OTHER, 2091 DROPPED OTHER]",
        "1001 T[CONFERENCE, ACTIVE; 5550100 ACTIVE, 2001 ACTIVE, 2091 ACTIVE]",
        "1091 P[CONFERENCE, ACTIVE; 5550100 ACTIVE, 2001 ACTIVE, 2091 ACTIVE]",
    ]);
    assert!(matches!(barge(&mut day, "1091", "1001", &call), Err(Refusal::Now(400, _))), "not monitored");
    day.act("1091", &call, DialogAction::Drop).unwrap();
    day.expect(&[
        "1001 T[CONFERENCE, ACTIVE; 5550100 ACTIVE, 2001 ACTIVE, 2091 DROPPED]",
        "1091 T[CONFERENCE, ACTIVE; 5550100 ACTIVE, 2001 ACTIVE, 2091 DROPPED]",
        "1091 D[CONFERENCE, ACTIVE; 5550100 ACTIVE, 2001 ACTIVE, 2091 DROPPED]",
        "1091 U(NOT_READY)",
    ]);
    assert_eq!(day.only_call(), call);
}

#[test]
fn an_agent_dropped_from_a_conference_wraps_up_and_a_supervisor_who_barged_in_does_not() {
    let (mut day, call, _) = monitoring();
    for user in ["1001", "1091"] {
        let user = day.world.users.get_mut(user).unwrap();
        user.profile =
            crate::Agent { wrap_up_on_incoming: "REQUIRED".into(), ..(*user.profile).clone() }.into();
    }
    barge(&mut day, "1091", "1001", &call).unwrap();
    drop_party(&mut day, "1091", &call, "2001").unwrap();
    assert_eq!(day.world.users["1001"].state, AgentState::Work);
    day.act("1091", &call, DialogAction::Drop).unwrap();
    assert_eq!(day.world.users["1091"].state, AgentState::NotReady);
}

#[test]
fn a_supervisor_drops_participants_from_a_conference() {
    let (mut day, call, _) = monitoring();
    barge(&mut day, "1091", "1001", &call).unwrap();
    day.notified.clear();
    drop_party(&mut day, "1001", &call, "2091").unwrap();
    day.expect(&["1001 E(Generic Error, CF_DROP_ANY_PARTY_NOT_ENABLED_CTI, 290)"]);
    drop_party(&mut day, "1091", &call, "7777").unwrap();
    day.expect(&["1091 E(Generic Error, INVALID_ACTION PARTICIPANT_DROP on extension 7777, 7777)"]);
    let dialog = day.world.call(&call).unwrap();
    let mut offered = dialog.parties.iter().map(|party| day.world.actions(dialog, party).len());
    assert!(offered.clone().eq([6, 6, 7]), "only the supervisor may: {:?}", offered.next());
    drop_party(&mut day, "1091", &call, "2001").unwrap();
    day.expect(&[
        "1001 T[CONFERENCE, ACTIVE; 5550100 ACTIVE, 2001 DROPPED, 2091 ACTIVE]",
        "1091 T[CONFERENCE, ACTIVE; 5550100 ACTIVE, 2001 DROPPED, 2091 ACTIVE]",
        "1001 D[CONFERENCE, ACTIVE; 5550100 ACTIVE, 2001 DROPPED, 2091 ACTIVE]",
        "1001 U(NOT_READY)",
    ]);
    drop_party(&mut day, "1091", &call, "5550100").unwrap();
    assert!(day.notified.pop().unwrap().contains("INVALID_ACTION"), "two are no conference");
}

#[test]
fn the_site_may_let_the_controller_or_everybody_drop_participants() {
    for (setting, by) in
        [(ParticipantDrop::ConferenceControllerAndSupervisor, "1001"), (ParticipantDrop::All, "1001")]
    {
        let (mut day, call, _) = monitoring();
        day.world.file.rules.participant_drop = setting;
        barge(&mut day, "1091", "1001", &call).unwrap();
        day.notified.clear();
        drop_party(&mut day, by, &call, "5550100").unwrap();
        day.expect(&[
            "1001 T[CONFERENCE, ACTIVE; 5550100 DROPPED, 2001 ACTIVE, 2091 ACTIVE]",
            "1091 T[CONFERENCE, ACTIVE; 5550100 DROPPED, 2001 ACTIVE, 2091 ACTIVE]",
        ]);
    }
    let (mut day, call, _) = monitoring();
    day.world.platform = Platform::Uccx;
    assert!(matches!(drop_party(&mut day, "1001", &call, "5550100"), Err(Refusal::Now(400, _))));
}
