//! The addresses for administrators, and their answers.

use serde_json::{Map, Value, json};

use super::paths::{in_path, refused, schema};

mod schemas;

pub(super) use schemas::schemas;

/// The addresses, by path.
pub(super) fn paths() -> Map<String, Value> {
    let (client, letter) =
        (in_path("client", "The client's destination."), in_path("id", "The event's id: its `webhook-id`."));
    let agent = in_path("id", "The agent's login id.");
    let at = query(
        "cluster",
        "The agent's cluster, if agents of several have this id.",
        json!({ "type": "string" }),
    );
    let page = |behind: &str| {
        let limit = json!({ "type": "integer", "minimum": 1, "maximum": 1000, "default": 100 });
        [
            query("after", behind, json!({ "type": "string" })),
            query("limit", "How many there are on a page.", limit),
        ]
    };
    let text = || json!({ "type": "string" });
    let filters = [
        query("cluster", "Agents of this cluster.", text()),
        query("client", "Agents of this client.", text()),
        query("state", "Agents in this state, in Finesse's words.", text()),
        query(
            "stream",
            "Agents with or without a notification stream.",
            json!({ "type": "string", "enum": ["open", "absent"] }),
        ),
    ];
    let agents = [&filters[..], &page("The page begins behind this one: `cluster/agent`.")].concat();
    let clients = page("The page begins behind this client.");
    let replayed = || counted("replayed", "Events that are delivered again.");
    let purged = || counted("purged", "Dead letters that were deleted.");
    let lost = || {
        object(&[("undelivered", count(), "Events that waited."), ("deadLetters", count(), "Dead letters.")])
    };
    let letters = json!({ "type": "array", "items": schema("AdminDeadLetter") });
    let refusals = json!({ "type": "object", "additionalProperties": count() });
    let all = [
        (
            "/admin/status",
            "get",
            "readStatus",
            "Whether everything is well, and if not, why.",
            vec![],
            schema("AdminStatus"),
        ),
        (
            "/admin/clusters",
            "get",
            "listClusters",
            "The clusters and how their nodes are.",
            vec![],
            schema("AdminClusters"),
        ),
        (
            "/admin/members",
            "get",
            "listMembers",
            "The connectors on one database, which of them leads, and who has led.",
            vec![],
            schema("AdminMembers"),
        ),
        (
            "/admin/agents",
            "get",
            "listAgents",
            "The agents who are connected, or are about to be.",
            agents,
            schema("AdminAgents"),
        ),
        (
            "/admin/agents/{id}",
            "get",
            "readAgent",
            "One agent.",
            vec![agent.clone(), at.clone()],
            schema("AdminAgent"),
        ),
        (
            "/admin/clients",
            "get",
            "listClients",
            "The clients and how their events are delivered.",
            clients.to_vec(),
            schema("AdminClients"),
        ),
        (
            "/admin/clients/{client}",
            "get",
            "readClient",
            "One client.",
            vec![client.clone()],
            schema("AdminClient"),
        ),
        (
            "/admin/clients/{client}",
            "delete",
            "forgetClient",
            "Forgets the client with all that waits for it.",
            vec![client.clone()],
            lost(),
        ),
        (
            "/admin/clients/{client}/dead-letters",
            "get",
            "listDeadLetters",
            "Events that could not be delivered.",
            vec![client.clone()],
            letters,
        ),
        (
            "/admin/clients/{client}/dead-letters",
            "delete",
            "deleteDeadLetters",
            "Deletes all of them.",
            vec![client.clone()],
            purged(),
        ),
        (
            "/admin/clients/{client}/dead-letters/replay",
            "post",
            "replayDeadLetters",
            "Delivers all of them again.",
            vec![client.clone()],
            replayed(),
        ),
        (
            "/admin/clients/{client}/dead-letters/{id}",
            "get",
            "readDeadLetter",
            "One of them, with its event.",
            vec![client.clone(), letter.clone()],
            schema("AdminDeadLetter"),
        ),
        (
            "/admin/clients/{client}/dead-letters/{id}",
            "delete",
            "deleteDeadLetter",
            "Deletes it.",
            vec![client.clone(), letter.clone()],
            purged(),
        ),
        (
            "/admin/clients/{client}/dead-letters/{id}/replay",
            "post",
            "replayDeadLetter",
            "Delivers it again.",
            vec![client, letter],
            replayed(),
        ),
        (
            "/admin/errors",
            "get",
            "listErrors",
            "The errors that clients were sent since the start, by code.",
            vec![],
            schema("AdminErrors"),
        ),
        (
            "/admin/refusals",
            "get",
            "countRefusals",
            "How many requests were refused since the start, by reason.",
            vec![],
            refusals,
        ),
        ("/admin/log", "get", "readLog", "What is logged.", vec![], schema("AdminLog")),
    ];
    let mut paths = Map::new();
    for (path, method, id, summary, parameters, answer) in all {
        let operation = operation(id, summary, &parameters, ("200", "It is done, or this is it.", answer));
        add(&mut paths, path, method, operation);
    }
    recordings(&mut paths, &[agent.clone(), at.clone()]);
    let page = ("200", "The page.", json!({ "type": "string" }));
    let summary = "Shows all of this as a page; with `cluster`, `client`, `state` and `stream` only some of the agents.";
    add(&mut paths, "/admin/", "get", operation_of("text/html", "showPage", summary, &filters, page));
    let node = object(&[("node", text(), "The node that the agent belongs to now: host and port.")]);
    let moved =
        ("202", "The stream is being opened there; the agent's `stream.node` shows when it is.", node);
    let summary = "Moves the agent's stream and requests to another node.";
    let to = query(
        "node",
        "To this one: host and port. Without it to the other one than now, so the same request again moves the agent back.",
        json!({ "type": "string" }),
    );
    let parameters = [agent, at, to];
    add(&mut paths, "/admin/agents/{id}/move", "post", operation("moveAgent", summary, &parameters, moved));
    let summary = "Changes what is logged, until the next change, reload or restart.";
    let mut change = operation("changeLog", summary, &[], ("200", "What is logged now.", schema("AdminLog")));
    let content = json!({ "application/json": { "schema": schema("AdminLogChange") } });
    change.insert("requestBody".to_owned(), json!({ "required": true, "content": content }));
    add(&mut paths, "/admin/log", "put", change);
    paths
}

