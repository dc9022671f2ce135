//! The configuration that counts, with the source of each value; and what two of them differ in.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use figment::value::{Dict, Num, Value};

use super::keys::{is_below, joined, known_keys, of_name};
use super::layers::{Location, from_toml, overlay};
use super::log::rust_log;
use super::{Config, Origin};

/// Every key that has a default. A test compares it with the code.
const DEFAULTS: &str = include_str!("defaults.toml");
/// The same of each source of a directory. A test compares it with the code.
pub(super) const OF_DIRECTORY: &str = "
    cce.http = { allow_plaintext = false, timeout = '15s' }
    axl = { version = '12.5', http = { allow_plaintext = false, timeout = '15s' } }
    ccx.http = { allow_plaintext = false, timeout = '15s' }
    recorder = { method = 'POST', format = 'json', pause = 'pause', resume = 'resume' }
    recorder.http = { allow_plaintext = false, timeout = '15s' }
";
/// These are for several clusters.
const NOT_OF_THE_ONLY_CLUSTER: [&str; 3] = ["name", "destinations", "directory"];
const MASK: &str = "***";

/// What SIGHUP reloads: these keys, and those below them.
const RELOADED: [&str; 3] = ["client", "callback", "log.filter"];
/// Except these; of a client the last part counts.
const NOT_RELOADED: [&str; 4] =
    ["callback.order", "callback.max_in_flight", "callback.max_age", "callback.default_url"];
const NOT_RELOADED_OF_CLIENTS: [&str; 2] = ["order", "max_in_flight"];

impl Config {
    /// The configuration that counts, as TOML: every key with its source in a comment, secrets masked. Where nothing is
    /// masked it is a configuration itself.
    #[must_use]
    pub fn print(&self, file: &Path) -> String {
        let printer = Printer {
            origin: &self.origin,
            file: file.display().to_string(),
            secrets: self.secrets(),
            known: known_keys(),
        };
        let mut out = String::new();
        printer.table(&mut out, "", &self.effective());
        out.trim_start().to_owned()
    }

    /// The keys that are other than in this newer configuration and that only a restart changes.
    #[must_use]
    pub fn needs_restart(&self, new: &Self) -> Vec<String> {
        let (mut old, mut new) = (self.by_key(), new.by_key());
        let mut keys: Vec<_> = old.keys().chain(new.keys()).cloned().collect();
        keys.sort();
        keys.dedup();
        // Of a client that is removed nothing is left to be changed.
        let is_there = |new: &BTreeMap<String, Value>, key: &str| match key.rsplit_once('.') {
            Some((client, _)) if is_below(key, "client") => new.contains_key(&format!("{client}.name")),
            _ => true,
        };
        keys.retain(|key| {
            !is_reloaded(key) && is_there(&new, key) && old.remove(key) != new.get(key).cloned()
        });
        new.clear();
        keys
    }

    /// Defaults, and over them what is written.
    fn effective(&self) -> Dict {
        let mut values = from_toml(DEFAULTS).values;
        let of_directory = from_toml(OF_DIRECTORY).values;
        let mut written = self.origin.layers.merge().values;
        fill_directory(&mut written, &of_directory);
        if let Some(Value::Array(_, clusters)) = written.get_mut("cluster") {
            let mut of_cluster = match values.remove("finesse") {
                Some(Value::Dict(_, defaults)) => defaults,
                _ => Dict::new(),
            };
            of_cluster.remove("nodes");
            for cluster in clusters {
                if let Value::Dict(_, cluster) = cluster {
                    fill(cluster, &of_cluster);
                    fill_directory(cluster, &of_directory);
                }
            }
        }
        if let Some(Value::Array(_, clients)) = written.get_mut("client") {
            for client in clients {
                if let Value::Dict(_, client) = client {
                    fill(client, &Dict::from([("rights".to_owned(), Value::from(vec!["agent"]))]));
                }
            }
        }
        overlay(&mut values, written);
        if let (Some(filter), Some(Value::Dict(_, log))) = (rust_log(), values.get_mut("log")) {
            log.insert("filter".to_owned(), Value::from(filter));
        }
        values
    }

