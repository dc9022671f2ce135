//! The sections of gc.toml, key by key, with their defaults. docs/configuration.md has the meaning of each.

mod cluster;
mod group;
mod http;
mod outbox;
mod recording;
mod store;

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use gc_events::Dialect;
use gc_rules::Settings;
use gc_session::EngineConfig;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

pub(crate) use cluster::{Cluster, Node, PlatformName};
pub(crate) use group::Group;
pub(crate) use http::{Http, Tls};
pub(crate) use outbox::Outbox;
pub(crate) use recording::Recording;
pub(crate) use store::Store;

/// Who may ask, each a `[[client]]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Client {
    pub(crate) name: String,
    /// The hashes of its tokens, as `gc-server token new` prints them.
    pub(crate) token_hashes: Vec<String>,
    /// Its certificates, by fingerprint or by a name in them.
    pub(crate) certificates: Vec<String>,
    /// Where it comes from, if it can send neither.
    pub(crate) addresses: Vec<String>,
    /// The destinations that are its own, as patterns.
    pub(crate) destinations: Vec<String>,
    /// The only cluster of its clients.
    pub(crate) cluster: Option<String>,
    pub(crate) rights: Option<Vec<String>>,
    /// As in `[callback]`, for its destinations.
    pub(crate) order: Option<OrderName>,
    pub(crate) max_in_flight: Option<NonZeroUsize>,
    /// What signs the callbacks of its destinations.
    pub(crate) signing: Option<Signing>,
}

/// The rules of sessions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Session {
    #[serde(deserialize_with = "duration")]
    pub(crate) deadline: Duration,
    #[serde(deserialize_with = "duration_or_none")]
    pub(crate) keep_signed_out: Duration,
    #[serde(deserialize_with = "duration")]
    pub(crate) reconnect_first: Duration,
    #[serde(deserialize_with = "duration")]
    pub(crate) reconnect_max: Duration,
    #[serde(deserialize_with = "duration")]
    pub(crate) resync_pause: Duration,
    pub(crate) time_zone: String,
    pub(crate) dialect: Dialect,
    pub(crate) licences: Option<usize>,
    pub(crate) max_open_commands: usize,
    pub(crate) max_refused_passwords: usize,
    pub(crate) resource: String,
    /// The reason codes of force_logout.
    pub(crate) force_not_ready_reason: Option<String>,
    pub(crate) force_logout_reason: Option<String>,
    /// For the status bar, when a campaign's customer is on the line.
    pub(crate) outbound_text: String,
}

