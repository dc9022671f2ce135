//! What the scenarios cannot say: settings, secrets, and the time after the end.

use finesse_types::{ApiErrors, ReasonCode, Update, User, UserState};
use gc_protocol::{Command, CommandName};

use super::*;
use crate::{ClientKey, CommandId, StreamEnd, StreamFault};

pub(in crate::agent) fn agent(settings: Settings) -> Agent {
    Agent::new("1001", Arc::new(settings))
}

pub(in crate::agent) fn send(agent: &mut Agent, id: &str, name: CommandName, body: &str) -> Vec<Output> {
    let (id, client) = (CommandId::from(id), ClientKey::from("acme"));
    agent.step(Input::Command { id, client, command: Command::parse(name, body) })
}

pub(in crate::agent) fn asks(outputs: &[Output]) -> Vec<AskId> {
    let asks = outputs.iter().filter_map(|output| match output {
        Output::Ask { ask, .. } => Some(*ask),
        _ => None,
    });
    asks.collect()
}

/// Events and ends in short: `State TALKING for c3`, `c3 ends`.
pub(in crate::agent) fn emitted(outputs: &[Output]) -> Vec<String> {
    let told = outputs.iter().filter_map(|output| match output {
        Output::Emit { event, command, .. } => {
            let answers = command.as_ref().map(|id| format!(" for {id}")).unwrap_or_default();
            Some(match event {
                Event::State(state) => format!("State {}{answers}", state.state),
                Event::Error(error) => format!("Error {}{answers}", error.code),
                other => format!("{}{answers}", other.type_name(gc_events::Dialect::Gc4412)),
            })
        }
        Output::Finished { id, .. } => Some(format!("{id} ends")),
        _ => None,
    });
    told.collect()
}

pub(in crate::agent) fn user(state: UserState) -> User {
    User { login_id: "1001".into(), extension: "2001".into(), state, ..User::default() }
}

/// Finesse shows the user in this state and no calls.
pub(in crate::agent) fn read(agent: &mut Agent, outputs: &[Output], state: UserState) -> Vec<Output> {
    let [first, second] = asks(outputs)[..] else { panic!("no re-read in {outputs:?}") };
    agent.step(Input::Answered { ask: first, result: Ok(Answer::User(Box::new(user(state)))) });
    agent.step(Input::Answered { ask: second, result: Ok(Answer::Dialogs(Vec::new())) })
}

/// Connected, and in this state at Finesse.
pub(in crate::agent) fn connected(settings: Settings, state: UserState) -> Agent {
    let mut agent = agent(settings);
    send(&mut agent, "c1", CommandName::Connect, "acme,demo");
    let outputs = agent.step(Input::StreamOpened);
    read(&mut agent, &outputs, state);
    agent
}

pub(in crate::agent) fn accept(agent: &mut Agent, outputs: &[Output]) -> Vec<Output> {
    let [ask] = asks(outputs)[..] else { panic!("no request in {outputs:?}") };
    agent.step(Input::Answered { ask, result: Ok(Answer::Accepted) })
}

#[test]
fn on_uccx_a_state_requested_during_a_call_counts_as_reached() {
    let settings = Settings { platform: crate::Platform::Uccx, ..Settings::default() };
    let mut agent = connected(settings, UserState::Talking);
    let sent = send(&mut agent, "c2", CommandName::MakeNotReady, "");
    let reread = accept(&mut agent, &sent);
    assert_eq!(emitted(&read(&mut agent, &reread, UserState::Talking)), ["State TALKING for c2", "c2 ends"]);
}

#[test]
fn on_ucce_a_state_requested_during_a_call_must_show() {
    let mut agent = connected(Settings::default(), UserState::Talking);
    let sent = send(&mut agent, "c2", CommandName::MakeNotReady, "");
    assert!(asks(&accept(&mut agent, &sent)).is_empty());
    let reread = agent.step(Input::TimerFired(Timer::Deadline("c2".into())));
    assert_eq!(
        emitted(&read(&mut agent, &reread, UserState::Talking)),
        ["Error PLEASE_RETRY for c2", "c2 ends"]
    );
}

