//! How the engine works.

use std::sync::Arc;
use std::time::Duration;

use finesse_client::Link;
use gc_access::Principal;
use gc_delivery::Callback;
use gc_environment::{Environment, RealEnvironment};
use gc_events::Dialect;
use gc_rules::{ClusterBinding, Directory, NoDirectory, Platform, Settings};
use gc_store::Sealer;

use crate::recordings::RecordingLimits;

/// The settings of the engine, for all clusters.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// The dialect of the events.
    pub dialect: Dialect,
    /// How many agents may be signed in, over all clusters.
    pub licences: Option<usize>,
    /// How many clients there may be; further ones are refused.
    pub max_clients: usize,
    /// How many commands of one agent its owner may have without an outcome; more are refused.
    pub max_pending_commands: usize,
    /// How many passwords of one client Finesse may refuse within five minutes; then it is not asked.
    pub max_refused_passwords: usize,
    /// Clients that say and receive nothing for this time, and have no agent, are forgotten.
    pub forget_after: Option<Duration>,
    /// The callback of clients that name none.
    pub default_callback: Option<Callback>,
    /// The callers who are identified, if callers are: what was kept of a client that none of them may use is dropped at the
    /// start.
    pub callers: Option<Vec<Principal>>,
    /// Seals the passwords of sessions that are kept. Without it no session is kept.
    pub sealer: Option<Arc<Sealer>>,
    /// How much is recorded of agents.
    pub recording: RecordingLimits,
    /// Where the ids of commands and the jitter of timers come from.
    pub environment: Arc<dyn Environment>,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            dialect: Dialect::default(),
            licences: None,
            max_clients: 10_000,
            max_pending_commands: 64,
            max_refused_passwords: 30,
            forget_after: None,
            default_callback: None,
            callers: None,
            sealer: None,
            recording: RecordingLimits::default(),
            environment: Arc::new(RealEnvironment),
        }
    }
}

/// One cluster that the engine drives.
#[derive(Clone)]
pub struct EngineCluster {
    /// Its name, and the destinations that are bound to it.
    pub binding: ClusterBinding,
    /// The link to Finesse.
    pub link: Arc<dyn Link>,
    /// The data sources other than Finesse.
    pub directory: Arc<dyn Directory>,
    /// The settings of the rules. The platform is taken from Finesse's SystemInfo.
    pub settings: Settings,
    /// The contact centre behind Finesse, if its SystemInfo is wrong.
    pub platform: Option<Platform>,
    /// The XMPP resource of every agent's stream: stable, so that a new stream replaces the old one.
    pub resource: String,
}

impl EngineCluster {
    /// The name of a cluster that is the only one.
    pub const DEFAULT: &str = "default";

    /// The only cluster, with the defaults and no other sources.
    pub fn new(link: Arc<dyn Link>) -> Self {
        Self {
            binding: ClusterBinding { cluster: Self::DEFAULT.into(), destinations: Vec::new() },
            link,
            directory: Arc::new(NoDirectory),
            settings: Settings::default(),
            platform: None,
            resource: "gc".to_owned(),
        }
    }
}
