//! The kinds of visits.

use super::*;

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
    let with_text = || Watcher { outbound_text: "A customer.", ..Watcher::new() };
    let talks = |second| call("ACTIVE", "ACTIVE", second);
    let mut agent = with_text();
    assert_eq!(agent.sees(typed("OUTBOUND", call("INITIATED", "INITIATED", 1))), ["InboundCall INITIATED"]);
    assert_eq!(agent.sees(typed("OUTBOUND", talks(2))), ["Control", "InboundCall ACTIVE"]);
    assert_eq!(agent.sees(typed("OUTBOUND", call("ACTIVE", "HELD", 3))), ["InboundCall HELD"]);
    assert_eq!(agent.sees(typed("OUTBOUND", talks(4))), ["InboundCall ACTIVE"]);
    assert_eq!(agent.sees_it_leave(typed("OUTBOUND", talks(4))), ["InboundCall DROPPED"]);
    // It is transferred back, which begins another visit.
    assert_eq!(agent.sees(typed("OUTBOUND", talks(5))), ["Control", "InboundCall ACTIVE"]);

    let callback = typed("OUTBOUND_PERSONAL_CALLBACK", talks(1));
    assert_eq!(with_text().sees(callback), ["Control", "InboundCall ACTIVE"]);
    // UCCX may give it the type of an ordinary call; the associated reservation decides.
    let mut of_preview = Watcher { of_preview: true, ..with_text() };
    assert_eq!(of_preview.sees(typed("OUT", talks(1))), ["Control", "InboundCall ACTIVE"]);
    let reservation = typed("OUTBOUND_PERSONAL_CALLBACK_PREVIEW", talks(1));
    assert_eq!(with_text().sees(reservation), ["NewOutboundPreviewCall", "InboundCall ACTIVE"]);
    assert_eq!(with_text().sees(talks(1)), ["InboundCall ACTIVE"]);
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

    assert!(Watcher::new().sees(leg("INITIATED", 1)).is_empty(), "no command makes a leg");
    let mut agent = Watcher { makes_leg: true, ..Watcher::new() };
    let customer =
        from("5550100", Dialog { participants: vec![party("5550100", "ACTIVE", 1)], ..leg("ACTIVE", 1) });
    assert!(agent.sees(customer).is_empty(), "a customer's telephone is not the agent's");
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
