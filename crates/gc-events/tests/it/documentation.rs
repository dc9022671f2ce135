//! `docs/events.md` and `docs/errors.md`.

use crate::printed_file::check;
use gc_events::catalogue::{Example, examples};
use gc_events::{CfCode, CtiCode, Dialect, ErrorCode};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write;

#[test]
fn the_events_page_is_what_the_code_prints() {
    check("docs/events.md", &events_page());
}

#[test]
fn the_errors_page_is_what_the_code_prints() {
    check("docs/errors.md", &errors_page());
}

#[test]
fn every_member_of_every_event_is_documented() {
    let mut members = BTreeSet::new();
    for example in examples() {
        for dialect in [Dialect::Gc4412, Dialect::Tables] {
            collect(&serde_json::from_str(&example.event.to_json(dialect)).unwrap(), &mut members);
        }
    }
    let documented: BTreeSet<_> =
        MEMBERS.iter().flat_map(|(names, _)| names.split(", ")).map(String::from).collect();
    assert_eq!(members, documented);
}

/// Collects member names, except those that are data (`callVariable1`, `skill_1`, a reason code).
fn collect(value: &Value, members: &mut BTreeSet<String>) {
    match value {
        Value::Array(elements) => elements.iter().for_each(|element| collect(element, members)),
        Value::Object(object) => {
            for (name, value) in object {
                members.insert(name.clone());
                match name.as_str() {
                    "callVariables" | "skillGroups" | "skills" => {}
                    "reasonCodes" if value[0].get("code").is_none() => {}
                    _ => collect(value, members),
                }
            }
        }
        _ => {}
    }
}

fn events_page() -> String {
    let mut page = String::from(EVENTS_INTRODUCTION);
    page.push_str("\n## Members\n\n| member | meaning |\n|---|---|\n");
    for (names, meaning) in MEMBERS {
        let names: Vec<_> = names.split(", ").map(|name| format!("`{name}`")).collect();
        writeln!(page, "| {} | {meaning} |", names.join(", ")).unwrap();
    }
    let mut last_type = String::new();
    for example in examples() {
        let type_name = example.event.type_name(Dialect::Gc4412);
        if type_name != last_type {
            let tables = example.event.type_name(Dialect::Tables);
            let note = if tables == type_name { String::new() } else { format!(" (`tables`: {tables})") };
            writeln!(page, "\n## {type_name}{note}").unwrap();
            last_type = type_name.to_owned();
        }
        writeln!(page, "\n### {}\n\n{}\n", example.name, example.about).unwrap();
        page.push_str(&blocks(&example));
    }
    page
}

fn blocks(example: &Example) -> String {
    let [samples, tables] = [Dialect::Gc4412, Dialect::Tables].map(|dialect| example.event.to_json(dialect));
    let mut text = format!("```json\n{}\n```\n", readable(&samples));
    if tables != samples {
        write!(text, "\n`tables`:\n\n```json\n{}\n```\n", readable(&tables)).unwrap();
    }
    text
}

/// One line per member, including its content.
fn readable(json: &str) -> String {
    match serde_json::from_str(json).unwrap() {
        Value::Array(elements) => format!("[{}]", readable(&elements[0].to_string())),
        Value::Object(object) => {
            let members: Vec<_> =
                object.iter().map(|(name, value)| format!("  \"{name}\": {value}")).collect();
            format!("{{\n{}\n}}", members.join(",\n"))
        }
        other => panic!("{other} is not an event"),
    }
}

fn errors_page() -> String {
    let mut page = String::from(ERRORS_INTRODUCTION);
    page.push_str(
        "\n## The connector's own codes\n\n| code | detected by | what is wrong | what to do |\n|---|---|---|---|\n",
    );
    let own = ErrorCode::all().filter(|code| !matches!(code, ErrorCode::Cf(_) | ErrorCode::Cti(_)));
    for code in own {
        row(&mut page, &code.origin().to_string(), &code);
    }
    page.push_str(CAUSES_INTRODUCTION);
    for code in ErrorCode::all() {
        if let Some(cause) = code.cause() {
            writeln!(page, "| `{code}` | {cause} |").unwrap();
        }
    }
    page.push_str("\n## Control failures\n\nThe telephone system refused a request. Finesse reports the number in `errorData`.\n\n");
    page.push_str("| code | number | what is wrong | what to do |\n|---|---|---|---|\n");
    for code in <CfCode as strum::IntoEnumIterator>::iter() {
        row(&mut page, &code.number().to_string(), &code.into());
    }
    page.push_str(
        "\n## CTI server status codes\n\n| code | number | what is wrong | what to do |\n|---|---|---|---|\n",
    );
    for code in <CtiCode as strum::IntoEnumIterator>::iter() {
        row(&mut page, &code.number().to_string(), &code.into());
    }
    page
}

fn row(page: &mut String, second: &str, code: &ErrorCode) {
    let (description, advice) = (code.description(), code.advice());
    writeln!(page, "| `{code}` | {second} | {description} | {advice} |").unwrap();
}

const EVENTS_INTRODUCTION: &str = "\
# Events

Printed from `crates/gc-events`; a test fails when this page differs from the code.

Each event is shown in the default dialect `gc-4.4.12` and, where it differs, in the dialect `tables`
([wire-format.md](wire-format.md) says which to choose). The same examples are files in `fixtures/events/`. Line breaks and
spaces are only for reading; on the wire there are none.

In Rust, the crate gc-events has a type for each: `StreamReader` reads a live stream and `Envelope::from_callback` a callback, with what
belongs to the event (its number, its epoch, the command that it answers). An event of a type that the crate does not know keeps its JSON
(`Event::Unknown`).
";

