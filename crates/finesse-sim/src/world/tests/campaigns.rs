//! Campaigns' calls: previews, connected calls, classifications and callbacks.

use super::*;

fn campaign(kind: CampaignKind) -> Campaign {
    Campaign {
        kind,
        agent: "1001".into(),
        customer: "5550123".into(),
        name: "Renewals".into(),
        account: "A-7".into(),
        skippable: true,
        blended: false,
        first_other_in: false,
        answered: false,
        variables: Vec::new(),
    }
}

/// A world in which 1001 is READY.
fn ready(platform: Platform) -> Day {
    let mut day = Day::on(platform);
    day.sign_on("1001").unwrap();
    day.state("1001", "READY").unwrap();
    day.notified.clear();
    day
}

fn push(day: &mut Day, campaign: Campaign) -> String {
    day.after(|world| world.campaign(campaign)).unwrap()
}

fn variable(day: &Day, call: &str, name: &str) -> String {
    let variables = &day.world.call(call).unwrap().variables;
    variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_owned()).unwrap()
}

#[test]
fn an_accepted_preview_becomes_a_call_that_names_its_reservation() {
    let mut day = ready(Platform::Ucce);
    let reservation = push(&mut day, campaign(CampaignKind::Preview));
    day.expect(&[
        "1001 U(RESERVED)",
        "1001 U(RESERVED_OUTBOUND_PREVIEW)",
        "1001 P[OUTBOUND_PREVIEW, ACTIVE; 7901 ACTIVE, 2001 ACTIVE]",
    ]);
    assert_eq!(variable(&day, &reservation, "BAStatus"), "PREVIEW_OUTBOUND_RESERVATION");
    assert_eq!(variable(&day, &reservation, "BACampaign"), "Renewals");
    day.act("1001", &reservation, DialogAction::Drop).unwrap();
    day.expect(&["1001 E(Generic Error, INVALID_ACTION DROP on extension 2001, 2001)"]);
    day.act("1001", &reservation, DialogAction::Accept).unwrap();
    day.expect(&[
        "1001 T[OUTBOUND_PREVIEW, ACCEPTED; 7901 ACTIVE, 2001 ACCEPTED]",
        "1001 P[OUTBOUND, INITIATING; 2001 INITIATING]",
        "1001 D[OUTBOUND_PREVIEW, DROPPED; 7901 DROPPED, 2001 DROPPED]",
        "1001 T[OUTBOUND, INITIATING; 2001 INITIATING]",
        "1001 T[OUTBOUND, INITIATED; 2001 INITIATED, 5550123 ALERTING]",
    ]);
    let call = day.only_call();
    assert_eq!(day.world.call(&call).unwrap().associated, Some(reservation));
    assert_eq!(variable(&day, &call, "BAStatus"), "PREVIEW_OUTBOUND");
    assert_eq!(variable(&day, &call, "BAAccountNumber"), "A-7");
    day.fire_timers();
    day.expect(&["1001 T[OUTBOUND, ACTIVE; 2001 ACTIVE, 5550123 ACTIVE]", "1001 U(TALKING)"]);
    day.act("1001", &call, DialogAction::Drop).unwrap();
    assert_eq!(day.notified.pop().unwrap(), "1001 U(READY)");
}

#[test]
fn a_refused_preview_leaves_the_agent_ready() {
    for action in [DialogAction::Reject, DialogAction::Close] {
        let mut day = ready(Platform::Ucce);
        let reservation = push(&mut day, campaign(CampaignKind::PersonalCallback));
        day.notified.clear();
        day.act("1001", &reservation, action).unwrap();
        day.expect(&[
            "1001 T[OUTBOUND_PERSONAL_CALLBACK_PREVIEW, ACTIVE; 7901 ACTIVE, 2001 ACTIVE]",
            "1001 D[OUTBOUND_PERSONAL_CALLBACK_PREVIEW, DROPPED; 7901 DROPPED, 2001 DROPPED]",
            "1001 U(READY)",
        ]);
        assert!(day.calls().is_empty());
    }
    let mut day = ready(Platform::Ucce);
    let not_skippable = Campaign { skippable: false, ..campaign(CampaignKind::Preview) };
    let reservation = push(&mut day, not_skippable);
    day.notified.clear();
    day.act("1001", &reservation, DialogAction::Reject).unwrap();
    day.expect(&["1001 E(Generic Error, INVALID_ACTION REJECT on extension 2001, 2001)"]);
}

