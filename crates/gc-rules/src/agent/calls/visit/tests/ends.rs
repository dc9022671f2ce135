//! How a visit begins, ends, and begins again.

use super::*;

#[test]
fn a_ringing_call_is_announced_and_its_state_reported_once_it_is_answered() {
    let mut agent = Watcher::new();
    assert_eq!(agent.sees(call("ALERTING", "ALERTING", 1)), ["NewInboundCall"]);
    assert_eq!(agent.sees(call("ACTIVE", "ACTIVE", 2)), ["InboundCall ACTIVE"]);
    assert_eq!(agent.sees(call("ACTIVE", "HELD", 3)), ["InboundCall HELD"]);
    assert_eq!(agent.sees(call("ACTIVE", "ACTIVE", 4)), ["InboundCall ACTIVE"]);
    assert_eq!(agent.sees(call("DROPPED", "DROPPED", 5)), ["InboundCall DROPPED"]);
    assert!(agent.sees_it_leave(call("DROPPED", "DROPPED", 5)).is_empty());
}

#[test]
fn a_visit_begins_in_every_live_state_and_in_no_other() {
    for own in ["INITIATING", "INITIATED", "ACTIVE", "ACCEPTED", "HELD", "FAILED", "ALERTING"] {
        assert!(Watcher::new().observe(Presence::Present, call("ACTIVE", own, 1)).began.is_some(), "{own}");
    }
    for own in ["DROPPED", "WRAP_UP", "HOLOGRAM", ""] {
        assert!(Watcher::new().sees(call("ACTIVE", own, 1)).is_empty(), "{own}");
    }
    assert!(Watcher::new().sees(call("DROPPED", "ACTIVE", 1)).is_empty());
    assert!(Watcher::new().sees_it_leave(call("ACTIVE", "ACTIVE", 1)).is_empty());
}

#[test]
fn a_call_without_the_agent_has_no_events() {
    let mut dialog = call("ACTIVE", "ACTIVE", 1);
    dialog.participants.retain(|each| each.media_address != "2001");
    assert!(Watcher::new().sees(dialog).is_empty());
}

#[test]
fn a_call_ends_once_whatever_ends_it() {
    for (presence, dialog) in [
        (Presence::Gone, call("ALERTING", "ALERTING", 1)),
        (Presence::Gone, call("ACTIVE", "ACTIVE", 1)),
        (Presence::Present, call("ACTIVE", "WRAP_UP", 2)),
        (Presence::Present, call("ACTIVE", "DROPPED", 2)),
        (Presence::Present, call("DROPPED", "ACTIVE", 1)),
    ] {
        let mut agent = Watcher::new();
        agent.sees(call("ALERTING", "ALERTING", 1));
        let observation = agent.observe(presence, dialog.clone());
        assert_eq!(emitted(&observation), ["InboundCall DROPPED"], "{presence:?} {dialog:?}");
        assert!(observation.ended);
        assert!(!agent.observe(Presence::Present, call("ACTIVE", "WRAP_UP", 3)).ended);
        assert!(agent.sees_it_leave(call("DROPPED", "DROPPED", 3)).is_empty());
    }
}

#[test]
fn a_call_in_wrap_up_stays_known_until_it_is_deleted() {
    let mut agent = Watcher::new();
    agent.sees(call("ACTIVE", "ACTIVE", 1));
    agent.sees(call("ACTIVE", "WRAP_UP", 2));
    assert!(!agent.tracked.as_ref().unwrap().gone);
    agent.sees_it_leave(call("DROPPED", "DROPPED", 3));
    assert!(agent.tracked.as_ref().unwrap().gone);
}

#[test]
fn after_the_end_only_a_newer_change_begins_another_visit() {
    let mut agent = Watcher::new();
    agent.sees(call("ACTIVE", "ACTIVE", 1));
    agent.sees_it_leave(call("ACTIVE", "DROPPED", 5));
    for late in [call("ACTIVE", "ACTIVE", 1), call("ACTIVE", "ACTIVE", 5)] {
        assert!(agent.sees(late).is_empty());
    }
    let mut timeless = call("ACTIVE", "ACTIVE", 6);
    timeless.participants.iter_mut().for_each(|each| each.state_change_time.clear());
    assert!(agent.sees(timeless).is_empty());
    assert_eq!(agent.sees(typed("TRANSFER", call("ACTIVE", "ALERTING", 6))), ["NewInboundCall"]);
    assert_eq!(agent.sees_it_leave(call("ACTIVE", "DROPPED", 7)), ["InboundCall DROPPED"]);
}

#[test]
fn a_late_notification_does_not_change_the_dialog() {
    let mut agent = Watcher::new();
    agent.sees(call("ACTIVE", "ACTIVE", 1));
    agent.sees_it_leave(call("ACTIVE", "DROPPED", 5));
    agent.sees(call("ACTIVE", "ACTIVE", 4));
    let tracked = agent.tracked.unwrap();
    assert!(tracked.gone && tracked.dialog.participants[1].state == ParticipantState::Dropped);
}

#[test]
fn an_equal_event_is_a_repeat_even_if_the_first_was_not_emitted() {
    let mut agent = Watcher::new();
    assert!(!agent.observe(Presence::Present, call("ALERTING", "ALERTING", 1)).only_as_answer);
    assert!(agent.observe(Presence::Present, call("ALERTING", "ALERTING", 1)).only_as_answer);
    assert!(!agent.observe(Presence::Present, call("ACTIVE", "ACTIVE", 2)).only_as_answer);
    assert!(agent.observe(Presence::Present, call("ACTIVE", "ACTIVE", 2)).only_as_answer);
    let mut more = call("ACTIVE", "ACTIVE", 2);
    more.media.call_variables.push(CallVariable { name: "callVariable1".into(), value: "x".into() });
    assert!(!agent.observe(Presence::Present, more).only_as_answer);
}
