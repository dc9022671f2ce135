use finesse_types::{Team, UpdateEvent};
use gc_protocol::CommandName;

use super::*;
use crate::agent::tests::{accept, asks, connected, say, told};
use crate::{ClientId, Input, Settings};

fn member(state: UserState, extension: &str) -> User {
    User { login_id: "1002".into(), extension: extension.into(), state, ..User::default() }
}

fn notified(agent: &mut Agent, item: &str, user: User) -> Vec<Output> {
    let update = Update {
        payload: Payload::User(Box::new(user)),
        event: UpdateEvent::Put,
        request_id: None,
        source: "/finesse/api/User/1002".into(),
    };
    agent.step(Input::TeamNotified { item_id: Some(item.into()), update: Box::new(update) })
}

/// A supervisor who has listed and subscribed team 5.
fn supervisor() -> (Agent, Vec<Output>) {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    let outputs = say(&mut agent, "c2", CommandName::GetTeamUsers, "5,true");
    let ask = asks(&outputs)[0];
    let team =
        Team { id: "5".into(), name: "Sales".into(), users: vec![member(UserState::NotReady, "2002")] };
    let answered = agent.step(Input::Answered { ask, result: Ok(Answer::Team(team)) });
    (agent, outputs.into_iter().chain(answered).collect())
}

#[test]
fn a_team_is_subscribed_before_it_is_listed_and_its_members_are_known() {
    let (_, outputs) = supervisor();
    let at = |wanted: fn(&Output) -> bool| outputs.iter().position(wanted).unwrap();
    let subscribed =
        at(|output| matches!(output, Output::Subscribe { node } if node == "/finesse/api/Team/5/Users"));
    assert!(subscribed < at(|output| matches!(output, Output::Ask { .. })));
    at(|output| matches!(output, Output::Supervises { members } if members == &["1002"]));
    assert_eq!(told(&outputs), ["TeamAgents for c2", "c2 ends"]);
}

#[test]
fn each_change_of_a_member_is_told_once() {
    let (mut agent, _) = supervisor();
    assert!(told(&notified(&mut agent, "i1", member(UserState::NotReady, "2002"))).is_empty());
    let ready = notified(&mut agent, "i2", member(UserState::Ready, "2002"));
    let Some(Output::Emit { event: Event::State(state), .. }) = ready.first() else { panic!("{ready:?}") };
    assert_eq!((state.team_agent_id.as_deref(), state.agent_id.as_str()), (Some("1002"), "1001"));
    assert!(told(&notified(&mut agent, "i3", member(UserState::Ready, "2002"))).is_empty());
    assert!(told(&notified(&mut agent, "i2", member(UserState::Talking, "2002"))).is_empty());
}

#[test]
fn a_new_stream_is_subscribed_again_until_the_client_wants_it_no_more() {
    let (mut agent, _) = supervisor();
    let subscribes =
        |outputs: &[Output]| outputs.iter().any(|output| matches!(output, Output::Subscribe { .. }));
    agent.step(Input::StreamEnded(crate::StreamEnd::Lost));
    assert!(subscribes(&agent.step(Input::StreamOpened)));
    let outputs = say(&mut agent, "c3", CommandName::GetTeamUsers, "5,false");
    assert!(outputs.iter().any(|output| matches!(output, Output::Unsubscribe { .. })));
    agent.step(Input::StreamEnded(crate::StreamEnd::Lost));
    assert!(!subscribes(&agent.step(Input::StreamOpened)));
}

/// What is told when a notification showed `before`, then the stream was lost, and the team read again shows
/// `after`.
fn told_after_a_gap(before: User, after: User) -> Vec<String> {
    let (mut agent, _) = supervisor();
    notified(&mut agent, "i1", before);
    agent.step(Input::StreamEnded(crate::StreamEnd::Lost));
    let opened = agent.step(Input::StreamOpened);
    let team = Team { id: "5".into(), name: "Sales".into(), users: vec![after] };
    told(&agent.step(Input::Answered { ask: asked_for_team(&opened), result: Ok(Answer::Team(team)) }))
}

fn asked_for_team(outputs: &[Output]) -> crate::AskId {
    let team = Request::Team { id: "5".into(), include_logged_out: true };
    let asked = outputs.iter().find_map(|output| match output {
        Output::Ask { ask, request, .. } if *request == team => Some(*ask),
        _ => None,
    });
    asked.unwrap_or_else(|| panic!("{outputs:?}"))
}

fn since(state: UserState, minute: u32) -> User {
    User { state_change_time: format!("2026-03-01T08:{minute:02}:00.000Z"), ..member(state, "2002") }
}

#[test]
fn what_the_members_did_while_the_stream_was_lost_is_told_when_it_is_back() {
    let before = || since(UserState::NotReady, 1);
    assert_eq!(told_after_a_gap(before(), since(UserState::Ready, 2)), ["State READY"]);
    // Not ready again, and for how long.
    assert_eq!(told_after_a_gap(before(), since(UserState::NotReady, 2)), ["State NOT_READY"]);
    assert!(told_after_a_gap(before(), since(UserState::NotReady, 1)).is_empty());
    // After a failover UCCX tells no time.
    assert_eq!(told_after_a_gap(before(), member(UserState::Ready, "2002")), ["State READY"]);
}

