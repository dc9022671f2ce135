//! The configuration of a cluster: addresses, deadlines, pauses.

use std::fmt;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use gc_environment::{Environment, RealEnvironment};
use gc_net::{Trust, TrustError};
use gc_xmpp::Timing;
use secrecy::SecretString;
use thiserror::Error;

/// A cluster of one or two nodes.
#[derive(Clone, Debug)]
pub struct ClusterConfig {
    /// The nodes, the primary first.
    pub nodes: Vec<NodeConfig>,
    /// Whether a second node is found by the first one's SystemInfo where only one is configured, and the ports of
    /// notifications where none are. What is configured is never replaced.
    pub discover: bool,
    /// Which servers are trusted, for REST and for notifications.
    pub trust: Trust,
    /// Whether passwords may go over `http` and `ws`, which are not encrypted, and over `xmpp` where the server offers no
    /// STARTTLS. For tests and old sites.
    pub allow_plaintext: bool,
    /// Deadlines and retries of REST requests.
    pub rest: RestConfig,
    /// Asks for lists of users, and for teams, in parts of so many members. Without it they are asked for as a whole.
    pub page_size: Option<NonZeroUsize>,
    /// How the nodes' health is watched.
    pub health: HealthConfig,
    /// How the notification streams are kept.
    pub xmpp: Timing,
    /// How they are opened.
    pub opening: OpeningConfig,
    /// What renews tokens of single sign-on; without it clients bring new ones.
    pub token_service: Option<TokenService>,
    /// Where the jitter between attempts comes from.
    pub environment: Arc<dyn Environment>,
}

impl ClusterConfig {
    /// A cluster of these nodes: trusts the system's authorities, encrypts everything, default deadlines.
    pub fn new(nodes: Vec<NodeConfig>) -> Self {
        Self {
            nodes,
            discover: true,
            trust: Trust::System,
            allow_plaintext: false,
            rest: RestConfig::default(),
            page_size: None,
            health: HealthConfig::default(),
            xmpp: Timing::default(),
            opening: OpeningConfig::default(),
            token_service: None,
            environment: Arc::new(RealEnvironment),
        }
    }
}

/// A service that renews tokens.
#[derive(Clone, Debug)]
pub struct TokenService {
    /// A URL such as `https://finesse-a.example.com:8445/desktop/sso/token`. Its certificate is checked like those of the
    /// nodes.
    pub url: String,
    /// The `Authorization` header that it wants.
    pub authorization: Option<SecretString>,
}

/// One node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeConfig {
    /// The REST server, such as `https://finesse-a.example.com:8445`.
    pub url: String,
    /// Where the API stands behind a proxy: `/west` if its requests go to `/west/finesse/api/…`. Empty without a proxy.
    pub path: String,
    /// A name or address to connect to in place of the host in `url`, on the same port. `Host` and the name in the
    /// certificate stay those of `url`. It also counts for notifications on that host.
    pub address: Option<String>,
    /// The notification service: `wss://host:8445/ws/`, `xmpps://host:5223`, `https://host:7443/http-bind/` (BOSH) or
    /// `xmpp://host:5222` (STARTTLS), and `ws` and `http` without encryption. Several are tried in this order; none stands for the usual places on the host of `url`
    /// (docs/finesse.md).
    pub notifications: Vec<String>,
    /// The XMPP domain to use instead of the one in SystemInfo.
    pub xmpp_domain: Option<String>,
    /// The publish-subscribe service's address to use instead of the one in SystemInfo.
    pub pubsub_domain: Option<String>,
}

impl NodeConfig {
    /// A node whose notification service and domains are the usual ones.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            path: String::new(),
            address: None,
            notifications: Vec::new(),
            xmpp_domain: None,
            pubsub_domain: None,
        }
    }
}

/// Nothing is waited for any longer, so that each deadline is one that an `Instant` can hold.
pub(crate) const LONGEST_DEADLINE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Deadlines of the REST API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestConfig {
    /// For connecting, TLS included.
    pub connect: Duration,
    /// For one attempt, the whole answer included.
    pub attempt: Duration,
    /// For all attempts of one request.
    pub overall: Duration,
    /// Before the second attempt; twice as long before the third.
    pub pause: Duration,
    /// Requests to one node at once, and the connections that are kept open to it. Further ones wait for their turn, within `overall`:
    /// writes go first, then what is waited for. In the background there are at most half as many at once.
    pub at_once: NonZeroUsize,
    /// Requests to one node in a second. Reads wait for their turn; a write does not wait, and counts.
    pub per_second: NonZeroU32,
    /// How long a connection without a request is kept open.
    pub idle: Duration,
}

impl Default for RestConfig {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            attempt: Duration::from_secs(10),
            overall: Duration::from_secs(18),
            pause: Duration::from_millis(200),
            at_once: REQUESTS_AT_ONCE,
            per_second: REQUESTS_PER_SECOND,
            idle: Duration::from_secs(15),
        }
    }
}

/// They reach the 500 a second below as long as Finesse answers within 128 ms, and leave a web server with its usual 200 threads enough
/// for everybody else.
const REQUESTS_AT_ONCE: NonZeroUsize = NonZeroUsize::MIN.saturating_add(63);