#[test]
fn a_state_that_the_agent_is_in_already_is_read_and_reported() {
    let mut agent = connected(Settings::default(), UserState::Ready);
    let sent = send(&mut agent, "c2", CommandName::MakeReady, "");
    let reread = accept(&mut agent, &sent);
    assert_eq!(emitted(&read(&mut agent, &reread, UserState::Ready)), ["State READY for c2", "c2 ends"]);
}

#[test]
fn a_request_that_could_not_be_sent_fails_without_a_reread() {
    let mut agent = connected(Settings::default(), UserState::Ready);
    let sent = send(&mut agent, "c2", CommandName::MakeNotReady, "");
    let result = Err(Failure::Unreachable { sent: false, reason: "refused".into() });
    let outputs = agent.step(Input::Answered { ask: asks(&sent)[0], result });
    assert_eq!(emitted(&outputs), ["Error DOWN for c2", "c2 ends"]);
    assert!(asks(&outputs).is_empty());
}

#[test]
fn a_reread_that_fails_is_repeated_unless_the_credentials_are_refused() {
    for (status, again) in [(500, true), (503, true), (401, false)] {
        let mut agent = agent(Settings::default());
        send(&mut agent, "c1", CommandName::Connect, "acme,demo");
        let reread = agent.step(Input::StreamOpened);
        let failed = || Err(Failure::Refused { status, errors: ApiErrors::default() });
        let outputs: Vec<_> = asks(&reread)
            .into_iter()
            .flat_map(|ask| agent.step(Input::Answered { ask, result: failed() }))
            .collect();
        let repeated = outputs.iter().any(|output| matches!(output, Output::StartTimer(Timer::Reread, _)));
        assert_eq!(repeated, again, "{status}");
    }
}

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

    // What everybody may do can only mean the password.
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
fn a_team_members_state_is_not_taken_for_the_agents() {
    let mut agent = connected(Settings::default(), UserState::Ready);
    let xml = "<Update><data><user><loginId>1002</loginId><state>WORK</state></user></data><event>PUT</event>\
        <source>/finesse/api/User/1002</source></Update>";
    let update = Box::new(Update::parse(xml).unwrap());
    assert!(agent.step(Input::Notified { item_id: None, update }).is_empty());
}

#[test]
fn a_repeated_item_is_ignored() {
    let mut agent = connected(Settings::default(), UserState::Ready);
    let mut notify = |item: &str, state: &str| {
        let xml = format!(
            "<Update><data><user><loginId>1001</loginId><extension>2001</extension><state>{state}</state></user>\
             </data><event>PUT</event><source>/finesse/api/User/1001</source></Update>"
        );
        let update = Box::new(Update::parse(&xml).unwrap());
        emitted(&agent.step(Input::Notified { item_id: Some(item.into()), update }))
    };
    assert_eq!(notify("a", "RESERVED"), ["State RESERVED"]);
    assert_eq!(notify("b", "READY"), ["State READY"]);
    assert!(notify("a", "RESERVED").is_empty());
    assert_eq!(notify("c", "RESERVED"), ["State RESERVED"]);
}

fn send_as(agent: &mut Agent, client: &str, id: &str, name: CommandName, body: &str) -> Vec<Output> {
    let (id, client) = (CommandId::from(id), ClientKey::from(client));
    agent.step(Input::Command { id, client, command: Command::parse(name, body) })
}

