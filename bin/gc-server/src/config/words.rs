//! What is wrong with the structure of a file, in the words of its author: no names of Rust types. A value that cannot be
//! used may be a password, so none is repeated.

use figment::error::{Actual, Kind};

/// On one line: which key, what is wrong with it, and what to write.
pub(super) fn readable(error: figment::Error) -> String {
    let all = error.into_iter().map(|error| {
        let key = error.path.join(".");
        let source = error.metadata.as_ref().map(|metadata| metadata.name.to_string()).unwrap_or_default();
        let from = if source.contains("environment") { " (an environment variable)" } else { "" };
        let what = without_brackets(&error).unwrap_or_else(|| what(&error.kind));
        let lines = what.lines().map(str::trim).filter(|line| !line.is_empty() && !is_quoted(line));
        let what = lines.collect::<Vec<_>>().join(" ");
        if key.is_empty() { format!("{what}{from}") } else { format!("{key}{from}: {what}") }
    });
    all.collect::<Vec<_>>().join("; ")
}

/// `[client]` where only `[[client]]` can be.
fn without_brackets(error: &figment::Error) -> Option<String> {
    let Kind::InvalidType(Actual::Map, _) = error.kind else { return None };
    let names: Vec<_> =
        error.path.iter().filter(|name| name.parse::<usize>().is_err()).map(String::as_str).collect();
    let is_list = matches!(names.last(), Some(&("client" | "cluster" | "nodes")));
    let table = names.join(".");
    is_list.then(|| {
        format!("there may be several: write [[{table}]] with two brackets on each side, not [{table}]")
    })
}

fn what(kind: &Kind) -> String {
    match kind {
        Kind::InvalidType(found, expected) | Kind::InvalidValue(found, expected) => {
            format!("{} cannot be used: write {}", kind_of(found), plain(expected))
        }
        Kind::UnknownVariant(_, known) => format!("this cannot be used: write {}", known.join(" or ")),
        Kind::UnknownField(found, known) => {
            format!("unknown key {found}: the keys here are {}", known.join(", "))
        }
        Kind::MissingField(name) => format!("missing key: {name}"),
        other => other.to_string(),
    }
}

/// A line of the file, as errors about the syntax quote it: `2 | password = "…`, and the mark below it.
fn is_quoted(line: &str) -> bool {
    line.trim_start_matches(|character: char| character.is_ascii_digit()).trim_start().starts_with('|')
}

fn kind_of(found: &Actual) -> &'static str {
    match found {
        Actual::Bool(true) => "true",
        Actual::Bool(false) => "false",
        Actual::Unsigned(_) | Actual::Signed(_) | Actual::Float(_) => "this number",
        Actual::Str(_) => "this text",
        Actual::Seq => "a list",
        Actual::Map => "a table",
        _ => "this",
    }
}

/// The expectations of serde, and of the types in this configuration.
fn plain(expected: &str) -> &str {
    match expected {
        "a sequence" => "a list, such as [\"one\", \"two\"]",
        "a string" => "a text in quotes",
        "a boolean" => "true or false",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, 0 or more",
        "a nonzero u32" | "a nonzero usize" => "a whole number, 1 or more",
        "an unsigned duration string" => "a duration with its unit, such as \"20s\"",
        _ if expected.starts_with("struct ") || expected == "a map" => "a table of keys",
        _ if expected.starts_with("enum ") => "one of its variants, see docs/configuration.md",
        other => other,
    }
}
