//! From layers to a [`Config`]: every fault in the structure is found, not only the first one.
//!
//! serde stops at the first fault. So what is at fault is taken out, and the rest is read again, until nothing is left that
//! cannot be read. What serde says of keys on purpose wrong shows which keys and words there are ([`known_keys`]).

use std::collections::BTreeSet;

use figment::error::Kind;
use figment::value::{Dict, Map, Tag, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::layers::{Layers, Merged, joined};
use super::words;
use super::{Config, ConfigError, Origin};

/// More faults than this are not looked for.
const MOST: usize = 200;
/// A name that no key and no word has.
pub(super) const NOBODY: &str = "\u{0}";

/// What could be read, and everything that could not.
pub(super) struct Shaped {
    pub(super) config: Config,
    pub(super) faults: Vec<ConfigError>,
    is_toml: bool,
}

pub(super) fn shape(layers: Layers) -> Shaped {
    let Merged { mut values, places, in_file, mut faults } = layers.merge();
    let names = Origin::names_in(&values);
    let cut: Vec<_> = faults.iter().map(|fault| fault.place().cloned()).collect();
    let (mut faulty, mut renamed) = (Vec::<String>::new(), Vec::new());
    let mut config = Config::default();
    let mut repairs = Repairs::default();
    for _ in 0..MOST {
        let error = match extract(&values) {
            Ok(read) => {
                config = read;
                break;
            }
            Err(error) => error,
        };
        let key = key_of(&error);
        // It may be there under a wrong name, or in a line that is no TOML.
        let is_there =
            matches!(error.kind, Kind::MissingField(_)) && (renamed.contains(&key) || !cut.is_empty());
        let place = place_of(&places, &key);
        // What is left of a line that is no TOML is no mistake.
        let is_cut = cut.contains(&place);
        if !is_there && !is_cut && !faulty.iter().any(|faulty| is_below(&key, faulty)) {
            let fault = ConfigError::Value { key: key.clone(), reason: words::reason(&error, &values) };
            faults.push(match place {
                Some(place) => fault.at(place),
                None => fault,
            });
        }
        faulty.push(key);
        renamed.extend(words::meant(&error));
        if !repairs.repair(&mut values, &error) {
            break;
        }
    }
    faulty.append(&mut renamed);
    config.origin = Origin { layers, places, in_file, names, faulty };
    Shaped { config, faults, is_toml: cut.is_empty() }
}

impl Shaped {
    /// Everything that is wrong, also with the rest of what could be read.
    pub(super) fn and_checked(self) -> Vec<ConfigError> {
        let Self { config, mut faults, is_toml } = self;
        // What could not be parsed may be what the rest needs.
        if is_toml {
            faults.extend(config.check().err().map(ConfigError::each).unwrap_or_default());
        }
        faults
    }
}

/// The key, or one that it belongs to, wherever it is written.
pub(super) fn place_of(places: &super::layers::Places, key: &str) -> Option<super::layers::Place> {
    let mut key = key;
    loop {
        if let Some(place) = places.get(key) {
            return Some(place.clone());
        }
        (key, _) = key.rsplit_once('.')?;
    }
}

/// Whether the key is this one or belongs to it.
pub(super) fn is_below(key: &str, of: &str) -> bool {
    key.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

pub(super) fn extract(values: &Dict) -> Result<Config, Box<figment::Error>> {
    Figment::from(Values(values)).extract().map_err(Box::new)
}

struct Values<'a>(&'a Dict);

impl Provider for Values<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::default()
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Map::from([(Profile::Default, self.0.clone())]))
    }
}

/// The full path of what is wrong, or missing.
fn key_of(error: &figment::Error) -> String {
    let path = error.path.join(".");
    match &error.kind {
        Kind::MissingField(name) => joined(&path, name),
        Kind::UnknownField(name, _) if error.path.last() != Some(name) => joined(&path, name),
        _ => path,
    }
}

#[derive(Default)]
struct Repairs {
    /// What was put where something is missing, or where an element of a list is wrong.
    made: BTreeSet<String>,
}

