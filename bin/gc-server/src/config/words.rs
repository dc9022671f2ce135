//! What is wrong with the structure of a file, in the words of its author: no names of Rust types. A value that cannot be
//! used may be a password, so none is repeated.

use figment::error::{Actual, Kind};
use figment::value::{Dict, Value};

use super::keys::{NOBODY, extract, joined, known_keys, put};

/// So many keys are listed at most.
const LISTED: usize = 30;

/// What is wrong with the key, and what to write, on one line. `variable`: the one that has this value, if the file has not.
pub(super) fn reason(error: &figment::Error, values: &Dict, variable: Option<&str>) -> String {
    let of_its_place = match variable {
        Some(variable) => in_variable(error, variable),
        None => without_brackets(error),
    };
    if let Some(text) = of_its_place {
        return text;
    }
    match &error.kind {
        Kind::InvalidType(found, expected) | Kind::InvalidValue(found, expected) => {
            let what = match words_at(error, values) {
                Some(words) => list(words),
                None => plain(found, expected).to_owned(),
            };
            format!("{} cannot be used: write {what}", kind_of(found))
        }
        Kind::UnknownVariant(_, known) => format!("this cannot be used: write {}", list(known)),
        Kind::UnknownField(found, known) => unknown(found, known, &error.path),
        Kind::MissingField(_) => "is missing".to_owned(),
        Kind::ISizeOutOfRange(_) | Kind::USizeOutOfRange(_) => {
            "this number cannot be used: it is too large".to_owned()
        }
        Kind::Message(text) => match (words_at(error, values), text.strip_prefix("expected ")) {
            (Some(words), _) => format!("this cannot be used: write {}", list(words)),
            (None, Some(expected)) => format!("this cannot be used: write {expected}"),
            (None, None) => text.clone(),
        },
        _ => "this cannot be used, see docs/configuration.md".to_owned(),
    }
}

/// What a variable's value looks like.
fn in_variable(error: &figment::Error, variable: &str) -> Option<String> {
    let Kind::InvalidType(found, expected) = &error.kind else { return None };
    let what = match expected.as_str() {
        "a sequence" if is_list_of_tables(error) && variable.to_lowercase().ends_with("nodes") => {
            "a list of tables as in TOML, such as VARIABLE='[{url=\"https://finesse-a.example.com:8445\"}]'"
        }
        "a sequence" if is_list_of_tables(error) => {
            "a list of tables as in TOML, such as VARIABLE='[{name=\"one\"}, {name=\"two\"}]'"
        }
        "a sequence" => "a list as in TOML, such as VARIABLE='[\"one\", \"two\"]'",
        "a string" | "string" | "str" | "path string" => {
            "a text in quotes of its own, such as VARIABLE='\"7\"'"
        }
        _ if expected.starts_with("struct ") => "a table as in TOML, such as VARIABLE='{key=\"value\"}'",
        _ => return None,
    };
    Some(format!("{} cannot be used: write {}", kind_of(found), what.replace("VARIABLE", variable)))
}

fn is_list_of_tables(error: &figment::Error) -> bool {
    let mut names = error.path.iter().rev().filter(|name| name.parse::<usize>().is_err());
    names.next().is_some_and(|name| matches!(name.as_str(), "client" | "cluster" | "nodes"))
}

/// `[client]` where only `[[client]]` can be.
fn without_brackets(error: &figment::Error) -> Option<String> {
    match &error.kind {
        Kind::InvalidType(_, expected) if expected == "a sequence" => {}
        _ => return None,
    }
    let names: Vec<_> =
        error.path.iter().filter(|name| name.parse::<usize>().is_err()).map(String::as_str).collect();
    is_list_of_tables(error).then(|| several(&names.join(".")))
}

fn several(table: &str) -> String {
    format!("there may be several: write [[{table}]], with two brackets on each side, and the keys below it")
}

/// What is wrong with the header of a table that is there already. `is_single`: that one has single brackets.
pub(super) fn second_table(name: &str, is_one_of_several: bool, first: usize, is_single: bool) -> String {
    let is_list = matches!(name.rsplit('.').next(), Some("client" | "cluster" | "nodes"));
    match (is_list, is_one_of_several) {
        (true, false) if is_single => format!("{}; here and at line {first}", several(name)),
        (true, false) => several(name),
        (true, true) => format!("[{name}] is there already, at line {first}"),
        (false, _) => format!("[{name}] is there already, at line {first}: write all of its keys there"),
    }
}

