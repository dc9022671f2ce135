//! OpenAPI 3.1: what a client asks of the connector, and as webhooks what the connector sends to it.

use super::{administration, commands, paths};
use gc_events::Dialect;
use gc_events::contract::{EventType, definitions, events};
use serde_json::{Map, Value, json};

/// The prefix of a schema's name.
const SCHEMAS: &str = "#/components/schemas/";

/// The interface for clients and for administrators. Servers serve it at `/openapi.json`.
pub fn openapi(dialect: Dialect) -> Value {
    let mut schemas = commands::command_definitions(dialect, SCHEMAS);
    schemas.extend(definitions(dialect, SCHEMAS));
    schemas.extend(administration::schemas());
    let mut paths = paths::paths();
    if let Some(paths) = paths.as_object_mut() {
        paths.extend(administration::paths());
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Generic Connector",
            "version": "4.4.12",
            "description": format!("{INTRODUCTION}\n\nThis document is about the dialect `{dialect}`."),
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "The connector that served this document." }],
        "security": [{}, { "bearer": [] }],
        "tags": [
            { "name": "client", "description": "Commands and events." },
            { "name": "operation", "description": "How the connector is, and what it is." },
            { "name": "administration", "description": "For callers with the right `admin`: what there is, and what can be done about it." },
        ],
        "paths": paths,
        "webhooks": webhooks(dialect),
        "components": {
            "schemas": schemas,
            "parameters": parameters(),
            "responses": paths::responses(),
            "securitySchemes": { "bearer": {
                "type": "http",
                "scheme": "bearer",
                "description": "A token that the administrator gives out. A client certificate, or an address that the configuration lists, can stand in for it. A connector without a list of clients asks for nothing.",
            }},
        },
    })
}

const INTRODUCTION: &str = "Drives Cisco Finesse (UCCE or UCCX) for agents: a client sends commands, and everything that happens comes back as events.

Commands are answered with 202 at once; their outcome comes as events, exactly once: the events of the command, or one `Error`. \
Events are POSTed to the client's callback (see the webhooks) or read from the live stream. An event may arrive twice: `gc-sequence` and \
`webhook-id` are then the same.

Clients must tolerate members, values and event types that are not described here: a newer connector, or a newer Finesse, may send them.";

fn webhooks(dialect: Dialect) -> Map<String, Value> {
    let of_callbacks = events().filter(|event| !event.is_of_streams());
    of_callbacks.map(|event| (event.name.to_owned(), json!({ "post": webhook(event, dialect) }))).collect()
}

fn webhook(event: &EventType, dialect: Dialect) -> Value {
    let parameters: Vec<_> = HEADERS
        .iter()
        .map(|(name, ..)| json!({ "$ref": format!("#/components/parameters/{name}") }))
        .collect();
    json!({
        "operationId": format!("on{}", event.name),
        "tags": ["client"],
        "summary": event.about,
        "description": format!("Sent to the client's callback. Its `type` is `{}`. {ENVELOPED}", event.type_name(dialect)),
        "parameters": parameters,
        "requestBody": {
            "required": true,
            "content": { "application/json": { "schema": { "$ref": format!("{SCHEMAS}{}", event.name) } } },
        },
        "responses": {
            "2XX": { "description": "The event was received." },
            "410": { "description": "The receiver is gone: no events are sent until the next Hello." },
            "default": { "description": "The event is sent again later. After 400, 413 or 422 three times in a row it is given up." },
        },
    })
}

const ENVELOPED: &str =
    "With `callback.envelope = \"data\"` in the connector's configuration, the body is `{\"data\":<event>}`.";

/// The headers of a callback: name, whether it is always there, example and meaning.
const HEADERS: [(&str, bool, &str, &str); 9] = [
    ("gc-sequence", true, "41", "The number of the event among those of this client, without gaps."),
    (
        "gc-epoch",
        true,
        "8f6f3a4e6f0f4f0b9a2f0d7c5f1e2a3b",
        "The outbox that the number belongs to: in a new one the numbers begin at 1 again.",
    ),
    ("gc-order", false, "agent", "`agent` if the numbers may arrive out of order."),
    ("gc-session-url", false, "desk/7", "The client's `sessionUrl`."),
    (
        "gc-command-id",
        false,
        "call-8812",
        "The command that the event answers: the `commandId` of the 202, or the client's `correlationId`.",
    ),
    ("gc-agent-id", false, "1004", "The agent concerned."),
    ("gc-dialog-id", false, "30211", "The call, with a call event and with the Error of a call that failed."),
    ("webhook-id", true, "3c9d2f6e-5a0b-4c1e-9f37-2b8d1e6a7c40", "The same each time the event is sent."),
    (
        "webhook-signature",
        false,
        "v1,K5oZ…",
        "The signatures of id, timestamp and body (Standard Webhooks), if secrets are configured.",
    ),
];

fn parameters() -> Map<String, Value> {
    let parameter = |(name, required, example, meaning): &(&str, bool, &str, &str)| {
        let parameter = json!({
            "name": name, "in": "header", "required": required, "description": meaning,
            "schema": { "type": "string", "examples": [example] },
        });
        ((*name).to_owned(), parameter)
    };
    HEADERS.iter().map(parameter).collect()
}
