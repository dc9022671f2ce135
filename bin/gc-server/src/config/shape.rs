//! From layers to a [`Config`]: every fault in the structure is found, not only the first one.
//!
//! serde stops at the first fault. So what is at fault is taken out, and the rest is read again, until nothing is left that
//! cannot be read.

use std::collections::BTreeSet;

use figment::error::Kind;
use figment::value::{Dict, Tag, Value};

use super::keys::{extract, is_below, joined, put, take};
use super::layers::{Layers, Location, Locations, Merged};
use super::words;
use super::{Config, ConfigError, Origin};

/// More faults than this are not looked for.
const MOST: usize = 200;
/// What could be read, and everything that could not.
pub(super) struct Shaped {
    pub(super) config: Config,
    pub(super) faults: Vec<ConfigError>,
    is_toml: bool,
}

pub(super) fn shape(layers: Layers) -> Shaped {
    let Merged { mut values, locations, in_file, mut faults, cut } = layers.merge();
    let names = Origin::names_in(&values);
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
        let location = location_of(&locations, &key);
        // What is left of a line that is no TOML is no mistake.
        let is_cut = location.as_ref().is_some_and(|location| cut.contains(location));
        if !is_there && !is_cut && !faulty.iter().any(|faulty| is_below(&key, faulty)) {
            let variable = location.as_ref().and_then(|location| location.variable_of(&key));
            let reason = words::reason(&error, &values, variable);
            let fault = ConfigError::Value { key: key.clone(), reason };
            faults.push(match location {
                Some(location) => fault.at(location),
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
    config.origin = Origin { layers, locations, in_file, names, faulty };
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
pub(super) fn location_of(locations: &Locations, key: &str) -> Option<Location> {
    let mut key = key;
    loop {
        if let Some(location) = locations.get(key) {
            return Some(location.clone());
        }
        (key, _) = key.rsplit_once('.')?;
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
