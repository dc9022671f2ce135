//! How the state of agent 1001 is restored after the stream was lost.

use finesse_types::{Answer, Payload, ReasonCode, Update, UpdateEvent};
use gc_protocol::CommandName as Name;

use super::*;
use crate::agent::tests::{accept, asks, connected, emitted, read, send, user};
use crate::{Input, Output, Settings, StreamEnd, StreamFault};

fn with_reason(state: UserState, code: &str, label: &str) -> User {
    let reason = ReasonCode { code: code.into(), label: label.into(), ..ReasonCode::default() };
    User { reason_code: Some(reason), ..user(state) }
}

fn notify(agent: &mut Agent, user: User) -> Vec<Output> {
    let source = "/finesse/api/User/1001".to_owned();
    let payload = Payload::User(Box::new(user));
    let update = Update { payload, event: UpdateEvent::Put, request_id: None, source };
    agent.step(Input::Notified { item_id: None, update: Box::new(update) })
}

/// The only change that is requested: `LOGIN 2001`, `READY`.
fn requested(outputs: &[Output]) -> String {
    let asked = outputs.iter().find_map(|output| match output {
        Output::Ask { request: Request::Login { extension, .. }, .. } => Some(format!("LOGIN {extension}")),
        Output::Ask { request: Request::ChangeState { state, .. }, .. } => Some(state.to_string()),
        _ => None,
    });
    asked.unwrap_or_default()
}

/// An agent that is ready by its own command.
fn ready() -> Agent {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    send(&mut agent, "c2", Name::MakeReady, "");
    notify(&mut agent, user(UserState::Ready));
    agent
}

/// Loses the stream and opens it again; the re-read shows this state.
fn comes_back(agent: &mut Agent, state: User) -> Vec<Output> {
    agent.step(Input::StreamEnded(StreamEnd::Lost));
    agent.step(Input::TimerFired(Timer::Reconnect));
    let reread = agent.step(Input::StreamOpened);
    answer(agent, &reread, state)
}

fn answer(agent: &mut Agent, reread: &[Output], state: User) -> Vec<Output> {
    let [first, second] = asks(reread)[..] else { panic!("no re-read in {reread:?}") };
    agent.step(Input::Answered { ask: first, result: Ok(Answer::User(Box::new(state))) });
    agent.step(Input::Answered { ask: second, result: Ok(Answer::Dialogs(Vec::new())) })
}

#[test]
fn who_is_not_ready_because_of_a_migration_is_made_ready_again() {
    let migrated = |code| with_reason(UserState::NotReady, code, "Migrated");
    assert_eq!(requested(&comes_back(&mut ready(), migrated("50045"))), "READY");
    assert_eq!(requested(&comes_back(&mut ready(), migrated("50046"))), "", "another reason stays");
}

fn starts(outputs: &[Output], timer: &Timer) -> Option<Duration> {
    outputs.iter().find_map(|output| match output {
        Output::StartTimer(started, after) if started == timer => Some(after.most()),
        _ => None,
    })
}

#[test]
fn a_sign_out_because_of_a_lost_stream_is_undone_even_after_the_reread() {
    let out = |code: &str| with_reason(UserState::Logout, code, "Connection Failure");
    let silent = User { extension: String::new(), ..user(UserState::Logout) };
    // UCCE sends no reason, UCCX that of a sign-in.
    let after = [user(UserState::NotReady), with_reason(UserState::NotReady, "32760", "Agent Logon")];
    for (sign_out, signed_in) in [(out("255"), &after[0]), (silent, &after[1])] {
        let mut agent = ready();
        assert!(emitted(&comes_back(&mut agent, user(UserState::Ready))).is_empty());
        let undone = notify(&mut agent, sign_out);
        assert!(emitted(&undone).is_empty(), "{undone:?}");
        assert_eq!(requested(&undone), "LOGIN 2001");
        accept(&mut agent, &undone);
        let back = notify(&mut agent, signed_in.clone());
        assert_eq!(
            (emitted(&back), requested(&back)),
            (vec!["State NOT_READY".to_owned()], "READY".to_owned())
        );
        assert_eq!(emitted(&notify(&mut agent, user(UserState::Ready))), ["State READY"]);
    }
}

#[test]
fn a_sign_out_with_another_cause_is_reported() {
    // By a supervisor, and without a reason long after the loss.
    let mut agent = ready();
    comes_back(&mut agent, user(UserState::Ready));
    assert_eq!(emitted(&notify(&mut agent, with_reason(UserState::Logout, "999", ""))), ["State LOGOUT"]);
    let mut agent = ready();
    comes_back(&mut agent, user(UserState::Ready));
    agent.step(Input::TimerFired(Timer::LinkLoss));
    assert_eq!(emitted(&notify(&mut agent, user(UserState::Logout))), ["State LOGOUT"]);
}

#[test]
fn an_agent_who_asked_to_sign_out_is_not_signed_in_again() {
    let mut agent = ready();
    comes_back(&mut agent, user(UserState::Ready));
    send(&mut agent, "c3", Name::Logout, "");
    let out = notify(&mut agent, with_reason(UserState::Logout, "255", "Connection Failure"));
    assert_eq!(
        (emitted(&out), requested(&out)),
        (vec!["State LOGOUT for c3".into(), "c3 ends".into()], String::new())
    );
}

