//! The members of a call's events.

use super::*;

#[test]
fn the_state_is_held_alerting_or_failed_like_the_agents_own_otherwise_the_calls() {
    for (dialog, own, wanted) in [
        ("ACTIVE", "HELD", "HELD"),
        ("ACTIVE", "ALERTING", "ALERTING"),
        ("ACTIVE", "FAILED", "FAILED"),
        ("ALERTING", "INITIATED", "ALERTING"),
        ("ACTIVE", "ACCEPTED", "ACTIVE"),
        ("HOLOGRAM", "ACTIVE", "HOLOGRAM"),
        ("ACTIVE", "WRAP_UP", "DROPPED"),
        ("ACTIVE", "DROPPED", "DROPPED"),
        ("DROPPED", "ACTIVE", "DROPPED"),
    ] {
        let mut agent = Watcher::new();
        agent.sees(call("INITIATED", "ACTIVE", 1));
        assert_eq!(agent.sees(call(dialog, own, 2)), [format!("InboundCall {wanted}")], "{dialog} {own}");
    }
}

#[test]
fn when_the_agent_is_not_listed_the_state_is_unchanged() {
    let mut agent = Watcher::new();
    agent.sees(call("ACTIVE", "HELD", 1));
    let mut dialog = call("ACTIVE", "HELD", 1);
    dialog.participants.pop();
    assert_eq!(agent.sees(dialog), ["InboundCall HELD"]);
}

#[test]
fn of_several_participants_at_the_extension_the_one_in_the_call_counts() {
    let mut dialog = call("ACTIVE", "ACTIVE", 1);
    dialog.participants.insert(0, party("2001", "DROPPED", 0));
    assert_eq!(Watcher::new().sees(dialog), ["InboundCall ACTIVE"]);
}

#[test]
fn a_bad_destination_is_reported_once_a_visit_before_the_call() {
    let failed = |cause: &str| {
        let mut dialog = from("2001", call("FAILED", "FAILED", 2));
        dialog.participants.iter_mut().for_each(|each| each.state_cause = cause.into());
        dialog
    };
    let mut agent = Watcher::new();
    agent.sees(from("2001", call("INITIATED", "INITIATED", 1)));
    assert_eq!(agent.sees(failed("BAD_DESTINATION")), ["Error BAD_DESTINATION", "InboundCall FAILED"]);
    assert!(agent.sees(failed("BAD_DESTINATION")).is_empty());
    assert_eq!(Watcher::new().sees(failed("BUSY")), ["InboundCall FAILED"]);
}

#[test]
fn a_call_type_lost_in_a_failover_is_remembered() {
    let mut agent = Watcher::new();
    agent.sees(typed("PREROUTE_ACD_IN", call("ACTIVE", "ACTIVE", 1)));
    for word in ["NULL", ""] {
        agent.sees(typed(word, call("ACTIVE", "HELD", 2)));
        assert_eq!(agent.tracked.as_ref().unwrap().dialog.media.call_type.as_str(), "PREROUTE_ACD_IN");
    }
}

#[test]
fn the_queue_is_reported_once_the_call_is_answered() {
    let queued = |state, own, second| {
        let mut dialog = call(state, own, second);
        dialog.media.queue_name = "Sales".into();
        dialog
    };
    let mut agent = Watcher::new();
    let queue_of = |observation: &Observation| match observation.before.first().or(observation.event.as_ref())
    {
        Some(Event::NewInboundCall(call) | Event::InboundCall(call)) => call.queue_name.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(queue_of(&agent.observe(Presence::Present, queued("ACTIVE", "ALERTING", 1))), "");
    assert_eq!(queue_of(&agent.observe(Presence::Present, queued("ACTIVE", "ACTIVE", 2))), "Sales");
}

#[test]
fn the_start_time_is_the_agents_own_otherwise_the_earliest() {
    let mut dialog = call("ACTIVE", "ACTIVE", 1);
    dialog.participants[0].start_time = "2026-03-02T08:00:09.000Z".into();
    let start = |dialog: &Dialog| match Watcher::new().observe(Presence::Present, dialog.clone()).event {
        Some(Event::InboundCall(call)) => call.start_time,
        other => panic!("{other:?}"),
    };
    dialog.participants.push(party("2002", "ACTIVE", 3));
    dialog.participants[2].start_time = "2026-03-02T08:00:07.000Z".into();
    assert_eq!(start(&dialog), "2026-03-02 08:00:07");
    dialog.participants[1].start_time = "2026-03-02T08:00:08.000Z".into();
    assert_eq!(start(&dialog), "2026-03-02 08:00:08");
}

#[test]
fn the_ten_variables_come_first_then_ani_then_the_others() {
    let mut dialog = call("ACTIVE", "ACTIVE", 1);
    let variable = |name: &str, value: &str| CallVariable { name: name.into(), value: value.into() };
    dialog.media.call_variables =
        vec![variable("user.z", "1"), variable("callVariable2", "two"), variable("BACampaign", "spring")];
    let Some(Event::InboundCall(call)) = Watcher::new().observe(Presence::Present, dialog).event else {
        panic!("no call")
    };
    let names: Vec<_> = call.call_variables.iter().map(|each| each.name.as_str()).collect();
    assert_eq!(names[..2], ["callVariable1", "callVariable2"]);
    assert_eq!(names[9..], ["callVariable10", "ani", "user.z", "BACampaign"]);
    assert_eq!(
        (call.call_variables[1].value.as_str(), call.call_variables[10].value.as_str()),
        ("two", "5550100")
    );
}

#[test]
fn the_associated_call_comes_from_its_path_or_the_secondary_id() {
    let associated = |dialog: Dialog| match Watcher::new().observe(Presence::Present, dialog).event {
        Some(Event::InboundCall(call)) => call.associated_dialog_id,
        other => panic!("{other:?}"),
    };
    let talks = || call("ACTIVE", "ACTIVE", 1);
    assert_eq!(associated(talks()), None);
    assert_eq!(associated(Dialog { secondary_id: "75".into(), ..talks() }).as_deref(), Some("75"));
    let uri = "/finesse/api/Dialog/76".into();
    assert_eq!(associated(Dialog { associated_dialog_uri: uri, ..talks() }).as_deref(), Some("76"));
}
