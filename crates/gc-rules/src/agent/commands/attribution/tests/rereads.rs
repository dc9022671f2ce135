//! Changes caused by other requests, and effects that a re-read shows.

use super::*;

#[test]
fn a_state_caused_by_another_request_is_read_once_the_commands_own_request_is_answered() {
    let mut agent = connected(Settings::default(), UserState::Ready);
    let sent = send(&mut agent, "c2", Name::MakeNotReady, "");
    assert_eq!(emitted(&is(&mut agent, UserState::NotReady, Some("145"))), ["State NOT_READY"]);
    let reread = accept(&mut agent, &sent);
    assert_eq!(
        emitted(&read(&mut agent, &reread, UserState::NotReady)),
        ["State NOT_READY for c2", "c2 ends"]
    );
    // Its own request is answered first.
    let sent = send(&mut agent, "c3", Name::MakeReady, "");
    assert!(asks(&accept(&mut agent, &sent)).is_empty());
    let reread = is(&mut agent, UserState::Ready, Some("145"));
    assert_eq!(emitted(&reread), ["State READY"]);
    assert_eq!(emitted(&read(&mut agent, &reread, UserState::Ready)), ["State READY for c3", "c3 ends"]);
}

#[test]
fn a_call_ended_by_somebody_else_gives_no_dialog_id() {
    let mut agent = talking();
    let sent = send(&mut agent, "c2", Name::ReleaseCall, "7");
    let over = call("7", "OTHER_IN", "5550100", "2001", "DROPPED", 2);
    assert_eq!(shows(&mut agent, over, Some("145")), ["InboundCall"]);
    let reread = accept(&mut agent, &sent);
    let end = read(&mut agent, &reread, UserState::NotReady);
    assert_eq!(emitted(&end), ["State NOT_READY", "Error NO_DIALOG_ID for c2", "c2 ends"]);
}

#[test]
fn an_echo_during_the_reread_is_the_outcome_even_if_the_reread_fails() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    let sent = send(&mut agent, "c2", Name::MakeNotReady, "");
    let reread = accept(&mut agent, &sent);
    assert!(
        emitted(&is(&mut agent, UserState::NotReady, Some(&request_id(&sent)))).is_empty(),
        "it waits for the re-read"
    );
    let broken = || Err(Failure::Unreachable { sent: true, reason: "reset".into() });
    let outputs: Vec<_> = asks(&reread)
        .into_iter()
        .flat_map(|ask| agent.step(Input::Answered { ask, result: broken() }))
        .collect();
    assert_eq!(emitted(&outputs), ["State NOT_READY for c2", "c2 ends"]);
}

#[test]
fn an_echo_of_an_ended_command_belongs_to_no_other_command() {
    let mut agent = talking();
    let held = request_id(&send(&mut agent, "c2", Name::HoldCall, "7"));
    shows(&mut agent, call("7", "OTHER_IN", "5550100", "2001", "HELD", 2), Some(&held));
    send(&mut agent, "c3", Name::UpdateCallVariable, "7,callVariable1=gold");
    let mut late = call("7", "OTHER_IN", "5550100", "2001", "HELD", 2);
    let gold = CallVariable { name: "callVariable1".into(), value: "gold".into() };
    late.media.call_variables.push(gold);
    assert_eq!(shows(&mut agent, late, Some(&held)), ["InboundCall"]);
}

#[test]
fn an_echo_of_a_login_during_another_reread_is_not_reported_as_its_outcome() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    let sent = send(&mut agent, "c2", Name::Login, "demo,2001");
    let reread = agent.step(Input::Unreadable);
    accept(&mut agent, &sent);
    assert!(is(&mut agent, UserState::Ready, Some(&request_id(&sent))).is_empty(), "it waits");
    let next = read(&mut agent, &reread, UserState::NotReady);
    assert_eq!(emitted(&next), ["State READY"], "without the full report");
    let end = emitted(&read(&mut agent, &next, UserState::Ready));
    assert_eq!(end.first().map(String::as_str), Some("AgentInfo for c2"));
    assert_eq!(end.last().map(String::as_str), Some("c2 ends"));
}

#[test]
fn notifications_during_the_deciding_reread_count() {
    let mut agent = talking();
    let sent = send(&mut agent, "c2", Name::ReleaseCall, "7");
    let [ask] = asks(&sent)[..] else { panic!("{sent:?}") };
    let broken = Failure::Unreachable { sent: true, reason: "reset".into() };
    let reread = agent.step(Input::Answered { ask, result: Err(broken) });
    assert!(shows(&mut agent, call("7", "OTHER_IN", "5550100", "2001", "DROPPED", 2), None).is_empty());
    let end = emitted(&read(&mut agent, &reread, UserState::NotReady));
    assert_eq!(end, ["State NOT_READY", "InboundCall for c2", "c2 ends"]);
}

