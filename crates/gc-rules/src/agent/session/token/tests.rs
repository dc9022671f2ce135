//! Tokens that end, and their renewal.

use finesse_types::{ApiErrors, UserState};
use gc_protocol::CommandName as Name;
use secrecy::ExposeSecret;

use super::*;
use crate::agent::tests::{agent, asks, emitted, read, send, send_as, step, user};
use crate::{CommandId, Input, Settings, StreamEnd, StreamFault};

const ISSUED: &str = r#"{"token":"t1","refresh_token":"r1","expires_in":3600}"#;

fn with_service() -> Settings {
    Settings { renews_tokens: true, ..Settings::default() }
}

/// Connected with the token t1 and not ready; what the Connect caused comes with it.
fn connected(settings: Settings, token: &str) -> (Agent, Vec<Output>) {
    let mut agent = agent(settings);
    send(&mut agent, "c1", Name::Connect, &format!("acme,{token},SSO"));
    let opened = agent.step(Input::StreamOpened);
    read(&mut agent, &opened, UserState::NotReady);
    (agent, opened)
}

fn ended(agent: &mut Agent, ask: AskId) -> Vec<Output> {
    let result = Err(Failure::Refused { status: 401, errors: ApiErrors::default() });
    agent.step(Input::Answered { ask, result })
}

fn ready(agent: &mut Agent, id: &str) -> Vec<Output> {
    send(agent, id, Name::MakeReady, "")
}

fn renewals(outputs: &[Output]) -> Vec<AskId> {
    let renewals = outputs.iter().filter_map(|output| match output {
        Output::RenewToken { ask, .. } => Some(*ask),
        _ => None,
    });
    renewals.collect()
}

/// The tokens and passwords that the outputs send to Finesse.
fn sent(outputs: &[Output]) -> Vec<String> {
    let secrets = outputs.iter().filter_map(|output| match output {
        Output::Ask { credentials, .. } | Output::OpenStream(credentials) => Some(credentials.password()),
        _ => None,
    });
    secrets.map(|secret| secret.expose_secret().to_owned()).collect()
}

fn renewed(agent: &mut Agent, ask: AskId, token: &str) -> Vec<Output> {
    agent.step(Input::TokenRenewed { ask, result: Ok(Token::read(token)) })
}

fn not_renewed(agent: &mut Agent, ask: AskId, status: u16) -> Vec<Output> {
    let result = Err(Failure::Refused { status, errors: ApiErrors::default() });
    agent.step(Input::TokenRenewed { ask, result })
}

fn renew_after(outputs: &[Output]) -> Vec<Duration> {
    let timers = outputs.iter().filter_map(|output| match output {
        Output::StartTimer(Timer::RenewToken, delay) => Some(delay.most()),
        _ => None,
    });
    timers.collect()
}