impl Default for Session {
    fn default() -> Self {
        let (settings, engine) = (Settings::default(), EngineConfig::default());
        Self {
            deadline: settings.deadline,
            keep_signed_out: settings.keep_signed_out,
            reconnect_first: settings.reconnect_first,
            reconnect_max: settings.reconnect_max,
            resync_pause: settings.resync_pause,
            time_zone: "UTC".to_owned(),
            dialect: Dialect::default(),
            licences: None,
            max_open_commands: engine.max_pending_commands,
            max_refused_passwords: engine.max_refused_passwords,
            resource: "gc".to_owned(),
            force_not_ready_reason: None,
            force_logout_reason: None,
            outbound_text: settings.outbound_text,
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
    pub(crate) order: OrderName,
    /// Events on their way at once, where the order is each agent's.
    pub(crate) max_in_flight: NonZeroUsize,
    #[serde(deserialize_with = "duration")]
    pub(crate) connect_timeout: Duration,
    #[serde(deserialize_with = "duration")]
    pub(crate) attempt_timeout: Duration,
    /// When an event is tried again, counted from its first attempt.
    #[serde(deserialize_with = "rising_durations")]
    pub(crate) retry_at: Vec<Duration>,
    /// From then on.
    #[serde(deserialize_with = "duration")]
    pub(crate) retry_every: Duration,
    #[serde(deserialize_with = "duration_or_none")]
    pub(crate) max_retry_after: Duration,
    /// Answers 400, 413 or 422 in a row that make an event a dead letter.
    pub(crate) rejected_tries: NonZeroUsize,
    /// How long a callback that answered 410 is left alone.
    #[serde(deserialize_with = "duration")]
    pub(crate) gone_pause: Duration,
    #[serde(deserialize_with = "duration")]
    pub(crate) max_age: Duration,
    /// Whom it trusts, and what it presents.
    pub(crate) tls: CallbackTls,
    /// Hosts, domains, addresses and networks that are allowed although they would be refused.
    pub(crate) allow: Vec<String>,
    /// What signs callbacks, unless a client has its own.
    pub(crate) signing: Option<Signing>,
    /// The token in `Authorization`.
    pub(crate) jwt: Option<Jwt>,
}

impl Default for CallbackConfig {
    fn default() -> Self {
        let delivery = gc_delivery::Config::default();
        Self {
            default_url: None,
            envelope: EnvelopeName::Bare,
            order: OrderName::Client,
            max_in_flight: NonZeroUsize::new(8).unwrap_or(NonZeroUsize::MIN),
            connect_timeout: delivery.connect_timeout,
            attempt_timeout: delivery.attempt_timeout,
            retry_at: delivery.retry_at,
            retry_every: delivery.retry_every,
            max_retry_after: delivery.max_retry_after,
            rejected_tries: NonZeroUsize::new(delivery.rejected_tries).unwrap_or(NonZeroUsize::MIN),
            gone_pause: delivery.gone_pause,
            max_age: delivery.max_age,
            tls: CallbackTls::default(),
            allow: Vec::new(),
            signing: None,
            jwt: None,
        }
    }
}

/// TLS toward receivers of callbacks.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CallbackTls {
    /// Authorities trusted in addition to the system's, as PEM.
    pub(crate) ca_file: Option<PathBuf>,
    /// What is presented to receivers that ask for a certificate, with the chain behind it.
    pub(crate) certificate_file: Option<PathBuf>,
    /// Its private key.
    pub(crate) key_file: Option<PathBuf>,
}

/// The secrets that sign callbacks.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Signing {
    /// One secret on each line; all of them sign.
    pub(crate) secrets_file: Option<PathBuf>,
    /// The same as text, for an environment variable.
    pub(crate) secrets: Option<SecretString>,
}

/// The token that says who posts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Jwt {
    pub(crate) issuer: String,
    /// An RSA private key.
    pub(crate) key_file: PathBuf,
}

/// What surrounds the event in a callback's body.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum EnvelopeName {
    Bare,
    Data,
}

/// Which events must not overtake each other.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OrderName {
    Client,
    Agent,
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

/// The process itself.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Process {
    /// Lets other processes of the same user attach a debugger and read the memory.
    pub(crate) debuggable: bool,
}

/// The shape of a log line.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// `127.0.0.1:8112`.
fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected a text or a list of texts")]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(one) => vec![one],
        OneOrMany::Many(many) => many,
    })
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let wrong = || custom("this cannot be used: write an address and a port, such as \"127.0.0.1:8112\"");
    let text = String::deserialize(deserializer).map_err(|_| wrong())?;
    text.parse().map_err(|_| wrong())
}

/// `20s`, `250ms`, `1m30s`; a bare number is refused, because nobody knows its unit.
fn duration_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    jiff::fmt::serde::unsigned_duration::friendly::compact::required::deserialize(deserializer)
        .map_err(|_: D::Error| custom("this cannot be used: write a duration with its unit, such as \"20s\""))
}

fn custom<E: serde::de::Error>(text: &str) -> E {
    E::custom(text)
}

/// At most a tebibyte, so that it can be counted in bytes.
fn mebibytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NonZeroUsize, D::Error> {
    let mebibytes = NonZeroUsize::deserialize(deserializer)?;
    match mebibytes.get() > 1 << 20 {
        true => Err(custom("has to be at most 1048576")),
        false => Ok(mebibytes),
    }
}

/// `["1s", "2s", "5s"]`, each longer than the one before.
fn rising_durations<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Duration>, D::Error> {
    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Each(#[serde(deserialize_with = "duration")] Duration);
    let durations: Vec<_> = Vec::<Each>::deserialize(deserializer)?.into_iter().map(|each| each.0).collect();
    match durations.is_sorted_by(|one, next| one < next) {
        true => Ok(durations),
        false => Err(custom("each has to be longer than the one before")),
    }
}

/// Where nothing is written there is none.
fn some_duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    duration(deserializer).map(Some)
}

/// The same, but longer than zero: some pauses and deadlines cannot be.
fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let duration = duration_or_none(deserializer)?;
    match duration.is_zero() {
        true => Err(custom("must be longer than zero")),
        false => Ok(duration),
    }
}