#[test]
fn a_call_first_shown_by_an_older_snapshot_ends_its_command_with_the_next_notification() {
    for (name, body) in [(Name::MakeCall, "5550111"), (Name::ConsultCall, "5550111,7")] {
        let mut agent = talking();
        let reread = agent.step(Input::Unreadable);
        let sent = request_id(&send(&mut agent, "c2", name, body));
        let main = call("7", "OTHER_IN", "5550100", "2001", "ACTIVE", 1);
        let new = call("8", "OUT", "2001", "5550111", "INITIATED", 3);
        let [first, second] = asks(&reread)[..] else { panic!("{reread:?}") };
        let talks = Ok(Answer::User(Box::new(user(UserState::Talking))));
        agent.step(Input::Answered { ask: first, result: talks });
        let shown = agent.step(Input::Answered { ask: second, result: Ok(Answer::Dialogs(vec![main, new])) });
        // The snapshot was requested before the command was sent, so it decides nothing.
        assert!(emitted(&shown).iter().all(|each| !each.contains("c2")), "{shown:?}");
        let later = call("8", "OUT", "2001", "5550111", "ACTIVE", 4);
        let ends = emitted(&notify(&mut agent, Payload::Dialog(Box::new(later)), "", Some(&sent)));
        assert_eq!(ends.last().unwrap(), "c2 ends", "{name}: {ends:?}");
    }
}

#[test]
fn a_transfer_that_a_snapshot_ends_does_not_make_its_other_calls_legs() {
    let mut agent = talking();
    let sent = send(&mut agent, "c2", Name::TransferSst, "5550122,7");
    let [ask] = asks(&sent)[..] else { panic!("{sent:?}") };
    let broken = Failure::Unreachable { sent: true, reason: "reset".into() };
    let reread = agent.step(Input::Answered { ask, result: Err(broken) });
    let [first, second] = asks(&reread)[..] else { panic!("{reread:?}") };
    let talking = User { ..user(UserState::Talking) };
    agent.step(Input::Answered { ask: first, result: Ok(Answer::User(Box::new(talking))) });
    let next = call("8", "OUT", "2001", "5550199", "ACTIVE", 3);
    let end = agent.step(Input::Answered { ask: second, result: Ok(Answer::Dialogs(vec![next])) });
    assert_eq!(emitted(&end), ["InboundCall for c2", "c2 ends", "InboundCall"]);
}

#[test]
fn a_call_has_the_leg_that_comes_later_in_the_same_snapshot() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    let outputs = agent.step(Input::Unreadable);
    let [first, second] = asks(&outputs)[..] else { panic!("{outputs:?}") };
    agent.step(Input::Answered { ask: first, result: Ok(Answer::User(Box::new(user(UserState::Talking)))) });
    let main = call("7", "OTHER_IN", "5550100", "2001", "HELD", 1);
    let mut leg = call("8", "OUT", "2001", "5550122", "ACTIVE", 2);
    leg.associated_dialog_uri = "/finesse/api/Dialog/7".into();
    let answer = Ok(Answer::Dialogs(vec![main, leg]));
    let shown = agent.step(Input::Answered { ask: second, result: answer });
    let associated = shown.iter().find_map(|output| match output {
        Output::Emit { event: Event::InboundCall(call), .. } => Some(call.associated_dialog_id.clone()),
        _ => None,
    });
    assert_eq!(associated.unwrap().as_deref(), Some("8"));
}

#[test]
fn the_dialers_first_notification_waits_even_if_a_snapshot_shows_its_call() {
    let mut agent = connected(Settings::default(), UserState::ReservedOutbound);
    let reread = agent.step(Input::Unreadable);
    let [first, second] = asks(&reread)[..] else { panic!("{reread:?}") };
    let reserved = Ok(Answer::User(Box::new(user(UserState::ReservedOutbound))));
    agent.step(Input::Answered { ask: first, result: reserved });
    let first_notification = call("8", "OTHER_IN", "2001", "5550123", "ALERTING", 1);
    let shown =
        agent.step(Input::Answered { ask: second, result: Ok(Answer::Dialogs(vec![first_notification])) });
    assert!(emitted(&shown).is_empty(), "{shown:?}");
    let next = call("8", "OUTBOUND", "2001", "5550123", "ALERTING", 2);
    assert_eq!(shows(&mut agent, next, None), ["NewOutboundCall"]);
}