#[test]
fn a_token_is_renewed_after_three_quarters_of_its_life() {
    let (mut agent, opened) = connected(with_service(), ISSUED);
    assert_eq!((renew_after(&opened), renewals(&opened).len()), (vec![Duration::from_secs(2700)], 0));
    let due = agent.step(Input::TimerFired(Timer::RenewToken));
    let next = renewed(&mut agent, renewals(&due)[0], r#"{"token":"t2","expires_in":40}"#);
    assert_eq!(renew_after(&next), [Duration::from_secs(30)]);
    let due = agent.step(Input::TimerFired(Timer::RenewToken));
    let Some(Output::RenewToken { credentials, .. }) = due.last() else { panic!("{due:?}") };
    let token = credentials.token().unwrap();
    assert_eq!(token.value().expose_secret(), "t2");
    assert_eq!(token.refresh().unwrap().expose_secret(), "r1", "the service need not issue a new one");
}

/// Of the second token, as its issuer describes it: when it is renewed, and how often within a minute if the issuer always answers so.
fn within_a_minute(expires_in: &str) -> (Vec<Duration>, usize) {
    let (mut agent, _) = connected(with_service(), ISSUED);
    let mut due = agent.step(Input::TimerFired(Timer::RenewToken));
    let (mut first, mut times, mut passed) = (None, 0, Duration::ZERO);
    while let [ask] = renewals(&due)[..] {
        times += 1;
        let token = format!(r#"{{"token":"t{}","expires_in":{expires_in}}}"#, times + 1);
        let held = renew_after(&renewed(&mut agent, ask, &token));
        let Some(wait) = first.get_or_insert(held.clone()).first().copied() else { break };
        passed += wait;
        if passed > Duration::from_secs(60) || times > 100 {
            break;
        }
        due = agent.step(Input::TimerFired(Timer::RenewToken));
    }
    (first.unwrap_or_default(), times)
}

#[test]
fn a_service_is_not_asked_without_end_whatever_life_its_tokens_have() {
    let half_a_minute = vec![Duration::from_secs(30)];
    for short in ["0", "-1", "1", r#""0""#, "0.5", "39"] {
        assert_eq!(within_a_minute(short), (half_a_minute.clone(), 3), "{short}");
    }
    for unknown in ["null", "true", r#""soon""#, "18446744073709551616"] {
        assert_eq!(within_a_minute(unknown), (vec![], 1), "{unknown}: until Finesse refuses it");
    }
    for (long, seconds) in [(r#""3600""#, 3600), ("18446744073709551615", u64::MAX)] {
        let life = Duration::from_secs(seconds);
        assert_eq!(within_a_minute(long), (vec![life - life / 4], 1), "{long}");
    }
}

#[test]
fn a_token_of_unknown_life_is_renewed_at_once_and_without_a_service_not_at_all() {
    let (_, opened) = connected(with_service(), "t1");
    assert_eq!(renewals(&opened).len(), 1);
    let (_, opened) = connected(Settings::default(), ISSUED);
    assert_eq!((renewals(&opened).len(), renew_after(&opened).len()), (0, 0));
}

#[test]
fn what_an_ended_token_refused_is_sent_once_more_with_the_next_one() {
    let (mut agent, _) = connected(with_service(), ISSUED);
    let first = ready(&mut agent, "c2");
    let refused = ended(&mut agent, asks(&first)[0]);
    assert_eq!((renewals(&refused).len(), emitted(&refused).len()), (1, 0), "{refused:?}");
    let waits = send(&mut agent, "c3", Name::ReasonCodeLogout, "");
    assert_eq!(sent(&waits), Vec::<String>::new(), "nothing is sent with an ended token");
    let again = renewed(&mut agent, renewals(&refused)[0], "t2");
    assert_eq!(sent(&again), ["t2"; 4], "both commands, and a re-read: {again:?}");
    let end = ended(&mut agent, asks(&again)[0]);
    assert_eq!(emitted(&end), ["Error Unauthorized for c2", "c2 ends"], "each is sent twice at most");
}

#[test]
fn a_request_that_was_on_its_way_when_the_token_was_renewed_is_sent_again() {
    let (mut agent, _) = connected(with_service(), ISSUED);
    let first = ready(&mut agent, "c2");
    let due = agent.step(Input::TimerFired(Timer::RenewToken));
    renewed(&mut agent, renewals(&due)[0], "t2");
    let again = ended(&mut agent, asks(&first)[0]);
    assert_eq!((sent(&again), asks(&again)), (vec!["t2".to_owned()], asks(&first)));
}

#[test]
fn without_a_service_the_session_waits_for_a_new_token_of_the_client() {
    let (mut agent, _) = connected(Settings::default(), ISSUED);
    let first = ready(&mut agent, "c2");
    let refused = ended(&mut agent, asks(&first)[0]);
    assert_eq!(emitted(&refused), ["Error Unauthorized", "Error Unauthorized for c2", "c2 ends"]);
    let later = ready(&mut agent, "c3");
    assert_eq!(emitted(&later), ["Error Unauthorized for c3", "c3 ends"]);
    assert!(sent(&later).is_empty());

    let same = send(&mut agent, "c4", Name::Connect, &format!("acme,{ISSUED},SSO"));
    assert_eq!(emitted(&same), ["Error SUBSCRIPTION_FAILED for c4", "c4 ends"]);
    assert!(sent(&same).is_empty(), "an ended token is no second wrong password");
    assert!(!same.iter().any(|output| matches!(output, Output::Session(_))), "nor does it count: {same:?}");

    let check = send(&mut agent, "c5", Name::Connect, "acme,t2,SSO");
    assert_eq!(sent(&check), ["t2"]);
    let result = Ok(Answer::User(Box::new(user(UserState::NotReady))));
    let on = agent.step(Input::Answered { ask: asks(&check)[0], result });
    assert_eq!(emitted(&on), ["ConnectStatus for c5", "c5 ends"]);
    assert_eq!(sent(&on), ["t2", "t2"], "Finesse is read again");
}

#[test]
fn a_login_with_an_ended_token_asks_nobody() {
    let (mut agent, _) = connected(Settings::default(), "t1");
    let first = ready(&mut agent, "c2");
    ended(&mut agent, asks(&first)[0]);
    let login = send(&mut agent, "c3", Name::Login, "t1,2001");
    assert_eq!(emitted(&login), ["Error Unauthorized for c3", "c3 ends"]);
    assert!(sent(&login).is_empty());
}

#[test]
fn a_client_goes_on_with_its_own_token_after_it_was_renewed() {
    let mut agent = agent(with_service());
    send(&mut agent, "c1", Name::Connect, "acme,t1,SSO");
    let opened = agent.step(Input::StreamOpened);
    read(&mut agent, &opened, UserState::Logout);
    renewed(&mut agent, renewals(&opened)[0], "t2");
    let login = send(&mut agent, "c2", Name::Login, "t1,2001");
    assert_eq!(sent(&login), ["t2"]);
    let again = send_as(&mut agent, "acme", "c3", Name::Connect, "acme,t1,SSO");
    assert!(sent(&again).is_empty(), "{again:?}");
}

#[test]
fn a_missing_right_is_no_ended_token() {
    let (mut agent, _) = connected(with_service(), ISSUED);
    let team = send(&mut agent, "c2", Name::GetTeamUserState, "1002");
    let refused = ended(&mut agent, asks(&team)[0]);
    assert_eq!((renewals(&refused).len(), emitted(&refused).len()), (0, 0));
    let result = Ok(Answer::User(Box::new(user(UserState::NotReady))));
    let checked = agent.step(Input::Answered { ask: asks(&refused)[0], result });
    assert_eq!(emitted(&checked), ["Error Unauthorized for c2", "c2 ends"]);
    assert_eq!(sent(&ready(&mut agent, "c3")), ["t1"]);
}

#[test]
fn a_renewed_token_that_is_refused_at_once_ends_the_session() {
    let (mut agent, _) = connected(with_service(), ISSUED);
    let first = ready(&mut agent, "c2");
    let refused = ended(&mut agent, asks(&first)[0]);
    let again = renewed(&mut agent, renewals(&refused)[0], "t2");
    // The re-read, which was not sent before.
    let end = ended(&mut agent, asks(&again)[1]);
    assert_eq!(renewals(&end).len(), 0);
    assert_eq!(emitted(&end), ["State RE_LOGIN", "Error Unauthorized for c2", "c2 ends"]);
}

#[test]
fn a_service_that_fails_keeps_no_command_waiting_and_is_asked_again_later() {
    let (mut agent, _) = connected(with_service(), ISSUED);
    let first = ready(&mut agent, "c2");
    let refused = ended(&mut agent, asks(&first)[0]);
    let failed = not_renewed(&mut agent, renewals(&refused)[0], 503);
    assert_eq!(emitted(&failed), ["Error Unauthorized", "Error Unauthorized for c2", "c2 ends"]);
    assert_eq!(renew_after(&failed), [RENEW_AGAIN]);
    let due = agent.step(Input::TimerFired(Timer::RenewToken));
    let on = renewed(&mut agent, renewals(&due)[0], "t2");
    assert_eq!(sent(&on), ["t2", "t2"], "Finesse is read again");
    // One that refuses is not asked again.
    let due = agent.step(Input::TimerFired(Timer::RenewToken));
    let refused = not_renewed(&mut agent, renewals(&due)[0], 400);
    assert!(renew_after(&refused).is_empty() && emitted(&refused).is_empty());
    assert!(agent.step(Input::TimerFired(Timer::RenewToken)).is_empty());
}

#[test]
fn a_lost_stream_is_opened_with_the_renewed_token() {
    let (mut agent, _) = connected(with_service(), ISSUED);
    agent.step(Input::StreamEnded(StreamEnd::Lost));
    let opening = agent.step(Input::TimerFired(Timer::Reconnect));
    assert_eq!(sent(&opening), ["t1"]);
    let refused = agent.step(Input::StreamFailed(StreamFault::Refused));
    assert_eq!((renewals(&refused).len(), sent(&refused).len(), emitted(&refused).len()), (1, 0, 0));
    assert!(sent(&agent.step(Input::TimerFired(Timer::Reconnect))).is_empty());
    let on = renewed(&mut agent, renewals(&refused)[0], "t2");
    assert_eq!(sent(&on), ["t2"]);
    assert!(!sent(&agent.step(Input::StreamOpened)).is_empty(), "and read again");
}

#[test]
fn a_lost_stream_whose_token_nobody_renews_ends_the_session() {
    let (mut agent, _) = connected(Settings::default(), ISSUED);
    let first = ready(&mut agent, "c2");
    ended(&mut agent, asks(&first)[0]);
    agent.step(Input::StreamEnded(StreamEnd::Lost));
    let end = agent.step(Input::TimerFired(Timer::Reconnect));
    assert!(sent(&end).is_empty(), "an ended token is not tried");
    assert_eq!(emitted(&end), ["State RE_LOGIN", "Error Unauthorized"]);
}

#[test]
fn a_kept_session_has_its_token_and_the_means_to_renew_it() {
    let (agent, _) = connected(with_service(), ISSUED);
    let kept = agent.keep().unwrap();
    assert!(!kept.state.contains("t1") && !kept.state.contains("r1"), "{}", kept.state);
    let sealed = Credentials::new("1001", kept.credentials.to_kept());
    let settings = std::sync::Arc::new(with_service());
    let mut again = Agent::restore("1001", settings, kept.owner.clone(), sealed, &kept.state).unwrap();
    let begun = step(&mut again, Input::Restored { open: Vec::new(), away: Duration::ZERO });
    assert_eq!(sent(&begun), ["t1"]);
    let Some(Output::RenewToken { credentials, .. }) =
        begun.iter().find(|output| matches!(output, Output::RenewToken { .. }))
    else {
        panic!("{begun:?}")
    };
    assert_eq!(credentials.token().unwrap().refresh().unwrap().expose_secret(), "r1");
}

#[test]
fn a_password_is_not_the_same_as_a_token_of_the_same_text() {
    let (mut agent, _) = connected(Settings::default(), "t1");
    let check = send(&mut agent, "c2", Name::Connect, "acme,t1");
    let Some(Output::Ask { credentials, .. }) = check.last() else { panic!("{check:?}") };
    assert!(credentials.token().is_none());
}

fn moves(outputs: &[Output]) -> Vec<String> {
    let secrets = outputs.iter().filter_map(|output| match output {
        Output::MoveStream(credentials) => Some(credentials.password().expose_secret().to_owned()),
        _ => None,
    });
    secrets.collect()
}

#[test]
fn a_stream_moves_with_the_next_token_when_it_could_not_with_the_ended_one() {
    let (mut agent, _) = connected(with_service(), ISSUED);
    assert_eq!(moves(&agent.step(Input::StreamLeaving)), ["t1"]);
    let refused = agent.step(Input::StreamFailed(StreamFault::Refused));
    assert_eq!((renewals(&refused).len(), emitted(&refused).len()), (1, 0), "{refused:?}");
    assert!(moves(&agent.step(Input::StreamLeaving)).is_empty(), "nothing is sent with an ended token");
    let on = renewed(&mut agent, renewals(&refused)[0], "t2");
    assert!(!on.iter().any(|output| matches!(output, Output::OpenStream(_))), "the stream is open");
    assert_eq!(moves(&agent.step(Input::StreamLeaving)), ["t2"]);
}

#[test]
fn a_stream_stays_at_its_node_while_its_token_has_ended_and_nobody_renews_it() {
    let (mut agent, _) = connected(Settings::default(), ISSUED);
    agent.step(Input::StreamLeaving);
    let refused = agent.step(Input::StreamFailed(StreamFault::Refused));
    assert_eq!(emitted(&refused), ["Error Unauthorized"]);
    let again = agent.step(Input::StreamLeaving);
    assert!(moves(&again).is_empty() && emitted(&again).is_empty(), "{again:?}");
}

#[test]
fn a_successor_that_was_refused_with_the_token_before_says_nothing_about_this_one() {
    let (mut agent, _) = connected(with_service(), ISSUED);
    agent.step(Input::StreamLeaving);
    let due = agent.step(Input::TimerFired(Timer::RenewToken));
    renewed(&mut agent, renewals(&due)[0], "t2");
    assert!(agent.step(Input::StreamFailed(StreamFault::Refused)).is_empty());
    assert_eq!(moves(&agent.step(Input::StreamLeaving)), ["t2"]);
}

/// The messages of the errors.
fn said(outputs: &[Output]) -> Vec<String> {
    let messages = outputs.iter().filter_map(|output| match output {
        Output::Emit { event: Event::Error(error), .. } => Some(error.message.clone()),
        _ => None,
    });
    messages.collect()
}

#[test]
fn whoever_has_a_token_is_not_asked_for_a_password() {
    let refused = || Err(Failure::Refused { status: 401, errors: ApiErrors::default() });
    let mut texts = Vec::new();
    // Refused when the session begins.
    let mut agent_with = |body: &str| {
        let mut agent = agent(Settings::default());
        send(&mut agent, "c1", Name::Connect, body);
        texts.extend(said(&agent.step(Input::StreamFailed(StreamFault::Refused))));
    };
    agent_with("acme,t1,SSO");
    agent_with("acme,demo");
    let with_password = texts.pop().unwrap();
    assert!(with_password.contains("Enter the correct password"), "{with_password}");
    // A Login and a Connect with another one.
    let (mut agent, _) = connected(Settings::default(), ISSUED);
    for (id, name, body) in [("c2", Name::Login, "t9,2001"), ("c3", Name::Connect, "acme,t9,SSO")] {
        let asked = send(&mut agent, id, name, body);
        texts.extend(said(&agent.step(Input::Answered { ask: asks(&asked)[0], result: refused() })));
    }
    // Too many.
    send_as_unallowed(&mut agent, &mut texts);
    // A lost stream is not opened again with a refused one.
    agent.step(Input::StreamEnded(StreamEnd::Lost));
    agent.step(Input::TimerFired(Timer::Reconnect));
    texts.extend(said(&agent.step(Input::StreamFailed(StreamFault::Refused))));
    assert_eq!(texts.len(), 5, "{texts:#?}");
    for text in texts {
        assert!(text.contains("token") && !text.contains("enter the correct password"), "{text}");
        assert!(!text.contains("Enter the correct password"), "{text}");
    }
}

fn send_as_unallowed(agent: &mut Agent, texts: &mut Vec<String>) {
    let (id, command) = (CommandId::from("c4"), Command::parse(Name::Connect, "acme,t8,SSO"));
    agent.step(Input::Command { id: id.clone(), client: "acme".into(), command });
    let wait = Duration::from_secs(9);
    texts.extend(said(&agent.step(Input::AttemptDecided { command: id, allowed: Err(wait) })));
}