impl Repairs {
    /// Takes out what is wrong, or puts in what is missing, so that the rest can be read.
    fn repair(&mut self, values: &mut Dict, error: &figment::Error) -> bool {
        let key = key_of(error);
        let mut path: Vec<&str> = key.split('.').collect();
        if matches!(error.kind, Kind::MissingField(_)) {
            if self.made.insert(key.clone()) {
                // What is required is a text everywhere.
                return put(values, &path, Value::from(""));
            }
            path.pop();
        }
        while !path.is_empty() {
            let key = path.join(".");
            let is_element = path.last().is_some_and(|last| last.parse::<usize>().is_ok());
            if is_element {
                // Taken out, the ones behind it would get another number.
                if self.made.insert(key) {
                    return put(values, &path, Value::Dict(Tag::Default, Dict::new()));
                }
            } else if !self.made.contains(&key) && take(values, &path) {
                return true;
            }
            path.pop();
        }
        false
    }
}

fn find<'a>(values: &'a mut Dict, path: &[&str]) -> Option<&'a mut Value> {
    let (first, rest) = path.split_first()?;
    let mut value = values.get_mut(*first)?;
    for name in rest {
        value = match value {
            Value::Dict(_, table) => table.get_mut(*name)?,
            Value::Array(_, list) => list.get_mut(name.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(value)
}

fn take(values: &mut Dict, path: &[&str]) -> bool {
    let Some((last, table)) = path.split_last() else { return false };
    match table {
        [] => values.remove(*last).is_some(),
        table => match find(values, table) {
            Some(Value::Dict(_, table)) => table.remove(*last).is_some(),
            _ => false,
        },
    }
}

/// Puts the value there, if there is a place for it.
pub(super) fn put(values: &mut Dict, path: &[&str], value: Value) -> bool {
    let Some((last, table)) = path.split_last() else { return false };
    let place = match table {
        [] => Some(values),
        table => match find(values, table) {
            Some(Value::Dict(_, table)) => Some(table),
            Some(Value::Array(_, list)) => {
                let element = last.parse::<usize>().ok().and_then(|number| list.get_mut(number));
                return element.map(|element| *element = value).is_some();
            }
            _ => None,
        },
    };
    place.map(|table| table.insert((*last).to_owned(), value)).is_some()
}

/// Every key that there is, with `*` for the number in a list: `finesse.nodes.*.url`.
pub(super) fn known_keys() -> Vec<String> {
    let mut found = Vec::new();
    look_below(&mut Vec::new(), &mut found);
    found
}

fn look_below(path: &mut Vec<&'static str>, found: &mut Vec<String>) {
    for is_list in [false, true] {
        if is_list {
            path.push("*");
        }
        if let Some(keys) = keys_at(path) {
            for key in keys {
                path.push(key);
                found.push(path.join("."));
                look_below(path, found);
                path.pop();
            }
        }
        if is_list {
            path.pop();
        }
        if path.is_empty() {
            return;
        }
    }
}

/// The keys that a table there may have; none if there can be no table.
fn keys_at(path: &[&'static str]) -> Option<&'static [&'static str]> {
    let wrong = Value::Dict(Tag::Default, Dict::from([(NOBODY.to_owned(), Value::from(true))]));
    let nested = path.iter().rev().fold(wrong, |inner, name| match *name {
        "*" => Value::Array(Tag::Default, vec![inner]),
        name => Value::Dict(Tag::Default, Dict::from([(name.to_owned(), inner)])),
    });
    let error = extract(&nested.into_dict()?).err()?;
    match error.kind {
        Kind::UnknownField(name, keys) | Kind::UnknownVariant(name, keys)
            if name == NOBODY && depth(&error.path) >= path.len() =>
        {
            Some(keys)
        }
        _ => None,
    }
}

/// How deep it is, without the unknown name itself.
fn depth(path: &[String]) -> usize {
    path.iter().filter(|name| *name != NOBODY).count()
}
