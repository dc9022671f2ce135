//! The addresses of the connector, and its answers.

use serde_json::{Value, json};

pub(super) fn paths() -> Value {
    json!({
        "/gc/command": { "post": command("sendCommand", "Sends a command.", &[]) },
        "/gc/{cluster}/command": { "post": command(
            "sendCommandToCluster",
            "Sends a command for an agent of this cluster, if the connector serves several.",
            &[in_path("cluster", "The cluster, as the configuration names it.")],
        ) },
        "/gc/events/{client_destination}": { "get": {
            "operationId": "readEvents",
            "tags": ["client"],
            "summary": "Reads the client's events as they happen: server-sent events.",
            "description": "The type is in `event:`, `<epoch>.<sequence>` in `id:`, and the event in `data:`, which is an `Event`, or an `Envelope` with `?envelope=true`. Of `Last-Event-ID`, `last_event_id` and `since` the first that is given counts.",
            "parameters": [
                in_path("client_destination", "The destination that the client said Hello with."),
                { "name": "envelope", "in": "query", "description": "Whether `data:` is an `Envelope`.", "schema": { "type": "boolean" } },
                { "name": "since", "in": "query", "schema": { "type": "string" },
                  "description": "Where the stream begins: the id of an event, its number, or a time with its zone. Without it, with the oldest event that was not delivered." },
                { "name": "last_event_id", "in": "query", "schema": { "type": "string" },
                  "description": "As the header Last-Event-ID, for clients that cannot set one." },
                { "name": "Last-Event-ID", "in": "header", "schema": { "type": "string" },
                  "description": "The stream begins behind the event with this id." },
            ],
            "responses": {
                "200": {
                    "description": "The stream, which does not end by itself.",
                    "content": { "text/event-stream": {
                        "schema": { "type": "string" },
                        "x-gc-data": { "anyOf": [schema("Event"), schema("Envelope")] },
                    } },
                },
                "400": refused("Refused"), "401": refused("Unknown"), "403": refused("Refused"),
                "404": refused("Refused"), "429": refused("TooMany"), "503": refused("Refused"),
            },
        } },
        "/health/live": { "get": health("isAlive", "Whether the process answers.", &["200"]) },
        "/health/ready": { "get": health("isReady", "Whether commands can have an effect.", &["200", "503"]) },
        "/openapi.json": { "get": {
            "operationId": "readContract",
            "tags": ["operation"],
            "summary": "This document, in the dialect of this connector.",
            "security": [],
            "responses": {
                "200": { "description": "OpenAPI 3.1.", "content": { "application/json": { "schema": { "type": "object" } } } },
                "429": refused("TooMany"), "503": refused("Refused"),
            },
        } },
        "/contract": { "get": {
            "operationId": "showContract",
            "tags": ["operation"],
            "summary": "The same as a page.",
            "security": [],
            "responses": {
                "200": { "description": "The page.", "content": { "text/html": { "schema": { "type": "string" } } } },
                "429": refused("TooMany"), "503": refused("Refused"),
            },
        } },
        "/metrics": { "get": {
            "operationId": "readMetrics",
            "tags": ["operation"],
            "summary": "The figures of all clients together, for Prometheus. Needs the right `read` or `admin` for everything.",
            "responses": {
                "200": {
                    "description": "OpenMetrics text.",
                    "content": { "application/openmetrics-text": { "schema": { "type": "string" } } },
                },
                "401": refused("Unknown"), "403": refused("Refused"), "429": refused("TooMany"), "503": refused("Refused"),
            },
        } },
    })
}

fn command(id: &str, summary: &str, parameters: &[Value]) -> Value {
    json!({
        "operationId": id,
        "tags": ["client"],
        "summary": summary,
        "parameters": parameters,
        "requestBody": { "required": true, "content": { "application/json": { "schema": schema("CommandRequest") } } },
        "responses": {
            "202": {
                "description": "The command was understood, though its arguments may be wrong. Its outcome comes as events.",
                "content": { "application/json": { "schema": schema("Accepted") } },
            },
            "400": refused("Refused"), "401": refused("Unknown"), "403": refused("Refused"),
            "408": refused("Refused"), "409": refused("Conflict"), "413": refused("Refused"),
            "415": refused("Refused"), "429": refused("TooMany"),
            "431": { "description": "The headers are too large." },
            "503": refused("NotKept"),
        },
    })
}

fn health(id: &str, summary: &str, statuses: &[&str]) -> Value {
    let response = |status: &&str| {
        let about = if *status == "200" { "Yes." } else { "No; the text says why." };
        let content = json!({ "text/plain": { "schema": { "type": "string" } } });
        ((*status).to_owned(), json!({ "description": about, "content": content }))
    };
    let responses: serde_json::Map<_, _> = statuses.iter().map(response).collect();
    json!({ "operationId": id, "tags": ["operation"], "summary": summary, "security": [], "responses": responses })
}

/// The answers of several addresses. Each is an event.
pub(super) fn responses() -> Value {
    let answer = |about: &str, schema: Value, headers: Value| {
        let content = json!({ "application/json": { "schema": schema } });
        json!({ "description": about, "headers": headers, "content": content })
    };
    let seconds = |required: bool| {
        let schema = json!({ "type": "integer", "minimum": 0 });
        json!({ "required": required, "description": "The seconds to wait.", "schema": schema })
    };
    json!({
        "Refused": answer(
            "The request was refused. `errorMessage` says why, and what to send instead.",
            schema("Error"),
            json!({}),
        ),
        "Unknown": answer(
            "The connector does not know who is calling.",
            schema("Error"),
            json!({ "WWW-Authenticate": { "schema": { "type": "string" } } }),
        ),
        "Conflict": answer(
            "The connector does not know this client (System RECONNECT: send Hello), nobody has connected this agent (State RE_LOGIN: send Connect and Login), or the agent is somebody else's (Error SESSION_INVALIDATED).",
            json!({ "anyOf": [schema("System"), schema("State"), schema("Error")] }),
            json!({}),
        ),
        "NotKept": answer(
            "With `Retry-After`: nothing was begun; send the command again after that time. Without it: the command was begun but could not be saved, or it is not known whether it was begun. Ask for the agent's state before it is sent again. Its events, if they come, carry the `commandId`.",
            json!({
                "allOf": [schema("Error")],
                "properties": { "commandId": { "type": "string", "description": "Only of a command that was begun." } },
            }),
            json!({ "Retry-After": seconds(false) }),
        ),
        "TooMany": answer(
            "There are too many commands or requests, or too many clients.",
            schema("Error"),
            json!({ "Retry-After": seconds(true) }),
        ),
    })
}

pub(super) fn refused(response: &str) -> Value {
    json!({ "$ref": format!("#/components/responses/{response}") })
}

pub(super) fn schema(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

pub(super) fn in_path(name: &str, about: &str) -> Value {
    json!({ "name": name, "in": "path", "required": true, "description": about, "schema": { "type": "string", "minLength": 1 } })
}
