//! Who may do what.

use gc_protocol::Request;

use super::*;

fn request(kind: &str, body: &str) -> Request {
    Request::from_json(format!(r#"{{"data":{{"type":"{kind}","body":"{body}"}}}}"#).as_bytes()).unwrap()
}

fn from_session(url: &str, mut request: Request) -> Request {
    request.session_url = Some(url.into());
    request
}

fn with_callback(mut request: Request) -> Request {
    request.callback = Some(gc_protocol::CallbackParts::default());
    request
}

/// A registry in service where the client acme has connected agent 1001 from its session.
fn registry() -> Registry {
    let mut registry = Registry::new(Some(1), 100);
    registry.service_changed(true);
    registry.admit(&from_session("https://acme/s", request("Hello#acme", "")));
    registry.admit(&from_session("https://acme/s", request("Connect#1001", "acme,demo")));
    registry.owned("1001", "acme".into());
    registry
}

fn refusal(admission: Admission) -> (Refusal, Option<String>) {
    match admission {
        Admission::Refused { reason, tell, .. } => (reason, tell.map(|client| client.to_string())),
        other => panic!("{other:?}"),
    }
}

fn taken_for(admission: Admission) -> String {
    match admission {
        Admission::Agent { client } => client.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn hello_makes_a_client_known_and_beat_asks_an_unknown_one_to_say_it() {
    let mut registry = Registry::new(None, 100);
    assert_eq!(refusal(registry.admit(&request("Beat#acme", ""))), (Refusal::UnknownClient, None));
    let hello = registry.admit(&request("Hello#acme", ""));
    assert!(matches!(hello, Admission::Client { event, .. } if event == registry.system()));
    assert!(matches!(registry.admit(&request("Beat#acme", "")), Admission::Client { .. }));
}

#[test]
fn a_status_is_told_to_every_client_once_per_change() {
    let mut registry = Registry::new(None, 100);
    registry.admit(&request("Hello#acme", ""));
    registry.admit(&request("Hello#bell", ""));
    assert!(registry.service_changed(false).is_empty(), "it is out of service until it is seen in service");
    let told = registry.service_changed(true);
    assert_eq!(told.iter().map(|(client, _)| client.as_str()).collect::<Vec<_>>(), ["acme", "bell"]);
    assert!(registry.service_changed(true).is_empty());
    assert_eq!(registry.service_changed(false).len(), 2);
}

#[test]
fn connect_makes_its_client_known_only_with_a_callback() {
    let mut registry = Registry::new(None, 100);
    let connect = || request("Connect#1001", "acme,demo");
    assert_eq!(refusal(registry.admit(&connect())).0, Refusal::UnknownClient);
    assert_eq!(taken_for(registry.admit(&with_callback(connect()))), "acme");
    assert_eq!(taken_for(registry.admit(&connect())), "acme");
}

#[test]
fn a_connect_that_cannot_be_read_is_an_event_for_the_session_that_sent_it() {
    let mut registry = registry();
    let connect = || request("Connect#1001", "acme");
    assert_eq!(refusal(registry.admit(&connect())), (Refusal::BadArguments, None));
    let admission = registry.admit(&from_session("https://acme/s", connect()));
    let Admission::Denied { client, event: Event::Error(error) } = admission else { panic!("{admission:?}") };
    assert_eq!((client.as_str(), error.code), ("acme", ErrorCode::MissingPassword));
}

#[test]
fn commands_are_taken_from_the_owner_only() {
    let mut registry = registry();
    let ready = || request("MakeReady#1001", "");
    assert_eq!(taken_for(registry.admit(&from_session("https://acme/s", ready()))), "acme");
    assert_eq!(taken_for(registry.admit(&ready())), "acme", "a session that is not named may be the owner's");
    registry.admit(&from_session("https://bell/s", request("Hello#bell", "")));
    let refused = refusal(registry.admit(&from_session("https://bell/s", ready())));
    assert_eq!(refused, (Refusal::NotOwner, Some("bell".into())));
}

#[test]
fn an_owner_without_a_session_is_not_told_apart() {
    let mut registry = Registry::new(None, 100);
    registry.admit(&with_callback(request("Connect#1001", "acme,demo")));
    assert_eq!(
        taken_for(registry.admit(&from_session("https://any/s", request("GetState#1001", "")))),
        "acme"
    );
}

#[test]
fn an_unknown_agent_has_to_connect_and_the_session_that_asks_is_told() {
    let mut registry = registry();
    let refused = refusal(registry.admit(&from_session("https://acme/s", request("GetState#1002", ""))));
    assert_eq!(refused, (Refusal::UnknownAgent, Some("acme".into())));
    assert_eq!(refusal(registry.admit(&request("GetState#1002", ""))), (Refusal::UnknownAgent, None));
    registry.forgotten("1001");
    assert_eq!(refusal(registry.admit(&request("GetState#1001", ""))).0, Refusal::UnknownAgent);
}

#[test]
fn an_agent_is_its_owners_until_somebody_else_has_connected() {
    let mut registry = registry();
    registry.admit(&from_session("https://bell/s", request("Hello#bell", "")));
    registry.admit(&from_session("https://bell/s", request("Connect#1001", "bell,guess")));
    let ready = || request("MakeReady#1001", "");
    assert_eq!(taken_for(registry.admit(&from_session("https://acme/s", ready()))), "acme");
    registry.owned("1001", "bell".into());
    assert_eq!(refusal(registry.admit(&from_session("https://acme/s", ready()))).0, Refusal::NotOwner);
    assert_eq!(taken_for(registry.admit(&from_session("https://bell/s", ready()))), "bell");
}

#[test]
fn the_licence_counts_agents_that_are_signed_in() {
    let mut registry = registry();
    registry.admit(&request("Connect#1002", "acme,demo"));
    registry.signed_in("1001", true);
    let login = |agent: &str| request(&format!("Login#{agent}"), "demo,2002");
    let Admission::Denied { event: Event::Error(error), .. } = registry.admit(&login("1002")) else {
        panic!("there is no licence left")
    };
    assert_eq!(error.code, ErrorCode::LicensesExceeded);
    assert_eq!(taken_for(registry.admit(&login("1001"))), "acme", "who is signed in has one");
    assert_eq!(taken_for(registry.admit(&request("GetState#1002", ""))), "acme");
    registry.signed_in("1001", false);
    assert_eq!(taken_for(registry.admit(&login("1002"))), "acme");
}

#[test]
fn a_session_url_is_kept_and_given_back() {
    let mut registry = registry();
    registry.admit(&request("Hello#acme", ""));
    assert_eq!(registry.session_url(&"acme".into()), Some("https://acme/s"));
    assert_eq!(registry.session_url(&"bell".into()), None);
}

#[test]
fn a_supervisors_command_for_a_member_goes_to_the_supervisor_of_the_one_who_asks() {
    let mut registry = registry();
    let for_1002 = |url: &str| from_session(url, request("MakeNotReady#1002", ""));
    assert!(matches!(registry.admit(&for_1002("https://acme/s")), Admission::Refused { .. }));
    registry.supervises("1001", Vec::new());
    let taken = registry.admit(&for_1002("https://acme/s"));
    assert!(matches!(&taken, Admission::Member { supervisor, .. } if supervisor == "1001"), "{taken:?}");
    // Without a session only a team that lists the member tells who asks.
    assert!(matches!(registry.admit(&request("MakeNotReady#1002", "")), Admission::Refused { .. }));
    registry.supervises("1001", vec!["1002".into()]);
    assert!(matches!(registry.admit(&request("MakeNotReady#1002", "")), Admission::Member { .. }));
    // Other commands are the member's own.
    assert!(matches!(registry.admit(&request("GetState#1002", "")), Admission::Refused { .. }));
    registry.forgotten("1001");
    assert!(matches!(registry.admit(&request("MakeNotReady#1002", "")), Admission::Refused { .. }));
}

#[test]
fn a_stranger_does_not_command_a_member_through_somebody_elses_supervisor() {
    let mut registry = registry();
    registry.supervises("1001", vec!["1002".into()]);
    let ready = || request("MakeReady#1002", "");
    for stranger in ["https://nobody/s", "https://bell/s"] {
        let refused = refusal(registry.admit(&from_session(stranger, ready())));
        assert_eq!(refused, (Refusal::NotOwner, None), "{stranger}");
    }
    registry.admit(&from_session("https://bell/s", request("Hello#bell", "")));
    let refused = refusal(registry.admit(&from_session("https://bell/s", ready())));
    assert_eq!(refused, (Refusal::NotOwner, Some("bell".into())));
}

#[test]
fn a_member_is_commanded_without_a_session_only_where_one_client_can_be_meant() {
    let mut registry = registry();
    registry.supervises("1001", vec!["1002".into()]);
    let ready = || request("MakeReady#1002", "");
    assert!(
        matches!(registry.admit(&ready()), Admission::Member { client, .. } if client.as_str() == "acme")
    );
    registry.admit(&with_callback(request("Connect#1091", "bell,demo")));
    registry.supervises("1091", vec!["1002".into()]);
    assert_eq!(refusal(registry.admit(&ready())), (Refusal::NotOwner, None));
    let acme = registry.admit(&from_session("https://acme/s", ready()));
    assert!(matches!(acme, Admission::Member { supervisor, .. } if supervisor == "1001"));
}

#[test]
fn one_client_too_many_is_refused_and_those_who_are_there_are_not() {
    let mut registry = Registry::new(None, 2);
    registry.admit(&request("Hello#one", ""));
    registry.admit(&with_callback(request("Connect#1001", "two,demo")));
    let refused = |admission| matches!(admission, Admission::Refused { reason: Refusal::TooManyClients, .. });
    assert!(refused(registry.admit(&request("Hello#three", ""))));
    assert!(refused(registry.admit(&with_callback(request("Connect#1002", "three,demo")))));
    assert!(!refused(registry.admit(&request("Hello#one", ""))));
}

#[test]
fn two_logins_at_once_do_not_both_take_the_last_licence() {
    let mut registry = registry();
    registry.admit(&from_session("https://acme/s", request("Connect#1002", "acme,demo")));
    let login = |agent: &str| from_session("https://acme/s", request(&format!("Login#{agent}"), "demo,2001"));
    assert!(matches!(registry.admit(&login("1001")), Admission::Agent { .. }));
    assert!(matches!(registry.admit(&login("1002")), Admission::Denied { .. }));
    // One that cannot be read takes none.
    assert!(matches!(
        registry.admit(&from_session("https://acme/s", request("Login#1002", ""))),
        Admission::Agent { .. }
    ));
    // It failed: the licence is free again.
    registry.signed_in("1001", false);
    assert!(matches!(registry.admit(&login("1002")), Admission::Agent { .. }));
}