/// A recording is text; whatever else is said of it is JSON.
fn recordings(paths: &mut Map<String, Value>, parameters: &[Value]) {
    let path = "/admin/agents/{id}/recording";
    let described = |status| (status, "How it is.", schema("AdminRecording"));
    let begin =
        operation("beginRecording", "Records the agent from now on, masked.", parameters, described("201"));
    add(paths, path, "post", begin);
    let text = ("200", "A scenario that replays against the rules.", json!({ "type": "string" }));
    let read = operation_of("text/plain", "readRecording", "The recording so far.", parameters, text);
    add(paths, path, "get", read);
    let end = operation("endRecording", "Ends the recording and drops it.", parameters, described("200"));
    add(paths, path, "delete", end);
}

fn add(paths: &mut Map<String, Value>, path: &str, method: &str, operation: Map<String, Value>) {
    if let Some(methods) = paths.entry(path).or_insert_with(|| json!({})).as_object_mut() {
        methods.insert(method.to_owned(), Value::Object(operation));
    }
}

/// An operation that is answered with JSON.
fn operation(
    id: &str,
    summary: &str,
    parameters: &[Value],
    answer: (&str, &str, Value),
) -> Map<String, Value> {
    operation_of("application/json", id, summary, parameters, answer)
}

fn operation_of(
    media: &str,
    id: &str,
    summary: &str,
    parameters: &[Value],
    answer: (&str, &str, Value),
) -> Map<String, Value> {
    let (status, about, schema) = answer;
    let mut responses = Map::new();
    for refusal in ["400", "403", "404", "408", "409", "413", "415", "503"] {
        responses.insert(refusal.to_owned(), refused("Refused"));
    }
    responses.insert("401".to_owned(), refused("Unknown"));
    responses.insert("429".to_owned(), refused("TooMany"));
    responses.insert("431".to_owned(), json!({ "description": "The headers are too large." }));
    let content = json!({ media: { "schema": schema } });
    responses.insert(status.to_owned(), json!({ "description": about, "content": content }));
    responses.sort_keys();
    let members = [
        ("operationId", json!(id)),
        ("tags", json!(["administration"])),
        ("summary", json!(summary)),
        ("parameters", json!(parameters)),
        ("responses", Value::Object(responses)),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A whole number from 0.
fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn counted(member: &str, about: &str) -> Value {
    let text = || json!({ "type": "string" });
    let event = object(&[
        ("id", text(), "The `webhook-id`."),
        ("epoch", text(), "The epoch in which it had its number."),
        ("sequence", count(), "The number that it had: a client has seen it missing."),
    ]);
    let events = json!({ "type": "array", "items": event });
    object(&[(member, count(), about), ("events", events, "Which.")])
}

/// An object that has all of these members.
fn object(members: &[(&str, Value, &str)]) -> Value {
    with_optional(members, &[])
}

/// An object that has all of the first members, and may have the others.
fn with_optional(members: &[(&str, Value, &str)], more: &[(&str, Value, &str)]) -> Value {
    let required: Vec<_> = members.iter().map(|(name, ..)| *name).collect();
    let properties = properties(&[members, more].concat());
    json!({ "type": "object", "properties": properties, "required": required })
}

/// An object in which each member may be left out.
fn optional(members: &[(&str, Value, &str)]) -> Value {
    json!({ "type": "object", "properties": properties(members) })
}

fn properties(members: &[(&str, Value, &str)]) -> Map<String, Value> {
    let property = |(name, schema, about): &(&str, Value, &str)| {
        let mut schema = schema.as_object().cloned().unwrap_or_default();
        schema.insert("description".to_owned(), Value::from(*about));
        ((*name).to_owned(), Value::Object(schema))
    };
    members.iter().map(property).collect()
}

fn query(name: &str, about: &str, schema: Value) -> Value {
    json!({ "name": name, "in": "query", "description": about, "schema": schema })
}
