//! One cluster behind the engine: what its agents need of it, and its service.

use std::sync::Arc;

use finesse_client::{Link, Service};
use finesse_types::Deployment;
use gc_core::{Agent, AgentKey, ClusterId, Input, Platform, Settings};

use super::Shared;
use crate::directory::Directory;
use crate::outlet::EventContext;

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
    pub(super) settings: Settings,
    pub(super) platform: Option<Platform>,
    /// Where there are several.
    pub(super) name: Option<ClusterId>,
}

impl ClusterLink {
    /// A machine for an agent whose session begins now.
    pub(crate) fn new_agent(&self, key: &AgentKey) -> Agent {
        let mut agent = Agent::new(key.agent(), self.settings());
        // It has nothing to say about it yet.
        agent.step(Input::Service { available: service_of(&*self.link) != Service::OutOfService });
        agent
    }

    fn settings(&self) -> Arc<Settings> {
        let shown = || match self.link.system_info()?.deployment_type {
            Deployment::Uccx => Some(Platform::Uccx),
            _ => Some(Platform::Ucce),
        };
        let platform = self.platform.or_else(shown).unwrap_or_default();
        Arc::new(Settings { platform, cluster: self.name.clone(), ..self.settings.clone() })
    }
}

/// Whether a cluster serves now.
pub(super) fn service_of(link: &dyn Link) -> Service {
    link.service().read(|service| *service)
}

/// Reports to the clients of a cluster, once per change, that it goes out of service or comes back.
pub(super) async fn watch_service(shared: Arc<Shared>, cluster: ClusterId) {
    let Some(mut service) = shared.clusters.get(&cluster).map(|cluster| cluster.link.service()) else {
        return;
    };
    let mut last = Service::Unknown;
    loop {
        let now = service.read(|service| *service);
        if now != Service::Unknown {
            match now {
                _ if now == last => {}
                Service::InService => tracing::info!(%cluster, "Finesse is in service"),
                _ => tracing::warn!(%cluster, "Finesse is out of service"),
            }
            last = now;
            // Emitted under the lock: a Hello sees it either before or after, as its client does.
            let mut roster = shared.roster();
            let changed = roster.switchboard.service_changed(&cluster, now == Service::InService);
            shared.outlet.append(changed.into_iter().map(|(client, event)| {
                let mut message = shared.outlet.message(&event, EventContext::default());
                roster.address(&client, &mut message);
                (client, message)
            }));
        }
        tokio::select! {
            biased;
            () = shared.stop.cancelled() => return,
            () = service.changed() => {}
        }
    }
}
