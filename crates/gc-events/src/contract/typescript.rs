//! The tables as TypeScript declarations.

use super::{ENVELOPE, Kind, Member, definitions, events};
use crate::dialect::Dialect;
use crate::error::ErrorCode;
use std::collections::BTreeMap;
use std::fmt::Write;

/// An interface for each type of event and each object in one, `Event` (any of them), `Envelope` and `ErrorCode`.
pub fn type_script(dialect: Dialect) -> String {
    let mut text = String::new();
    for event in events() {
        let about = [event.about].iter().chain(event.notes).copied().collect::<Vec<_>>().join("\n\n");
        let tag = format!("  type: {};\n", quoted(event.type_name(dialect)));
        let body = format!("{{\n{tag}{}}}", members(event.members, dialect));
        let declared = match event.is_in_array(dialect) {
            true => format!("export type {} = [{body}];\n", event.name),
            false => format!("export interface {} {body}\n", event.name),
        };
        text += &format!("\n{}{declared}", comment(&about, ""));
    }
    for (name, (about, declared)) in objects(dialect) {
        text += &format!("\n{}export interface {name} {{\n{declared}}}\n", comment(about, ""));
    }
    let names: Vec<_> = events().map(|event| event.name).collect();
    let any = "Any event that is known. A newer connector may send other types and more members.";
    text += &format!("\n{}export type Event =\n  | {};\n", comment(any, ""), names.join("\n  | "));
    let codes: Vec<_> = ErrorCode::all().map(|code| quoted(&code.to_string())).collect();
    let open = "The codes of docs/errors.md. A code of Finesse that is not among them is passed on.";
    text += &format!(
        "\n{}export type ErrorCode =\n  | {}\n  | (string & {{}});\n",
        comment(open, ""),
        codes.join("\n  | ")
    );
    text
}

/// A comment of documentation, each line behind this indentation.
pub fn comment(text: &str, indentation: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    if let [line] = lines.as_slice() {
        return format!("{indentation}/** {line} */\n");
    }
    let lines = lines.iter().fold(String::new(), |mut all, line| {
        let _ = writeln!(all, "{indentation} * {line}");
        all.replace(" * \n", " *\n")
    });
    format!("{indentation}/**\n{lines}{indentation} */\n")
}

/// The objects in events, by name: what they are, and their members.
fn objects(dialect: Dialect) -> BTreeMap<&'static str, (&'static str, String)> {
    let mut found = BTreeMap::from([(ENVELOPE.name, (ENVELOPE.about, members(ENVELOPE.members, dialect)))]);
    let mut left: Vec<&Member> = events().flat_map(|event| event.members).collect();
    let printed = definitions(dialect, "");
    while let Some(member) = left.pop() {
        if let Kind::Object(object) | Kind::Objects(object) = member.kind
            && printed.contains_key(object.name)
        {
            found.insert(object.name, (object.about, members(object.members, dialect)));
            left.extend(object.members);
        }
    }
    found
}

fn members(members: &[Member], dialect: Dialect) -> String {
    let mut text = String::new();
    for member in members {
        let Some(name) = member.name(dialect) else { continue };
        let absent = member.absent.map(|when| format!(" Absent if {when}.")).unwrap_or_default();
        text += &comment(&format!("{}{absent}", member.meaning), "  ");
        let name = match (member.numbered, member.absent) {
            (true, _) => format!("[number: `{name}${{number}}`]"),
            (false, Some(_)) => format!("{name}?"),
            (false, None) => name.to_owned(),
        };
        let null = if member.nullable { " | null" } else { "" };
        text += &format!("  {name}: {}{null};\n", kind(member.kind));
    }
    text
}

fn kind(kind: Kind) -> String {
    let union = |words: &[&str]| words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" | ");
    match kind {
        Kind::Text(_) => "string".to_owned(),
        Kind::Known(words) => format!("{} | (string & {{}})", union(words)),
        Kind::Words(words) => union(words),
        Kind::Code => "ErrorCode".to_owned(),
        Kind::Flag => "boolean".to_owned(),
        Kind::Count(_) => "number".to_owned(),
        Kind::Object(object) => object.name.to_owned(),
        Kind::Objects(object) => format!("{}[]", object.name),
        Kind::Texts(_) => "string[]".to_owned(),
        Kind::OneKeys(..) => "Record<string, string>[]".to_owned(),
        Kind::Event => "Event".to_owned(),
    }
}

fn quoted(text: &str) -> String {
    format!("{text:?}")
}