#[test]
fn a_state_requested_during_a_reservation_follows_it_and_uccx_refuses_the_request() {
    let mut day = ready(Platform::Ucce);
    let reservation = push(&mut day, campaign(CampaignKind::Preview));
    day.notified.clear();
    day.state("1001", "NOT_READY").unwrap();
    day.expect(&["1001 U(RESERVED_OUTBOUND_PREVIEW then NOT_READY)"]);
    day.act("1001", &reservation, DialogAction::Reject).unwrap();
    assert_eq!(day.notified.last().unwrap(), "1001 U(NOT_READY)");

    let mut day = ready(Platform::Uccx);
    push(&mut day, campaign(CampaignKind::DirectPreview));
    day.notified.clear();
    day.state("1001", "NOT_READY").unwrap();
    day.expect(&["1001 E(Internal Server Error, CF_INVALID_OBJECT_STATE, 22)"]);
}

#[test]
fn a_direct_preview_dials_from_the_agents_telephone() {
    let mut day = ready(Platform::Uccx);
    let reservation = push(&mut day, campaign(CampaignKind::DirectPreview));
    day.expect(&[
        "1001 U(RESERVED_OUTBOUND_PREVIEW)",
        "1001 P[OUTBOUND_DIRECT_PREVIEW, ACTIVE; 7901 ACTIVE, 2001 ACTIVE]",
    ]);
    assert_eq!(variable(&day, &reservation, "BACustomerNumber"), "5550123");
    day.act("1001", &reservation, DialogAction::Accept).unwrap();
    day.fire_timers();
    day.expect(&[
        "1001 T[OUTBOUND_DIRECT_PREVIEW, ACCEPTED; 7901 ACTIVE, 2001 ACCEPTED]",
        "1001 P[OUTBOUND, INITIATING; 2001 INITIATING]",
        "1001 D[OUTBOUND_DIRECT_PREVIEW, DROPPED; 7901 DROPPED, 2001 DROPPED]",
        "1001 T[OUTBOUND, INITIATING; 2001 INITIATING]",
        "1001 T[OUTBOUND, INITIATED; 2001 INITIATED]",
        "1001 T[OUTBOUND, ALERTING; 2001 INITIATED, 5550123 ALERTING]",
        "1001 T[OUTBOUND, ACTIVE; 2001 ACTIVE, 5550123 ACTIVE]",
        "1001 U(TALKING)",
    ]);
    assert_eq!(variable(&day, &day.only_call(), "BAStatus"), "OUTBOUND");
}

#[test]
fn the_other_platforms_preview_cannot_be_accepted() {
    let mut day = ready(Platform::Uccx);
    let reservation = push(&mut day, campaign(CampaignKind::Preview));
    assert_eq!(day.act("1001", &reservation, DialogAction::Accept), Err(Refusal::wrong_platform("ACCEPT")));
}

#[test]
fn a_connected_customer_is_answered() {
    let mut day = ready(Platform::Ucce);
    let call = push(&mut day, campaign(CampaignKind::Progressive));
    day.act("1001", &call, DialogAction::Answer).unwrap();
    day.expect(&[
        "1001 U(RESERVED)",
        "1001 U(RESERVED_OUTBOUND)",
        "1001 P[OUTBOUND, ALERTING; 5550123 ACTIVE, 2001 ALERTING]",
        "1001 U(TALKING)",
        "1001 T[OUTBOUND, ACTIVE; 5550123 ACTIVE, 2001 ACTIVE]",
    ]);
    assert_eq!(variable(&day, &call, "BAStatus"), "PROGRESSIVE_OUTBOUND");

    let mut day = ready(Platform::Ucce);
    let connected = Campaign { answered: true, blended: true, ..campaign(CampaignKind::Predictive) };
    let call = push(&mut day, connected);
    assert_eq!(
        day.notified.split_off(2),
        ["1001 P[OUTBOUND, ACTIVE; 5550123 ACTIVE, 2001 ACTIVE]", "1001 U(TALKING)",]
    );
    assert_eq!(variable(&day, &call, "BAStatus"), "BLENDED_PREDICTIVE_OUTBOUND");
}

