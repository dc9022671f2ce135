//! What is printed of commands and events, against what is read and written.

use crate::printed_file::check;
use crate::round_trip::{any_name, command};
use gc_protocol::catalogue::examples;
use gc_protocol::contract::{commands_schema, openapi, type_script};
use gc_protocol::{Command, CommandName, Dialect, Request};
use jsonschema::Validator;
use proptest::prelude::*;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::LazyLock;

pub(crate) const DIALECTS: [Dialect; 2] = [Dialect::Gc4412, Dialect::Tables];

#[test]
fn the_documents_are_what_the_code_prints() {
    for dialect in DIALECTS {
        let file = |name: &str| format!("fixtures/schema/{dialect}/{name}");
        let pretty = |document: Value| serde_json::to_string_pretty(&document).unwrap() + "\n";
        check(&file("commands.schema.json"), &pretty(commands_schema(dialect)));
        check(&file("openapi.json"), &pretty(openapi(dialect)));
        check(&file("gc.d.ts"), &type_script(dialect));
    }
}

static JUDGE: LazyLock<Validator> =
    LazyLock::new(|| jsonschema::validator_for(&commands_schema(Dialect::Gc4412)).unwrap());

#[test]
fn every_example_is_as_the_schema_says() {
    for example in examples() {
        let json: Value = serde_json::from_str(example.request.to_json().expose_secret()).unwrap();
        assert!(JUDGE.is_valid(&json), "{json}");
    }
}

#[test]
fn the_examples_of_the_schema_can_be_read() {
    let schema = commands_schema(Dialect::Gc4412);
    for name in CommandName::ALL {
        let body = &schema["$defs"][format!("{name:?}Command")]["properties"]["body"];
        for example in body["examples"].as_array().into_iter().flatten() {
            assert!(Command::parse(*name, example.as_str().unwrap()).is_ok(), "{name}: {example}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_command_is_as_the_schema_says(command in any_name().prop_flat_map(command), id in "[a-z0-9ß][a-z0-9 .ß-]{0,9}") {
        let request = Request::new(&command, id).unwrap();
        let json: Value = serde_json::from_str(request.to_json().expose_secret()).unwrap();
        prop_assert!(JUDGE.is_valid(&json), "{}", json);
    }

    /// The other way round: what the schema allows is understood. Lengths and whether a time exists are not in it.
    #[test]
    fn whatever_the_schema_allows_is_understood(
        name in any_name(), id in "[a-z0-9 ]{0,3}", body in "(ALL|INDEXING|true|SSO|[a-z0-9+]{1,3})?(,(ACCEPT|BUSY|[0-9+=|a-c ]{0,3})){0,4}",
    ) {
        let json = json!({ "data": { "type": format!("{name}#{id}"), "body": body } });
        if JUDGE.is_valid(&json) {
            let request = Request::from_json(json.to_string().as_bytes()).unwrap();
            let is_page_without_numbers = name == CommandName::GetSkillGroup && body.starts_with("INDEXING");
            prop_assert!(request.command().is_ok() || is_page_without_numbers, "{}: {:?}", json, request.command());
        }
    }
}

#[test]
fn what_a_command_is_not_is_refused() {
    for wrong in [
        json!({}),
        json!({ "data": {} }),
        json!({ "data": { "type": "MakeCall#1004" } }),
        json!({ "data": { "type": "MakeCall", "body": "5550142" } }),
        json!({ "data": { "type": "MakeCall#", "body": "5550142" } }),
        json!({ "data": { "type": "MakeCal#1004", "body": "5550142" } }),
        json!({ "data": { "type": "MakeCall#10\n04", "body": "5550142" } }),
        json!({ "data": { "type": "ConsultCall#1004", "body": "5550142" } }),
        json!({ "data": { "type": "AnswerCall#1004", "body": "1,2" } }),
        json!({ "data": { "type": "AcceptOutboundPreview#1004", "body": "30250,REJECT" } }),
        json!({ "data": { "type": "Hello#desk", "sessionUrl": 7 } }),
        json!({ "data": { "type": "Hello#desk", "correlationId": "x".repeat(129) } }),
    ] {
        assert!(!JUDGE.is_valid(&wrong), "{wrong}");
    }
}

#[test]
fn every_reference_leads_to_something() {
    for document in DIALECTS.map(openapi).into_iter().chain(DIALECTS.map(commands_schema)) {
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        assert!(found.len() > 50);
        for reference in found {
            let target = document.pointer(reference.strip_prefix('#').unwrap());
            assert!(target.is_some(), "{reference} leads to nothing");
        }
    }
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(elements) => elements.iter().for_each(|element| references(element, found)),
        Value::Object(object) => {
            if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
                found.insert(reference.to_owned());
            }
            object.values().for_each(|value| references(value, found));
        }
        _ => {}
    }
}

#[test]
fn a_command_and_an_event_do_not_share_a_name() {
    let commands = commands_schema(Dialect::Gc4412);
    let commands = commands["$defs"].as_object().unwrap();
    for dialect in DIALECTS {
        let events = gc_protocol::gc_events::contract::definitions(dialect, "");
        assert!(events.keys().all(|name| !commands.contains_key(name)));
    }
}
