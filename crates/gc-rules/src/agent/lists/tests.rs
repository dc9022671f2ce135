use finesse_types::{
    Dialog, MediaProperties, Participant, Payload, ReasonCategory, Update, UpdateEvent, read_answer,
};
use gc_events::{Dialect, Supervisor};
use gc_protocol::catalogue::examples;
use gc_protocol::{CommandName, Need};

use super::*;
use crate::agent::tests::{asks, connected, emitted, send};
use crate::directory::Source;
use crate::{ClientKey, Credentials, Input, Settings};

fn administrated() -> Settings {
    let administrator = Credentials::new("admin", "secret");
    Settings { administrator: Some(administrator), ..Settings::default() }
}

fn requested(outputs: &[Output]) -> (AskId, Request, String) {
    let found = outputs.iter().find_map(|output| match output {
        Output::Ask { ask, request, credentials, .. } => {
            Some((*ask, request.clone(), credentials.user().to_owned()))
        }
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no request in {outputs:?}"))
}

fn queried(outputs: &[Output]) -> (AskId, Query) {
    let found = outputs.iter().find_map(|output| match output {
        Output::LookUp { ask, query } => Some((*ask, query.clone())),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no look-up in {outputs:?}"))
}

/// Answers a request with this fixture, and returns the event for the client.
fn answered(agent: &mut Agent, outputs: &[Output], fixture: &str) -> serde_json::Value {
    let (ask, request, _) = requested(outputs);
    let path = format!("{}/../../fixtures/finesse/{fixture}", env!("CARGO_MANIFEST_DIR"));
    let body = std::fs::read(path).unwrap();
    let result = read_answer(&request, 200, Some("application/xml"), &body);
    event(&agent.step(Input::Answered { ask, result }))
}

fn event(outputs: &[Output]) -> serde_json::Value {
    let events: Vec<_> = outputs
        .iter()
        .filter_map(|output| match output {
            Output::Emit { event, .. } => Some(event.to_json(Dialect::Gc4412)),
            _ => None,
        })
        .collect();
    assert_eq!(events.len(), 1, "{events:?}");
    serde_json::from_str(&events[0]).unwrap()
}

#[test]
fn phone_books_are_reported_as_finesse_has_them() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    let outputs = send(&mut agent, "c2", CommandName::GetPhonebooks, "");
    assert_eq!(requested(&outputs).2, "1001");
    let event = answered(&mut agent, &outputs, "phone-books.xml");
    assert_eq!(event["type"], "PhoneBook");
    let first = &event["phoneBook"][0];
    assert!(first["name"].as_str().is_some_and(|name| !name.is_empty()), "{event}");
    assert!(["GLOBAL", "TEAM"].contains(&first["type"].as_str().unwrap()), "{event}");
}

#[test]
fn no_phone_books_give_no_data_found() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    let outputs = send(&mut agent, "c2", CommandName::GetPhonebooks, "");
    let (ask, ..) = requested(&outputs);
    let outputs = agent.step(Input::Answered { ask, result: Ok(Answer::PhoneBooks(Vec::new())) });
    assert_eq!(emitted(&outputs), ["no_data_found for c2", "c2 ends"]);
}

#[test]
fn lists_for_administrators_are_read_as_one_or_refused_with_the_missing_setting() {
    let lists = [
        (CommandName::GetAllAgents, "", "users.xml", "Agents"),
        (CommandName::GetTeamPhonebooks, "5", "phone-books-of-team.xml", "TeamPhoneBook"),
        (CommandName::GetPhonebookContacts, "7", "contacts.xml", "phoneBookContacts"),
    ];
    for (name, body, fixture, event_type) in lists {
        let mut agent = connected(administrated(), UserState::NotReady);
        let outputs = send(&mut agent, "c2", name, body);
        assert_eq!(requested(&outputs).2, "admin");
        assert_eq!(answered(&mut agent, &outputs, fixture)["type"], event_type);

        let mut agent = connected(Settings::default(), UserState::NotReady);
        let outputs = send(&mut agent, "c2", name, body);
        assert!(asks(&outputs).is_empty());
        let event = event(&outputs);
        assert_eq!(event["errorType"], "GENERAL_ERROR");
        assert!(event["errorMessage"].as_str().unwrap().contains("finesse.administrator"), "{event}");
    }
}

#[test]
fn supervisors_whose_states_cannot_be_read_are_unknown_and_not_signed_out() {
    let mut agent = connected(administrated(), UserState::NotReady);
    let outputs = send(&mut agent, "c2", CommandName::GetSupervisor, "");
    let (ask, _) = queried(&outputs);
    let listed = Supervisor {
        supervisor_name: "uma.stone".into(),
        supervisor_id: "1091".into(),
        supervisor_extension: String::new(),
        supervisor_state: "LOGOUT".into(),
    };
    let outputs = agent.step(Input::LookedUp { ask, result: Ok(Found::Supervisors(vec![listed])) });
    let (ask, request, _) = requested(&outputs);
    assert_eq!(request, Request::Users);
    let result = Err(Failure::Refused { status: 503, errors: Default::default() });
    let outputs = agent.step(Input::Answered { ask, result });
    assert_eq!(event(&outputs)["supervisorList"][0]["supervisorState"], "UNKNOWN");
    assert_eq!(emitted(&outputs), ["supervisors for c2", "c2 ends"]);
}

#[test]
fn only_agents_who_are_signed_in_are_listed() {
    let mut agent = connected(administrated(), UserState::NotReady);
    let outputs = send(&mut agent, "c2", CommandName::GetAllAgents, "");
    let (ask, ..) = requested(&outputs);
    let user = |name: &str, state| User { first_name: name.into(), state, ..User::default() };
    let users = vec![user("In", UserState::Ready), user("Out", UserState::Logout)];
    let event = event(&agent.step(Input::Answered { ask, result: Ok(Answer::Users(users)) }));
    assert_eq!(event["users"], serde_json::json!([{ "firstName": "In", "lastName": "", "extension": "" }]));
}

#[test]
fn queues_are_read_from_finesse_on_ucce_and_another_source_on_uccx() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    let outputs = send(&mut agent, "c2", CommandName::GetQueueList, "");
    let event = answered(&mut agent, &outputs, "queues.xml");
    assert_eq!(event[0]["type"], "QueueStats");
    assert!(event[0]["queue"][0]["callsInQueue"].is_string(), "{event}");

    let express = Settings { platform: Platform::Uccx, ..Settings::default() };
    let mut agent = connected(express, UserState::NotReady);
    let outputs = send(&mut agent, "c2", CommandName::GetQueueList, "");
    assert_eq!(queried(&outputs).1, Query::QueueStatistics);
}

#[test]
fn each_command_needs_exactly_the_source_of_its_declaration() {
    for platform in [Platform::Ucce, Platform::Uccx] {
        for example in examples() {
            let declaration = example.command.name().declaration();
            let mut agent = connected(Settings { platform, ..Settings::default() }, UserState::NotReady);
            let (id, client) = (CommandId::from("c2"), ClientKey::from("acme"));
            let outputs = agent.step(Input::Command { id, client, command: Ok(example.command) });
            let lacks = outputs.iter().find_map(|output| match output {
                Output::LookUp { query, .. } => Some(query.source().section()),
                Output::Emit { event: Event::Error(error), .. } => {
                    let key = "finesse.administrator";
                    error.message.contains(key).then_some(key)
                }
                _ => None,
            });
            let works = platform == Platform::Ucce || declaration.platforms == gc_protocol::Platforms::Both;
            let needs = declaration.needs.filter(|need| match need {
                Need::CcxStatistics => platform == Platform::Uccx,
                _ => works,
            });
            let needs = needs.map(|need| need.to_string());
            assert_eq!(lacks, needs.as_deref(), "{} on {platform}", declaration.wire);
        }
    }
}

#[test]
fn a_source_that_is_missing_is_named() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    for (name, body) in [
        (CommandName::GetSkillGroup, "ALL,0,0"),
        (CommandName::GetSupervisor, ""),
        (CommandName::GetAgentExtension, "F1"),
        (CommandName::ZoomPauseRecording, ""),
        (CommandName::ZoomResumeRecording, ""),
    ] {
        let outputs = send(&mut agent, "c2", name, body);
        let (ask, query) = queried(&outputs);
        let from: Source = query.source();
        let outputs = agent.step(Input::LookedUp { ask, result: Err(LookupError::NotConfigured { from }) });
        assert_eq!(emitted(&outputs), ["Error GENERAL_ERROR for c2", "c2 ends"]);
        assert!(event(&outputs)["errorMessage"].as_str().unwrap().contains(from.section()));
    }
}