#[test]
fn the_first_notification_can_hide_the_call_type() {
    let mut day = ready(Platform::Ucce);
    let disguised = |kind| Campaign { first_other_in: true, ..campaign(kind) };
    let call = push(&mut day, disguised(CampaignKind::Predictive));
    assert_eq!(
        day.notified.split_off(2),
        [
            "1001 P[OTHER_IN, ALERTING; 5550123 ACTIVE, 2001 ALERTING]",
            "1001 T[OUTBOUND, ALERTING; 5550123 ACTIVE, 2001 ALERTING]",
        ]
    );
    day.notified.clear();
    day.after(|world| world.hang_up(&call)).unwrap();
    assert_eq!(day.notified.last().unwrap(), "1001 U(READY)");
    day.notified.clear();
    push(&mut day, disguised(CampaignKind::Preview));
    assert_eq!(
        day.notified.split_off(2),
        [
            "1001 P[OTHER_IN, ACTIVE; 7901 ACTIVE, 2001 ACTIVE]",
            "1001 T[OUTBOUND_PREVIEW, ACTIVE; 7901 ACTIVE, 2001 ACTIVE]",
        ]
    );
}

#[test]
fn a_customer_who_is_busy_is_dropped_by_the_agent() {
    let mut day = ready(Platform::Ucce);
    let busy = Campaign { customer: "5550199".into(), ..campaign(CampaignKind::Preview) };
    let reservation = push(&mut day, busy);
    day.act("1001", &reservation, DialogAction::Accept).unwrap();
    assert_eq!(day.notified.last().unwrap(), "1001 T[OUTBOUND, FAILED; 2001 FAILED BUSY]");
    let call = day.only_call();
    day.act("1001", &call, DialogAction::Drop).unwrap();
    assert_eq!(day.notified.last().unwrap(), "1001 U(READY)");
}

#[test]
fn the_agent_classifies_the_call_and_schedules_a_callback() {
    let mut day = ready(Platform::Ucce);
    let call = push(&mut day, Campaign { answered: true, ..campaign(CampaignKind::Progressive) });
    day.notified.clear();
    let updated = "1001 T[OUTBOUND, ACTIVE; 5550123 ACTIVE, 2001 ACTIVE]";
    assert!(matches!(
        day.act("1001", &call, DialogAction::Reclassify("PARROT".into())),
        Err(Refusal::Now(400, _))
    ));
    day.act("1001", &call, DialogAction::Reclassify("ANS_MACHINE".into())).unwrap();
    day.expect(&[updated]);
    assert_eq!(variable(&day, &call, "BAResponse"), "ANS_MACHINE");
    let schedule = |time: &str, number: &str| {
        DialogAction::UpdateCallback(Callback { time: time.into(), number: number.into() })
    };
    for (time, number) in [("", ""), ("tomorrow", ""), ("2031-02-30T10:00", ""), ("", "call me")] {
        assert!(matches!(day.act("1001", &call, schedule(time, number)), Err(Refusal::Now(400, _))));
    }
    day.act("1001", &call, DialogAction::CancelCallback).unwrap();
    day.expect(&["1001 E(Generic Error, INVALID_ACTION CANCEL_SCHEDULED_CALLBACK on extension 2001, 2001)"]);
    day.act("1001", &call, schedule("2031-02-28T10:00", "")).unwrap();
    day.act("1001", &call, schedule("", "5550124")).unwrap();
    let dialog =
        |day: &Day| crate::render::dialog("Dialog", day.world.call(&call).unwrap(), "1001", &day.world);
    assert!(dialog(&day).contains(
        "<scheduledCallbackInfo><callbackNumber>5550124</callbackNumber>\
         <callbackTime>2031-02-28T10:00</callbackTime></scheduledCallbackInfo>"
    ));
    day.act("1001", &call, DialogAction::CancelCallback).unwrap();
    day.expect(&[updated, updated, updated]);
    assert!(dialog(&day).contains("<scheduledCallbackInfo></scheduledCallbackInfo>"));
}

#[test]
fn a_direct_preview_of_ucce_shows_the_number_to_call() {
    let mut day = ready(Platform::Ucce);
    let reservation = push(&mut day, campaign(CampaignKind::DirectPreview));
    let call = day.world.call(&reservation).unwrap();
    let dialog = crate::render::dialog("Dialog", call, "1001", &day.world);
    assert!(dialog.contains("<callbackNumber>5550123</callbackNumber>"));
}

#[test]
fn an_agent_who_is_not_ready_gets_no_customers() {
    let mut day = ready(Platform::Ucce);
    day.state("1001", "NOT_READY").unwrap();
    let refused = day.after(|world| world.campaign(campaign(CampaignKind::Preview)));
    assert_eq!(refused, Err(CallError::NotReady("1001".into())));
}
