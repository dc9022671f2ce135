//! Connect, the stream, and the end of the session.

use super::*;

#[test]
fn a_missing_right_does_not_end_the_session_but_an_invalid_password_does() {
    let refused = || Err(Failure::Refused { status: 401, errors: ApiErrors::default() });
    let mut agent = connected(Settings::default(), UserState::Ready);
    let sent = send(&mut agent, "c2", CommandName::GetTeamUsers, "5");
    let outputs = agent.step(Input::Answered { ask: asks(&sent)[0], result: refused() });
    assert_eq!(emitted(&outputs), ["Error Unauthorized for c2", "c2 ends"]);
    let [check] = asks(&outputs)[..] else { panic!("{outputs:?}") };
    let good = Ok(Answer::User(Box::new(user(UserState::Ready))));
    assert!(agent.step(Input::Answered { ask: check, result: good }).is_empty());

    let sent = send(&mut agent, "c3", CommandName::GetTeamUsers, "5");
    let outputs = agent.step(Input::Answered { ask: asks(&sent)[0], result: refused() });
    let outputs = agent.step(Input::Answered { ask: asks(&outputs)[0], result: refused() });
    assert!(matches!(outputs.last(), Some(Output::Session(SessionChange::Forgotten))), "{outputs:?}");

    // For a request that every agent may send, only the password can be the cause.
    let mut agent = connected(Settings::default(), UserState::Ready);
    let sent = send(&mut agent, "c2", CommandName::MakeNotReady, "");
    let outputs = agent.step(Input::Answered { ask: asks(&sent)[0], result: refused() });
    assert!(matches!(outputs.last(), Some(Output::Session(SessionChange::Forgotten))), "{outputs:?}");
}

#[test]
fn inputs_after_the_end_find_no_session() {
    let mut agent = connected(Settings::default(), UserState::Ready);
    let end = agent.step(Input::StreamEnded(StreamEnd::Conflict));
    assert!(matches!(end.last(), Some(Output::Session(SessionChange::Forgotten))));
    assert_eq!(
        emitted(&send(&mut agent, "c2", CommandName::MakeReady, "")),
        ["State RE_LOGIN for c2", "c2 ends"]
    );
    for input in [Input::StreamOpened, Input::TimerFired(Timer::Reconnect), Input::Unreadable] {
        assert!(agent.step(input).is_empty());
    }
}

#[test]
fn a_password_that_is_refused_while_reconnecting_ends_the_session() {
    let mut agent = connected(Settings::default(), UserState::Ready);
    agent.step(Input::StreamEnded(StreamEnd::Lost));
    agent.step(Input::TimerFired(Timer::Reconnect));
    let end = agent.step(Input::StreamFailed(StreamFault::Refused));
    assert_eq!(emitted(&end), ["State RE_LOGIN", "Error SUBSCRIPTION_FAILED"]);
    assert!(matches!(end.last(), Some(Output::Session(SessionChange::Forgotten))));
}

#[test]
fn no_password_is_ever_printed() {
    let mut agent = agent(Settings::default());
    let outputs = send(&mut agent, "c1", CommandName::Connect, "acme,hush-hush");
    let login = send(&mut agent, "c2", CommandName::Login, "hush-hush,2001");
    let printed = format!("{agent:?} {outputs:?} {login:?}");
    assert!(printed.contains("REDACTED") && !printed.contains("hush"), "{printed}");
}

#[test]
fn the_owner_does_not_wait_for_another_clients_connect() {
    let mut agent = connected(Settings::default(), UserState::Ready);
    send_as(&mut agent, "bell", "c2", CommandName::Connect, "bell,guess");
    assert_eq!(asks(&send(&mut agent, "c3", CommandName::MakeNotReady, "")).len(), 1);
}

#[test]
fn another_clients_connect_that_takes_too_long_does_not_end_the_session() {
    let mut agent = connected(Settings::default(), UserState::Ready);
    agent.step(Input::StreamEnded(StreamEnd::Lost));
    send_as(&mut agent, "bell", "c2", CommandName::Connect, "bell,guess");
    let outputs = agent.step(Input::TimerFired(Timer::Deadline("c2".into())));
    assert_eq!(emitted(&outputs), ["Error UNABLE_TO_SUBSCRIBE_TO_FINESSE for c2", "c2 ends"]);
    // The engine closes that stream, so that none of its notifications arrive; the session opens its own.
    assert!(outputs.iter().any(|output| matches!(output, Output::CloseStream)));
    assert!(outputs.iter().any(|output| matches!(output, Output::StartTimer(Timer::Reconnect, _))));
}

#[test]
fn a_stream_that_another_session_replaces_at_once_is_not_opened_again() {
    let mut agent = connected(Settings::default(), UserState::Ready);
    agent.step(Input::StreamEnded(StreamEnd::Lost));
    agent.step(Input::TimerFired(Timer::Reconnect));
    let outputs = agent.step(Input::StreamFailed(StreamFault::Conflict));
    assert_eq!(emitted(&outputs), ["State LOGOUT", "Error SESSION_INVALIDATED"]);
    assert!(outputs.iter().any(|output| matches!(output, Output::Session(SessionChange::Forgotten))));
}

#[test]
fn the_session_of_an_agent_who_never_logs_in_ends() {
    let mut agent = agent(Settings::default());
    send(&mut agent, "c1", CommandName::Connect, "acme,demo");
    let outputs = agent.step(Input::StreamOpened);
    assert!(outputs.iter().any(|output| matches!(output, Output::StartTimer(Timer::Forget, _))));
    read(&mut agent, &outputs, UserState::Logout);
    let outputs = agent.step(Input::TimerFired(Timer::Forget));
    assert!(outputs.iter().any(|output| matches!(output, Output::Session(SessionChange::Forgotten))));
}
