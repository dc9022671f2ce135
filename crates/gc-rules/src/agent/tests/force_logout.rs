//! force_logout, with configured reasons and during a call.

use super::*;

/// The settings with reason codes for force_logout: 101 has the object id 31, 201 has 41.
fn forced() -> Settings {
    Settings {
        force_not_ready_reason: Some("101".into()),
        force_logout_reason: Some("201".into()),
        ..Settings::default()
    }
}

/// The only request, in short: `LOGOUT 41`, or the category of the list that is read.
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

/// A talking agent whose force_logout c2 has ended and whose sign-out waits for the end of the call.
fn to_be_signed_out() -> Agent {
    let mut agent = connected(forced(), UserState::Talking);
    let step = send(&mut agent, "c2", CommandName::ForceLogout, "");
    assert_eq!(requested(&step), "LOGOUT", "the reason of the second step is looked up first");
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
    assert_eq!(requested(&notify(&mut agent, again)), "", "it is sent once");
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
    assert_eq!(
        emitted(&notify(&mut agent, user(UserState::Logout))),
        ["State LOGOUT"],
        "the sign-out does not wait any longer"
    );
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