    /// Each value by its full key; clients and clusters have their names in it.
    fn by_key(&self) -> BTreeMap<String, Value> {
        let mut found = BTreeMap::new();
        flatten(&self.effective(), "", &mut found);
        found
    }
}

fn is_reloaded(key: &str) -> bool {
    let last = key.rsplit('.').next().unwrap_or_default();
    let is_fixed = match is_below(key, "client") {
        true => NOT_RELOADED_OF_CLIENTS.contains(&last),
        false => NOT_RELOADED.contains(&key),
    };
    !is_fixed && RELOADED.iter().any(|reloaded| is_below(key, reloaded))
}

fn flatten(table: &Dict, path: &str, found: &mut BTreeMap<String, Value>) {
    for (key, value) in table {
        let path = joined(path, key);
        match value {
            Value::Dict(_, table) => flatten(table, &path, found),
            Value::Array(_, values) if is_list_of_tables(values) => {
                for (number, table) in values.iter().enumerate() {
                    let name = table.find_ref("name").and_then(Value::as_str).map(str::to_owned);
                    let path = match name {
                        Some(name) => of_name(&path, &name),
                        None => joined(&path, &number.to_string()),
                    };
                    if let Value::Dict(_, table) = table {
                        flatten(table, &path, found);
                    }
                }
            }
            value => {
                found.insert(path, value.clone());
            }
        }
    }
}

fn is_list_of_tables(values: &[Value]) -> bool {
    !values.is_empty() && values.iter().all(|value| matches!(value, Value::Dict(..)))
}

/// Puts defaults under a table.
fn fill(table: &mut Dict, defaults: &Dict) {
    let mut filled = defaults.clone();
    overlay(&mut filled, std::mem::take(table));
    *table = filled;
}

/// Puts the defaults of each source under it, if it is there.
fn fill_directory(table: &mut Dict, defaults: &Dict) {
    let Some(Value::Dict(_, sources)) = table.get_mut("directory") else { return };
    for (source, value) in sources {
        if let (Value::Dict(_, table), Some(Value::Dict(_, defaults))) = (value, defaults.get(source)) {
            fill(table, defaults);
        }
    }
}

struct Printer<'a> {
    origin: &'a Origin,
    file: String,
    /// The keys that hold secrets.
    secrets: Vec<String>,
    /// In the order of the document.
    known: Vec<String>,
}