#[test]
fn an_agent_who_signed_out_and_signed_in_elsewhere_is_not_signed_in_again() {
    let mut agent = ready();
    send(&mut agent, "c3", Name::Logout, "");
    notify(&mut agent, user(UserState::Logout));
    notify(&mut agent, user(UserState::NotReady));
    let out = comes_back(&mut agent, with_reason(UserState::Logout, "255", "Connection Failure"));
    assert_eq!((emitted(&out), requested(&out)), (vec!["State LOGOUT".to_owned()], String::new()));
}

#[test]
fn an_agent_who_asked_not_to_work_is_not_made_ready() {
    // The request is in flight when Finesse is read.
    let mut agent = ready();
    agent.step(Input::StreamEnded(StreamEnd::Lost));
    agent.step(Input::TimerFired(Timer::Reconnect));
    let reread = agent.step(Input::StreamOpened);
    send(&mut agent, "c3", Name::MakeNotReady, "");
    let read = answer(&mut agent, &reread, with_reason(UserState::NotReady, "255", "Connection Failure"));
    assert_eq!(requested(&read), "");
    // A sign-out whose request was lost.
    let mut agent = ready();
    let sent = send(&mut agent, "c3", Name::Logout, "");
    let timed_out = Err(Failure::TimedOut { sent: true });
    let reread = agent.step(Input::Answered { ask: asks(&sent)[0], result: timed_out });
    answer(&mut agent, &reread, user(UserState::NotReady));
    agent.step(Input::StreamEnded(StreamEnd::Lost));
    assert_eq!(requested(&notify(&mut agent, user(UserState::Logout))), "");
}

#[test]
fn after_a_login_whose_reread_fails_finesse_is_read_again() {
    let mut agent = connected(Settings::default(), UserState::Logout);
    let sent = send(&mut agent, "c3", Name::Login, "demo,2001");
    let mut reread = accept(&mut agent, &sent);
    reread.extend(notify(&mut agent, user(UserState::NotReady)));
    let broken = || Err(Failure::Refused { status: 500, errors: finesse_types::ApiErrors::default() });
    let end: Vec<_> = asks(&reread)
        .into_iter()
        .flat_map(|ask| agent.step(Input::Answered { ask, result: broken() }))
        .collect();
    assert!(emitted(&end).contains(&"c3 ends".to_owned()), "{end:?}");
    assert!(!asks(&end).is_empty() || starts(&end, &Timer::Reread).is_some(), "{end:?}");
}

#[test]
fn a_lost_stream_is_recognised_by_the_reasons_code_not_its_label() {
    let mut agent = ready();
    let other = comes_back(&mut agent, with_reason(UserState::NotReady, "31", "Agent Logon"));
    assert_eq!(requested(&other), "");
    let mut agent = ready();
    let lost = comes_back(&mut agent, with_reason(UserState::NotReady, "255", "Verbindungsfehler"));
    assert_eq!(requested(&lost), "READY");
}

#[test]
fn a_recovery_without_effect_is_repeated_only_after_the_next_loss() {
    let lost = || with_reason(UserState::NotReady, "255", "Connection Failure");
    let mut agent = ready();
    let request = comes_back(&mut agent, lost());
    assert_eq!(requested(&request), "READY");
    assert!(starts(&request, &Timer::Recovery).is_some());
    accept(&mut agent, &request);
    let reread = agent.step(Input::TimerFired(Timer::Recovery));
    let read = answer(&mut agent, &reread, lost());
    assert!(emitted(&read).is_empty() && requested(&read).is_empty(), "READY is requested once: {read:?}");
    assert_eq!(requested(&notify(&mut agent, lost())), "", "not without another loss");
    let again = comes_back(&mut agent, lost());
    assert_eq!(requested(&again), "READY");
    // The effect ends it.
    accept(&mut agent, &again);
    let reread = agent.step(Input::TimerFired(Timer::Recovery));
    assert_eq!(emitted(&answer(&mut agent, &reread, user(UserState::Ready))), ["State READY"]);
}

#[test]
fn a_sign_in_without_effect_is_decided_by_a_reread() {
    let out = || with_reason(UserState::Logout, "255", "Connection Failure");
    let mut agent = ready();
    let request = comes_back(&mut agent, out());
    assert_eq!(requested(&request), "LOGIN 2001");
    // GetState meanwhile reports the current state and decides nothing.
    let get_state = send(&mut agent, "c3", Name::GetState, "");
    let answered = answer(&mut agent, &get_state, out());
    assert_eq!(emitted(&answered), ["State LOGOUT for c3", "DialogState for c3", "c3 ends"]);
    let reread = agent.step(Input::TimerFired(Timer::Recovery));
    assert_eq!(emitted(&answer(&mut agent, &reread, out())), ["State LOGOUT"]);
}

