//! What is wrong with the structure of a file, in the words of its author: no names of Rust types.

use figment::error::{Actual, Kind};

/// On one line: which key, what is wrong with it, and what to write.
pub(super) fn readable(error: figment::Error) -> String {
    let all = error.into_iter().map(|error| {
        let key = error.path.join(".");
        let source = error.metadata.as_ref().map(|metadata| metadata.name.to_string()).unwrap_or_default();
        let from = if source.contains("environment") { " (an environment variable)" } else { "" };
        let what = without_brackets(&error).unwrap_or_else(|| what(&error.kind));
        let what = what.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
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
            format!("{} cannot be used: write {}", value(found), plain(expected))
        }
        Kind::UnknownVariant(found, known) => {
            format!("{found:?} cannot be used: write {}", known.join(" or "))
        }
        Kind::UnknownField(found, known) => {
            format!("unknown key {found}: the keys here are {}", known.join(", "))
        }
        Kind::MissingField(name) => format!("missing key: {name}"),
        other => other.to_string(),
    }
}

fn value(found: &Actual) -> String {
    match found {
        Actual::Bool(value) => value.to_string(),
        Actual::Unsigned(value) => value.to_string(),
        Actual::Signed(value) => value.to_string(),
        Actual::Float(value) => value.to_string(),
        Actual::Str(value) => format!("{value:?}"),
        Actual::Seq => "a list".to_owned(),
        Actual::Map => "a table".to_owned(),
        _ => "this".to_owned(),
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
