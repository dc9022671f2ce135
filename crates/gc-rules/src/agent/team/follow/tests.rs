use finesse_types::{Team, UpdateEvent, UserState};
use gc_protocol::CommandName;

use super::*;
use crate::agent::tests::{asks, connected, emitted, send};
use crate::{Input, Settings, Timer};

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
    let wanted = send(&mut agent, "c2", CommandName::GetTeamUsers, "5,true");
    let listed = agent.step(subscribed());
    let ask = asks(&listed)[0];
    let team =
        Team { id: "5".into(), name: "Sales".into(), users: vec![member(UserState::NotReady, "2002")] };
    let answered = agent.step(Input::Answered { ask, result: Ok(Answer::Team(team)) });
    (agent, wanted.into_iter().chain(listed).chain(answered).collect())
}

fn subscribed() -> Input {
    Input::Subscribed { node: NODE.to_owned() }
}

const NODE: &str = "/finesse/api/Team/5/Users";

#[test]
fn a_team_is_subscribed_before_it_is_listed_and_the_switchboard_gets_its_members() {
    let (_, outputs) = supervisor();
    let at = |wanted: fn(&Output) -> bool| outputs.iter().position(wanted).unwrap();
    let wanted = at(|output| matches!(output, Output::Subscribe { node } if node == NODE));
    assert!(wanted < at(|output| matches!(output, Output::Ask { .. })));
    at(
        |output| matches!(output, Output::Session(SessionChange::Supervises(members)) if members == &["1002"]),
    );
    assert_eq!(emitted(&outputs), ["TeamAgents for c2", "c2 ends"]);
}

#[test]
fn a_member_without_a_login_id_is_named_by_its_path_or_by_the_source() {
    let named = |uri: &str, source: &str| {
        let (mut agent, _) = supervisor();
        let user = User { login_id: String::new(), uri: uri.into(), ..member(UserState::Hold, "2002") };
        let payload = Payload::User(Box::new(user));
        let source = source.to_owned();
        let update = Update { payload, event: UpdateEvent::Put, request_id: None, source };
        let outputs = agent.step(Input::TeamNotified { item_id: None, update: Box::new(update) });
        outputs.iter().find_map(|output| match output {
            Output::Emit { event: Event::State(state), .. } => state.team_agent_id.clone(),
            _ => None,
        })
    };
    assert_eq!(named("/finesse/api/User/1003", "").as_deref(), Some("1003"));
    assert_eq!(named("", "/finesse/api/User/1004").as_deref(), Some("1004"));
    assert_eq!(named("", "/finesse/api/Team/5/Users"), None, "a user without a name is not reported");
}

#[test]
fn the_team_is_not_listed_before_it_is_subscribed() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    assert!(asks(&send(&mut agent, "c2", CommandName::GetTeamUsers, "5,true")).is_empty());
    assert_eq!(asks(&agent.step(subscribed())).len(), 1);
}

#[test]
fn a_refused_subscription_is_reported_once_to_the_command_that_needs_it() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    send(&mut agent, "c2", CommandName::GetTeamUsers, "5,true");
    let refused = agent.step(Input::NotSubscribed { node: NODE.to_owned() });
    assert_eq!(emitted(&refused), ["Error GENERAL_ERROR for c2", "c2 ends"]);
    assert!(!subscribes_again(&mut agent));
}

#[test]
fn of_two_commands_for_one_subscription_the_failure_of_one_does_not_end_it() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    send(&mut agent, "c2", CommandName::GetTeamUsers, "5,true");
    assert!(asks(&send(&mut agent, "c3", CommandName::GetTeamUsers, "5,true")).is_empty());
    let listed = agent.step(subscribed());
    let [first, second] = asks(&listed)[..] else { panic!("{listed:?}") };
    let refused = || Err(Failure::TimedOut { sent: true });
    let outputs = agent.step(Input::Answered { ask: first, result: refused() });
    assert_eq!(emitted(&outputs), ["Error NOT_REACHABLE for c2", "c2 ends"]);
    assert!(subscribes_again(&mut agent));
    agent.step(Input::Answered { ask: second, result: refused() });
    assert!(!subscribes_again(&mut agent));
}

#[test]
fn a_refused_subscription_fails_all_commands_that_wait_for_it() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    send(&mut agent, "c2", CommandName::GetTeamUsers, "5,true");
    send(&mut agent, "c3", CommandName::GetTeamUsers, "5,true");
    let refused = agent.step(Input::NotSubscribed { node: NODE.to_owned() });
    let both = ["Error GENERAL_ERROR for c2", "c2 ends", "Error GENERAL_ERROR for c3", "c3 ends"];
    assert_eq!(emitted(&refused), both);
    assert!(!subscribes_again(&mut agent));
}

#[test]
fn a_list_that_fails_does_not_end_an_earlier_subscription() {
    let (mut agent, _) = supervisor();
    let ask = asks(&send(&mut agent, "c3", CommandName::GetTeamUsers, "5,true"))[0];
    agent.step(Input::Answered { ask, result: Err(Failure::TimedOut { sent: true }) });
    assert!(subscribes_again(&mut agent));
}