#[test]
fn a_sign_in_is_repeated_if_the_stream_is_lost_again() {
    let out = || with_reason(UserState::Logout, "255", "Connection Failure");
    let mut agent = ready();
    let first = comes_back(&mut agent, out());
    let second = comes_back(&mut agent, out());
    assert_eq!(requested(&second), "LOGIN 2001");
    // The late failure of the first request does not concern the second.
    let failure = Failure::Refused { status: 400, errors: finesse_types::ApiErrors::default() };
    let late = agent.step(Input::Answered { ask: *asks(&first).last().unwrap(), result: Err(failure) });
    assert!(emitted(&late).is_empty(), "{late:?}");
}

#[test]
fn a_login_during_the_recovery_has_an_outcome() {
    let out = || with_reason(UserState::Logout, "255", "Connection Failure");
    let mut agent = ready();
    let first = comes_back(&mut agent, out());
    assert_eq!(requested(&first), "LOGIN 2001");
    // While the agent is being signed in again its client sends a Login, which is not answered.
    let login = send(&mut agent, "c3", Name::Login, "demo,2001");
    let broken = Failure::Unreachable { sent: true, reason: "reset".into() };
    let reread = agent.step(Input::Answered { ask: asks(&login)[0], result: Err(broken) });
    let end = emitted(&answer(&mut agent, &reread, out()));
    assert_eq!(end, ["State LOGOUT", "Error DOWN for c3", "c3 ends"]);
}

#[test]
fn an_error_about_a_dialog_does_not_end_the_recovery() {
    let mut agent = ready();
    let request = comes_back(&mut agent, with_reason(UserState::Logout, "255", "Connection Failure"));
    accept(&mut agent, &request);
    let error = finesse_types::ApiError { error_type: "Generic Error".into(), ..Default::default() };
    let refuses = |agent: &mut Agent, source: &str| {
        let errors = finesse_types::ApiErrors { errors: vec![error.clone()] };
        let payload = Payload::ApiErrors(errors);
        let update = Update { payload, event: UpdateEvent::Put, request_id: None, source: source.into() };
        emitted(&agent.step(Input::Notified { item_id: None, update: Box::new(update) }))
    };
    assert_eq!(refuses(&mut agent, "/finesse/api/Dialog/99"), ["Error CF_GENERIC_OPERATION"]);
    assert_eq!(refuses(&mut agent, "/finesse/api/User/1001"), ["State LOGOUT"]);
}

#[test]
fn a_stream_that_is_lost_soon_after_opening_does_not_reset_the_pause() {
    let mut agent = ready();
    let mut pauses = Vec::new();
    for _ in 0..4 {
        let lost = agent.step(Input::StreamEnded(StreamEnd::Lost));
        pauses.extend(starts(&lost, &Timer::Reconnect));
        agent.step(Input::TimerFired(Timer::Reconnect));
        let reread = agent.step(Input::StreamOpened);
        read(&mut agent, &reread, UserState::Ready);
    }
    assert_eq!(pauses, [500, 1000, 2000, 4000].map(Duration::from_millis));
    agent.step(Input::TimerFired(Timer::Steady));
    let lost = agent.step(Input::StreamEnded(StreamEnd::Lost));
    assert_eq!(starts(&lost, &Timer::Reconnect), Some(Duration::from_millis(500)));
    // A failed attempt makes the pause longer, too.
    agent.step(Input::TimerFired(Timer::Reconnect));
    let failed = agent.step(Input::StreamFailed(StreamFault::Failed));
    assert_eq!(starts(&failed, &Timer::Reconnect), Some(Duration::from_secs(1)));
}

#[test]
fn notifications_that_cannot_be_read_cause_one_reread_in_each_pause() {
    let mut agent = ready();
    let first = agent.step(Input::Unreadable);
    assert_eq!(starts(&first, &Timer::Resync), Some(Duration::from_secs(2)));
    read(&mut agent, &first, UserState::Ready);
    for _ in 0..10 {
        assert!(agent.step(Input::Unreadable).is_empty());
    }
    let second = agent.step(Input::TimerFired(Timer::Resync));
    assert!(starts(&second, &Timer::Resync).is_some());
    read(&mut agent, &second, UserState::Ready);
    assert!(agent.step(Input::TimerFired(Timer::Resync)).is_empty());
    assert!(!asks(&agent.step(Input::Unreadable)).is_empty());
}

#[test]
fn connect_reports_a_locked_account() {
    let mut agent = ready();
    let check = send(&mut agent, "c3", Name::Connect, "acme,guess");
    let [ask] = asks(&check)[..] else { panic!("{check:?}") };
    let error = finesse_types::ApiError {
        error_type: "Authorization Failure".into(),
        error_message: "CF_AGENT_ACCOUNT_LOCKED_OUT".into(),
        ..finesse_types::ApiError::default()
    };
    let errors = finesse_types::ApiErrors { errors: vec![error] };
    let refused = agent.step(Input::Answered { ask, result: Err(Failure::Refused { status: 401, errors }) });
    assert_eq!(emitted(&refused), ["Error CF_AGENT_ACCOUNT_LOCKED_OUT for c3", "c3 ends"]);
}
