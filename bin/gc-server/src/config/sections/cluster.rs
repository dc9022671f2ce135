//! `[finesse]` and each `[[cluster]]`.

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use finesse_client::{HealthConfig, OpeningConfig, RestConfig, Timing};
use secrecy::SecretString;
use serde::Deserialize;

/// A Finesse cluster: `[finesse]` the only one, or each `[[cluster]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Cluster {
    /// Required where there are several.
    pub(crate) name: Option<String>,
    /// The clients that are bound to it, by patterns.
    pub(crate) destinations: Vec<String>,
    /// Its own sources that are not Finesse.
    pub(crate) directory: Option<gc_directory::Config>,
    pub(crate) nodes: Vec<Node>,
    /// The authority that signed the nodes' certificates, as PEM; without it the system's authorities.
    pub(crate) ca_file: Option<PathBuf>,
    /// The same as text instead of a file.
    pub(crate) ca_pem: Option<String>,
    /// The SHA-256 fingerprints of the certificates to trust, one for each node.
    pub(crate) pinned_sha256: Vec<String>,
    pub(crate) allow_plaintext: bool,
    #[serde(deserialize_with = "super::duration")]
    pub(crate) connect_timeout: Duration,
    #[serde(deserialize_with = "super::duration")]
    pub(crate) request_timeout: Duration,
    #[serde(deserialize_with = "super::duration")]
    pub(crate) health_interval: Duration,
    /// Logins to one node's notification service at once.
    pub(crate) logins_at_once: NonZeroUsize,
    /// And in a second.
    pub(crate) logins_per_second: NonZeroU32,
    /// Streams that move at once to another node while their own still serves.
    pub(crate) moves_at_once: NonZeroUsize,
    /// Requests to one node at once.
    pub(crate) requests_at_once: NonZeroUsize,
    /// And in a second.
    pub(crate) requests_per_second: NonZeroU32,
    /// Whether the nodes' SystemInfo adds a second node and ports to what is configured.
    pub(crate) discover: bool,
    #[serde(deserialize_with = "super::duration")]
    pub(crate) ping_interval: Duration,
    /// Pings in a row without a sign of life, after which a stream counts as lost.
    pub(crate) ping_misses: NonZeroU32,
    /// UCCE or UCCX; by default what SystemInfo says.
    pub(crate) platform: Option<PlatformName>,
    /// Users and teams are read in parts of so many members.
    pub(crate) page_size: Option<NonZeroUsize>,
    /// The device of each extension with several, as `extension=device`.
    pub(crate) active_devices: Vec<String>,
    /// Who reads the lists that only an administrator may read.
    pub(crate) administrator: Option<Administrator>,
    /// What renews tokens of single sign-on.
    pub(crate) token_service: Option<TokenService>,
}

/// The contact centre behind Finesse.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PlatformName {
    Ucce,
    Uccx,
}

/// An administrator of Finesse.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Administrator {
    pub(crate) user: String,
    pub(crate) password: SecretString,
}

/// A service that renews tokens of single sign-on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenService {
    pub(crate) url: String,
    /// The `Authorization` header that it wants.
    #[serde(default)]
    pub(crate) authorization: Option<SecretString>,
}

impl Default for Cluster {
    fn default() -> Self {
        let (rest, health) = (RestConfig::default(), HealthConfig::default());
        let (opening, xmpp) = (OpeningConfig::default(), Timing::default());
        Self {
            name: None,
            destinations: Vec::new(),
            directory: None,
            nodes: Vec::new(),
            ca_file: None,
            ca_pem: None,
            pinned_sha256: Vec::new(),
            allow_plaintext: false,
            connect_timeout: rest.connect,
            request_timeout: rest.attempt,
            health_interval: health.every,
            logins_at_once: opening.at_once,
            logins_per_second: opening.per_second,
            moves_at_once: opening.moves_at_once,
            requests_at_once: rest.at_once,
            requests_per_second: rest.per_second,
            discover: true,
            ping_interval: xmpp.ping_every,
            ping_misses: NonZeroU32::new(xmpp.ping_misses).unwrap_or(NonZeroU32::MIN),
            platform: None,
            administrator: None,
            page_size: None,
            active_devices: Vec::new(),
            token_service: None,
        }
    }
}

/// One node of the cluster.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Node {
    pub(crate) url: String,
    /// Where the API stands behind a proxy.
    #[serde(default)]
    pub(crate) path: String,
    /// What is connected to in place of the host in `url`.
    #[serde(default)]
    pub(crate) address: Option<String>,
    /// One place, or several in the order in which they are tried.
    #[serde(default, deserialize_with = "super::one_or_many")]
    pub(crate) notifications: Vec<String>,
    #[serde(default)]
    pub(crate) xmpp_domain: Option<String>,
    #[serde(default)]
    pub(crate) pubsub_domain: Option<String>,
}
