//! One cluster behind the engine: what its agents need of it.

use std::sync::Arc;

use finesse_client::Link;
use finesse_types::Deployment;
use gc_rules::{Agent, AgentKey, ClusterId, Directory, Platform, Settings, Switchboard};

use crate::crowd::Crowd;
use crate::measures::Measures;

/// Whether commands can have an effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// Finesse is in service.
    Serves {
        /// The clusters that are not.
        but: Vec<ClusterId>,
    },
    /// None of these clusters is in service, or known to be yet.
    OutOfService(Vec<ClusterId>),
}

/// What the tasks of one cluster's agents need.
pub(crate) struct ClusterLink {
    pub(crate) link: Arc<dyn Link>,
    pub(crate) directory: Arc<dyn Directory>,
    pub(crate) resource: String,
    pub(crate) settings: Settings,
    pub(crate) platform: Option<Platform>,
    /// Where there are several.
    pub(crate) name: Option<ClusterId>,
    pub(crate) measures: Arc<Measures>,
    /// Keeps the log short when many agents have the same trouble.
    pub(crate) crowd: Arc<Crowd>,
}

impl ClusterLink {
    /// A machine for an agent whose session begins now.
    pub(crate) fn new_agent(&self, key: &AgentKey, switchboard: &Switchboard) -> Agent {
        switchboard.begin(key, Agent::new(key.agent(), self.settings()))
    }

    pub(crate) fn settings(&self) -> Arc<Settings> {
        let shown = || match self.link.system_info()?.deployment_type {
            Deployment::Uccx => Some(Platform::Uccx),
            _ => Some(Platform::Ucce),
        };
        let platform = self.platform.or_else(shown).unwrap_or_default();
        Arc::new(Settings { platform, cluster: self.name.clone(), ..self.settings.clone() })
    }
}

impl std::fmt::Debug for ClusterLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClusterLink").field("name", &self.name).finish_non_exhaustive()
    }
}
