//! The rules of visits, one by one, for agent 1001 at extension 2001.

use finesse_types::{CallVariable, MediaProperties};
use gc_events::Dialect;

use super::*;

struct Watcher {
    tracked: Option<TrackedCall>,
    state: UserState,
    reread: bool,
    of_preview: bool,
    makes_leg: bool,
    outbound_text: &'static str,
}

impl Watcher {
    fn new() -> Self {
        Self {
            tracked: None,
            state: UserState::Ready,
            reread: false,
            of_preview: false,
            makes_leg: false,
            outbound_text: "",
        }
    }

    fn observe(&mut self, presence: Presence, dialog: Dialog) -> Observation {
        let view = Perspective {
            agent_id: "1001",
            extension: "2001",
            user_state: Some(&self.state),
            zone: &TimeZone::UTC,
            outbound_text: self.outbound_text,
            reread: self.reread,
            of_preview: self.of_preview,
            makes_leg: self.makes_leg,
            is_that_leg: self.makes_leg,
            leg: None,
        };
        self.tracked.get_or_insert_with(|| TrackedCall::new(dialog.clone())).observe(presence, dialog, &view)
    }

    fn sees(&mut self, dialog: Dialog) -> Vec<String> {
        emitted(&self.observe(Presence::Present, dialog))
    }

    fn sees_it_leave(&mut self, dialog: Dialog) -> Vec<String> {
        emitted(&self.observe(Presence::Gone, dialog))
    }
}

/// The events in short: `InboundCall ACTIVE`, `NewInboundCall`, `Error BAD_DESTINATION`.
fn emitted(observation: &Observation) -> Vec<String> {
    let short = |event: &Event| match event {
        Event::InboundCall(call) | Event::ConsultCall(call) => {
            format!("{} {}", event.type_name(Dialect::Gc4412), call.state)
        }
        Event::Error(error) => format!("Error {}", error.code),
        other => other.type_name(Dialect::Gc4412).to_owned(),
    };
    let event = observation.event.iter().filter(|_| !observation.only_as_answer);
    observation.before.iter().chain(event).map(short).collect()
}

/// A call from the customer 5550100, type OTHER_IN: `call("ACTIVE", "HELD", 3)`, the change at 08:00:03.
fn call(state: &str, own: &str, second: u8) -> Dialog {
    Dialog {
        id: "77".into(),
        state: DialogState::from(state),
        from_address: "5550100".into(),
        to_address: "2001".into(),
        media: MediaProperties { call_type: "OTHER_IN".into(), ..MediaProperties::default() },
        participants: vec![party("5550100", "ACTIVE", 0), party("2001", own, second)],
        ..Dialog::default()
    }
}

fn party(address: &str, state: &str, second: u8) -> Participant {
    let telephone = address.len() == 4;
    Participant {
        media_address: address.into(),
        media_address_type: if telephone { "AGENT_DEVICE".into() } else { String::new() },
        state: ParticipantState::from(state),
        state_change_time: format!("2026-03-02T08:00:{second:02}.000Z"),
        ..Participant::default()
    }
}

fn typed(call_type: &str, dialog: Dialog) -> Dialog {
    Dialog { media: MediaProperties { call_type: call_type.into(), ..dialog.media.clone() }, ..dialog }
}

fn from(address: &str, dialog: Dialog) -> Dialog {
    Dialog { from_address: address.into(), ..dialog }
}

