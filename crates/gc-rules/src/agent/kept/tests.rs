//! What a restart changes, and what it does not.

use finesse_types::{
    Answer, Dialog, MediaProperties, Participant, Payload, Update, UpdateEvent, User, UserState,
};
use gc_protocol::CommandName as Name;
use secrecy::ExposeSecret;

use super::*;
use crate::agent::tests::{accept, asks, connected, emitted, send, user};
use crate::{AskId, Input};

/// The machine after a restart, and what it does first.
fn restarted(agent: &Agent, open: &[&str]) -> (Agent, Vec<Output>) {
    restarted_after(agent, open, Duration::from_secs(5))
}

fn restarted_after(agent: &Agent, open: &[&str], away: Duration) -> (Agent, Vec<Output>) {
    let KeptSession { owner, credentials, state } = agent.keep().unwrap();
    assert_eq!(credentials.password().expose_secret(), "demo");
    assert!(!state.contains("demo"), "the password is in {state}");
    let settings = Arc::new(Settings::default());
    let mut restored = Agent::restore("1001", settings, owner.clone(), credentials.clone(), &state).unwrap();
    assert!(restored.step(Input::Service { available: true }).is_empty());
    let open = open.iter().map(|id| (CommandId::from(*id), owner.clone())).collect();
    let outputs = restored.step(Input::Restored { open, away });
    (restored, outputs)
}

fn call(state: &str, second: u8) -> Dialog {
    let own = Participant {
        media_address: "2001".into(),
        state: state.into(),
        state_change_time: format!("2026-03-02T08:00:{second:02}.000Z"),
        ..Participant::default()
    };
    let media = MediaProperties { call_type: "ACD_IN".into(), ..MediaProperties::default() };
    Dialog {
        id: "7".into(),
        state: state.into(),
        media,
        from_address: "5550100".into(),
        to_address: "2001".into(),
        participants: vec![own],
        ..Dialog::default()
    }
}

fn notify(agent: &mut Agent, payload: Payload) -> Vec<Output> {
    let update = Update { payload, event: UpdateEvent::Put, request_id: None, source: String::new() };
    agent.step(Input::Notified { item_id: None, update: Box::new(update) })
}

/// Finesse answers the re-read that is in these outputs.
fn answer(agent: &mut Agent, reread: &[Output], user: User, dialogs: Vec<Dialog>) -> Vec<Output> {
    let [.., first, second] = asks(reread)[..] else { panic!("no re-read in {reread:?}") };
    agent.step(Input::Answered { ask: first, result: Ok(Answer::User(Box::new(user))) });
    agent.step(Input::Answered { ask: second, result: Ok(Answer::Dialogs(dialogs)) })
}

fn talking() -> Agent {
    let mut agent = connected(Settings::default(), UserState::Ready);
    notify(&mut agent, Payload::Dialog(Box::new(call("ALERTING", 1))));
    notify(&mut agent, Payload::Dialog(Box::new(call("ACTIVE", 2))));
    agent
}

#[test]
fn after_a_restart_only_what_has_changed_meanwhile_is_emitted() {
    let (mut agent, outputs) = restarted(&talking(), &[]);
    assert!(outputs.iter().any(|output| matches!(output, Output::OpenStream(_))), "{outputs:?}");
    assert_eq!(emitted(&outputs), [""; 0]);
    let reread = agent.step(Input::StreamOpened);
    let same = answer(&mut agent, &reread, user(UserState::Ready), vec![call("ACTIVE", 2)]);
    assert_eq!(emitted(&same), [""; 0]);

    let (mut agent, _) = restarted(&talking(), &[]);
    let reread = agent.step(Input::StreamOpened);
    let ended = answer(&mut agent, &reread, user(UserState::NotReady), Vec::new());
    assert_eq!(emitted(&ended), ["State NOT_READY", "InboundCall"]);
}

#[test]
fn a_call_that_ended_before_a_restart_does_not_begin_again() {
    let mut agent = talking();
    notify(&mut agent, Payload::Dialog(Box::new(call("DROPPED", 3))));
    let (mut agent, _) = restarted(&agent, &[]);
    assert_eq!(emitted(&notify(&mut agent, Payload::Dialog(Box::new(call("ACTIVE", 2))))), [""; 0]);
}

#[test]
fn a_command_that_was_sent_ends_with_its_effect() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    let outputs = send(&mut agent, "c2", Name::MakeReady, "");
    accept(&mut agent, &outputs);
    let (mut agent, outputs) = restarted(&agent, &["c2"]);
    assert_eq!(emitted(&outputs), [""; 0]);
    let ended = answer(&mut agent, &outputs, user(UserState::Ready), Vec::new());
    assert_eq!(emitted(&ended), ["State READY for c2", "c2 ends"]);
}