#[test]
fn a_command_of_another_client_is_rejected_by_the_agent_too() {
    let mut agent = connected(Settings::default(), UserState::Ready);
    let outputs = send_as(&mut agent, "bell", "c2", CommandName::MakeNotReady, "");
    assert_eq!(emitted(&outputs), ["Error SESSION_INVALIDATED for c2", "c2 ends"]);
    assert!(asks(&outputs).is_empty());
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
    // The engine gives that stream up, so that nothing of it comes back; the session opens its own.
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

/// The reason codes that force_logout gives: 101 is object 31, 201 is object 41.
fn forced() -> Settings {
    Settings {
        force_not_ready_reason: Some("101".into()),
        force_logout_reason: Some("201".into()),
        ..Settings::default()
    }
}

/// The one request, in short: `LOGOUT 41`, or which list is read.
fn requested(outputs: &[Output]) -> String {
    let asked = outputs.iter().find_map(|output| match output {
        Output::Ask { request: Request::ChangeState { state, reason_code_id, .. }, .. } => {
            Some(format!("{state} {}", reason_code_id.clone().unwrap_or_default()).trim().to_owned())
        }
        Output::Ask { request: Request::ReasonCodes { category, .. }, .. } => Some(category.to_string()),
        _ => None,
    });
    asked.unwrap_or_default()
}

fn list(agent: &mut Agent, outputs: &[Output], id: &str, code: &str) -> Vec<Output> {
    let [ask] = asks(outputs)[..] else { panic!("no request in {outputs:?}") };
    let reason = ReasonCode { id: id.into(), code: code.into(), ..ReasonCode::default() };
    agent.step(Input::Answered { ask, result: Ok(Answer::ReasonCodes(vec![reason])) })
}

fn notify(agent: &mut Agent, user: User) -> Vec<Output> {
    let source = "/finesse/api/User/1001".to_owned();
    let payload = finesse_types::Payload::User(Box::new(user));
    let update = Update { payload, event: finesse_types::UpdateEvent::Put, request_id: None, source };
    agent.step(Input::Notified { item_id: None, update: Box::new(update) })
}

/// Talking, with a forced sign-out that waits for the call's end.
fn to_be_signed_out() -> Agent {
    let mut agent = connected(forced(), UserState::Talking);
    let step = send(&mut agent, "c2", CommandName::ForceLogout, "");
    assert_eq!(requested(&step), "LOGOUT", "the code of the late step is looked up ahead");
    let step = list(&mut agent, &step, "41", "201");
    assert_eq!(requested(&step), "NOT_READY");
    let step = list(&mut agent, &step, "31", "101");
    assert_eq!(requested(&step), "NOT_READY 31");
    accept(&mut agent, &step);
    let pending = User { pending_state: Some(UserState::NotReady), ..user(UserState::Talking) };
    assert_eq!(emitted(&notify(&mut agent, pending)), ["State TALKING for c2", "c2 ends"]);
    agent
}

#[test]
fn force_logout_sends_the_configured_reasons_even_after_a_call() {
    let mut agent = to_be_signed_out();
    let out = notify(&mut agent, user(UserState::NotReady));
    assert_eq!(requested(&out), "LOGOUT 41");
    let again = User { reason_code_id: Some("-1".into()), ..user(UserState::NotReady) };
    assert_eq!(requested(&notify(&mut agent, again)), "", "it is asked for once");
    assert_eq!(emitted(&notify(&mut agent, user(UserState::Logout))), ["State LOGOUT for c2"]);
}

#[test]
fn a_deferred_sign_out_that_finesse_refuses_names_its_command() {
    let refused = Failure::Refused { status: 400, errors: ApiErrors::default() };
    let mut agent = to_be_signed_out();
    let out = notify(&mut agent, user(UserState::NotReady));
    let [ask] = asks(&out)[..] else { panic!("{out:?}") };
    let reported = emitted(&agent.step(Input::Answered { ask, result: Err(refused) }));
    assert_eq!(reported, ["Error PLEASE_RETRY for c2"]);

    let mut agent = to_be_signed_out();
    let out = notify(&mut agent, user(UserState::NotReady));
    let request_id = out.iter().find_map(|output| match output {
        Output::Ask { request_id, .. } => Some(request_id.clone()),
        _ => None,
    });
    accept(&mut agent, &out);
    let xml = format!(
        "<Update><data><apiErrors><apiError><errorType>Invalid State</errorType></apiError></apiErrors></data>\
         <event>put</event><requestId>{}</requestId><source>/finesse/api/User/1001</source></Update>",
        request_id.unwrap()
    );
    let update = Box::new(Update::parse(&xml).unwrap());
    let reported = emitted(&agent.step(Input::Notified { item_id: None, update }));
    assert_eq!(reported, ["Error CF_INVALID_OBJECT_STATE for c2"]);
    assert_eq!(emitted(&notify(&mut agent, user(UserState::Logout))), ["State LOGOUT"], "it is over");
}

#[test]
fn force_logout_with_an_unknown_reason_ends_before_its_first_step() {
    let mut agent = connected(forced(), UserState::Ready);
    let step = send(&mut agent, "c2", CommandName::ForceLogout, "");
    let end = list(&mut agent, &step, "42", "202");
    assert_eq!(emitted(&end), ["Error CF_INVALID_AGENT_REASON_CODE for c2", "c2 ends"]);
}

#[test]
fn after_a_lost_stream_an_agent_signed_out_by_force_logout_is_not_signed_in_again() {
    let mut agent = to_be_signed_out();
    agent.step(Input::StreamEnded(StreamEnd::Lost));
    agent.step(Input::TimerFired(Timer::Reconnect));
    let outputs = agent.step(Input::StreamOpened);
    let outputs = read(&mut agent, &outputs, UserState::Logout);
    assert!(asks(&outputs).is_empty(), "{outputs:?}");
    assert_eq!(emitted(&outputs), ["State LOGOUT for c2"]);
}

#[test]
fn each_step_of_force_logout_has_its_own_deadline() {
    let mut agent = connected(Settings::default(), UserState::Ready);
    send(&mut agent, "c2", CommandName::ForceLogout, "");
    let second = notify(&mut agent, user(UserState::NotReady));
    assert_eq!(requested(&second), "LOGOUT");
    let deadline = Timer::Deadline("c2".into());
    assert!(second.iter().any(|output| matches!(output, Output::StartTimer(timer, _) if *timer == deadline)));
}

#[test]
fn only_commands_that_the_platform_lacks_are_refused_at_once() {
    use gc_protocol::{Platform as WorksOn, Role, catalogue::examples};
    for platform in [crate::Platform::Ucce, crate::Platform::Uccx] {
        for example in examples() {
            let declaration = example.command.name().declaration();
            if declaration.role == Role::Client || matches!(example.command, Command::Connect { .. }) {
                continue;
            }
            let mut agent = connected(Settings { platform, ..Settings::default() }, UserState::NotReady);
            let (id, client) = (CommandId::from("c2"), ClientKey::from("acme"));
            let outputs = agent.step(Input::Command { id, client, command: Ok(example.command) });
            let lacks = platform == crate::Platform::Uccx && declaration.platform == WorksOn::Ucce;
            let says =
                format!("{} works on UCCE only; this is UCCX. You can go on working.", declaration.wire);
            let refused = outputs.iter().any(|output| {
                matches!(output, Output::Emit { event: Event::Error(error), .. } if error.message == says)
            });
            assert_eq!(refused, lacks, "{} on {platform}: {outputs:?}", declaration.wire);
            if lacks {
                assert_eq!(emitted(&outputs), ["Error GENERAL_ERROR for c2", "c2 ends"]);
                let asked = |output: &Output| matches!(output, Output::Ask { .. } | Output::LookUp { .. });
                assert!(!outputs.iter().any(asked), "{}: {outputs:?}", declaration.wire);
            }
        }
    }
}

#[test]
fn a_rejected_login_releases_its_licence_unless_another_login_needs_it() {
    let freed = |outputs: &[Output]| {
        outputs.iter().any(|output| matches!(output, Output::Session(SessionChange::SignedIn(false))))
    };
    let mut agent = connected(Settings::default(), UserState::Logout);
    assert!(freed(&send_as(&mut agent, "bell", "c2", CommandName::Login, "demo,2001")));
    let first = send(&mut agent, "c3", CommandName::Login, "demo,2001");
    send(&mut agent, "c4", CommandName::Login, "demo,2001");
    let [ask] = asks(&first)[..] else { panic!("{first:?}") };
    let refused = || Err(Failure::Refused { status: 400, errors: ApiErrors::default() });
    let second = agent.step(Input::Answered { ask, result: refused() });
    assert!(emitted(&second).contains(&"c3 ends".to_owned()) && !freed(&second), "{second:?}");
    let [ask] = asks(&second)[..] else { panic!("{second:?}") };
    assert!(freed(&agent.step(Input::Answered { ask, result: refused() })));
}