#[test]
fn a_list_that_finesse_refuses_ends_with_its_error() {
    let mut agent = connected(Settings::default(), UserState::NotReady);
    let outputs = send(&mut agent, "c2", CommandName::ReasonCodeNotReady, "");
    let (ask, request, _) = requested(&outputs);
    assert_eq!(request, Request::ReasonCodes { user: "1001".into(), category: ReasonCategory::NotReady });
    let result = Err(Failure::Refused { status: 500, errors: Default::default() });
    assert_eq!(
        emitted(&agent.step(Input::Answered { ask, result })),
        ["Error GENERAL_ERROR for c2", "c2 ends"]
    );
}

#[test]
fn the_recorder_gets_the_call_in_which_the_agent_talks() {
    let mut agent = connected(Settings::default(), UserState::Talking);
    for (id, call_type, state) in
        [("7", "SUPERVISOR_MONITOR", "ACTIVE"), ("8", "OTHER_IN", "HELD"), ("9", "OUT", "ACTIVE")]
    {
        let own = Participant { media_address: "2001".into(), state: state.into(), ..Participant::default() };
        let dialog = Dialog {
            id: id.into(),
            state: "ACTIVE".into(),
            from_address: "2001".into(),
            media: MediaProperties { call_type: call_type.into(), ..MediaProperties::default() },
            participants: vec![own],
            ..Dialog::default()
        };
        let payload = Payload::Dialog(Box::new(dialog));
        let update = Update { payload, event: UpdateEvent::Put, request_id: None, source: String::new() };
        agent.step(Input::Notified { item_id: None, update: Box::new(update) });
    }
    let outputs = send(&mut agent, "c2", CommandName::ZoomPauseRecording, "");
    let asked = outputs.iter().find_map(|output| match output {
        Output::LookUp { query: Query::Recording { dialog_id, .. }, .. } => dialog_id.clone(),
        _ => None,
    });
    assert_eq!(asked.as_deref(), Some("9"));
}