fn of_dialer(status: &str, dialog: Dialog) -> Dialog {
    let status = CallVariable { name: "BAStatus".into(), value: status.into() };
    let media = MediaProperties {
        call_type: "OUTBOUND".into(),
        call_variables: vec![status],
        ..MediaProperties::default()
    };
    Dialog { media, ..dialog }
}

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
fn each_kind_of_visit_has_its_own_events() {
    let rings = || call("ALERTING", "ALERTING", 1);
    let talks = || call("ACTIVE", "ACTIVE", 1);
    let dials = || from("2001", call("INITIATING", "INITIATING", 1));
    let associated = |uri: &str, dialog: Dialog| Dialog { associated_dialog_uri: uri.into(), ..dialog };
    let first = "/finesse/api/Dialog/76";
    for (wanted, dialog) in [
        (vec!["NewOutboundPreviewCall"], typed("OUTBOUND_PREVIEW", rings())),
        (vec!["NewOutboundPreviewCall", "InboundCall ACTIVE"], typed("OUTBOUND_DIRECT_PREVIEW", talks())),
        (vec!["NewInboundCall"], typed("SUPERVISOR_MONITOR", rings())),
        (vec!["NewInboundCall", "InboundCall ACTIVE"], typed("SUPERVISOR_MONITOR", talks())),
        (vec!["InboundCall INITIATING"], typed("SUPERVISOR_MONITOR", dials())),
        (vec!["ConsultCall INITIATING"], typed("CONSULT", dials())),
        (vec!["ConsultCall INITIATING"], typed("BARGE_IN_CONSULT", dials())),
        (vec!["ConsultCall INITIATING"], associated(first, typed("OUT", dials()))),
        (vec!["ConsultCall INITIATING"], associated(first, typed("AGENT_INSIDE", dials()))),
        (vec!["InboundCall INITIATING"], typed("AGENT_INSIDE", dials())),
        (vec!["NewInboundCall"], typed("CONSULT", rings())),
        (vec!["NewOutboundCall"], of_dialer("PROGRESSIVE_OUTBOUND", rings())),
        (vec!["NewOutboundCall", "InboundCall ACTIVE"], of_dialer("BLENDED_PREDICTIVE_OUTBOUND", talks())),
        (vec!["InboundCall ACTIVE"], of_dialer("OUTBOUND", talks())),
        (vec!["NewInboundCall"], rings()),
        (vec!["InboundCall ACTIVE"], talks()),
    ] {
        assert_eq!(Watcher::new().sees(dialog.clone()), wanted, "{dialog:?}");
    }
}

#[test]
fn on_uccx_an_outbound_call_is_the_dialers_while_the_agent_is_reserved_for_one() {
    let mut agent = Watcher { state: UserState::ReservedOutbound, ..Watcher::new() };
    assert_eq!(
        agent.sees(of_dialer("OUTBOUND", call("ACTIVE", "ACTIVE", 1))),
        ["NewOutboundCall", "InboundCall ACTIVE"]
    );
}

#[test]
fn the_ringing_of_a_dialers_call_is_not_reported() {
    let mut agent = Watcher::new();
    let rings = || of_dialer("PREDICTIVE_OUTBOUND", call("ALERTING", "ALERTING", 1));
    assert_eq!(agent.sees(rings()), ["NewOutboundCall"]);
    assert!(agent.sees(typed("OUTBOUND", rings())).is_empty());
}

#[test]
fn the_status_bar_shows_once_that_a_campaigns_customer_is_on_the_line() {
    let to_sell = || Watcher { outbound_text: "A customer.", ..Watcher::new() };
    let talks = |second| call("ACTIVE", "ACTIVE", second);
    let mut agent = to_sell();
    assert_eq!(agent.sees(typed("OUTBOUND", call("INITIATED", "INITIATED", 1))), ["InboundCall INITIATED"]);
    assert_eq!(agent.sees(typed("OUTBOUND", talks(2))), ["Control", "InboundCall ACTIVE"]);
    assert_eq!(agent.sees(typed("OUTBOUND", call("ACTIVE", "HELD", 3))), ["InboundCall HELD"]);
    assert_eq!(agent.sees(typed("OUTBOUND", talks(4))), ["InboundCall ACTIVE"]);
    assert_eq!(agent.sees_it_leave(typed("OUTBOUND", talks(4))), ["InboundCall DROPPED"]);
    // Transferred back: another visit.
    assert_eq!(agent.sees(typed("OUTBOUND", talks(5))), ["Control", "InboundCall ACTIVE"]);

    let callback = typed("OUTBOUND_PERSONAL_CALLBACK", talks(1));
    assert_eq!(to_sell().sees(callback), ["Control", "InboundCall ACTIVE"]);
    // UCCX may call it an ordinary call: the reservation that it names tells.
    let mut of_preview = Watcher { of_preview: true, ..to_sell() };
    assert_eq!(of_preview.sees(typed("OUT", talks(1))), ["Control", "InboundCall ACTIVE"]);
    let reservation = typed("OUTBOUND_PERSONAL_CALLBACK_PREVIEW", talks(1));
    assert_eq!(to_sell().sees(reservation), ["NewOutboundPreviewCall", "InboundCall ACTIVE"]);
    assert_eq!(to_sell().sees(talks(1)), ["InboundCall ACTIVE"]);
    assert_eq!(Watcher::new().sees(typed("OUTBOUND", talks(1))), ["InboundCall ACTIVE"], "no text, no event");
}

