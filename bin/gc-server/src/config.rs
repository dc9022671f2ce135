//! The configuration: a TOML file and `GC__…` variables over it. docs/configuration.md shows every key.

mod callbacks;
mod clients;
mod clusters;
mod listener;
mod orders;
mod parts;
mod secrets;
mod sections;
mod store;
mod words;

use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format, Toml};
use gc_store::OpenError;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use thiserror::Error;

use crate::private::PrivateFile;
pub(crate) use parts::Parts;
use sections::{CallbackConfig, Client, Cluster, Http, Log, Outbox, Process, Session, Store};
pub(crate) use sections::{LogFormat, Tls as TlsFiles};

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
    /// The sources of the only cluster.
    pub(crate) directory: Option<gc_directory::Config>,
    pub(crate) log: Log,
    pub(crate) process: Process,
    /// The control API of a simulated Finesse, for the console.
    #[serde(skip)]
    simulator: Option<String>,
}

/// Why a configuration cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file itself cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(std::io::Error),
    /// It is not TOML, or a key is unknown, missing or of the wrong type.
    #[error("{0}")]
    Shape(String),
    /// The system lacks what a check needs.
    #[error("cannot be checked: {0}")]
    Runtime(std::io::Error),
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
    /// A file that a key names cannot be read.
    #[error("{key}: {path}: {reason}")]
    File {
        /// The key.
        key: String,
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: std::io::Error,
    },
}

impl Config {
    /// Reads a file, and the `GC__SECTION__KEY` variables over it.
    ///
    /// # Errors
    /// When the file cannot be read, does not have the shape of a configuration, or has secrets that others can read.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let found = PrivateFile::read(file).map_err(ConfigError::Unreadable)?;
        let in_file = Figment::from(Toml::string(found.text.expose_secret()));
        let config = extract(in_file.clone().merge(Env::prefixed("GC__").split("__")))?;
        match (found.exposed(file), config.secret_in(&in_file)) {
            (Some(exposed), Some(key)) => {
                Err(bad(key, format!("{exposed}, or pass the value as an environment variable")))
            }
            _ => Ok(config),
        }
    }

    /// Reads a configuration from a text; variables do not count.
    ///
    /// # Errors
    /// When the text does not have the shape of a configuration.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        extract(Figment::from(Toml::string(text)))
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

fn extract(figment: Figment) -> Result<Config, ConfigError> {
    figment.extract().map_err(|error| ConfigError::Shape(words::readable(error)))
}

/// A key whose value makes no sense.
pub(crate) fn bad(key: impl Into<String>, reason: impl ToString) -> ConfigError {
    ConfigError::Value { key: key.into(), reason: reason.to_string() }
}

/// A key names a file that cannot be read.
pub(crate) fn unreadable(key: &str, path: &Path, reason: std::io::Error) -> ConfigError {
    ConfigError::File { key: key.to_owned(), path: path.to_owned(), reason }
}

/// Reads the file with the secret of this key, if nobody but the connector may use it.
pub(crate) fn read_private(key: &str, path: &Path) -> Result<SecretString, ConfigError> {
    let file = PrivateFile::read(path).map_err(|reason| unreadable(key, path, reason))?;
    match file.exposed(path) {
        Some(exposed) => Err(bad(key, exposed)),
        None => Ok(file.text),
    }
}

#[cfg(test)]
mod tests;
