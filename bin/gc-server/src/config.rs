//! The configuration: a TOML file and `GC__…` variables over it. docs/configuration.md shows every key.

mod callbacks;
mod certificates;
mod clients;
mod clusters;
mod database;
mod effective;
mod faults;
mod files;
mod group;
mod headers;
mod keys;
mod layers;
mod links;
mod listener;
mod log;
mod misspelt;
mod orders;
mod parts;
mod rules;
mod secrets;
mod sections;
mod shape;
mod store;
mod trials;
mod warnings;
mod words;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use figment::value::{Dict, Value};
use gc_private::{NamedFile, Unreadable};
use gc_store::OpenError;
use secrecy::ExposeSecret;
use serde::Deserialize;
use thiserror::Error;

#[cfg(feature = "postgres")]
pub use database::{PostgresStore, database_store, may_pass};
pub(crate) use group::{Dates, GroupCertificate};
pub use layers::Location;
use layers::{Layers, Locations};
pub(crate) use parts::{Fixed, Parts};
use sections::{CallbackConfig, Client, Cluster, Http, Log, Outbox, Process, Recording, Session, Store};
pub(crate) use sections::{Group, LogFormat, Tls as TlsFiles};
use shape::Shaped;

/// The whole configuration: the keys of docs/configuration.md, read and of the right types.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    pub(crate) http: Http,
    /// Who may call. Without any, callers are not identified.
    pub(crate) client: Vec<Client>,
    /// The only cluster.
    pub(crate) finesse: Cluster,
    /// Several clusters, each with a name.
    pub(crate) cluster: Vec<Cluster>,
    pub(crate) session: Session,
    pub(crate) callback: CallbackConfig,
    pub(crate) outbox: Outbox,
    pub(crate) store: Store,
    /// None: it shares its store with nobody.
    pub(crate) group: Option<Group>,
    /// The sources of the only cluster.
    pub(crate) directory: Option<gc_directory::Config>,
    pub(crate) recording: Recording,
    pub(crate) log: Log,
    pub(crate) process: Process,
    /// The control API of a simulated Finesse, for the console.
    #[serde(skip)]
    simulator: Option<String>,
    #[serde(skip)]
    origin: Origin,
}

/// What the values were read from.
#[derive(Default)]
struct Origin {
    layers: Layers,
    /// Where each key is written.
    locations: Locations,
    /// The same of the file alone.
    in_file: Locations,
    /// `client.crm` is `client.0`.
    names: BTreeMap<String, String>,
    /// Keys whose values could not be read.
    faulty: Vec<String>,
}

/// It would show secrets, and it is not what is configured.
impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Origin")
    }
}

impl Origin {
    /// The names of clients and clusters, with the keys under which the file has them.
    fn names_in(values: &Dict) -> BTreeMap<String, String> {
        let mut names = BTreeMap::new();
        for list in ["client", "cluster"] {
            let Some(Value::Array(_, tables)) = values.get(list) else { continue };
            for (number, table) in tables.iter().enumerate() {
                if let Some(name) = table.find_ref("name").and_then(Value::as_str) {
                    names.entry(keys::of_name(list, name)).or_insert(format!("{list}.{number}"));
                }
            }
        }
        names
    }

    /// The key as the file has it: `client.crm.rights` is `client.0.rights`.
    fn key_in_file(&self, key: &str) -> String {
        let named = self.names.iter().find(|(name, _)| keys::is_below(key, name));
        match named {
            Some((name, number)) => key.replacen(name.as_str(), number, 1),
            None => key.to_owned(),
        }
    }

    /// Whether the key is written anywhere.
    fn is_given(&self, key: &str) -> bool {
        self.locations.contains_key(key)
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file itself cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// It is not TOML, or a key is unknown, missing or of the wrong type.
    #[error("{0}")]
    Shape(String),
    /// The system lacks what a check needs.
    #[error("cannot be checked: {0}")]
    Runtime(#[source] std::io::Error),
    /// Faults, each of its own.
    #[error("{}", faults::on_one_line(.0))]
    Several(Vec<ConfigError>),
    /// A fault whose location is known.
    #[error("{location}: {fault}")]
    At {
        /// Where it is written.
        location: Location,
        /// What is wrong.
        fault: Box<ConfigError>,
    },
    /// A key's value makes no sense.
    #[error("{key}: {reason}")]
    Value {
        /// The key.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The store cannot be used.
    #[error("store.path: {0}")]
    Store(#[source] OpenError),
    /// The database cannot be used.
    #[error("store.url: {reason}")]
    Database {
        /// The database, without its password, and why.
        reason: String,
        /// Whether it may be used later, without anybody changing the configuration.
        may_pass: bool,
    },
}

impl Config {
    /// Reads a file, and the `GC__SECTION__KEY` variables over it.
    ///
    /// # Errors
    /// When the file cannot be read, does not have the shape of a configuration, or has secrets that others can read. The
    /// error has all faults, also those that [`Config::check`] finds in the rest.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let found = NamedFile::read(file)?;
        // A variable that is no text has none of our names, or a value that nothing can be made of.
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
        });
        let layers = Layers::of(found.text.expose_secret()).with_variables(variables);
        let mut shaped = shape::shape(layers);
        if let (Some(exposed), Some(key)) = (found.exposed(file), shaped.config.secret_in_file()) {
            let reason = format!("{exposed}, or pass the value as an environment variable");
            shaped.faults.push(shaped.config.placed(bad(key, reason)));
        }
        match shaped.faults.is_empty() {
            true => Ok(shaped.config),
            false => Err(ConfigError::several(shaped.and_checked())),
        }
    }

    /// Reads a configuration from a text; variables do not count.
    ///
    /// # Errors
    /// When the text does not have the shape of a configuration.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let Shaped { config, faults, .. } = shape::shape(Layers::of(text));
        if faults.is_empty() {
            return Ok(config);
        }
        Err(ConfigError::several(faults.into_iter().map(ConfigError::without_place).collect()))
    }

    /// Serves the console, with the customer's side of the simulated world behind this control API (`http://127.0.0.1:8113/sim`).
    #[must_use]
    pub fn with_console(mut self, simulator: String) -> Self {
        self.http.console = true;
        self.simulator = Some(simulator);
        self
    }

    /// Whether a debugger may be attached to the process, see [`allow_debuggers`](crate::allow_debuggers).
    pub fn is_debuggable(&self) -> bool {
        self.process.debuggable
    }
}

impl ConfigError {
    /// Whether the same start may succeed later: the store is in use, or its database is away.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Store(error) => error.may_pass(),
            Self::Database { may_pass, .. } => *may_pass,
            Self::At { fault, .. } => fault.may_pass(),
            _ => false,
        }
    }
}

/// A key whose value makes no sense.
pub(crate) fn bad(key: impl Into<String>, reason: impl ToString) -> ConfigError {
    ConfigError::Value { key: key.into(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests;