#[test]
fn a_command_that_was_sent_and_shows_no_effect_ends_with_please_retry() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    send(&mut agent, "c2", Name::MakeReady, "");
    let (mut agent, outputs) = restarted(&agent, &["c2"]);
    let ended = answer(&mut agent, &outputs, user(UserState::NotReady), Vec::new());
    assert_eq!(emitted(&ended), ["Error PLEASE_RETRY for c2", "c2 ends"]);
}

#[test]
fn commands_that_were_not_sent_end_at_once() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    send(&mut agent, "c2", Name::MakeNotReadyWithReason, "21");
    let (_, outputs) = restarted(&agent, &["c2", "c3"]);
    let expected = ["Error PLEASE_RETRY for c2", "c2 ends", "Error PLEASE_RETRY for c3", "c3 ends"];
    assert_eq!(emitted(&outputs), expected);
}

#[test]
fn no_number_of_a_request_comes_again_after_a_restart() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    let numbers = |outputs: &[Output]| asks(outputs).into_iter().max();
    let mut last: Option<AskId> = None;
    for _ in 0..3 {
        let asked = numbers(&send(&mut agent, "c2", Name::GetState, ""));
        assert!(asked > last, "{asked:?} after {last:?}");
        last = asked;
        agent = restarted(&agent, &[]).0;
    }
}

#[test]
fn a_sign_out_by_the_loss_of_the_old_stream_is_undone_unless_it_is_long_ago() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    let outputs = send(&mut agent, "c2", Name::MakeReady, "");
    accept(&mut agent, &outputs);
    notify(&mut agent, Payload::User(Box::new(user(UserState::Ready))));
    let logs_in =
        |output: &Output| matches!(output, Output::Ask { request: finesse_types::Request::Login { .. }, .. });
    for (away, is_undone) in [(60, true), (600, false)] {
        let (mut agent, _) = restarted_after(&agent, &[], Duration::from_secs(away));
        let reread = agent.step(Input::StreamOpened);
        let outputs = answer(&mut agent, &reread, user(UserState::Logout), Vec::new());
        assert_eq!((emitted(&outputs).is_empty(), outputs.iter().any(logs_in)), (is_undone, is_undone));
    }
}

#[test]
fn a_call_that_goes_on_after_a_restart_ends_before_its_signed_out_agent_is_forgotten() {
    let is_forgotten = |outputs: &[Output]| {
        outputs.iter().any(|output| matches!(output, Output::Session(SessionChange::Forgotten)))
    };
    let mut agent = connected(Settings::default(), UserState::NotReady);
    notify(&mut agent, Payload::Dialog(Box::new(call("ALERTING", 1))));
    for is_notified in [false, true] {
        let (mut agent, _) = restarted_after(&agent, &[], Duration::from_secs(600));
        let reread = agent.step(Input::StreamOpened);
        let outputs = answer(&mut agent, &reread, user(UserState::Logout), vec![call("ALERTING", 1)]);
        assert_eq!(emitted(&outputs), ["State LOGOUT"]);
        // It still rings, as often as it is looked at.
        for _ in 0..2 {
            let reread = agent.step(Input::TimerFired(Timer::Forget));
            assert!(!is_forgotten(&reread), "{reread:?}");
            let timer = |output: &Output| matches!(output, Output::StartTimer(Timer::Forget, _));
            assert!(reread.iter().any(timer), "{reread:?}");
            let rings = answer(&mut agent, &reread, user(UserState::Logout), vec![call("ALERTING", 1)]);
            assert_eq!(emitted(&rings), [""; 0]);
        }
        let ended = if is_notified {
            notify(&mut agent, Payload::Dialog(Box::new(call("DROPPED", 3))))
        } else {
            let reread = agent.step(Input::TimerFired(Timer::Forget));
            answer(&mut agent, &reread, user(UserState::Logout), Vec::new())
        };
        assert_eq!(emitted(&ended), ["InboundCall"]);
        assert!(is_forgotten(&agent.step(Input::TimerFired(Timer::Forget))));
    }
}

#[test]
fn what_cannot_be_read_is_not_restored() {
    let credentials = Credentials::new("1001", "demo");
    for state in ["", "{}", "[]", "{\"life\":0}"] {
        let restored = Agent::restore("1001", Arc::default(), "acme".into(), credentials.clone(), state);
        assert!(restored.is_err(), "{state}");
    }
}
