//! The engine: requests come in, are decided by the switchboard, and go to their agent's task.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use finesse_client::Service;
use gc_access::{Principal, Right};
use gc_delivery::{Counts, Delivery};
use gc_events::{Dialect, ErrorCode, ErrorEvent, Event};
use gc_rules::{ClientKey, Switchboard};
use gc_store::Kept;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use self::administration::{ClusterStatus, Connected};
use self::alive::record_alive;
pub use self::measures::ClusterMeasures;
use self::service::{report_service, watch_service};
pub use self::submit::Receipt;
use crate::cluster::{ClusterLink, Readiness};
use crate::forgetting::{ForgetError, forget_silent};
use crate::outlet::Outlet;
use crate::pending::PendingCommands;
use crate::recent_errors::RecentErrors;
use crate::recordings::Recordings;
use crate::resolution::RestoredCommand;
use crate::restore::restore;
use crate::shared::{Roster, Shared};
use crate::taken_streams::TakenStreams;
use crate::{EngineCluster, EngineConfig};

mod administration;
mod alive;
mod measures;
mod recordings;
mod service;
mod submit;

/// All agents of all clusters. Dropping it ends all their tasks at once; [`Engine::stop`] ends them in order.
pub struct Engine {
    pub(crate) shared: Arc<Shared>,
    /// The principal of callers who are not identified.
    anyone: Principal,
    restored: Vec<RestoredCommand>,
}

impl Engine {
    /// Starts the engine on the current runtime, and goes on with what was kept before a restart
    /// ([`Delivery::kept`]). A client whose destination no cluster names belongs to the first cluster.
    pub fn start(
        config: EngineConfig,
        clusters: Vec<EngineCluster>,
        delivery: Arc<Delivery>,
        kept: Kept,
    ) -> Self {
        let bindings = clusters.iter().map(|cluster| cluster.binding.clone()).collect();
        let switchboard = Switchboard::new(bindings, config.licences, config.max_clients)
            .with_refused_passwords(config.max_refused_passwords);
        let several = clusters.len() > 1;
        let link = |cluster: EngineCluster| {
            let EngineCluster { binding, link, directory, settings, platform, resource } = cluster;
            let name = several.then(|| binding.cluster.clone());
            let measures = Arc::default();
            let crowd = Arc::default();
            let link = ClusterLink { link, directory, resource, settings, platform, name, measures, crowd };
            (binding.cluster, Arc::new(link))
        };
        let shared = Arc::new(Shared {
            outlet: Outlet {
                delivery,
                dialect: config.dialect,
                default_callback: config.default_callback,
                errors: RecentErrors::new(Arc::clone(&config.environment)),
            },
            commands: Arc::new(PendingCommands::new(config.max_pending_commands)),
            clusters: clusters.into_iter().map(link).collect(),
            environment: config.environment,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            started: Instant::now(),
            roster: Mutex::new(Roster { switchboard, tasks: BTreeMap::new(), records: BTreeMap::new() }),
            sealer: config.sealer,
            recordings: Recordings::new(config.recording),
            taken_streams: TakenStreams::default(),
        });
        let restored = restore(&shared, kept, config.callers.as_deref());
        for (cluster, link) in &shared.clusters {
            if link.link.service().read(|service| *service) == Service::InService {
                report_service(&shared, cluster, true);
            }
        }
        if shared.outlet.delivery.survives() {
            shared.tasks.spawn(record_alive(Arc::clone(&shared)));
        }
        if let Some(after) = config.forget_after {
            shared.tasks.spawn(forget_silent(Arc::clone(&shared), after));
        }
        for cluster in shared.clusters.keys() {
            shared.tasks.spawn(watch_service(Arc::clone(&shared), cluster.clone()));
        }
        Self { shared, anyone: Principal::open([Right::Supervisor]), restored }
    }

    /// The commands that were accepted before a restart and had no outcome then. Each has one now, or gets it. The second
    /// time there are none.
    pub fn take_restored(&mut self) -> Vec<RestoredCommand> {
        std::mem::take(&mut self.restored)
    }

    /// Whether the principal may read this client's events.
    pub fn may_watch(&self, who: &Principal, client: &ClientKey) -> bool {
        self.shared.roster().switchboard.may_watch(who, client)
    }

    /// Forgets a client: its outbox, its dead letters, and what is kept of it. Its live streams end. What its outbox held.
    ///
    /// # Errors
    /// When the client is not known, or has an agent, or the store fails.
    pub async fn forget(&self, client: &ClientKey) -> Result<Counts, ForgetError> {
        self.shared.forget(client, Duration::ZERO).await
    }

    /// An `Error` event for a request that never reached the switchboard.
    pub fn error(code: ErrorCode, message: impl Into<String>) -> Event {
        Event::Error(ErrorEvent::of_service(code).with_message(message))
    }

    /// The dialect in which events are written.
    pub fn dialect(&self) -> Dialect {
        self.shared.outlet.dialect
    }

    /// Whether commands can have an effect, by the service as it was last reported to clients.
    pub fn readiness(&self) -> Readiness {
        let roster = self.shared.roster();
        match roster.switchboard.out_of_service() {
            (out, all) if out.len() < all => Readiness::Serves { but: out.into_iter().cloned().collect() },
            (out, _) => Readiness::OutOfService(out.into_iter().cloned().collect()),
        }
    }

    /// Whether a stop has begun.
    pub fn is_stopping(&self) -> bool {
        self.shared.commands.is_closed()
    }

    /// How many agents have a session, or are about to.
    pub fn sessions(&self) -> usize {
        self.shared.roster().tasks.len()
    }

    /// How many licences are in use: agents who are signed in, or are about to be.
    pub fn licences_in_use(&self) -> usize {
        self.shared.roster().switchboard.licences_in_use()
    }

    /// How many commands have no outcome yet.
    pub fn pending_commands(&self) -> usize {
        self.shared.commands.count()
    }

    /// Stops: no further command is accepted, pending commands have `grace` to end, then the streams are closed in order. A
    /// command that is still pending ends with PLEASE_RETRY, because its outcome is unknown. Returns whether there was
    /// none.
    pub async fn stop(&self, grace: Duration) -> bool {
        self.shared.commands.close();
        let ended = tokio::time::timeout(grace, self.shared.commands.wait()).await.is_ok();
        self.shared.stop.cancel();
        self.shared.tasks.close();
        // Each stream has a few seconds of its own to close.
        self.shared.tasks.wait().await;
        ended
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.shared.commands.close();
        self.shared.stop.cancel();
    }
}

#[cfg(test)]
mod tests;
