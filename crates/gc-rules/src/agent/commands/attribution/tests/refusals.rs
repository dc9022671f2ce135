//! Refusals that come by a notification.

use super::*;

fn refuses(agent: &mut Agent, source: &str, request_id: Option<&str>) -> Vec<Output> {
    let error = ApiError { error_type: "Invalid State".into(), ..ApiError::default() };
    let errors = ApiErrors { errors: vec![error] };
    notify(agent, Payload::ApiErrors(errors), source, request_id)
}

#[test]
fn a_refusal_of_another_programs_request_ends_no_command() {
    let mut agent = talking();
    send(&mut agent, "c2", Name::HoldCall, "7");
    let foreign = refuses(&mut agent, "/finesse/api/Dialog/7", Some("145"));
    assert_eq!(emitted(&foreign), ["Error CF_INVALID_OBJECT_STATE"]);
    let held = call("7", "OTHER_IN", "5550100", "2001", "HELD", 2);
    assert_eq!(shows(&mut agent, held, None), ["InboundCall for c2", "c2 ends"]);
}

#[test]
fn a_refusal_without_a_request_id_ends_the_oldest_command_on_the_object() {
    let mut agent = talking();
    send(&mut agent, "c2", Name::HoldCall, "7");
    assert_eq!(
        emitted(&refuses(&mut agent, "/finesse/api/Dialog/7", None)),
        ["Error CF_INVALID_OBJECT_STATE for c2", "c2 ends"]
    );
}

#[test]
fn of_several_errors_the_one_with_a_known_name_is_reported() {
    let mut agent = talking();
    send(&mut agent, "c2", Name::HoldCall, "7");
    let error = |kind: &str, message: &str| ApiError {
        error_type: kind.into(),
        error_message: message.into(),
        ..ApiError::default()
    };
    let first = error("Generic Error", "Refused");
    let second = error("Call Operation Failure", "CF_RESOURCE_OUT_OF_SERVICE");
    let errors = ApiErrors { errors: vec![first, second] };
    let refused = notify(&mut agent, Payload::ApiErrors(errors), "/finesse/api/Dialog/7", None);
    assert_eq!(emitted(&refused), ["Error CF_RESOURCE_OUT_OF_SERVICE for c2", "c2 ends"]);
}

#[test]
fn another_agents_refusal_is_forwarded_to_that_agent() {
    let mut member = connected(Settings::default(), UserState::Ready);
    send(&mut member, "c2", Name::MakeNotReady, "");
    let outputs = refuses(&mut member, "/finesse/api/User/1001", Some("1091.c9.4"));
    assert!(emitted(&outputs).is_empty(), "{outputs:?}");
    let [Output::Forward { agent, update }] = &outputs[..] else { panic!("{outputs:?}") };
    assert_eq!((agent.as_str(), update.request_id.as_deref()), ("1091", Some("1091.c9.4")));
    assert_eq!(emitted(&is(&mut member, UserState::NotReady, None)), ["State NOT_READY for c2", "c2 ends"]);
}

#[test]
fn an_unclaimed_refusal_is_reported_without_a_command() {
    let mut agent = connected(Settings::default(), UserState::Ready);
    send(&mut agent, "c2", Name::MakeNotReady, "");
    let outputs = refuses(&mut agent, "/finesse/api/User/1001", Some("10.0.5"));
    let Some(Output::Forward { update, .. }) = outputs.into_iter().next() else { panic!("not forwarded") };
    assert_eq!(emitted(&agent.step(Input::Unclaimed { update })), ["Error CF_INVALID_OBJECT_STATE"]);
}

#[test]
fn with_several_clusters_a_request_id_names_its_cluster() {
    let settings = Settings { cluster: Some("west".into()), ..Settings::default() };
    let mut agent = connected(settings, UserState::Ready);
    let sent = send(&mut agent, "c2", Name::MakeNotReady, "");
    assert_eq!(request_id(&sent), format!("west%2F1001.c2.{}", asks(&sent)[0]));
    let foreign = refuses(&mut agent, "/finesse/api/User/1001", Some("east%2F1001.c2.3"));
    assert_eq!(emitted(&foreign), ["Error CF_INVALID_OBJECT_STATE"]);
    let forwarded = refuses(&mut agent, "/finesse/api/User/1001", Some("west%2F1091.c9.4"));
    assert!(matches!(&forwarded[..], [Output::Forward { agent, .. }] if agent == "1091"), "{forwarded:?}");
    assert_eq!(
        emitted(&refuses(&mut agent, "/finesse/api/User/1001", Some(&request_id(&sent)))),
        ["Error CF_INVALID_OBJECT_STATE for c2", "c2 ends"]
    );
}

#[test]
fn a_refused_change_of_a_member_ends_the_supervisors_command() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    let (id, client, member) = ("c2".into(), "acme".into(), "1002".to_owned());
    let sent = agent.step(Input::ForMember { id, client, member, command: Command::MakeReady });
    accept(&mut agent, &sent);
    let refused = refuses(&mut agent, "/finesse/api/User/1002", Some(&request_id(&sent)));
    assert_eq!(emitted(&refused), ["Error CF_INVALID_OBJECT_STATE for c2", "c2 ends"]);
}

#[test]
fn a_state_that_is_refused_after_its_202_is_reported_once() {
    let mut agent = connected(Settings::default(), UserState::Ready);
    let sent = send(&mut agent, "c2", Name::MakeReady, "");
    // The agent is reserved already, but the last state received is READY.
    let reread = accept(&mut agent, &sent);
    assert_eq!(emitted(&read(&mut agent, &reread, UserState::Reserved)), ["State RESERVED"]);
    let refused = refuses(&mut agent, "/finesse/api/User/1001", Some(&request_id(&sent)));
    assert_eq!(emitted(&refused), ["Error CF_INVALID_OBJECT_STATE for c2", "c2 ends"]);
}
