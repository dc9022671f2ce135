//! `docs/events.md` and `docs/errors.md`.

use crate::contract::table_of;
use crate::printed_file::{check, repository};
use gc_events::catalogue::{Example, examples};
use gc_events::contract::{Kind, Member, Object, events};
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

/// The page that explains the dialects is written by hand: it has to keep up with the tables.
#[test]
fn the_wire_format_names_every_difference_of_the_dialects() {
    let page = std::fs::read_to_string(repository().join("docs/wire-format.md")).unwrap();
    let section = page.split("\n## ").find(|section| section.starts_with("Dialects")).unwrap();
    let [samples, tables] = [Dialect::Gc4412, Dialect::Tables];
    for table in events() {
        let names = |dialect| {
            let members = table.members.iter().filter_map(move |member| member.name(dialect));
            let members = members.map(|name| format!("`{name}"));
            members.chain([table.type_name(dialect).to_owned()]).collect::<BTreeSet<_>>()
        };
        for name in names(samples).symmetric_difference(&names(tables)) {
            assert!(section.contains(name.as_str()), "{}: {name} is not there", table.name);
        }
    }
}

fn events_page() -> String {
    let mut page = String::from(EVENTS_INTRODUCTION);
    let mut last_types = ("", "");
    let mut objects = Vec::new();
    for table in events() {
        let types @ (samples, tables) = (table.type_name(Dialect::Gc4412), table.type_name(Dialect::Tables));
        if types != last_types {
            let note = if samples == tables { String::new() } else { format!(" (`tables`: {tables})") };
            writeln!(page, "\n## {samples}{note}").unwrap();
            last_types = types;
        }
        writeln!(page, "\n**{}.** {}\n", table.name, table.about).unwrap();
        for note in table.notes {
            writeln!(page, "- {note}").unwrap();
        }
        if !table.notes.is_empty() {
            page.push('\n');
        }
        page.push_str(&members(table.members, &mut objects));
        for example in examples().iter().filter(|example| table_of(&example.event).name == table.name) {
            writeln!(page, "\n### {}\n\n{}\n", example.name, example.about).unwrap();
            page.push_str(&blocks(example));
        }
    }
    page.push_str("\n## Objects in events\n");
    let mut at = 0;
    while let Some(object) = objects.get(at).copied() {
        writeln!(page, "\n**{}.** {}\n", object.name, object.about).unwrap();
        page.push_str(&members(object.members, &mut objects));
        at += 1;
    }
    page
}

/// The table of these members. The objects in them are added to those to be described.
fn members(members: &[Member], objects: &mut Vec<&'static Object>) -> String {
    let mut rows = String::from("| member | JSON | example | meaning |\n|---|---|---|---|\n");
    for member in members {
        if let Kind::Object(object) | Kind::Objects(object) = member.kind
            && objects.iter().all(|known| known.name != object.name)
        {
            objects.push(object);
        }
        let name = |dialect| {
            let number = if member.numbered { "1" } else { "" };
            member.name(dialect).map(|name| format!("`{name}{number}`"))
        };
        let name = match (name(Dialect::Gc4412), name(Dialect::Tables)) {
            (Some(samples), Some(tables)) if samples == tables => samples,
            (Some(samples), Some(tables)) => format!("{samples} (`tables`: {tables})"),
            (Some(samples), None) => format!("{samples} (not in `tables`)"),
            (None, tables) => format!("{} (only in `tables`)", tables.unwrap()),
        };
        let null = if member.nullable { " or null" } else { "" };
        let absent = member.absent.map(|when| format!(" Absent if {when}.")).unwrap_or_default();
        let (kind, example) = kind(member.kind);
        writeln!(rows, "| {name} | {kind}{null} | {example} | {}{absent} |", member.meaning).unwrap();
    }
    rows
}

/// A kind in words, and its examples.
fn kind(kind: Kind) -> (String, String) {
    let words =
        |words: &[&str]| words.iter().map(|word| format!("`\"{word}\"`")).collect::<Vec<_>>().join(", ");
    let (kind, example) = match kind {
        Kind::Text(example) => ("text", words(&[example])),
        Kind::Known(known) => ("text", format!("{} …", words(known))),
        Kind::Words(all) => ("text, one of", words(all)),
        Kind::Code => ("text", "a code of [errors.md](errors.md)".to_owned()),
        Kind::Flag => ("true or false", String::new()),
        Kind::Count(example) => ("number", format!("`{example}`")),
        Kind::Object(object) => return (format!("[{}](#objects-in-events)", object.name), String::new()),
        Kind::Objects(object) => {
            return (format!("array of [{}](#objects-in-events)", object.name), String::new());
        }
        Kind::Texts(examples) => ("array of texts", words(examples)),
        Kind::OneKeys(name, value) => ("array of objects", format!("`{{\"{name}\":\"{value}\"}}`")),
        Kind::Event => ("event", String::new()),
    };
    (kind.to_owned(), example)
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

The same tables are printed as JSON Schema, OpenAPI and TypeScript ([wire-format.md](wire-format.md#the-contract-as-a-file)). Every member that
has no `Absent if` is always there. Clients must tolerate members, values and types that are not on this page.
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
