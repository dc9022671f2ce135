//! Commands that wait when the session ends or another client takes it over.

use finesse_types::{ApiErrors, User};
use gc_protocol::CommandName as Name;

use super::*;
use crate::agent::tests::{agent, asks, connected, emitted, read, send, user};
use crate::{Input, Settings};

/// Login c2 is pending, and MakeReady c3 waits for it.
fn behind_login() -> Agent {
    let mut agent = agent(Settings::default());
    send(&mut agent, "c1", Name::Connect, "acme,demo");
    let outputs = agent.step(Input::StreamOpened);
    read(&mut agent, &outputs, UserState::Logout);
    send(&mut agent, "c2", Name::Login, "demo,2001");
    send(&mut agent, "c3", Name::MakeReady, "");
    agent
}

/// MakeCall c2 is pending, and c3 waits for it.
fn with_a_call_queued() -> (Agent, Vec<Output>) {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    let sent = send(&mut agent, "c2", Name::MakeCall, "5550100");
    send(&mut agent, "c3", Name::MakeCall, "5550101");
    (agent, sent)
}

fn other_connects(agent: &mut Agent) -> Vec<Output> {
    let command = Command::parse(Name::Connect, "bell,demo");
    agent.step(Input::Command { id: "b1".into(), client: "bell".into(), command })
}

fn refused() -> Result<Answer, Failure> {
    Err(Failure::Refused { status: 401, errors: ApiErrors::default() })
}

fn changes(outputs: &[Output]) -> usize {
    let is_change = |output: &&Output| matches!(output, Output::Ask { request, .. } if !request.is_read());
    outputs.iter().filter(is_change).count()
}

#[test]
fn nothing_is_sent_with_a_refused_password() {
    let (mut agent, sent) = with_a_call_queued();
    let end = agent.step(Input::Answered { ask: asks(&sent)[0], result: refused() });
    assert!(asks(&end).is_empty(), "{end:?}");
    let lost = |id: &str| [format!("Error Unauthorized for {id}"), format!("{id} ends")];
    assert_eq!(
        emitted(&end),
        [vec!["State RE_LOGIN".to_owned()], lost("c2").into(), lost("c3").into()].concat()
    );
}

#[test]
fn a_queued_call_is_not_made_for_a_client_who_loses_the_agent() {
    for conflict in [true, false] {
        let (mut agent, _) = with_a_call_queued();
        let end = match conflict {
            true => agent.step(Input::StreamEnded(StreamEnd::Conflict)),
            false => {
                let check = other_connects(&mut agent);
                let right: User = user(UserState::NotReady);
                let result = Ok(Answer::User(Box::new(right)));
                agent.step(Input::Answered { ask: asks(&check)[0], result })
            }
        };
        assert_eq!(changes(&end), 0, "{end:?}");
        let lost = |id: &str| [format!("Error SESSION_INVALIDATED for {id}"), format!("{id} ends")];
        let expected =
            [["State LOGOUT".to_owned()].to_vec(), lost("c2").to_vec(), lost("c3").to_vec()].concat();
        assert_eq!(emitted(&end)[..5], expected, "{conflict}");
    }
}

#[test]
fn commands_that_wait_for_a_login_end_with_the_session_and_are_not_sent() {
    let mut agent = behind_login();
    let end = agent.step(Input::StreamEnded(StreamEnd::Conflict));
    assert!(asks(&end).is_empty(), "{end:?}");
    let lost = ["Error SESSION_INVALIDATED for c2", "c2 ends", "Error SESSION_INVALIDATED for c3", "c3 ends"];
    assert_eq!(emitted(&end)[1..], lost);
}

#[test]
fn a_connect_that_waits_when_the_session_ends_fails_without_opening_a_stream() {
    let mut agent = behind_login();
    other_connects(&mut agent);
    let end = agent.step(Input::StreamEnded(StreamEnd::Conflict));
    let emitted = emitted(&end);
    assert_eq!(emitted[emitted.len() - 2..], ["Error UNABLE_TO_SUBSCRIBE_TO_FINESSE for b1", "b1 ends"]);
    assert!(!end.iter().any(|output| matches!(output, Output::OpenStream(_))), "{end:?}");
}

#[test]
fn another_clients_password_is_checked_even_if_the_stream_reopens_meanwhile() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    let check = other_connects(&mut agent);
    agent.step(Input::StreamEnded(StreamEnd::Lost));
    agent.step(Input::TimerFired(Timer::Reconnect));
    let opened = agent.step(Input::StreamOpened);
    assert!(emitted(&opened).is_empty(), "it was opened with the session's own password: {opened:?}");
    let wrong = agent.step(Input::Answered { ask: asks(&check)[0], result: refused() });
    assert_eq!(emitted(&wrong), ["Error SUBSCRIPTION_FAILED for b1", "b1 ends"]);
}

#[test]
fn commands_that_wait_for_the_new_owners_connect_are_accepted() {
    let (mut agent, _) = with_a_call_queued();
    let check = other_connects(&mut agent);
    let command = Command::parse(Name::MakeReady, "");
    agent.step(Input::Command { id: "b2".into(), client: "bell".into(), command });
    let result = Ok(Answer::User(Box::new(user(UserState::NotReady))));
    let taken = agent.step(Input::Answered { ask: asks(&check)[0], result });
    assert_eq!(changes(&taken), 1, "{taken:?}");
}
