//! How the engine works.

use gc_core::{Platform, Settings};
use gc_delivery::Callback;
use gc_events::Dialect;

/// How the engine works.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// The rules' own settings; the platform is filled in by what Finesse tells.
    pub settings: Settings,
    /// What stands behind Finesse, when its SystemInfo is not to be believed.
    pub platform: Option<Platform>,
    /// Which dialect the events are written in.
    pub dialect: Dialect,
    /// Signed-in agents at most.
    pub licences: Option<usize>,
    /// Clients at most; further ones are refused.
    pub max_clients: usize,
    /// How many commands of one agent may be without an outcome; more are refused.
    pub max_open_commands: usize,
    /// Where the events of a client go that names no callback of its own.
    pub default_callback: Option<Callback>,
    /// The XMPP resource of every agent's stream: stable, so that a new stream replaces the old one.
    pub resource: String,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            settings: Settings::default(),
            platform: None,
            dialect: Dialect::default(),
            licences: None,
            max_clients: 10_000,
            max_open_commands: 64,
            default_callback: None,
            resource: "gc".to_owned(),
        }
    }
}