#[test]
fn a_consult_leg_keeps_its_kind_to_the_end() {
    let mut agent = Watcher::new();
    let leg = |state, own, second| typed("CONSULT", from("2001", call(state, own, second)));
    assert_eq!(agent.sees(leg("INITIATING", "INITIATING", 1)), ["ConsultCall INITIATING"]);
    assert_eq!(agent.sees(typed("TRANSFER", leg("ACTIVE", "ACTIVE", 2))), ["ConsultCall ACTIVE"]);
    assert_eq!(agent.sees_it_leave(leg("ACTIVE", "ACTIVE", 2)), ["ConsultCall DROPPED"]);
}

#[test]
fn a_call_of_a_preview_is_no_consult_leg() {
    for makes_leg in [false, true] {
        let mut agent = Watcher { of_preview: true, makes_leg, ..Watcher::new() };
        let dialog = typed("CONSULT", from("2001", call("INITIATING", "INITIATING", 1)));
        assert_eq!(agent.sees(dialog), ["InboundCall INITIATING"]);
    }
}

#[test]
fn while_a_command_makes_a_leg_the_agents_new_call_is_that_leg_whatever_its_type() {
    let made = || from("2001", call("INITIATING", "INITIATING", 1));
    for (wanted, dialog) in [
        ("ConsultCall INITIATING", typed("OUT", made())),
        ("ConsultCall INITIATING", typed("", made())),
        ("InboundCall INITIATING", typed("OUTBOUND", made())),
        ("NewInboundCall", call("ALERTING", "ALERTING", 1)),
        ("InboundCall ACTIVE", call("ACTIVE", "ACTIVE", 1)),
    ] {
        let mut agent = Watcher { makes_leg: true, ..Watcher::new() };
        assert_eq!(agent.sees(dialog.clone()), [wanted], "{dialog:?}");
    }
}

#[test]
fn a_leg_from_another_telephone_stays_the_agents_own_to_its_end() {
    let leg = |own: &str, second| {
        let parties = vec![party("2002", "ALERTING", 1), party("2101", own, second)];
        typed("OUT", from("2101", Dialog { participants: parties, ..call("INITIATED", own, second) }))
    };
    let mut agent = Watcher { makes_leg: true, ..Watcher::new() };
    assert_eq!(agent.sees(leg("INITIATED", 1)), ["ConsultCall INITIATED"]);
    agent.makes_leg = false;
    assert_eq!(agent.sees(leg("FAILED", 2)), ["ConsultCall FAILED"]);
    assert_eq!(agent.sees(leg("DROPPED", 3)), ["ConsultCall DROPPED"]);

    assert!(Watcher::new().sees(leg("INITIATED", 1)).is_empty(), "nobody makes a leg");
    let mut agent = Watcher { makes_leg: true, ..Watcher::new() };
    let customer =
        from("5550100", Dialog { participants: vec![party("5550100", "ACTIVE", 1)], ..leg("ACTIVE", 1) });
    assert!(agent.sees(customer).is_empty(), "a customer is no telephone of the agent");
}

#[test]
fn in_a_reread_a_consult_leg_is_recognised_by_its_caller() {
    let mut agent = Watcher { reread: true, ..Watcher::new() };
    assert_eq!(
        agent.sees(typed("CONSULT", from("2001", call("ACTIVE", "ACTIVE", 1)))),
        ["ConsultCall ACTIVE"]
    );
    let mut other = Watcher { reread: true, ..Watcher::new() };
    assert_eq!(
        other.sees(typed("CONSULT", from("2002", call("ACTIVE", "ACTIVE", 1)))),
        ["InboundCall ACTIVE"]
    );
}

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