#[test]
fn after_unsubscribing_a_team_its_reread_and_notifications_are_not_reported() {
    let (mut agent, _) = supervisor();
    agent.step(Input::StreamEnded(crate::StreamEnd::Lost));
    agent.step(Input::StreamOpened);
    let ask = requested_team(&agent.step(subscribed()));
    send(&mut agent, "c3", CommandName::GetTeamUsers, "5,false");
    let team = Team { users: vec![since(UserState::Ready, 9)], ..Team::default() };
    assert!(emitted(&agent.step(Input::Answered { ask, result: Ok(Answer::Team(team)) })).is_empty());
    assert!(emitted(&notified(&mut agent, "i1", since(UserState::Talking, 10))).is_empty());
}

/// What is emitted when a notification shows `before`, then the stream is lost, and the re-read of the team shows
/// `after`.
fn emitted_after_a_gap(before: User, after: User) -> Vec<String> {
    let (mut agent, _) = supervisor();
    notified(&mut agent, "i1", before);
    agent.step(Input::StreamEnded(crate::StreamEnd::Lost));
    agent.step(Input::StreamOpened);
    let ask = requested_team(&agent.step(subscribed()));
    let team = Team { id: "5".into(), name: "Sales".into(), users: vec![after] };
    emitted(&agent.step(Input::Answered { ask, result: Ok(Answer::Team(team)) }))
}

fn requested_team(outputs: &[Output]) -> crate::AskId {
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
fn changes_of_members_during_a_lost_stream_are_reported_afterwards() {
    let before = || since(UserState::NotReady, 1);
    assert_eq!(emitted_after_a_gap(before(), since(UserState::Ready, 2)), ["State READY"]);
    // NOT_READY again, since another time.
    assert_eq!(emitted_after_a_gap(before(), since(UserState::NotReady, 2)), ["State NOT_READY"]);
    assert!(emitted_after_a_gap(before(), since(UserState::NotReady, 1)).is_empty());
    // After a failover UCCX sends no time.
    assert_eq!(emitted_after_a_gap(before(), member(UserState::Ready, "2002")), ["State READY"]);
}

#[test]
fn a_reread_of_a_team_reports_no_older_state() {
    assert!(emitted_after_a_gap(since(UserState::NotReady, 3), since(UserState::Ready, 2)).is_empty());
    // A list contains no reason. That alone is no change.
    let reason = finesse_types::ReasonCode { code: "102".into(), ..Default::default() };
    let before = User { reason_code: Some(reason), ..since(UserState::NotReady, 3) };
    assert!(emitted_after_a_gap(before, since(UserState::NotReady, 3)).is_empty());
}

#[test]
fn a_team_that_cannot_be_reread_is_read_later() {
    let (mut agent, _) = supervisor();
    agent.step(Input::StreamEnded(crate::StreamEnd::Lost));
    agent.step(Input::StreamOpened);
    let ask = requested_team(&agent.step(subscribed()));
    let result = Err(Failure::TimedOut { sent: true });
    let outputs = agent.step(Input::Answered { ask, result });
    assert!(matches!(outputs[..], [Output::StartTimer(Timer::Reread, _)]), "{outputs:?}");
}

#[test]
fn a_team_that_cannot_be_listed_is_not_followed_either() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    send(&mut agent, "c2", CommandName::GetTeamUsers, "5,true");
    let ask = asks(&agent.step(subscribed()))[0];
    let result = Err(Failure::TimedOut { sent: true });
    let outputs = agent.step(Input::Answered { ask, result });
    assert_eq!(emitted(&outputs), ["Error NOT_REACHABLE for c2", "c2 ends"]);
    assert!(outputs.iter().any(|output| matches!(output, Output::Unsubscribe { node } if node == NODE)));
    assert!(!subscribes_again(&mut agent));
}

/// Whether a node is subscribed on a new stream.
fn subscribes_again(agent: &mut Agent) -> bool {
    agent.step(Input::StreamEnded(crate::StreamEnd::Lost));
    let outputs = agent.step(Input::StreamOpened);
    outputs.iter().any(|output| matches!(output, Output::Subscribe { .. }))
}

#[test]
fn each_change_of_a_member_is_reported_once() {
    let (mut agent, _) = supervisor();
    assert!(emitted(&notified(&mut agent, "i1", member(UserState::NotReady, "2002"))).is_empty());
    let ready = notified(&mut agent, "i2", member(UserState::Ready, "2002"));
    let Some(Output::Emit { event: Event::State(state), .. }) = ready.first() else { panic!("{ready:?}") };
    assert_eq!((state.team_agent_id.as_deref(), state.agent_id.as_str()), (Some("1002"), "1001"));
    assert!(emitted(&notified(&mut agent, "i3", member(UserState::Ready, "2002"))).is_empty());
    assert!(emitted(&notified(&mut agent, "i2", member(UserState::Talking, "2002"))).is_empty());
}

#[test]
fn a_team_is_subscribed_on_each_new_stream_until_the_client_unsubscribes_it() {
    let (mut agent, _) = supervisor();
    assert!(subscribes_again(&mut agent));
    let outputs = send(&mut agent, "c3", CommandName::GetTeamUsers, "5,false");
    assert!(outputs.iter().any(|output| matches!(output, Output::Unsubscribe { .. })));
    assert!(!subscribes_again(&mut agent));
}

#[test]
fn a_subscription_that_fails_later_is_reported() {
    let (mut agent, _) = supervisor();
    let node = NODE.to_owned();
    assert_eq!(emitted(&agent.step(Input::NotSubscribed { node })), ["Error GENERAL_ERROR"]);
}
