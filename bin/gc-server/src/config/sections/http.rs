//! `[http]`: the listener.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use gc_session::EngineConfig;
use serde::{Deserialize, Deserializer};

use super::{address, duration, duration_or_none};

/// The HTTP listener.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Http {
    #[serde(deserialize_with = "address")]
    pub(crate) listen: SocketAddr,
    /// A listener of its own for health checks.
    #[serde(deserialize_with = "address_if_any")]
    pub(crate) health_listen: Option<SocketAddr>,
    /// A listener of its own for administrators; then the other one has nothing for them.
    #[serde(deserialize_with = "address_if_any")]
    pub(crate) admin_listen: Option<SocketAddr>,
    /// Accepts callers without identifying them, although other machines can reach the listener.
    pub(crate) open: bool,
    /// Certificate and key, for HTTPS.
    pub(crate) tls: Option<Tls>,
    /// The names under which the listener is reached, in addition to those of this machine.
    pub(crate) hosts: Vec<String>,
    /// The origins of web pages that may use the listener.
    pub(crate) origins: Vec<String>,
    /// Whether the console is served.
    pub(crate) console: bool,
    pub(crate) max_body_bytes: usize,
    pub(crate) max_connections: usize,
    pub(crate) max_clients: usize,
    /// For a request's head, and how long a connection may stay idle.
    #[serde(deserialize_with = "duration")]
    pub(crate) header_timeout: Duration,
    /// For a request's body.
    #[serde(deserialize_with = "duration")]
    pub(crate) request_timeout: Duration,
    /// How long a client may take nothing of what is sent to it.
    #[serde(deserialize_with = "duration")]
    pub(crate) write_timeout: Duration,
    /// How long a stop may take, for commands, events and connections each.
    #[serde(deserialize_with = "duration_or_none")]
    pub(crate) stop_grace: Duration,
    /// What one client or address may take.
    pub(crate) limits: HttpLimits,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8112)),
            health_listen: None,
            admin_listen: None,
            open: false,
            tls: None,
            hosts: Vec::new(),
            origins: Vec::new(),
            console: false,
            max_body_bytes: 64 * 1024,
            max_connections: 10_000,
            max_clients: EngineConfig::default().max_clients,
            header_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(30),
            stop_grace: Duration::from_secs(10),
            limits: HttpLimits::default(),
        }
    }
}

/// What one client or address may take of the listener.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct HttpLimits {
    /// Of one address.
    pub(crate) connections: NonZeroU32,
    /// Of one client.
    pub(crate) client_connections: NonZeroU32,
    pub(crate) requests_at_once: NonZeroU32,
    /// Of one address, and of one client; and so on.
    pub(crate) requests_per_second: NonZeroU32,
    pub(crate) requests_burst: NonZeroU32,
    pub(crate) hellos_per_second: NonZeroU32,
    pub(crate) hellos_burst: NonZeroU32,
    pub(crate) connects_per_second: NonZeroU32,
    pub(crate) connects_burst: NonZeroU32,
}

impl Default for HttpLimits {
    fn default() -> Self {
        let number = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        Self {
            connections: number(8000),
            client_connections: number(8000),
            requests_at_once: number(8000),
            requests_per_second: number(2000),
            requests_burst: number(10_000),
            hellos_per_second: number(200),
            hellos_burst: number(5000),
            connects_per_second: number(50),
            connects_burst: number(3000),
        }
    }
}

/// TLS at the listener: PEM files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tls {
    /// The certificate, and the chain behind it.
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    /// The authorities that sign the certificates of clients.
    pub(crate) client_ca: Option<PathBuf>,
}

/// An address, for a key that may be left out.
fn address_if_any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SocketAddr>, D::Error> {
    address(deserializer).map(Some)
}