const ERRORS_INTRODUCTION: &str = "\
# Errors

Printed from `crates/gc-events`; a test fails when this page differs from the code.

`errorType` of an `Error` event is one of these codes. `errorMessage` is a text for the agent: what is wrong and what to do,
or Finesse's own text if it says more. A code from Finesse that is not on this page is passed on by name.
";

const CAUSES_INTRODUCTION: &str = "
## Causes

The errors that an agent can get. A test covers each of them through HTTP, the connector and a simulated Finesse
(`bin/gc-server/tests/it/errors.rs`). If only a real contact center has a reason to refuse, the simulator refuses on demand, and the cause is
an example. All other codes occur when the contact center reports them; it reports a control failure by name or by number.

| code | cause |
|---|---|
";

/// The meaning of each member. Names with the same meaning are in one row.
const MEMBERS: &[(&str, &str)] = &[
    ("type", "The event type. In a phone book: `GLOBAL` or `Team`."),
    (
        "agentId",
        "The login id of the agent concerned; for a team member's state, of the supervisor who receives it.",
    ),
    ("teamAgentId", "The login id of the team member whose state it is."),
    (
        "status",
        "Of the service: `IN_SERVICE`, `OUT_OF_SERVICE`, `RECONNECT`. Of the connection: `ConnectSuccess`.",
    ),
    ("errorType", "The code of [errors.md](errors.md)."),
    ("errorMessage", "A text for the agent."),
    ("firstName, lastName, fullName", "Names."),
    ("supervisor", "Whether the agent supervises teams."),
    (
        "wrapUpOnIncoming",
        "Finesse's setting: `REQUIRED`, `OPTIONAL`, `NOT_ALLOWED`, `REQUIRED_WITH_WRAP_UP_DATA` or empty.",
    ),
    (
        "totalNumberOfTeams, teams",
        "The number of supervised teams, as text, and the teams; both empty for an agent who supervises no team.",
    ),
    ("team", "The agent's own team."),
    (
        "state, State",
        "Of an agent: Finesse's state (`READY`, `NOT_READY`, `TALKING` …) or `RE_LOGIN`. Of a call or participant: Finesse's state, `DROPPED` at the end. Unknown states are passed on.",
    ),
    (
        "reasonCode",
        "The code of the reason, not Finesse's object id; `-1` if Finesse sends that; otherwise empty.",
    ),
    ("label", "The label of a reason."),
    ("stateChangeTimeString", "Always empty."),
    ("pendingState", "The state that follows when the call ends (UCCE); otherwise empty."),
    ("stateChangeTime, startTime", "`yyyy-MM-dd HH:mm:ss` in the configured zone."),
    ("extension", "The extension in use; empty when logged out."),
    ("dialogId, dialogID, assDialogId", "The call's Finesse id."),
    ("associatedDialogId, prevDialogId", "The call that this one belongs to, or null."),
    ("fromAddress, toAddress", "The caller and the called party."),
    (
        "callVariables",
        "One object per variable: `callVariable1` to `callVariable10`, `ani`, then the other named variables.",
    ),
    ("participants", "All participants."),
    ("mediaAddress", "A participant's extension or number."),
    ("addressType", "`AGENT_DEVICE`, or empty for the customer."),
    ("stateCause", "The cause of the participant's state, such as `BUSY`; usually empty."),
    ("callType", "Finesse's call type. Unknown types are passed on."),
    (
        "queueName",
        "The queue that the call came through; empty until the call is answered. In statistics: the queue.",
    ),
    ("controls", "The actions that Finesse currently allows."),
    ("title, data", "The subject of a notice, and what happened."),
    ("location, message", "Where to display a text, and the text."),
    ("participantDropped", "The media address of the participant that was dropped."),
    ("category", "`WrapUp`, `LOGOUT` or `NOT_READY`."),
    ("reasonCodes, code", "The reasons, and the code that commands take."),
    ("users", "Agents."),
    ("loginId, mediaType", "A team member's login id, and Finesse's media type."),
    ("phoneBook, name, id", "Phone books; the name and Finesse id of a phone book or a team."),
    ("contact, description, phoneNumber", "Contacts; the free text and the number of a contact."),
    ("skillGroups, skills", "Skill groups, numbered from `skill_1`."),
    ("supervisorList, supervisors", "Supervisors."),
    (
        "supervisorName, supervisorId, supervisorExtension, supervisorState",
        "A supervisor's name, login id, extension and state.",
    ),
    ("agentExtension, port, dialNumber", "A mobile agent's CTI port and number to dial."),
    ("queue, queue1, queue2", "Queue statistics; UCCX numbers its queues."),
    (
        "agentsNotReady, agentsReady, agentsTalkingInbound, agentsTalkingInternal, agentsTalkingOutbound, agentsWrapUpNotReady, agentsWrapUpReady",
        "Numbers of agents, as text (UCCE).",
    ),
    (
        "callsInQueue, startTimeOfLongestCallInQueue",
        "The number of waiting calls, as text, and when the longest-waiting call entered the queue (UCCE).",
    ),
    (
        "queue_SnapShot, queue_SinceMidNight, SnapShot_type",
        "The current numbers and those since midnight (UCCX).",
    ),
    (
        "WaitingCalls, AgentsLoggedIn, AgentsReady, AgentsNotReady, AgentsInAfterCallWork, AgentsTalking, AgentsReserved",
        "The numbers (UCCX).",
    ),
    (
        "from, to",
        "The first and the last number that is missing; `to` is less than `from` if none of the present epoch is.",
    ),
    (
        "otherEpoch",
        "Whether the stream was to begin at a place that is not known in the present epoch: more may be missing.",
    ),
];
