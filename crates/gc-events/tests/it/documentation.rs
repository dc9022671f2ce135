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
fn every_member_of_every_event_is_explained() {
    let mut members = BTreeSet::new();
    for example in examples() {
        for dialect in [Dialect::Gc4412, Dialect::Tables] {
            collect(&serde_json::from_str(&example.event.to_json(dialect)).unwrap(), &mut members);
        }
    }
    let explained: BTreeSet<_> =
        MEMBERS.iter().flat_map(|(names, _)| names.split(", ")).map(String::from).collect();
    assert_eq!(members, explained);
}

/// Member names, but not those that are data (`callVariable1`, `skill_1`, `queue1`, a reason code).
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
    let mut last_type = "";
    for example in examples() {
        let type_name = example.event.type_name(Dialect::Gc4412);
        if type_name != last_type {
            let tables = example.event.type_name(Dialect::Tables);
            let note = if tables == type_name { String::new() } else { format!(" (`tables`: {tables})") };
            writeln!(page, "\n## {type_name}{note}").unwrap();
            last_type = type_name;
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

/// One member per line, what is inside of it on that line.
fn readable(json: &str) -> String {
    match serde_json::from_str(json).unwrap() {
        Value::Array(elements) => format!("[{}]", readable(&elements[0].to_string())),
        Value::Object(object) => {
            let members: Vec<_> =
                object.iter().map(|(name, value)| format!("  \"{name}\": {value}")).collect();
            format!("{{\n{}\n}}", members.join(",\n"))
        }
        other => panic!("{other} is no event"),
    }
}

fn errors_page() -> String {
    let mut page = String::from(ERRORS_INTRODUCTION);
    page.push_str(
        "\n## The connector's own\n\n| code | found by | what is wrong | what to do |\n|---|---|---|---|\n",
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
    page.push_str("\n## Control failures\n\nWhat the telephone system refused; `number` stands in Finesse's `errorData`.\n\n");
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
    let (description, advice) = (code.description(), code.driver_behaviour());
    writeln!(page, "| `{code}` | {second} | {description} | {advice} |").unwrap();
}

const EVENTS_INTRODUCTION: &str = "\
# Events

Printed from `crates/gc-events`; a test fails when this page drifts from the code.

Each event is shown as the default dialect `gc-4.4.12` writes it and, where it differs, as the dialect `tables` does
([wire-format.md](wire-format.md) says which to choose). The same examples stand in `fixtures/events/`. Lines are broken here
for reading; on the wire there are no blanks.
";

const ERRORS_INTRODUCTION: &str = "\
# Errors

Printed from `crates/gc-events`; a test fails when this page drifts from the code.

`errorType` of an `Error` event holds one of these codes, `errorMessage` a text that the agent can read: what is wrong and
what to do, or Finesse's own words where they say more. A code that Finesse reports and this page does not have is passed on
by its name.
";

const CAUSES_INTRODUCTION: &str = "
## How they arise

What an agent can run into, each shown by a test through HTTP, connector and simulated Finesse (`bin/gc-server/tests/it/errors.rs`). Where
only a real contact center has a reason to refuse, the simulator refuses on demand, and what stands here is an example. All other codes come
when the contact center names them, a control failure by its name or by its number.

| code | how it arises |
|---|---|
";

/// What each member means; several names that mean the same stand together.
const MEMBERS: &[(&str, &str)] = &[
    ("type", "Which event it is. In a phone book: whose it is, `GLOBAL` or `Team`."),
    ("agentId", "The login id of the agent concerned; for a team member's state the supervisor who is told."),
    ("teamAgentId", "The team member whose state it is."),
    ("status", "The service: `IN_SERVICE`, `OUT_OF_SERVICE`, `RECONNECT`. The connection: `ConnectSuccess`."),
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
        "The supervised teams and, as text, their number; empty for an agent who supervises none.",
    ),
    ("team", "The agent's own team."),
    (
        "state, State",
        "Of an agent: Finesse's state (`READY`, `NOT_READY`, `TALKING` …) or `RE_LOGIN`. Of a call or participant: Finesse's state, `DROPPED` at the end. Unknown ones pass through.",
    ),
    ("reasonCode", "The code of the reason, not Finesse's object id; `-1` when Finesse says so; else empty."),
    ("label", "The label of a reason."),
    ("stateChangeTimeString", "Always empty."),
    ("pendingState", "The state that follows when the call ends (UCCE), else empty."),
    ("stateChangeTime, startTime", "`yyyy-MM-dd HH:mm:ss` in the configured zone."),
    ("extension", "The extension in use; empty when logged out."),
    ("dialogId, dialogID, assDialogId", "Finesse's id of the call."),
    ("associatedDialogId, prevDialogId", "The call that this one belongs to, or null."),
    ("fromAddress, toAddress", "Who calls whom."),
    (
        "callVariables",
        "One object per variable: `callVariable1` to `callVariable10`, `ani`, then the other named ones.",
    ),
    ("participants", "Everybody who takes part."),
    ("mediaAddress", "A participant's extension or number."),
    ("addressType", "`AGENT_DEVICE`, or empty for the customer."),
    ("stateCause", "Why the participant's state was reached, such as `BUSY`; mostly empty."),
    ("callType", "Finesse's call type; unknown ones pass through."),
    ("queueName", "The queue that the call came through; empty while it rings. In statistics: the queue."),
    ("controls", "The actions that Finesse allows now."),
    ("title, data", "What a notice is about, and what happened."),
    ("location, message", "Where to print a text, and the text."),
    ("participantDropped", "The media address of the participant that was dropped."),
    ("category", "`WrapUp`, `LOGOUT` or `NOT_READY`."),
    ("reasonCodes, code", "The reasons, and the code that commands take."),
    ("users", "Agents."),
    ("loginId, mediaType", "A team member's login id, and Finesse's media type."),
    ("phoneBook, name, id", "Phone books; name and id of one, or of a team."),
    ("contact, description, phoneNumber", "Contacts; free text and number of one."),
    ("skillGroups, skills", "Skill groups, numbered from `skill_1`."),
    ("supervisorList, supervisors", "Supervisors."),
    ("supervisorName, supervisorId, supervisorExtension, supervisorState", "One of them."),
    ("agentExtension, port, dialNumber", "A mobile agent's port and number to dial."),
    ("queue, queue1, queue2", "Queue statistics; UCCX numbers its queues."),
    (
        "agentsNotReady, agentsReady, agentsTalkingInbound, agentsTalkingInternal, agentsTalkingOutbound, agentsWrapUpNotReady, agentsWrapUpReady",
        "Numbers of agents, as text (UCCE).",
    ),
    (
        "callsInQueue, startTimeOfLongestCallInQueue",
        "Calls that wait, as text, and since when the longest does (UCCE).",
    ),
    ("queue_SnapShot, queue_SinceMidNight, SnapShot_type", "Numbers of now and since midnight (UCCX)."),
    (
        "WaitingCalls, AgentsLoggedIn, AgentsReady, AgentsNotReady, AgentsInAfterCallWork, AgentsTalking, AgentsReserved",
        "The numbers (UCCX).",
    ),
];
