//! What a client of the first published contract relies on is still there. Additions are allowed.
//!
//! `fixtures/schema/first` has the first documents. No command updates them.

use crate::contract::DIALECTS;
use crate::printed_file::repository;
use gc_protocol::contract::openapi;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

#[test]
fn nothing_of_the_first_contract_has_gone_or_changed_its_kind() {
    for dialect in DIALECTS {
        let path = repository().join(format!("fixtures/schema/first/{dialect}.openapi.json"));
        let first: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let broken = broken(&first, &openapi(dialect));
        assert!(broken.is_empty(), "{dialect}:\n{}", broken.join("\n"));
    }
}

/// Who writes what a schema describes. A reader relies on what is there, a writer on what may be left out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Writer {
    Connector,
    Client,
}

/// What a client may miss.
fn broken(first: &Value, now: &Value) -> Vec<String> {
    let mut broken = Vec::new();
    for (name, schema) in object(&first["components"]["schemas"]) {
        let writer = if name.starts_with("Command") || name.ends_with("Command") {
            Writer::Client
        } else {
            Writer::Connector
        };
        compare(name, schema, &now["components"]["schemas"][name], writer, &mut broken);
    }
    for (path, methods) in object(&first["paths"]) {
        for (method, operation) in object(methods) {
            let now = &now["paths"][path][method];
            let at = format!("{method} {path}");
            keys(&at, &operation["responses"], &now["responses"], &mut broken);
            let all = |operation: &Value| names(&operation["parameters"], |_| true);
            let required =
                |operation: &Value| names(&operation["parameters"], |each| each["required"] == true);
            missing(&format!("{at} parameters"), &all(operation), &all(now), &mut broken);
            missing(&format!("{at} may be left out"), &required(now), &required(operation), &mut broken);
        }
    }
    keys("webhooks", &first["webhooks"], &now["webhooks"], &mut broken);
    keys("headers", &first["components"]["parameters"], &now["components"]["parameters"], &mut broken);
    broken
}

fn compare(at: &str, first: &Value, now: &Value, writer: Writer, broken: &mut Vec<String>) {
    for same in ["$ref", "type", "const"] {
        if first[same] != now[same] {
            broken.push(format!("{at}: {same} was {} and is {}", first[same], now[same]));
        }
    }
    let required = |schema: &Value| names(&schema["required"], |_| true);
    match writer {
        Writer::Connector => missing(&format!("{at} required"), &required(first), &required(now), broken),
        Writer::Client => missing(&format!("{at} optional"), &required(now), &required(first), broken),
    }
    for alternatives in ["enum", "anyOf", "oneOf"] {
        let all = |schema: &Value| schema[alternatives].as_array().cloned().unwrap_or_default();
        let now = all(now);
        for gone in all(first).iter().filter(|each| !now.contains(each)) {
            broken.push(format!("{at}: {gone} has gone"));
        }
    }
    for members in ["properties", "patternProperties"] {
        for (name, schema) in object(&first[members]) {
            compare(&format!("{at}.{name}"), schema, &now[members][name], writer, broken);
        }
    }
    for inner in ["items", "additionalProperties"] {
        if !first[inner].is_null() {
            compare(&format!("{at}[]"), &first[inner], &now[inner], writer, broken);
        }
    }
    let [spellings, arguments] = [&first["pattern"], &first["x-gc-arguments"]];
    if let Some((spellings, _)) = spellings.as_str().and_then(|pattern| pattern.split_once(")#")) {
        let now = now["pattern"].as_str().and_then(|pattern| pattern.split_once(")#")).unwrap_or_default().0;
        let all =
            |spellings: &str| spellings.trim_start_matches("^(").split('|').map(str::to_owned).collect();
        missing(at, &all(spellings), &all(now), broken);
    }
    compare_arguments(at, arguments, &now["x-gc-arguments"], broken);
}

/// Arguments have their place. More may follow, if they may be left out.
fn compare_arguments(at: &str, first: &Value, now: &Value, broken: &mut Vec<String>) {
    let all = |arguments: &Value| arguments.as_array().cloned().unwrap_or_default();
    let (first, now) = (all(first), all(now));
    for (place, argument) in first.iter().enumerate() {
        let now = now.get(place).unwrap_or(&Value::Null);
        if argument["name"] != now["name"] || (argument["required"] == false && now["required"] == true) {
            broken.push(format!("{at}: the argument {} was {argument} and is {now}", place + 1));
        }
    }
    for more in now.iter().skip(first.len()).filter(|argument| argument["required"] == true) {
        broken.push(format!("{at}: the argument {more} is new and may not be left out"));
    }
}

fn keys(at: &str, first: &Value, now: &Value, broken: &mut Vec<String>) {
    let all = |value: &Value| object(value).map(|(name, _)| name.clone()).collect();
    missing(at, &all(first), &all(now), broken);
}

