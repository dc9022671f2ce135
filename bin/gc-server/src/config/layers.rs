//! The layers of the configuration: a text in TOML, and the `GC__…` variables over it.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::ops::Range;

use figment::value::{Dict, Tag, Value};
use secrecy::{ExposeSecret, SecretString};
use toml::de::{DeTable, DeValue};

use super::keys::joined;
use super::{ConfigError, bad, headers, words};

const PREFIX: &str = "GC__";

/// What was read, before anything is made of it. Debug output shows none of it: it contains the secrets.
#[derive(Default)]
pub(super) struct Layers {
    text: SecretString,
    variables: Vec<(String, SecretString)>,
}

/// Where a value is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A line of the file.
    Line(usize),
    /// An environment variable.
    Variable(String),
}

/// The location of each key: `session.deadline`, `client.0`, `client.0.name`.
pub(super) type Locations = BTreeMap<String, Location>;

/// All layers, one over the other.
#[derive(Default)]
pub(super) struct Merged {
    pub(super) values: Dict,
    pub(super) locations: Locations,
    /// Those of the file alone.
    pub(super) in_file: Locations,
    /// What is no TOML.
    pub(super) faults: Vec<ConfigError>,
    /// Where the values are only what is left of it.
    pub(super) cut: Vec<Location>,
}

impl Layers {
    pub(super) fn of(text: &str) -> Self {
        Self { text: text.into(), variables: Vec::new() }
    }

    /// The same with these variables over it; others than `GC__…` do not count.
    pub(super) fn with_variables(self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let is_ours = |(name, _): &(String, String)| has_prefix(name, PREFIX);
        let variables = variables.into_iter().filter(is_ours);
        Self { variables: variables.map(|(name, value)| (name, value.into())).collect(), ..self }
    }

    pub(super) fn merge(&self) -> Merged {
        let mut merged = from_toml(self.text.expose_secret());
        merged.in_file = merged.locations.clone();
        for (variable, value) in &self.variables {
            let Ok(value) = value.expose_secret().parse::<Value>();
            let path = key_of(variable);
            note(&value, &path, &Location::Variable(variable.clone()), &mut merged.locations);
            for (at, _) in path.match_indices('.') {
                let table = path.get(..at).unwrap_or_default().to_owned();
                merged.locations.entry(table).or_insert_with(|| Location::Variable(variable.clone()));
            }
            let mut names = path.rsplit('.');
            let last = names.next().unwrap_or_default();
            let layer = names.fold(Dict::from([(last.to_owned(), value)]), |inner, name| {
                Dict::from([(name.to_owned(), Value::Dict(Tag::Default, inner))])
            });
            overlay(&mut merged.values, layer);
        }
        merged
    }
}

impl fmt::Debug for Layers {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Layers")
    }
}

impl Location {
    /// The variable whose value this key has as a whole.
    pub(super) fn variable_of(&self, key: &str) -> Option<&str> {
        match self {
            Self::Variable(name) if key_of(name) == key => Some(name),
            _ => None,
        }
    }
}

impl Display for Location {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Variable(name) => write!(f, "variable {name}"),
        }
    }
}

/// The text, and where each of its keys is.
pub(super) fn from_toml(text: &str) -> Merged {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader { text, locations: Locations::new() };
    let values = reader.table(table.get_ref(), "");
    let line_of = |error: &toml::de::Error| reader.line(&error.span().unwrap_or_default());
    let mut errors: Vec<_> = errors.iter().map(|error| (line_of(error), error.message())).collect();
    errors.sort_by_key(|(line, _)| *line);
    let cut = errors.iter().map(|(line, _)| Location::Line(*line)).collect();
    // A list without an end has taken all lines behind it, and the first key there is what is seen of it.
    let is_endless = errors.iter().any(|(_, message)| message.contains("unclosed array"));
    let in_list = errors.iter().position(|(_, message)| message.contains("`=` in array"));
    if let Some(first) = in_list.filter(|_| is_endless) {
        errors.truncate(first + 1);
    }
    // What follows from the first error of a line is no help.
    errors.dedup_by_key(|(line, _)| *line);
    let (mut faults, mut second) = (Vec::new(), None);
    for (line, message) in errors {
        let is_double = message.contains("duplicate key");
        // The keys below a second header are read as those of the first one.
        if is_double && second.is_some_and(|header| headers::is_in(text, line, header)) {
            continue;
        }
        let fault = match headers::second(text, line).filter(|_| is_double) {
            Some((table, reason)) => {
                second = Some(line);
                bad(table, reason)
            }
            None => ConfigError::Shape(format!("this is not TOML: {}", words::syntax(message))),
        };
        faults.push(fault.at(Location::Line(line)));
    }
    let (locations, in_file) = (reader.locations, Locations::new());
    Merged { values, faults, cut, locations, in_file }
}

struct Reader<'a> {
    text: &'a str,
    locations: Locations,
}

impl Reader<'_> {
    fn line(&self, span: &Range<usize>) -> usize {
        let before = self.text.as_bytes().get(..span.start).unwrap_or(self.text.as_bytes());
        before.iter().filter(|byte| **byte == b'\n').count() + 1
    }

    fn table(&mut self, table: &DeTable<'_>, path: &str) -> Dict {
        let mut values = Dict::new();
        for (key, value) in table {
            let path = joined(path, key.get_ref());
            let line = self.line(&key.span());
            self.locations.insert(path.clone(), Location::Line(line));
            values.insert(key.get_ref().to_string(), self.value(value.get_ref(), &path));
        }
        values
    }

    fn value(&mut self, value: &DeValue<'_>, path: &str) -> Value {
        match value {
            DeValue::String(text) => Value::from(text.as_ref()),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Value::from(number),
                // Of the right type, and too large for every key.
                Err(_) => Value::from(u64::MAX),
            },
            DeValue::Float(number) => Value::from(number.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(is_true) => Value::from(*is_true),
            DeValue::Datetime(time) => Value::from(time.to_string()),
            DeValue::Table(table) => Value::Dict(Tag::Default, self.table(table, path)),
            DeValue::Array(values) => {
                let each = values.iter().enumerate().map(|(number, value)| {
                    let path = joined(path, &number.to_string());
                    let line = self.line(&value.span());
                    self.locations.insert(path.clone(), Location::Line(line));
                    self.value(value.get_ref(), &path)
                });
                Value::Array(Tag::Default, each.collect())
            }
        }
    }
}

/// One over the other: tables are merged, everything else is replaced.
pub(super) fn overlay(below: &mut Dict, above: Dict) {
    for (key, value) in above {
        match (below.get_mut(&key), value) {
            (Some(Value::Dict(_, below)), Value::Dict(_, above)) => overlay(below, above),
            (_, value) => {
                below.insert(key, value);
            }
        }
    }
}

fn note(value: &Value, path: &str, location: &Location, locations: &mut Locations) {
    locations.insert(path.to_owned(), location.clone());
    match value {
        Value::Dict(_, table) => {
            table.iter().for_each(|(key, value)| note(value, &joined(path, key), location, locations));
        }
        Value::Array(_, values) => {
            let each = values.iter().enumerate();
            each.for_each(|(number, value)| {
                note(value, &joined(path, &number.to_string()), location, locations)
            });
        }
        _ => {}
    }
}

fn has_prefix(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// `GC__SESSION__DEADLINE` is `session.deadline`.
fn key_of(variable: &str) -> String {
    variable.get(PREFIX.len()..).unwrap_or_default().to_ascii_lowercase().replace("__", ".")
}
