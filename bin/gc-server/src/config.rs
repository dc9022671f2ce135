//! The configuration: a TOML file and `GC__…` variables over it. docs/configuration.md shows every key.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use figment::Figment;
use figment::providers::{Env, Format, Toml};
use finesse_client::{ClusterConfig, Fingerprint, NodeConfig, Trust};
use gc_core::Settings;
use gc_delivery::{Bounds, Callback, Envelope};
use gc_events::Dialect;
use gc_session::EngineConfig;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer};
use thiserror::Error;

/// The whole configuration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    #[serde(default)]
    pub(crate) http: Http,
    pub(crate) finesse: Finesse,
    #[serde(default)]
    pub(crate) session: Session,
    #[serde(default)]
    pub(crate) callback: CallbackConfig,
    #[serde(default)]
    pub(crate) outbox: Outbox,
    #[serde(default)]
    pub(crate) log: Log,
}

/// The door.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Http {
    pub(crate) listen: SocketAddr,
    pub(crate) max_body_bytes: usize,
    pub(crate) max_connections: usize,
    #[serde(deserialize_with = "duration")]
    pub(crate) header_timeout: Duration,
    #[serde(deserialize_with = "duration")]
    pub(crate) request_timeout: Duration,
    /// How long a stop may take, commands and events each.
    #[serde(deserialize_with = "duration")]
    pub(crate) stop_grace: Duration,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8112)),
            max_body_bytes: 64 * 1024,
            max_connections: 10_000,
            header_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(10),
            stop_grace: Duration::from_secs(10),
        }
    }
}

/// The Finesse cluster.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Finesse {
    pub(crate) nodes: Vec<Node>,
    /// The authority that signed the nodes' certificates, as PEM; without it the system's authorities.
    #[serde(default)]
    pub(crate) ca_file: Option<PathBuf>,
    /// The same, standing here instead of in a file.
    #[serde(default)]
    pub(crate) ca_pem: Option<String>,
    /// The SHA-256 fingerprint of the one certificate to trust.
    #[serde(default)]
    pub(crate) pinned_sha256: Option<String>,
    #[serde(default)]
    pub(crate) allow_plaintext: bool,
    #[serde(default, deserialize_with = "optional_duration")]
    pub(crate) connect_timeout: Option<Duration>,
    #[serde(default, deserialize_with = "optional_duration")]
    pub(crate) request_timeout: Option<Duration>,
    #[serde(default, deserialize_with = "optional_duration")]
    pub(crate) health_interval: Option<Duration>,
}

/// One node of the cluster.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Node {
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) notifications: Option<String>,
    #[serde(default)]
    pub(crate) xmpp_domain: Option<String>,
    #[serde(default)]
    pub(crate) pubsub_domain: Option<String>,
}

/// The rules of sessions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Session {
    #[serde(deserialize_with = "duration")]
    pub(crate) deadline: Duration,
    #[serde(deserialize_with = "duration")]
    pub(crate) keep_signed_out: Duration,
    #[serde(deserialize_with = "duration")]
    pub(crate) reconnect_first: Duration,
    #[serde(deserialize_with = "duration")]
    pub(crate) reconnect_max: Duration,
    pub(crate) time_zone: String,
    pub(crate) dialect: String,
    pub(crate) licences: Option<usize>,
    pub(crate) resource: String,
}

impl Default for Session {
    fn default() -> Self {
        let settings = Settings::default();
        Self {
            deadline: settings.deadline,
            keep_signed_out: settings.keep_signed_out,
            reconnect_first: settings.reconnect_first,
            reconnect_max: settings.reconnect_max,
            time_zone: "UTC".to_owned(),
            dialect: Dialect::default().to_string(),
            licences: None,
            resource: EngineConfig::default().resource,
        }
    }
}

/// How events are posted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CallbackConfig {
    /// For clients that name no callback of their own.
    pub(crate) default_url: Option<String>,
    pub(crate) envelope: EnvelopeName,
    #[serde(deserialize_with = "duration")]
    pub(crate) connect_timeout: Duration,
    #[serde(deserialize_with = "duration")]
    pub(crate) attempt_timeout: Duration,
    #[serde(deserialize_with = "duration")]
    pub(crate) first_delay: Duration,
    #[serde(deserialize_with = "duration")]
    pub(crate) max_delay: Duration,
    #[serde(deserialize_with = "duration")]
    pub(crate) max_age: Duration,
    /// Authorities trusted beside those of the system, as PEM.
    pub(crate) ca_file: Option<PathBuf>,
}

impl Default for CallbackConfig {
    fn default() -> Self {
        let delivery = gc_delivery::Config::default();
        Self {
            default_url: None,
            envelope: EnvelopeName::Bare,
            connect_timeout: delivery.connect_timeout,
            attempt_timeout: delivery.attempt_timeout,
            first_delay: delivery.first_delay,
            max_delay: delivery.max_delay,
            max_age: delivery.max_age,
            ca_file: None,
        }
    }
}

/// What surrounds the event in a callback's body.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum EnvelopeName {
    Bare,
    Data,
}

/// How much is kept for each client.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Outbox {
    /// Undelivered events at most; older ones become dead letters.
    pub(crate) max_undelivered: Option<usize>,
    /// Delivered events kept for replay.
    pub(crate) max_replay: Option<usize>,
}

/// What is logged, and how.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Log {
    /// Directives as in `RUST_LOG`: `info`, `gc_session=debug,info`.
    pub(crate) filter: String,
    pub(crate) format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info".to_owned(), format: LogFormat::Text }
    }
}

