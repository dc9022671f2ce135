//! Commands that wait when the session ends or another client takes it over.

use finesse_types::{ApiErrors, User};
use gc_protocol::CommandName as Name;
use secrecy::ExposeSecret;

use super::*;
use crate::agent::tests::{agent, asks, connected, emitted, read, send, send_as, step, user};
use crate::{AskId, Input, Settings, Verdict};

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

/// With another password than the held one.
fn other_connects(agent: &mut Agent) -> Vec<Output> {
    send_as(agent, "bell", "b1", Name::Connect, "bell,changed")
}

fn verdicts(outputs: &[Output]) -> Vec<Verdict> {
    let verdict = |output: &Output| match output {
        Output::Session(SessionChange::Attempted { verdict, .. }) => Some(*verdict),
        _ => None,
    };
    outputs.iter().filter_map(verdict).collect()
}

fn opens(outputs: &[Output]) -> usize {
    outputs.iter().filter(|output| matches!(output, Output::OpenStream(_))).count()
}

fn right(ask: AskId) -> Input {
    Input::Answered { ask, result: Ok(Answer::User(Box::new(user(UserState::NotReady)))) }
}

fn wrong(ask: AskId) -> Input {
    Input::Answered { ask, result: refused() }
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

#[test]
fn the_held_password_is_not_checked_again() {
    for client in ["acme", "bell"] {
        let mut agent = connected(Settings::default(), UserState::NotReady);
        let end = send_as(&mut agent, client, "c2", Name::Connect, &format!("{client},demo"));
        assert!(emitted(&end).contains(&"ConnectStatus for c2".to_owned()), "{end:?}");
        assert_eq!(verdicts(&end), [Verdict::Matched]);
        assert_eq!(opens(&end), 0);
        // A new owner gets a report; nothing else is read.
        assert_eq!(asks(&end).len(), if client == "bell" { 2 } else { 0 });
    }
}

#[test]
fn a_password_is_not_even_compared_before_it_is_allowed() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    for body in ["bell,demo", "bell,wrong"] {
        let command = Command::parse(Name::Connect, body);
        let id = CommandId::from(body);
        let requested = agent.step(Input::Command { id: id.clone(), client: "bell".into(), command });
        assert!(asks(&requested).is_empty() && emitted(&requested).is_empty(), "{requested:?}");
        let wait = Duration::from_millis(59_001);
        let denied = agent.step(Input::AttemptDecided { command: id.clone(), allowed: Err(wait) });
        assert_eq!(emitted(&denied), [format!("Error PLEASE_RETRY for {id}"), format!("{id} ends")]);
        let text = denied.iter().find_map(|output| match output {
            Output::Emit { event: Event::Error(error), .. } => Some(error.message.clone()),
            _ => None,
        });
        assert!(text.unwrap().contains("Wait 60 s"));
        assert_eq!(verdicts(&denied), [Verdict::Unknown]);
    }
    assert!(agent.step(Input::AttemptDecided { command: "bell,demo".into(), allowed: Ok(()) }).is_empty());
}

#[test]
fn a_login_with_another_password_needs_the_permission_too() {
    let mut agent = agent(Settings::default());
    send(&mut agent, "c1", Name::Connect, "acme,demo");
    let opened = agent.step(Input::StreamOpened);
    read(&mut agent, &opened, UserState::Logout);
    let command = Command::parse(Name::Login, "wrong,2001");
    let requested = agent.step(Input::Command { id: "c2".into(), client: "acme".into(), command });
    assert!(asks(&requested).is_empty(), "{requested:?}");
    assert!(requested.iter().any(|each| matches!(each, Output::RequestAttempt { asks_finesse: true, .. })));
    let sent = agent.step(Input::AttemptDecided { command: "c2".into(), allowed: Ok(()) });
    let end = agent.step(wrong(asks(&sent)[0]));
    assert_eq!(
        (emitted(&end)[0].as_str(), verdicts(&end)),
        ("Error Unauthorized for c2", vec![Verdict::Refused])
    );
    let sent = send(&mut agent, "c3", Name::Login, "demo,2001");
    assert_eq!(changes(&sent), 1, "the session goes on: {sent:?}");
}

#[test]
fn a_late_refusal_of_an_old_password_does_not_end_the_session() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    let read = send(&mut agent, "c2", Name::GetState, "");
    let check = send(&mut agent, "c3", Name::Connect, "acme,changed");
    let accepted = agent.step(right(asks(&check)[0]));
    assert_eq!(
        (emitted(&accepted)[0].as_str(), verdicts(&accepted)),
        ("ConnectStatus for c3", vec![Verdict::Accepted])
    );
    // Both are repeated with the new password.
    let again: Vec<_> = asks(&read).into_iter().flat_map(|ask| agent.step(wrong(ask))).collect();
    assert_eq!((asks(&again).len(), emitted(&again).len()), (2, 0), "{again:?}");
    agent.step(right(asks(&again)[0]));
    let end = agent.step(Input::Answered { ask: asks(&again)[1], result: Ok(Answer::Dialogs(Vec::new())) });
    assert_eq!(emitted(&end), ["State NOT_READY for c2", "DialogState for c2", "c2 ends"]);
    // The new one is the session's.
    let sent = send(&mut agent, "c4", Name::GetState, "");
    let end = agent.step(wrong(asks(&sent)[0]));
    assert_eq!(emitted(&end)[0], "State RE_LOGIN");
}