impl Printer<'_> {
    /// The keys of a table first, then the tables in it.
    fn table(&self, out: &mut String, path: &str, table: &Dict) {
        let mut keys: Vec<_> = table.keys().collect();
        keys.sort_by_key(|key| self.rank(&joined(path, key)));
        let (mut tables, mut width) = (Vec::new(), 0);
        let mut lines = Vec::new();
        for key in keys {
            let Some(value) = table.get(key) else { continue };
            let full = joined(path, key);
            match value {
                Value::Dict(..) => tables.push((full, key, value)),
                Value::Array(_, values) if is_list_of_tables(values) => tables.push((full, key, value)),
                value => {
                    let line = format!("{} = {}", quoted(key), self.value(&full, value));
                    width = width.max(line.lines().last().unwrap_or_default().chars().count());
                    lines.push((line, self.source(&full)));
                }
            }
        }
        for (line, source) in lines {
            let width = if line.contains('\n') { 0 } else { width.min(60) };
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{line:width$}  # {source}");
        }
        for key in self.unset(path, table) {
            let _ = writeln!(out, "# {key} is not set");
        }
        for (full, _, value) in tables {
            let header = self.header(&full);
            match value {
                Value::Dict(_, table) => {
                    let _ = writeln!(out, "\n[{header}]");
                    self.table(out, &full, table);
                }
                Value::Array(_, values) => {
                    for (number, value) in values.iter().enumerate() {
                        let Value::Dict(_, table) = value else { continue };
                        let _ = writeln!(out, "\n[[{header}]]");
                        self.table(out, &joined(&full, &number.to_string()), table);
                    }
                }
                _ => {}
            }
        }
    }

    /// Keys that could be there, and have no default.
    fn unset<'b>(&'b self, path: &str, table: &Dict) -> Vec<&'b str> {
        let here = if path.is_empty() { String::new() } else { format!("{}.", general(path)) };
        let keys = self.known.iter().filter_map(|known| known.strip_prefix(here.as_str()));
        let misplaced = |key: &str| path == "finesse" && NOT_OF_THE_ONLY_CLUSTER.contains(&key);
        keys.filter(|key| {
            !path.is_empty() && !key.contains('.') && !table.contains_key(*key) && !misplaced(key)
        })
        .collect()
    }

    fn rank(&self, key: &str) -> usize {
        let key = general(key);
        self.known.iter().position(|known| *known == key).unwrap_or(usize::MAX)
    }

    /// The name of a table, without the numbers of those that it is in.
    fn header(&self, key: &str) -> String {
        let names = key.split('.').filter(|name| name.parse::<usize>().is_err());
        names.map(quoted).collect::<Vec<_>>().join(".")
    }

    fn is_secret(&self, key: &str) -> bool {
        self.secrets.iter().any(|secret| is_below(key, secret))
    }

    fn value(&self, key: &str, value: &Value) -> String {
        match value {
            _ if self.is_secret(key) => toml::Value::from(MASK).to_string(),
            // What is behind a question mark may be a token.
            Value::String(_, url) if is_url(key) && url.contains('?') => {
                let before = url.split('?').next().unwrap_or_default();
                toml::Value::from(format!("{before}?{MASK}")).to_string()
            }
            value => to_toml(value).to_string(),
        }
    }

    fn source(&self, key: &str) -> String {
        let source = match self.origin.locations.get(key) {
            _ if key == "log.filter" && rust_log().is_some() => "variable RUST_LOG".to_owned(),
            Some(Location::Line(line)) => format!("{}:{line}", self.file),
            Some(location @ Location::Variable(_)) => location.to_string(),
            None => "default".to_owned(),
        };
        if self.is_secret(key) { format!("{source}, masked") } else { source }
    }
}

fn is_url(key: &str) -> bool {
    key.rsplit('.').next().is_some_and(|last| last == "url" || last.ends_with("_url"))
}

/// `client.0.name` is `client.*.name`.
fn general(key: &str) -> String {
    let names = key.split('.').map(|name| if name.parse::<usize>().is_ok() { "*" } else { name });
    names.collect::<Vec<_>>().join(".")
}

fn quoted(key: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    match !key.is_empty() && key.bytes().all(is_bare) {
        true => key.to_owned(),
        false => toml::Value::from(key).to_string(),
    }
}

fn to_toml(value: &Value) -> toml::Value {
    match value {
        Value::String(_, text) => toml::Value::from(text.as_str()),
        Value::Char(_, character) => toml::Value::from(character.to_string()),
        Value::Bool(_, is_true) => toml::Value::from(*is_true),
        Value::Num(_, Num::F32(number)) => toml::Value::from(*number),
        Value::Num(_, Num::F64(number)) => toml::Value::from(*number),
        Value::Num(_, number) => {
            let whole = number.to_u128().and_then(|number| i64::try_from(number).ok());
            let whole = whole.or_else(|| number.to_i128().and_then(|number| i64::try_from(number).ok()));
            toml::Value::from(whole.unwrap_or(i64::MAX))
        }
        Value::Empty(..) => toml::Value::from(""),
        Value::Array(_, values) => toml::Value::Array(values.iter().map(to_toml).collect()),
        Value::Dict(_, table) => {
            toml::Value::Table(table.iter().map(|(key, value)| (key.clone(), to_toml(value))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use figment::value::Tag;

    use super::*;

    #[test]
    fn the_defaults_of_sources_are_those_of_the_code() {
        let required = "
            cce = { url = '', username = '', password = '' }
            axl = { url = '', username = '', password = '' }
            ccx.url = ''
            recorder.url = ''";
        let written =
            Dict::from([("directory".to_owned(), Value::Dict(Tag::Default, from_toml(required).values))]);
        let mut filled = written.clone();
        fill_directory(&mut filled, &from_toml(OF_DIRECTORY).values);
        let read = |values: &Dict| format!("{:#?}", super::super::keys::extract(values).unwrap());
        assert_ne!(written, filled);
        assert_eq!(read(&written), read(&filled));
    }
}