/// 2,000 agents who come back are read again within 8 s (4,000 requests), and in normal use nobody waits: 2,000 agents with 30
/// calls an hour cause 17 calls a second.
const REQUESTS_PER_SECOND: NonZeroU32 = NonZeroU32::MIN.saturating_add(499);

/// 2,000 agents log in within 10 s.
const LOGINS_PER_SECOND: NonZeroU32 = NonZeroU32::MIN.saturating_add(199);

/// How notification streams are opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpeningConfig {
    /// Logins to one node's notification service at once. Further ones wait for their turn.
    pub at_once: NonZeroUsize,
    /// The same in a second. Both also limit the renewals of tokens, which are counted for themselves.
    pub per_second: NonZeroU32,
    /// Streams that move at once to another node, while their own still serves: the size of a group.
    pub moves_at_once: NonZeroUsize,
    /// From the turn to log in until notifications flow and Finesse is there.
    pub deadline: Duration,
}

/// 32 at once bring 2,000 agents back within seconds where a login takes 50 ms, and do not look like an attack.
/// 15 s are less than a command's deadline, so a Connect ends with the reason.
impl Default for OpeningConfig {
    fn default() -> Self {
        let at_once = NonZeroUsize::MIN.saturating_add(31);
        let moves_at_once = NonZeroUsize::MIN.saturating_add(9);
        Self { at_once, per_second: LOGINS_PER_SECOND, moves_at_once, deadline: Duration::from_secs(15) }
    }
}

/// How the nodes' health is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealthConfig {
    /// From one check of all nodes to the next.
    pub every: Duration,
    /// The same, if there was a reason to check sooner.
    pub at_least: Duration,
    /// For one node's answer, all attempts included.
    pub deadline: Duration,
}

impl Default for HealthConfig {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(5),
            at_least: Duration::from_millis(500),
            deadline: Duration::from_secs(5),
        }
    }
}

/// Why a configuration cannot be used: everything that is wrong with it, in the order of its fields.
#[derive(Debug, Default)]
pub struct ConfigFaults(Vec<ConfigFault>);

/// One of them.
#[derive(Debug, Error)]
#[error("{field}: {error}")]
pub struct ConfigFault {
    /// The field of [`ClusterConfig`]: `nodes`, `nodes.0.url`, `token_service.url`.
    pub field: String,
    /// What is wrong with it.
    #[source]
    pub error: ConfigError,
}

impl ConfigFaults {
    /// What is good. What is not becomes a fault of this field.
    pub(crate) fn keep<T>(&mut self, field: &str, result: Result<T, ConfigError>) -> Option<T> {
        result.map_err(|error| self.0.push(ConfigFault { field: field.to_owned(), error })).ok()
    }

    /// The same of what has fields itself.
    pub(crate) fn keep_all<T>(&mut self, table: &str, result: Result<T, Self>) -> Option<T> {
        let below = |ConfigFault { field, error }| ConfigFault { field: format!("{table}.{field}"), error };
        result.map_err(|faults| self.0.extend(faults.0.into_iter().map(below))).ok()
    }

    /// What was made, if nothing is wrong.
    pub(crate) fn or<T>(self, made: Option<T>) -> Result<T, Self> {
        match made {
            Some(made) if self.0.is_empty() => Ok(made),
            _ => Err(self),
        }
    }
}

impl IntoIterator for ConfigFaults {
    type Item = ConfigFault;
    type IntoIter = std::vec::IntoIter<ConfigFault>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for ConfigFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&said.join("; "))
    }
}

impl std::error::Error for ConfigFaults {}

/// What is wrong with a field of a configuration.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A cluster has one or two nodes.
    #[error("a cluster has one or two nodes, not {0}")]
    Nodes(usize),
    /// Not a URL of the expected kind.
    #[error("{url:?} cannot be used: write a URL such as {example}")]
    Url {
        /// What is configured, without what may be a password.
        url: String,
        /// What one looks like.
        example: &'static str,
    },
    /// The URL of a node has more than scheme, host and port.
    #[error(
        "only scheme, host and port of a node are configured: write {origin}, and the path of a proxy as `path`"
    )]
    Path {
        /// These parts of the URL. The rest is not repeated, because it may contain a password.
        origin: String,
    },
    /// The path of a node behind a proxy is none.
    #[error("write a path such as /west, without a slash at its end")]
    ProxyPath,
    /// The address of a node is none, or there is no name in its URL that it could replace.
    #[error("write a name or an IP address without a port, and a name in url")]
    Address,
    /// A URL that sends passwords unencrypted.
    #[error("{0:?} is not encrypted: use https, wss, xmpps or xmpp, or set allow_plaintext")]
    Plaintext(String),
    /// A transport that this build has not.
    #[error("{0:?} cannot be used: this build has no such transport")]
    NotBuilt(String),
    /// The token service cannot be used. Nothing of it is repeated, because it may contain a password.
    #[error("{0}")]
    TokenService(&'static str),
    /// The trusted authorities cannot be used.
    #[error(transparent)]
    Trust(TrustError),
}