#[test]
fn a_connect_with_a_new_password_outlives_the_session_whose_password_is_refused() {
    for client in ["acme", "bell"] {
        let mut agent = connected(Settings::default(), UserState::NotReady);
        let read = send(&mut agent, "c2", Name::GetState, "");
        let check = send_as(&mut agent, client, "c3", Name::Connect, &format!("{client},changed"));
        send_as(&mut agent, client, "c4", Name::MakeReady, "");
        let end = agent.step(wrong(asks(&read)[0]));
        let mut expected = vec!["State RE_LOGIN", "Error Unauthorized for c2", "c2 ends"];
        assert_eq!(emitted(&end), expected, "{client}");
        assert!(agent.step(wrong(asks(&read)[1])).is_empty(), "it is of the session that has ended");
        let accepted = agent.step(right(asks(&check)[0]));
        assert_eq!(opens(&accepted), 1, "{accepted:?}");
        let opened = agent.step(Input::StreamOpened);
        expected = vec!["ConnectStatus for c3", "c3 ends"];
        assert_eq!(emitted(&opened), expected);
        assert_eq!(changes(&opened), 1, "what waited for the Connect is sent: {opened:?}");
    }
}

#[test]
fn a_connect_whose_password_is_refused_after_the_sessions_ends_it_all() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    let read = send(&mut agent, "c2", Name::GetState, "");
    let check = other_connects(&mut agent);
    agent.step(wrong(asks(&read)[0]));
    let end = agent.step(wrong(asks(&check)[0]));
    assert_eq!(emitted(&end), ["Error SUBSCRIPTION_FAILED for b1", "b1 ends"]);
    assert!(end.iter().any(|each| matches!(each, Output::Session(SessionChange::Forgotten))), "{end:?}");
}

#[test]
fn another_password_leaves_the_reopening_of_the_stream_alone() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    agent.step(Input::StreamEnded(StreamEnd::Lost));
    let check = other_connects(&mut agent);
    assert_eq!((asks(&check).len(), opens(&check)), (1, 0), "{check:?}");
    assert!(!check.iter().any(|each| matches!(each, Output::StopTimer(Timer::Reconnect))));
    assert_eq!(opens(&agent.step(Input::TimerFired(Timer::Reconnect))), 1);
    let wrong = agent.step(wrong(asks(&check)[0]));
    assert_eq!(
        (emitted(&wrong)[0].as_str(), verdicts(&wrong)),
        ("Error SUBSCRIPTION_FAILED for b1", vec![Verdict::Refused])
    );
    assert_eq!(asks(&agent.step(Input::StreamOpened)).len(), 2);
}

#[test]
fn the_held_password_is_refused_once_when_a_connect_reopens_the_stream_with_it() {
    for client in ["acme", "bell"] {
        let mut agent = connected(Settings::default(), UserState::NotReady);
        agent.step(Input::StreamEnded(StreamEnd::Lost));
        let opening = send_as(&mut agent, client, "c2", Name::Connect, &format!("{client},demo"));
        assert_eq!(opens(&opening), 1, "{opening:?}");
        let end = agent.step(Input::StreamFailed(StreamFault::Refused));
        let mut expected = vec!["State RE_LOGIN", "Error SUBSCRIPTION_FAILED for c2", "c2 ends"];
        if client == "bell" {
            expected.push("Error SUBSCRIPTION_FAILED");
        }
        assert_eq!(
            (emitted(&end), verdicts(&end)),
            (expected.into_iter().map(str::to_owned).collect(), vec![Verdict::Refused])
        );
        assert!(end.iter().any(|each| matches!(each, Output::Session(SessionChange::Forgotten))), "{end:?}");
    }
}

#[test]
fn a_login_with_a_new_password_reopens_the_stream_with_it() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    agent.step(Input::StreamEnded(StreamEnd::Lost));
    agent.step(Input::TimerFired(Timer::Reconnect));
    let sent = send(&mut agent, "c2", Name::Login, "changed,2001");
    let accepted = step(&mut agent, Input::Answered { ask: asks(&sent)[0], result: Ok(Answer::Accepted) });
    let opened = accepted.iter().find_map(|output| match output {
        Output::OpenStream(credentials) => Some(credentials.password().expose_secret()),
        _ => None,
    });
    assert_eq!(opened, Some("changed"), "{accepted:?}");
}

fn moves(outputs: &[Output]) -> usize {
    outputs.iter().filter(|output| matches!(output, Output::MoveStream(_))).count()
}

#[test]
fn a_stream_moves_only_while_it_is_open_and_a_refused_password_ends_the_session() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    assert_eq!(moves(&agent.step(Input::StreamLeaving)), 1);
    assert_eq!(asks(&agent.step(Input::StreamMoved)).len(), 2, "the agent is read again");
    let end = agent.step(Input::StreamFailed(StreamFault::Refused));
    assert_eq!(emitted(&end), ["State RE_LOGIN", "Error SUBSCRIPTION_FAILED"]);
    let mut agent = connected(Settings::default(), UserState::NotReady);
    agent.step(Input::StreamEnded(StreamEnd::Lost));
    assert_eq!(moves(&agent.step(Input::StreamLeaving)), 0);
}

#[test]
fn when_the_service_is_back_a_lost_stream_is_opened_before_its_pause_is_over() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    let service = |available| Input::Service { available };
    agent.step(Input::StreamEnded(StreamEnd::Lost));
    assert_eq!(opens(&agent.step(service(false))), 0);
    let back = agent.step(service(true));
    assert_eq!(opens(&back), 1);
    assert!(back.iter().any(|each| matches!(each, Output::StopTimer(Timer::Reconnect))), "{back:?}");
    assert_eq!(opens(&agent.step(service(true))), 0, "it was not out");
}