#[test]
fn a_team_read_again_takes_back_nothing_that_was_told() {
    assert!(told_after_a_gap(since(UserState::NotReady, 3), since(UserState::Ready, 2)).is_empty());
    // A list names no reason: that alone is no change.
    let reason = finesse_types::ReasonCode { code: "102".into(), ..Default::default() };
    let before = User { reason_code: Some(reason), ..since(UserState::NotReady, 3) };
    assert!(told_after_a_gap(before, since(UserState::NotReady, 3)).is_empty());
}

#[test]
fn a_team_that_cannot_be_read_again_now_is_read_later() {
    let (mut agent, _) = supervisor();
    agent.step(Input::StreamEnded(crate::StreamEnd::Lost));
    let ask = asked_for_team(&agent.step(Input::StreamOpened));
    let result = Err(Failure::TimedOut { sent: true });
    let outputs = agent.step(Input::Answered { ask, result });
    assert!(matches!(outputs[..], [Output::StartTimer(Timer::Reread, _)]), "{outputs:?}");
}

#[test]
fn a_subscription_that_fails_is_told() {
    let (mut agent, _) = supervisor();
    let node = "/finesse/api/Team/5/Users".to_owned();
    assert_eq!(told(&agent.step(Input::NotSubscribed { node })), ["Error GENERAL_ERROR"]);
}

fn for_member(agent: &mut Agent, command: Command) -> Vec<Output> {
    let (id, client) = (CommandId::from("c3"), ClientId::from("acme"));
    agent.step(Input::ForMember { id, client, member: "1002".into(), command })
}

#[test]
fn a_members_state_is_changed_with_the_supervisors_rights_and_looked_at_until_it_shows() {
    let (mut agent, _) = supervisor();
    let sent = for_member(&mut agent, Command::MakeReady);
    let request = Request::ChangeState { user: "1002".into(), state: UserState::Ready, reason_code_id: None };
    assert!(
        sent.iter().any(|output| matches!(output, Output::Ask { request: asked, .. } if *asked == request))
    );
    let looked = accept(&mut agent, &sent);
    let not_yet = Ok(Answer::User(Box::new(member(UserState::NotReady, "2002"))));
    let again = agent.step(Input::Answered { ask: asks(&looked)[0], result: not_yet });
    assert!(again.iter().any(|output| matches!(output, Output::StartTimer(Timer::Look(_), _))), "{again:?}");
    let looked = agent.step(Input::TimerFired(Timer::Look("c3".into())));
    let now = Ok(Answer::User(Box::new(member(UserState::Ready, "2002"))));
    let outputs = agent.step(Input::Answered { ask: asks(&looked)[0], result: now });
    assert_eq!(told(&outputs), ["State READY for c3", "c3 ends"]);
}

#[test]
fn a_change_that_the_teams_node_tells_first_answers_the_command_and_is_told_once() {
    let (mut agent, _) = supervisor();
    let sent = for_member(&mut agent, Command::MakeReady);
    let looked = accept(&mut agent, &sent);
    let outputs = notified(&mut agent, "i1", member(UserState::Ready, "2002"));
    assert_eq!(told(&outputs), ["State READY for c3", "c3 ends"]);
    let late = Ok(Answer::User(Box::new(member(UserState::Ready, "2002"))));
    assert!(agent.step(Input::Answered { ask: asks(&looked)[0], result: late }).is_empty());
}

#[test]
fn a_members_state_that_never_shows_ends_with_the_deadline() {
    let (mut agent, _) = supervisor();
    let sent = for_member(&mut agent, Command::Logout);
    accept(&mut agent, &sent);
    let outputs = agent.step(Input::TimerFired(Timer::Deadline("c3".into())));
    assert_eq!(told(&outputs), ["Error PLEASE_RETRY for c3", "c3 ends"]);
}

#[test]
fn who_works_at_an_extension_is_known_from_the_team() {
    let (mut agent, _) = supervisor();
    assert_eq!(agent.member_at("2002").as_deref(), Some("1002"));
    notified(&mut agent, "i1", member(UserState::Ready, "2055"));
    assert_eq!(agent.member_at("2002"), None);
}

#[test]
fn a_newer_list_says_where_a_member_works_now() {
    let (mut agent, _) = supervisor();
    notified(&mut agent, "i1", since(UserState::Ready, 2));
    let mut listed = |minute, extension: &str| {
        let outputs = say(&mut agent, "c3", CommandName::GetTeamUsers, "5");
        let user = User { extension: extension.into(), ..since(UserState::Ready, minute) };
        let team = Team { id: "5".into(), name: "Sales".into(), users: vec![user] };
        agent.step(Input::Answered { ask: asks(&outputs)[0], result: Ok(Answer::Team(team)) });
        agent.member_at(extension)
    };
    assert_eq!(listed(3, "2055").as_deref(), Some("1002"));
    assert_eq!(listed(1, "2002"), None);
}
