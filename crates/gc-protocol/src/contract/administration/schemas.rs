//! What the answers for administrators are made of.

use serde_json::{Map, Value, json};

use super::super::paths::schema;
use super::{count, object, optional, with_optional};

/// What the answers are made of.
pub(in crate::contract) fn schemas() -> Map<String, Value> {
    let text = || json!({ "type": "string" });
    let or_null = |kind: &str| json!({ "type": [kind, "null"] });
    let yes_or_no = || json!({ "type": "boolean" });
    let seconds = count;
    let count_or_null = || json!({ "type": ["integer", "null"], "minimum": 0 });
    let (seconds_or_null, milliseconds_or_null) = (count_or_null, count_or_null);
    let list = |name: &str| json!({ "type": "array", "items": schema(name) });
    let agent_levels = || json!({ "type": "object", "additionalProperties": { "type": "string", "enum": ["info", "debug", "trace"] } });
    let next = ("next", or_null("string"), "What gets the next page as `after`; null on the last one.");
    let all = [
        (
            "AdminStatus",
            object(&[
                ("well", yes_or_no(), "Whether there is no reason to look further."),
                ("reasons", list("AdminReason"), "What is wrong."),
                ("version", text(), "The version of the program."),
                ("uptimeSeconds", seconds(), "Since the start."),
            ]),
        ),
        (
            "AdminReason",
            object(&[("text", text(), "What is wrong."), ("see", text(), "The address that shows more.")]),
        ),
        ("AdminClusters", object(&[("clusters", list("AdminCluster"), "By name.")])),
        (
            "AdminCluster",
            object(&[
                ("cluster", text(), "Its name; `default` if there is one only."),
                ("inService", or_null("boolean"), "Whether a node serves; null before the first check."),
                ("agents", count(), "How many agents of the caller's clients are connected, or about to be."),
                ("nodes", list("AdminNode"), "In the configured order."),
            ]),
        ),
        (
            "AdminNode",
            object(&[
                ("node", text(), "Host and port."),
                (
                    "inService",
                    or_null("boolean"),
                    "What its last health check found; null before the first one.",
                ),
                (
                    "inMaintenance",
                    yes_or_no(),
                    "Whether it was in maintenance then: it serves, and its agents move to the other node.",
                ),
                ("reason", or_null("string"), "Why it is not in service."),
                ("ageSeconds", seconds_or_null(), "Since it is in service, or out of it."),
                (
                    "current",
                    yes_or_no(),
                    "Whether requests and streams go there, except those of agents who were moved.",
                ),
                (
                    "transport",
                    or_null("string"),
                    "What carried notifications there last: `websocket`, `tcp`, `starttls` or `bosh`; null before the first stream.",
                ),
            ]),
        ),
        (
            "AdminMembers",
            object(&[
                (
                    "leader",
                    or_null("string"),
                    "The id of the one that leads; null if nobody does, as far as this one knows.",
                ),
                ("leadsSince", or_null("string"), "Since when, by the clock of the database (RFC 3339)."),
                (
                    "members",
                    list("AdminMember"),
                    "By id; empty if the connector shares its store with nobody.",
                ),
                (
                    "takeovers",
                    list("AdminTakeover"),
                    "The last 100 times that one took the lead, the newest first.",
                ),
            ]),
        ),
        (
            "AdminMember",
            object(&[
                ("id", text(), "New with each start."),
                ("url", text(), "Where the others reach it: its `group.url`."),
                ("version", text(), "The version of the program."),
                ("started", text(), "When it joined, by the clock of the database (RFC 3339)."),
                ("leads", yes_or_no(), "Whether it leads."),
                ("answers", yes_or_no(), "Whether it is the one that answers this request."),
                (
                    "leaseUntil",
                    text(),
                    "When the others count it as gone, and one of them leads if it did, unless it renews its lease before.",
                ),
                (
                    "sees",
                    json!({ "type": "array", "items": { "type": "string" } }),
                    "The clusters that it has in service.",
                ),
                (
                    "certificateValid",
                    yes_or_no(),
                    "Whether its certificate of the group is valid by date, as it says itself. Not whether it can be reached.",
                ),
                ("sessions", count(), "The agents whom it holds; up to 3 s old."),
            ]),
        ),
        (
            "AdminTakeover",
            object(&[
                ("at", text(), "When, by the clock of the database (RFC 3339)."),
                ("to", schema("AdminOrigin"), "Who leads from then on."),
                (
                    "from",
                    json!({ "anyOf": [schema("AdminOrigin"), { "type": "null" }] }),
                    "Who led before; null if nobody did, or that is not noted.",
                ),
                (
                    "reason",
                    text(),
                    "Why the lead was free: first, lease_over, left, saw_less, unreachable, unknown, or one that a newer version adds.",
                ),
                (
                    "leaderlessMs",
                    milliseconds_or_null(),
                    "How long nobody led, in ms: since the last one let go, or since its last sign of life; null if that is not noted.",
                ),
            ]),
        ),
        (
            "AdminOrigin",
            object(&[
                ("id", text(), "New with each start."),
                ("url", or_null("string"), "Its `group.url`; null if it was in no group."),
            ]),
        ),
        ("AdminAgents", object(&[("agents", list("AdminAgent"), "By cluster and id."), next.clone()])),
        (
            "AdminAgent",
            object(&[
                ("agent", text(), "The login id."),
                ("cluster", text(), "Its cluster."),
                ("client", text(), "The client that has connected it."),
                ("state", or_null("string"), "As Finesse reported it last; null before that."),
                ("extension", text(), "Empty before the first sign-in."),
                (
                    "stream",
                    object(&[
                        ("open", yes_or_no(), "Without a stream nothing is heard of the agent."),
                        ("ageSeconds", seconds(), "Since it was opened, or since there is none."),
                        ("transport", or_null("string"), "As of a node."),
                        ("node", or_null("string"), "Where it is open: host and port."),
                    ]),
                    "The notification stream.",
                ),
                (
                    "openCommands",
                    list("AdminPending"),
                    "Commands without an outcome; those of other administrators' clients are left out.",
                ),
                ("calls", list("AdminCall"), "The calls in which the agent is."),
            ]),
        ),
        (
            "AdminPending",
            object(&[
                ("commandId", text(), "Its id."),
                ("command", text(), "Its name."),
                ("client", text(), "Who sent it."),
                ("ageSeconds", seconds(), "Since it was accepted."),
            ]),
        ),
        (
            "AdminCall",
            object(&[
                ("dialogId", text(), "Finesse's id of the call."),
                ("state", text(), "The call's state, in Finesse's words."),
                ("callType", text(), "Its type, in Finesse's words."),
            ]),
        ),
        ("AdminClients", object(&[("clients", list("AdminClient"), "By destination."), next])),
        (
            "AdminClient",
            object(&[
                ("destination", text(), "Its name."),
                ("cluster", or_null("string"), "Its cluster; null if it has to say Hello again."),
                ("callback", or_null("string"), "Where its events go, without the query."),
                (
                    "order",
                    json!({ "type": "string", "enum": ["client", "agent"] }),
                    "In which order events are delivered.",
                ),
                ("undelivered", count(), "Events that wait."),
                ("oldestAgeSeconds", seconds_or_null(), "The age of the oldest of them."),
                ("deadLetters", count(), "How many are kept."),
                ("lastSequence", count(), "The last number given."),
                ("lastAttempt", or_null("string"), "`delivered`, or how the last attempt failed."),
                (
                    "breaker",
                    json!({ "enum": ["closed", "open", "probing", null] }),
                    "Of its callback's host.",
                ),
                ("agents", count(), "How many of its agents are connected, or about to be."),
            ]),
        ),
        (
            "AdminDeadLetter",
            with_optional(
                &[
                    ("id", text(), "The `webhook-id`."),
                    ("epoch", text(), "The outbox of its number."),
                    ("sequence", count(), "Its number."),
                    ("at", or_null("string"), "When it was emitted."),
                    ("type", text(), "The event's type."),
                    ("agentId", or_null("string"), "The agent concerned."),
                    ("dialogId", or_null("string"), "The call concerned."),
                    ("commandId", or_null("string"), "The command that it answers."),
                    (
                        "reason",
                        json!({ "type": "string", "enum": ["expired", "refused", "overflow"] }),
                        "Why it was given up.",
                    ),
                    ("failure", or_null("string"), "How the last attempt failed."),
                ],
                &[("event", json!({}), "The event itself, where one dead letter is shown.")],
            ),
        ),
        ("AdminErrors", object(&[("errors", list("AdminErrorCode"), "By code.")])),
        (
            "AdminErrorCode",
            object(&[
                ("code", text(), "The `errorType`."),
                ("count", count(), "Since the start."),
                ("last", list("AdminError"), "The last ones, newest first."),
            ]),
        ),
        (
            "AdminError",
            object(&[
                ("at", or_null("string"), "When it was emitted (RFC 3339)."),
                ("text", text(), "The beginning of its text."),
                ("client", text(), "Who got it."),
                ("agent", or_null("string"), "The agent concerned."),
                ("commandId", or_null("string"), "The command that it answers."),
            ]),
        ),
        (
            "AdminLog",
            object(&[
                ("filter", text(), "What is logged: a level, or levels by target."),
                ("agents", agent_levels(), "More of single agents, by login id."),
                ("configured", text(), "What a reload returns to."),
                (
                    "changedBy",
                    or_null("string"),
                    "The administrator who has changed it since the last reload.",
                ),
                (
                    "notConnected",
                    json!({ "type": "array", "items": { "type": "string" } }),
                    "Those of `agents` who are not connected now: the level holds when one is.",
                ),
            ]),
        ),
        (
            "AdminRecording",
            object(&[
                ("agentId", text(), "The login id."),
                ("cluster", text(), "Its cluster."),
                (
                    "state",
                    json!({ "type": "string", "enum": ["waiting", "recording", "full", "over"] }),
                    "Whether it waits for a quiet moment to begin, records, or has stopped.",
                ),
                ("bytes", count(), "How long the recording is."),
            ]),
        ),
        (
            "AdminLogChange",
            optional(&[
                (
                    "filter",
                    text(),
                    "A level, or levels by target, such as `gc_session=debug,info`. Without it the configured filter.",
                ),
                ("agents", agent_levels(), "More of single agents, by login id. Without it none."),
            ]),
        ),
    ];
    all.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}