/// The shape of a log line.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// Why the configuration cannot be used.
#[derive(Debug, Error)]
pub(crate) enum ConfigError {
    #[error("{0}")]
    Figment(Box<figment::Error>),
    #[error("{key}: {reason}")]
    Value { key: &'static str, reason: String },
    #[error("{key}: {path}: {reason}")]
    File { key: &'static str, path: PathBuf, reason: std::io::Error },
    #[error("finesse: {0}")]
    Cluster(#[from] finesse_client::ConfigError),
    #[error("callback: {0}")]
    Delivery(#[from] gc_delivery::BuildError),
}

impl Config {
    /// Reads the file, and the `GC__SECTION__KEY` variables over it.
    pub(crate) fn read(file: &Path) -> Result<Self, ConfigError> {
        let figment = Figment::new().merge(Toml::file_exact(file)).merge(Env::prefixed("GC__").split("__"));
        figment.extract().map_err(|error| ConfigError::Figment(Box::new(error)))
    }

    /// Reads a configuration that stands in the program.
    pub(crate) fn parse(text: &str) -> Result<Self, ConfigError> {
        Figment::from(Toml::string(text)).extract().map_err(|error| ConfigError::Figment(Box::new(error)))
    }

    /// Tries every part without starting it.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        self.cluster()?;
        self.engine()?;
        self.delivery()?;
        Ok(())
    }

    pub(crate) fn cluster(&self) -> Result<ClusterConfig, ConfigError> {
        let nodes = self.finesse.nodes.iter().map(|node| NodeConfig {
            url: node.url.clone(),
            notifications: node.notifications.clone(),
            xmpp_domain: node.xmpp_domain.clone(),
            pubsub_domain: node.pubsub_domain.clone(),
        });
        let mut cluster = ClusterConfig::new(nodes.collect());
        cluster.trust = self.trust()?;
        cluster.allow_plaintext = self.finesse.allow_plaintext;
        if let Some(timeout) = self.finesse.connect_timeout {
            cluster.rest.connect = timeout;
        }
        if let Some(timeout) = self.finesse.request_timeout {
            cluster.rest.attempt = timeout;
        }
        if let Some(interval) = self.finesse.health_interval {
            cluster.health.every = interval;
        }
        Ok(cluster)
    }

    fn trust(&self) -> Result<Trust, ConfigError> {
        let finesse = &self.finesse;
        match (&finesse.ca_file, &finesse.ca_pem, &finesse.pinned_sha256) {
            (None, None, None) => Ok(Trust::System),
            (Some(file), None, None) => Ok(Trust::Authority(read_file("finesse.ca_file", file)?)),
            (None, Some(pem), None) => Ok(Trust::Authority(pem.clone())),
            (None, None, Some(fingerprint)) => fingerprint
                .parse::<Fingerprint>()
                .map(Trust::Pinned)
                .map_err(|error| bad("finesse.pinned_sha256", error)),
            _ => Err(bad("finesse", "only one of ca_file, ca_pem and pinned_sha256 can say what is trusted")),
        }
    }

    pub(crate) fn engine(&self) -> Result<EngineConfig, ConfigError> {
        let session = &self.session;
        let zone = TimeZone::get(&session.time_zone).map_err(|error| bad("session.time_zone", error))?;
        let dialect = session.dialect.parse::<Dialect>().map_err(|error| bad("session.dialect", error))?;
        let default_callback = self.callback.default_url.as_deref();
        let default_callback = default_callback
            .map(|url| Callback::from_parts("", url))
            .transpose()
            .map_err(|error| bad("callback.default_url", error))?;
        Ok(EngineConfig {
            settings: Settings {
                deadline: session.deadline,
                keep_signed_out: session.keep_signed_out,
                reconnect_first: session.reconnect_first,
                reconnect_max: session.reconnect_max,
                zone,
                ..Settings::default()
            },
            dialect,
            licences: session.licences,
            default_callback,
            resource: session.resource.clone(),
            ..EngineConfig::default()
        })
    }

    pub(crate) fn bounds(&self) -> Bounds {
        let Bounds { mut undelivered, mut replay, dead_letters } = Bounds::default();
        undelivered.entries = self.outbox.max_undelivered.unwrap_or(undelivered.entries);
        replay.entries = self.outbox.max_replay.unwrap_or(replay.entries);
        Bounds { undelivered, replay, dead_letters }
    }

    pub(crate) fn delivery(&self) -> Result<gc_delivery::Config, ConfigError> {
        let callback = &self.callback;
        let extra_roots_pem = match &callback.ca_file {
            Some(file) => read_file("callback.ca_file", file)?.into_bytes(),
            None => Vec::new(),
        };
        Ok(gc_delivery::Config {
            envelope: match callback.envelope {
                EnvelopeName::Bare => Envelope::Bare,
                EnvelopeName::Data => Envelope::Data,
            },
            connect_timeout: callback.connect_timeout,
            attempt_timeout: callback.attempt_timeout,
            first_delay: callback.first_delay,
            max_delay: callback.max_delay,
            max_age: callback.max_age,
            extra_roots_pem,
        })
    }
}

fn bad(key: &'static str, reason: impl ToString) -> ConfigError {
    ConfigError::Value { key, reason: reason.to_string() }
}

fn read_file(key: &'static str, path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|reason| ConfigError::File { key, path: path.to_owned(), reason })
}

/// `20s`, `250ms`, `1m30s`; a bare number is refused, because nobody knows its unit.
fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    jiff::fmt::serde::unsigned_duration::friendly::compact::required::deserialize(deserializer)
}

fn optional_duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    jiff::fmt::serde::unsigned_duration::friendly::compact::optional::deserialize(deserializer)
}

#[cfg(test)]
mod tests;
