//! The tables as JSON Schema 2020-12.

use super::{ENVELOPE, EventType, Kind, Member, Object, events};
use crate::dialect::Dialect;
use crate::error::ErrorCode;
use serde_json::{Map, Value, json};

/// The schema of a single document: any event of this dialect. `#/$defs/State` and so on are those of one type each.
pub fn events_schema(dialect: Dialect) -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("Events of the Generic Connector, dialect {dialect}"),
        "$ref": "#/$defs/Event",
        "$defs": definitions(dialect, "#/$defs/"),
    })
}

/// A schema for each type of event and each object in one, for `Event` (any of them) and `Envelope`. They refer to each other
/// with this prefix. Members that are not described are allowed: a newer connector may send more.
pub fn definitions(dialect: Dialect, prefix: &str) -> Map<String, Value> {
    let printer = Printer { dialect, prefix };
    let mut definitions = Map::new();
    for event in events() {
        definitions.insert(event.name.to_owned(), printer.event(event));
        printer.objects_in(event.members, &mut definitions);
    }
    let all: Vec<_> = events().map(|event| printer.reference(event.name)).collect();
    let about = "Any event. `type` says which one; some share a type. A newer connector may send other types and more members.";
    definitions.insert("Event".to_owned(), json!({ "description": about, "anyOf": all }));
    printer.objects_in(&[super::member("", Kind::Object(&ENVELOPE), "")], &mut definitions);
    definitions
}

struct Printer<'a> {
    dialect: Dialect,
    prefix: &'a str,
}

impl Printer<'_> {
    fn event(&self, event: &EventType) -> Value {
        let constant = json!({ "type": "string", "const": event.type_name(self.dialect) });
        let description = [event.about].iter().chain(event.notes).copied().collect::<Vec<_>>().join("\n\n");
        let mut object = self.object(&description, event.members, Some(constant));
        if !event.is_in_array(self.dialect) {
            return Value::Object(object);
        }
        let description = object.shift_remove("description");
        json!({ "description": description, "type": "array", "minItems": 1, "maxItems": 1, "items": object })
    }

    fn object(&self, description: &str, members: &[Member], constant: Option<Value>) -> Map<String, Value> {
        let [mut properties, mut patterns] = [Map::new(), Map::new()];
        let mut required = Vec::new();
        if let Some(constant) = constant {
            properties.insert("type".to_owned(), constant);
            required.push("type");
        }
        for member in members {
            let Some(name) = member.name(self.dialect) else { continue };
            if member.numbered {
                patterns.insert(format!("^{name}[0-9]+$"), self.member(member));
                continue;
            }
            properties.insert(name.to_owned(), self.member(member));
            if member.absent.is_none() {
                required.push(name);
            }
        }
        let mut object = Map::new();
        object.insert("description".to_owned(), json!(description));
        object.insert("type".to_owned(), json!("object"));
        object.insert("properties".to_owned(), Value::Object(properties));
        if !patterns.is_empty() {
            object.insert("patternProperties".to_owned(), Value::Object(patterns));
        }
        object.insert("required".to_owned(), json!(required));
        object
    }

    fn member(&self, member: &Member) -> Value {
        let mut schema = self.kind(member.kind);
        if let Value::Object(schema) = &mut schema {
            if let Some(kind) = schema.get_mut("type").filter(|_| member.nullable) {
                *kind = json!([kind, "null"]);
            }
            let absent = member.absent.map(|when| format!(" Absent if {when}.")).unwrap_or_default();
            schema.insert("description".to_owned(), json!(format!("{}{absent}", member.meaning)));
        }
        schema
    }

    fn kind(&self, kind: Kind) -> Value {
        match kind {
            Kind::Text(example) => json!({ "type": "string", "examples": [example] }),
            Kind::Known(words) => json!({ "type": "string", "examples": words }),
            Kind::Words(words) => json!({ "type": "string", "enum": words }),
            Kind::Code => {
                let codes: Vec<_> = ErrorCode::all().map(|code| code.to_string()).collect();
                json!({ "type": "string", "examples": codes })
            }
            Kind::Flag => json!({ "type": "boolean" }),
            Kind::Count(example) => json!({ "type": "integer", "minimum": 0, "examples": [example] }),
            Kind::Object(object) => self.reference(object.name),
            Kind::Objects(object) => json!({ "type": "array", "items": self.reference(object.name) }),
            Kind::Texts(examples) => {
                json!({ "type": "array", "items": { "type": "string", "examples": examples } })
            }
            Kind::OneKeys(name, value) => json!({ "type": "array", "items": {
                "type": "object", "minProperties": 1, "maxProperties": 1,
                "additionalProperties": { "type": "string" },
                "examples": [{ name: value }],
            }}),
            Kind::Event => self.reference("Event"),
        }
    }

    fn reference(&self, name: &str) -> Value {
        json!({ "$ref": format!("{}{name}", self.prefix) })
    }

    /// The objects of these members, and those in them.
    fn objects_in(&self, members: &[Member], definitions: &mut Map<String, Value>) {
        for member in members.iter().filter(|member| member.name(self.dialect).is_some()) {
            if let Kind::Object(object) | Kind::Objects(object) = member.kind {
                let Object { name, about, members } = object;
                definitions.insert((*name).to_owned(), Value::Object(self.object(about, members, None)));
                self.objects_in(members, definitions);
            }
        }
    }
}