fn missing(at: &str, first: &BTreeSet<String>, now: &BTreeSet<String>, broken: &mut Vec<String>) {
    broken.extend(first.difference(now).map(|gone| format!("{at}: {gone} has gone")));
}

/// The texts of an array, or the names of its objects.
fn names(array: &Value, wanted: impl Fn(&Value) -> bool) -> BTreeSet<String> {
    let wanted = array.as_array().into_iter().flatten().filter(|each| wanted(each));
    wanted.filter_map(|each| each.as_str().or(each["name"].as_str()).map(str::to_owned)).collect()
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().map(Map::iter).into_iter().flatten()
}

/// The contract after a change at this place.
fn changed(place: &str, change: impl FnOnce(&mut Value)) -> Vec<String> {
    let first = openapi(DIALECTS[0]);
    let mut now = first.clone();
    change(now.pointer_mut(place).unwrap_or_else(|| panic!("{place} is not there")));
    assert_ne!(now, first);
    broken(&first, &now)
}

fn remove(name: &str) -> impl FnOnce(&mut Value) {
    move |object| drop(object.as_object_mut().unwrap().remove(name).unwrap())
}

fn add(element: Value) -> impl FnOnce(&mut Value) {
    move |array| array.as_array_mut().unwrap().push(element)
}

#[test]
fn what_a_client_may_miss_is_noticed() {
    let schemas = "/components/schemas";
    for broken in [
        changed(&format!("{schemas}/State/properties"), remove("label")),
        changed(&format!("{schemas}/State/properties/label/type"), |kind| *kind = json!("integer")),
        changed(&format!("{schemas}/State/required"), |required| *required = json!([])),
        changed(&format!("{schemas}/InboundCall/properties/participants/items"), |items| *items = json!({})),
        changed(&format!("{schemas}/Participant/properties"), remove("stateCause")),
        changed(&format!("{schemas}/QueueStatsUccx/patternProperties"), remove("^queue[0-9]+$")),
        changed(&format!("{schemas}/QueueStatsUcce/items/properties"), remove("agentId")),
        changed(&format!("{schemas}/System/properties/status/enum"), |words| *words = json!(["IN_SERVICE"])),
        changed(&format!("{schemas}/InboundCall/properties/type/const"), |name| *name = json!("Call")),
        changed(schemas, remove("MakeCallCommand")),
        changed(&format!("{schemas}/CommandRequest/required"), add(json!("token"))),
        changed(&format!("{schemas}/HelloCommand/required"), add(json!("body"))),
        changed(&format!("{schemas}/ScheduleCallbackCommand/properties/type/pattern"), |pattern| {
            *pattern = json!(pattern.as_str().unwrap().replace("|SCHEDULECALLBACK", ""));
        }),
        changed(&format!("{schemas}/MakeCallCommand/x-gc-arguments/0/name"), |name| *name = json!("to")),
        changed(&format!("{schemas}/GetTeamUsersCommand/x-gc-arguments/1/required"), |it| *it = json!(true)),
        changed(
            &format!("{schemas}/MakeCallCommand/x-gc-arguments"),
            add(json!({"name": "x", "required": true})),
        ),
        changed("/paths", remove("/gc/{cluster}/command")),
        changed("/paths/~1gc~1command/post/responses", remove("202")),
        changed("/paths/~1gc~1events~1{client_destination}/get/parameters", |all| *all = json!([])),
        changed(
            "/paths/~1gc~1command/post/parameters",
            add(json!({"name": "x", "in": "query", "required": true})),
        ),
        changed("/webhooks", remove("State")),
        changed("/components/parameters", remove("gc-sequence")),
    ] {
        assert!(!broken.is_empty());
    }
}

#[test]
fn additions_are_allowed() {
    let schemas = "/components/schemas";
    let text = || json!({ "type": "string" });
    for broken in [
        changed(&format!("{schemas}/State/properties"), |all| all["mood"] = text()),
        changed(&format!("{schemas}/State/required"), add(json!("mood"))),
        changed(&format!("{schemas}/System/properties/status/enum"), add(json!("ASLEEP"))),
        changed(schemas, |all| all["Chat"] = text()),
        changed(&format!("{schemas}/Event/anyOf"), add(json!({ "$ref": "#/components/schemas/Chat" }))),
        changed(&format!("{schemas}/Command/properties"), |all| all["mood"] = text()),
        changed(
            &format!("{schemas}/MakeCallCommand/x-gc-arguments"),
            add(json!({"name": "x", "required": false})),
        ),
        changed("/paths/~1gc~1command/post/parameters", add(json!({"name": "x", "in": "query"}))),
        changed("/paths", |all| all["/gc/chat"] = json!({})),
        changed("/webhooks", |all| all["Chat"] = json!({})),
    ] {
        assert_eq!(broken, [""; 0]);
    }
}