/// The words that can be written there, if there are only some. An unknown word makes serde list them.
fn words_at(error: &figment::Error, values: &Dict) -> Option<&'static [&'static str]> {
    let mut values = values.clone();
    let path: Vec<_> = error.path.iter().map(String::as_str).collect();
    put(&mut values, &path, Value::from(NOBODY));
    match extract(&values).err()?.kind {
        Kind::UnknownVariant(word, known) if word == NOBODY => Some(known),
        _ => None,
    }
}

fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// The key that an unknown one probably is.
pub(super) fn meant(error: &figment::Error) -> Option<String> {
    let Kind::UnknownField(found, known) = &error.kind else { return None };
    let near = nearest(found, known.iter().copied())?;
    Some(joined(&table_of(found, &error.path).join("."), near))
}

/// The table in which the unknown key is.
fn table_of<'a>(found: &str, path: &'a [String]) -> &'a [String] {
    match path.split_last() {
        Some((last, table)) if last == found => table,
        _ => path,
    }
}

/// The nearest key of the same table, else keys of this name elsewhere, else those that there are.
fn unknown(found: &str, known: &'static [&'static str], path: &[String]) -> String {
    let table = table_of(found, path);
    if let Some(near) = nearest(found, known.iter().copied()) {
        let near = joined(&table.join("."), near);
        return format!("there is no such key: did you mean {near}?");
    }
    let elsewhere = known_keys();
    let of_this_name = elsewhere.iter().filter(|key| key.rsplit('.').next() == Some(found));
    // Each of several clusters has the keys of the only one.
    let of_this_name = of_this_name.filter(|key| !key.starts_with("cluster."));
    let of_this_name: Vec<_> = of_this_name.map(|key| key.replace(".*", "")).collect();
    if (1..=3).contains(&of_this_name.len()) {
        return format!("there is no such key here: did you mean {}?", of_this_name.join(" or "));
    }
    let shown = known.iter().take(LISTED).copied().collect::<Vec<_>>().join(", ");
    format!("there is no such key: the keys here are {shown}")
}

/// The one that differs least, if it differs by few letters.
pub(super) fn nearest<'a>(found: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let found = found.to_lowercase().replace('-', "_");
    let most = (found.chars().count() / 3).max(1);
    let distances = known.map(|known| (strsim::damerau_levenshtein(&found, known), known));
    let (distance, near) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= most).then_some(near)
}

fn kind_of(found: &Actual) -> &'static str {
    match found {
        Actual::Bool(true) => "true",
        Actual::Bool(false) => "false",
        Actual::Unsigned(_) | Actual::Signed(_) | Actual::Float(_) => "this number",
        Actual::Str(_) | Actual::Char(_) => "this text",
        Actual::Seq => "a list",
        Actual::Map => "a table",
        _ => "this",
    }
}

/// The expectations of serde, and of the types in this configuration.
fn plain(found: &Actual, expected: &str) -> &'static str {
    let is_above = |most: u64| match found {
        Actual::Unsigned(number) => *number > u128::from(most),
        Actual::Signed(number) => *number > i128::from(most),
        _ => false,
    };
    match expected {
        "a sequence" => "a list, such as [\"one\", \"two\"]",
        "a boolean" | "bool" => "true or false",
        "u8" | "a nonzero u8" if is_above(u8::MAX.into()) => "255 or less",
        "u16" | "a nonzero u16" if is_above(u16::MAX.into()) => "65535 or less",
        "u32" | "a nonzero u32" if is_above(u32::MAX.into()) => "4294967295 or less",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, 0 or more",
        "a nonzero u8" | "a nonzero u16" | "a nonzero u32" | "a nonzero u64" | "a nonzero usize" => {
            "a whole number, 1 or more"
        }
        "a string" | "string" | "str" | "path string" | "a character" => "a text in quotes",
        "struct Node" => "a table of keys, such as { url = \"https://finesse-a.example.com:8445\" }",
        _ if expected.starts_with("struct ") || expected.contains("map") => "a table of keys",
        _ => "another kind of value, see docs/configuration.md",
    }
}

/// What the parser of TOML says, for those who have not written one.
pub(super) fn syntax(message: &str) -> &'static str {
    let says = |part: &str| message.contains(part);
    match message {
        _ if says("duplicate key") => "this key is here a second time",
        _ if says("must be quoted") => "a text needs quotes",
        _ if says("key with no value") => "a key needs a value: write key = value",
        _ if says("string") => "a text has no closing quote, or a character that its quotes do not allow",
        _ if says("array") => "a list has no closing bracket, or no commas",
        _ if says("table") => {
            "the name of a table has no closing bracket, or an inline table no closing brace"
        }
        _ if says("number") || says("integer") || says("float") => "this is no number; a text needs quotes",
        _ => "it cannot be read from here on",
    }
}
