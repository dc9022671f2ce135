use finesse_types::{Payload, Update, UpdateEvent};
use gc_protocol::CommandName;

use super::*;
use crate::agent::tests::{accept, asks, connected, emitted, send};
use crate::{ClientKey, Input, Output, Settings};

fn member(state: UserState) -> User {
    User { login_id: "1002".into(), extension: "2002".into(), state, ..User::default() }
}

fn supervisor(platform: Platform) -> Agent {
    connected(Settings { platform, ..Settings::default() }, UserState::NotReady)
}

fn member_in(state: UserState) -> Result<Answer, Failure> {
    Ok(Answer::User(Box::new(member(state))))
}

fn notified(agent: &mut Agent, state: UserState) -> Vec<Output> {
    let update = Update {
        payload: Payload::User(Box::new(member(state))),
        event: UpdateEvent::Put,
        request_id: None,
        source: "/finesse/api/User/1002".into(),
    };
    agent.step(Input::TeamNotified { item_id: None, update: Box::new(update) })
}

fn for_member(agent: &mut Agent, command: Command) -> Vec<Output> {
    let (id, client) = (CommandId::from("c3"), ClientKey::from("acme"));
    agent.step(Input::ForMember { id, client, member: "1002".into(), command })
}

#[test]
fn a_members_state_is_changed_by_the_supervisor_and_read_until_it_shows() {
    let mut agent = supervisor(Platform::Ucce);
    let sent = for_member(&mut agent, Command::MakeReady);
    let request = Request::ChangeState { user: "1002".into(), state: UserState::Ready, reason_code_id: None };
    assert!(
        sent.iter().any(|output| matches!(output, Output::Ask { request: asked, .. } if *asked == request))
    );
    let reread = accept(&mut agent, &sent);
    let not_yet = member_in(UserState::NotReady);
    let again = agent.step(Input::Answered { ask: asks(&reread)[0], result: not_yet });
    assert!(
        again.iter().any(|output| matches!(output, Output::StartTimer(Timer::ReadMember(_), _))),
        "{again:?}"
    );
    let reread = agent.step(Input::TimerFired(Timer::ReadMember("c3".into())));
    let now = member_in(UserState::Ready);
    let outputs = agent.step(Input::Answered { ask: asks(&reread)[0], result: now });
    assert_eq!(emitted(&outputs), ["State READY for c3", "c3 ends"]);
}

#[test]
fn a_change_that_the_teams_node_notifies_first_answers_the_command_once() {
    let mut agent = supervisor(Platform::Ucce);
    send(&mut agent, "c2", CommandName::GetTeamUsers, "5,true");
    let sent = for_member(&mut agent, Command::MakeReady);
    let reread = accept(&mut agent, &sent);
    let outputs = notified(&mut agent, UserState::Ready);
    assert_eq!(emitted(&outputs), ["State READY for c3", "c3 ends"]);
    let late = member_in(UserState::Ready);
    assert!(agent.step(Input::Answered { ask: asks(&reread)[0], result: late }).is_empty());
}

#[test]
fn a_members_state_that_never_shows_ends_the_command_with_the_current_state() {
    let mut agent = supervisor(Platform::Ucce);
    let sent = for_member(&mut agent, Command::Logout);
    let reread = accept(&mut agent, &sent);
    agent.step(Input::Answered { ask: asks(&reread)[0], result: member_in(UserState::Talking) });
    let outputs = agent.step(Input::TimerFired(Timer::Deadline("c3".into())));
    assert_eq!(emitted(&outputs), ["Error PLEASE_RETRY for c3", "c3 ends"]);
    assert_eq!(error_text(&outputs), "Agent 1002 is TALKING, not LOGOUT. Try again in a moment.");
}

#[test]
fn a_change_whose_answer_was_lost_is_read_from_the_member() {
    let lost = || Err(Failure::TimedOut { sent: true });
    let mut agent = supervisor(Platform::Ucce);
    let sent = for_member(&mut agent, Command::MakeReady);
    let reread = agent.step(Input::Answered { ask: asks(&sent)[0], result: lost() });
    let outputs = agent.step(Input::Answered { ask: asks(&reread)[0], result: member_in(UserState::Ready) });
    assert_eq!(emitted(&outputs), ["State READY for c3", "c3 ends"]);

    let mut agent = supervisor(Platform::Ucce);
    let sent = for_member(&mut agent, Command::MakeReady);
    agent.step(Input::Answered { ask: asks(&sent)[0], result: lost() });
    let outputs = agent.step(Input::TimerFired(Timer::Deadline("c3".into())));
    assert_eq!(emitted(&outputs), ["Error NOT_REACHABLE for c3", "c3 ends"]);
}

#[test]
fn on_uccx_a_state_requested_for_a_talking_member_counts_as_reached() {
    let outcome = |platform, command| {
        let mut agent = supervisor(platform);
        let sent = for_member(&mut agent, command);
        let reread = accept(&mut agent, &sent);
        emitted(&agent.step(Input::Answered { ask: asks(&reread)[0], result: member_in(UserState::Talking) }))
    };
    for command in [Command::MakeNotReady, Command::Logout] {
        assert_eq!(outcome(Platform::Uccx, command.clone()), ["State TALKING for c3", "c3 ends"]);
        // UCCE shows it as pending, so the command waits.
        assert!(outcome(Platform::Ucce, command).is_empty());
    }
}

fn error_text(outputs: &[Output]) -> String {
    let text = outputs.iter().find_map(|output| match output {
        Output::Emit { event: gc_events::Event::Error(error), .. } => Some(error.message.clone()),
        _ => None,
    });
    text.unwrap_or_default()
}
