//! The commands as JSON Schema 2020-12.

use super::{name_of, patterns};
use crate::argument::Argument;
use crate::command::CommandName;
use crate::declaration::{Declaration, Role};
use crate::request::{CORRELATION_LIMIT, ID_LIMIT, URL_LIMIT};
use gc_events::Dialect;
use gc_events::contract::events;
use serde_json::{Map, Value, json};

/// The schema of a single document: the request of any command. `#/$defs/MakeCallCommand` and so on are those of one each.
pub fn commands_schema(dialect: Dialect) -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("Commands of the Generic Connector, dialect {dialect}"),
        "$ref": "#/$defs/CommandRequest",
        "$defs": command_definitions(dialect, "#/$defs/"),
    })
}

/// A schema for each command, for `Command` (any of them), `CommandRequest` and `Accepted`. They refer to each other with this
/// prefix. The dialect concerns the names of events only.
pub fn command_definitions(dialect: Dialect, prefix: &str) -> Map<String, Value> {
    let reference = |name: &str| json!({ "$ref": format!("{prefix}{name}") });
    let mut definitions = Map::new();
    definitions.insert(
        "CommandRequest".to_owned(),
        json!({
            "description": "A command, as it is sent.",
            "type": "object",
            "properties": { "data": reference("Command") },
            "required": ["data"],
        }),
    );
    let all: Vec<_> = CommandName::ALL.iter().map(|name| reference(&name_of(*name))).collect();
    definitions.insert(
        "Command".to_owned(),
        json!({
            "description": "Any command. Members that are not listed are ignored.",
            "type": "object",
            "properties": {
                "sessionUrl": member(URL_LIMIT, "desk/7", "Identifies the client; returned with every event."),
                "callbackFqdn": member(URL_LIMIT, "crm.example.com", "With Hello and Connect: where the client's events go, the host."),
                "callbackEndpoint": member(URL_LIMIT, "/gc/events", "With Hello and Connect: where the client's events go, the path."),
                "correlationId": member(CORRELATION_LIMIT, "call-8812", "The client's own id for this command; returned with the events that answer it."),
            },
            "oneOf": all,
        }),
    );
    for name in CommandName::ALL {
        definitions.insert(name_of(*name), command(*name, dialect));
    }
    definitions.insert(
        "Accepted".to_owned(),
        json!({
            "description": "The command was understood. Its outcome comes as events: those of the command, or one Error.",
            "type": "object",
            "properties": {
                "status": { "type": "string", "const": "accepted" },
                "commandId": {
                    "type": "string",
                    "description": "Returned with the events that answer the command, if it has no `correlationId`.",
                },
            },
            "required": ["status", "commandId"],
        }),
    );
    definitions
}

fn member(limit: usize, example: &str, meaning: &str) -> Value {
    let (pattern, about) = (patterns::TEXT, format!("{meaning} At most {limit} bytes."));
    json!({ "type": "string", "maxLength": limit, "pattern": pattern, "examples": [example], "description": about })
}

fn command(name: CommandName, dialect: Dialect) -> Value {
    let declaration = name.declaration();
    let mut required = vec!["type"];
    let body = match declaration.arguments {
        [] => json!({ "description": "There are no arguments.", "enum": ["null", "", null] }),
        arguments => {
            required.push("body");
            let examples: Vec<_> = [declaration.example].into_iter().chain(variants(declaration)).collect();
            json!({
                "type": "string",
                "description": format!("{}, separated by commas.", argument_names(arguments)),
                "pattern": patterns::of_body(name),
                "examples": examples,
            })
        }
    };
    json!({
        "description": declaration.summary,
        "type": "object",
        "properties": {
            "type": {
                "type": "string",
                "description": format!("`{name}#` and {}, at most {ID_LIMIT} bytes.", id(declaration.role)),
                "pattern": patterns::of_type(name),
                "maxLength": longest_spelling(declaration) + 1 + ID_LIMIT,
            },
            "body": body,
        },
        "required": required,
        "x-gc-arguments": declaration.arguments.iter().map(argument).collect::<Vec<_>>(),
        "x-gc-command": {
            "category": declaration.category,
            "sentBy": declaration.role.to_string(),
            "platform": declaration.platforms.to_string(),
            "needs": declaration.needs.map(|need| need.to_string()),
            "completeWhen": declaration.effect,
            "events": event_types(declaration, dialect),
            "errors": declaration.errors.iter().map(ToString::to_string).collect::<Vec<_>>(),
        },
    })
}

fn argument(argument: &Argument) -> Value {
    let missing = (!argument.optional).then(|| argument.missing.to_string());
    json!({
        "name": argument.name,
        "required": !argument.optional,
        "pattern": format!("^{}$", patterns::of_argument(argument.kind)),
        "maxBytes": argument.kind.limit(),
        "secret": argument.kind.is_secret(),
        "errorWhenMissing": missing,
    })
}

fn argument_names(arguments: &[Argument]) -> String {
    let names = arguments.iter().map(|argument| match argument.optional {
        true => format!("{} (may be left out)", argument.name),
        false => argument.name.to_owned(),
    });
    names.collect::<Vec<_>>().join(", ")
}

fn variants(declaration: &Declaration) -> impl Iterator<Item = &'static str> {
    declaration.variants.iter().map(|(_, body)| *body)
}

fn longest_spelling(declaration: &Declaration) -> usize {
    declaration.aliases.iter().chain([&declaration.wire]).map(|spelling| spelling.len()).max().unwrap_or(0)
}

/// What the id after `#` is.
pub(super) fn id(role: Role) -> &'static str {
    match role {
        Role::Client => "the client's destination",
        Role::Agent => "the agent's login id",
        Role::AgentOrSupervisor => "the agent's login id (a supervisor sends a team member's)",
        Role::Supervisor => "the supervisor's login id",
    }
}

/// The types of the declared events in this dialect, in which several may be the same.
pub(super) fn event_types(declaration: &Declaration, dialect: Dialect) -> Vec<&'static str> {
    let mut types = Vec::new();
    for declared in declaration.events {
        for event in events().filter(|event| event.type_name(Dialect::Gc4412) == *declared) {
            if !types.contains(&event.type_name(dialect)) {
                types.push(event.type_name(dialect));
            }
        }
    }
    types
}
