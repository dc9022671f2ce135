//! The keys of the configuration: which there are, and values read, put and taken by them.
//!
//! What serde says of keys on purpose wrong shows which keys and words there are ([`known_keys`]).

use figment::error::Kind;
use figment::value::{Dict, Map, Tag, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::Config;

/// A name that no key and no word has.
pub(super) const NOBODY: &str = "\u{0}";

/// `a.b` and `c` are `a.b.c`.
pub(super) fn joined(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// How the keys of the client or cluster of this name begin: `client.crm`. In quotes, as in TOML, is what would be another key or a number:
/// `client."1"`.
pub(super) fn of_name(list: &str, name: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
    match name.bytes().all(is_bare) && !is_number {
        true => format!("{list}.{name}"),
        false => format!("{list}.{name:?}"),
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

/// The value behind this key.
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

/// Takes the value out, if there is one in a table.
pub(super) fn take(values: &mut Dict, path: &[&str]) -> bool {
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
