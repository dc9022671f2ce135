//! The tables of members, and what is printed from them, against what is written.

use crate::judge::{faults, judge};
use crate::printed_file::check;
use crate::round_trip::event;
use gc_events::catalogue::examples;
use gc_events::contract::{EventType, Kind, Member, definitions, events, events_schema};
use gc_events::{Dialect, Envelope, Event};
use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::LazyLock;

const DIALECTS: [Dialect; 2] = [Dialect::Gc4412, Dialect::Tables];

#[test]
fn the_schemas_are_what_the_code_prints() {
    for dialect in DIALECTS {
        let schema = serde_json::to_string_pretty(&events_schema(dialect)).unwrap() + "\n";
        check(&format!("fixtures/schema/{dialect}/events.schema.json"), &schema);
    }
}

/// The schemas of a dialect: of any event, and of each type. Nothing that is not described may be there.
struct Judge {
    any: Validator,
    each: HashMap<&'static str, Validator>,
}

static JUDGES: LazyLock<[Judge; 2]> = LazyLock::new(|| DIALECTS.map(Judge::new));

impl Judge {
    fn of(dialect: Dialect) -> &'static Self {
        let [gc4412, tables] = &*JUDGES;
        if dialect == Dialect::Gc4412 { gc4412 } else { tables }
    }

    fn new(dialect: Dialect) -> Self {
        let schema = events_schema(dialect);
        let each = events().map(|event| (event.name, judge(schema.clone(), event.name))).collect();
        Self { any: judge(schema, "Event"), each }
    }

    /// What is wrong with an event, by the schema of its own type.
    fn faults(&self, event: &Event, json: &Value) -> Vec<String> {
        faults(self.each.get(table_of(event).name).unwrap(), json)
    }
}

/// The table that describes an event.
pub(crate) fn table_of(event: &Event) -> &'static EventType {
    let variant = format!("{event:?}");
    let variant = variant.split(['(', ' ']).next().unwrap();
    let name = match event {
        Event::QueueStats(gc_events::QueueStats::Ucce { .. }) => "QueueStatsUcce",
        Event::QueueStats(gc_events::QueueStats::Uccx { .. }) => "QueueStatsUccx",
        _ => variant,
    };
    events().find(|table| table.name == name).unwrap_or_else(|| panic!("{name} has no table"))
}

fn written(event: &Event, dialect: Dialect) -> Value {
    serde_json::from_str(&event.to_json(dialect)).unwrap()
}

#[test]
fn every_example_has_the_members_of_its_table_and_no_others() {
    for dialect in DIALECTS {
        for example in examples() {
            let json = written(&example.event, dialect);
            let faults = Judge::of(dialect).faults(&example.event, &json);
            assert!(faults.is_empty(), "{} in {dialect}: {faults:#?}", example.name);
            assert!(Judge::of(dialect).any.is_valid(&json), "{} in {dialect}", example.name);
        }
    }
}

proptest! {
    #[test]
    fn any_event_has_the_members_of_its_table_and_no_others(event in event(), dialect in proptest::sample::select(DIALECTS.to_vec())) {
        let json = written(&event, dialect);
        let faults = Judge::of(dialect).faults(&event, &json);
        prop_assert!(faults.is_empty(), "{}: {:#?}", json, faults);
        prop_assert!(Judge::of(dialect).any.is_valid(&json), "{}", json);
    }
}

/// A table that says more than is written would not be noticed by a schema.
#[test]
fn what_may_be_absent_or_null_is_so_in_one_example_and_there_in_another() {
    for dialect in DIALECTS {
        for table in events() {
            let of_table =
                examples().into_iter().filter(|example| table_of(&example.event).name == table.name);
            let written: Vec<_> = of_table.map(|example| written(&example.event, dialect)).collect();
            let written: Vec<_> = written.iter().map(|json| json.get(0).unwrap_or(json)).collect();
            assert!(!written.is_empty(), "{} has no example", table.name);
            for member in table.members {
                let Some(name) = member.name(dialect).filter(|_| !member.numbered) else { continue };
                let is_absent = |json: &&&Value| json.get(name).is_none();
                let absent = written.iter().filter(is_absent).count();
                assert_eq!(absent > 0, member.absent.is_some(), "{}.{name} in {dialect}", table.name);
                assert!(absent < written.len(), "{}.{name} in {dialect} is in no example", table.name);
                let null = written.iter().any(|json| json.get(name) == Some(&Value::Null));
                assert_eq!(null, member.nullable, "{}.{name} in {dialect}", table.name);
            }
        }
    }
}

#[test]
fn the_examples_of_a_table_are_of_the_kind_that_it_says() {
    fn look(of: &str, members: &[Member]) {
        for member in members {
            let name =
                format!("{of}.{}", member.name(Dialect::Gc4412).or(member.name(Dialect::Tables)).unwrap());
            assert!(member.meaning.ends_with('.'), "{name}: {}", member.meaning);
            match member.kind {
                Kind::Known(words) | Kind::Words(words) | Kind::Texts(words) => {
                    assert!(!words.is_empty(), "{name}")
                }
                Kind::Object(object) | Kind::Objects(object) => look(object.name, object.members),
                _ => {}
            }
        }
    }
    events().for_each(|event| look(event.name, event.members));
}

#[test]
fn an_envelope_is_as_its_schema_says() {
    let judge = judge(events_schema(Dialect::Gc4412), "Envelope");
    for example in examples() {
        let [agent_id, dialog_id, command_id, session_url] = [const { None }; 4];
        let (sequence, epoch, id) = (7, "e".to_owned(), Some("an-id".to_owned()));
        let event = example.event;
        let envelope = Envelope { sequence, epoch, id, agent_id, dialog_id, command_id, session_url, event };
        let json: Value = serde_json::from_str(&envelope.to_json(Dialect::Gc4412)).unwrap();
        let faults = faults(&judge, &json);
        assert!(faults.is_empty(), "{json}: {faults:#?}");
    }
}

#[test]
fn what_an_event_is_not_is_refused() {
    for wrong in [
        json!({ "type": "State", "agentId": "1004" }),
        json!({ "type": "System", "status": "ASLEEP" }),
        json!({ "type": "Chat" }),
        json!({ "type": "QueueStats", "queue": [], "agentId": "1091" }),
        json!({ "type": "InboundCall", "dialogId": 7 }),
    ] {
        assert!(!Judge::of(Dialect::Gc4412).any.is_valid(&wrong), "{wrong}");
    }
}

#[test]
fn a_member_that_is_not_described_yet_is_allowed() {
    let judge = jsonschema::validator_for(&events_schema(Dialect::Gc4412)).unwrap();
    assert!(judge.is_valid(&json!({ "type": "System", "status": "IN_SERVICE", "node": "a" })));
}

#[test]
fn every_name_is_that_of_one_schema() {
    for dialect in DIALECTS {
        let names: std::collections::BTreeSet<_> = events().map(|event| event.name).collect();
        assert_eq!(names.len(), events().count());
        let definitions = definitions(dialect, "#/$defs/");
        assert!(names.iter().all(|name| definitions[*name]["description"].is_string()), "{dialect}");
    }
}
