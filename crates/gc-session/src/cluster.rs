//! One cluster behind the engine: what its agents need of it.

use std::sync::Arc;

use finesse_client::{Link, Service};
use finesse_types::Deployment;
use gc_core::{Agent, AgentKey, ClusterId, Directory, Input, Platform, Settings};

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
}

impl ClusterLink {
    /// A machine for an agent whose session begins now.
    pub(crate) fn new_agent(&self, key: &AgentKey) -> Agent {
        self.in_service(Agent::new(key.agent(), self.settings()))
    }

    /// The machine with its first input.
    pub(crate) fn in_service(&self, mut agent: Agent) -> Agent {
        // It has nothing to say about it yet.
        agent.step(Input::Service { available: service_of(&*self.link) != Service::OutOfService });
        agent
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

/// Whether a cluster serves now.
pub(crate) fn service_of(link: &dyn Link) -> Service {
    link.service().read(|service| *service)
}

impl std::fmt::Debug for ClusterLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClusterLink").field("name", &self.name).finish_non_exhaustive()
    }
}
