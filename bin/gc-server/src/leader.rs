//! What only a connector has that leads: the store, the agents, and who delivers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gc_access::Principal;
use gc_delivery::{Delivery, Health, HttpSink, Journal, Sink};
use gc_environment::RealEnvironment;
use gc_group::Lease;
use gc_session::{Engine, EngineCluster, EngineConfig, Leased};
use tokio::time::Instant;

use crate::config::bad;
use crate::http::{self, App, Console, Front, Serves, Switch};
use crate::start_error::StartError;

/// A healthy receiver takes what is on its way to it within this. What is left is the next leader's.
const LAST_CALLBACKS: Duration = Duration::from_secs(1);

/// What it takes to lead, made before it is known when that is.
pub(crate) struct Makings {
    pub(crate) engine: EngineConfig,
    pub(crate) clusters: Vec<EngineCluster>,
    pub(crate) callbacks: Arc<HttpSink>,
    pub(crate) reloadable: Mutex<Reloadable>,
    /// What its listeners work with, whether it leads or not.
    pub(crate) front: Front,
}

/// What a reload replaces.
pub(crate) struct Reloadable {
    pub(crate) delivery: gc_delivery::Config,
    /// The callers, if they are identified.
    pub(crate) callers: Option<Vec<Principal>>,
}

/// A connector that leads.
pub(crate) struct Leader {
    pub(crate) app: App,
}

impl Makings {
    /// Goes on with what this journal holds, for no longer than the lease lasts.
    pub(crate) async fn lead(&self, journal: Arc<dyn Journal>, lease: Lease) -> Result<Leader, StartError> {
        let (sink, clusters) = self.within(&lease);
        let (delivery, callers) = {
            let reloadable = self.reloadable();
            (reloadable.delivery.clone(), reloadable.callers.clone())
        };
        let delivery = Delivery::with_sink(delivery, journal, sink, Arc::new(RealEnvironment));
        let delivery = Arc::new(delivery.map_err(|error| bad("callback", error))?);
        let mut kept = delivery.kept().await?;
        if !lease.is_endless() {
            // A callback at 127.0.0.1 may have been at another connector's machine.
            kept.clients.values_mut().for_each(|client| client.from_loopback = false);
        }
        let engine = EngineConfig { callers, ..self.engine.clone() };
        let mut engine = Engine::start(engine, clusters, Arc::clone(&delivery), kept);
        let front = self.front.counting_for(&delivery);
        front.audit.goes_on(engine.take_restored());
        let app = App {
            front,
            engine: Arc::new(engine),
            delivery,
            lease,
            arrivals: Arc::default(),
            log: crate::logs::control(),
        };
        Ok(Leader { app })
    }

    /// The ways out.
    fn within(&self, lease: &Lease) -> (Arc<dyn Sink>, Vec<EngineCluster>) {
        let leased = |cluster: &EngineCluster| {
            let link = Leased { lease: lease.clone(), inner: Arc::clone(&cluster.link) };
            EngineCluster { link: Arc::new(link), ..cluster.clone() }
        };
        let sink = Leased { lease: lease.clone(), inner: Arc::clone(&self.callbacks) };
        (Arc::new(sink), self.clusters.iter().map(leased).collect())
    }

    /// Nothing that runs under the lock can leave it half changed.
    pub(crate) fn reloadable(&self) -> MutexGuard<'_, Reloadable> {
        self.reloadable.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Leader {
    /// Waits until it may not lead any more, and says why.
    pub(crate) async fn ended(&self) -> String {
        let mut health = self.app.delivery.watch_health();
        let ended = health.until(|health| match health {
            Health::Ended { reason, .. } => Some(reason.clone()),
            _ => None,
        });
        tokio::select! {
            biased;
            reason = ended => reason,
            () = self.app.lease.over() => {
                let unheard = gc_group::TTL - gc_group::MARGIN;
                format!("the database has acknowledged nothing for {unheard:?}: another connector may lead soon")
            }
        }
    }

    /// Commands under way end, the streams to Finesse close, and undelivered events get their chance, each within `grace`; where
    /// others wait to lead, they get what is undelivered. Then the store is released.
    pub(crate) async fn stop(&self, grace: Duration) {
        if !self.app.engine.stop(grace).await {
            tracing::warn!("some commands had no outcome yet; they end with PLEASE_RETRY");
        }
        self.app.audit.finish().await;
        // What the store does not have is waited for as long as this connector may lead, also where others wait for what is undelivered.
        let lease = &self.app.lease;
        let until = Instant::now() + grace.min(lease.left());
        // What is left is logged for each client.
        self.app.delivery.drain(if lease.is_endless() { grace } else { grace.min(LAST_CALLBACKS) }).await;
        self.app.delivery.release(until).await;
    }
}

/// The listeners' routes, which are others when the connector begins to lead.
pub(crate) struct Listeners {
    pub(crate) clients: Switch,
    pub(crate) health: Option<Switch>,
    pub(crate) admin: Option<Switch>,
    pub(crate) group: Option<Switch>,
    pub(crate) console: Option<Arc<Console>>,
}

impl Listeners {
    /// From now on requests go to this one.
    pub(crate) fn open(&self, app: &App) {
        let serves = self.serves();
        self.clients.turn(http::router(app.clone(), self.console.clone(), serves));
        if let Some(health) = &self.health {
            health.turn(http::health_router(app.clone()));
        }
        if let Some(admin) = &self.admin {
            admin.turn(http::router(app.clone(), None, Serves::Administrators));
        }
        if let Some(group) = &self.group {
            group.turn(http::router(app.clone(), None, Serves::Group));
        }
    }

    /// Until then they go to the one that leads.
    pub(crate) fn follow(&self, follower: &http::Follower) {
        self.clients.turn(http::follower_router(follower, self.console.clone(), self.serves()));
        if let Some(health) = &self.health {
            health.turn(http::follower_health_router(follower));
        }
        if let Some(admin) = &self.admin {
            admin.turn(http::follower_router(follower, None, Serves::Administrators));
        }
        if let Some(group) = &self.group {
            group.turn(http::not_leading());
        }
    }

    /// The other connectors of the group are to ask the one that leads next: this one answers them nothing more, until they have closed
    /// their connections.
    pub(crate) fn leave(&self) {
        if let Some(group) = &self.group {
            group.turn(http::not_leading());
        }
    }

    /// Whom the listener for clients answers.
    fn serves(&self) -> Serves {
        if self.admin.is_some() { Serves::Clients } else { Serves::Everybody }
    }
}
