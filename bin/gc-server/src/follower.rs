//! A connector that follows: it answers clients by passing on to the leader of its group what they ask.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gc_access::Authenticator;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::config::{Config, ConfigError, Group, bad};
use crate::http::{
    self, Audit, Forwarder, Front, Serves, Tls, follower_health_router, follower_router, not_leading,
};
use crate::listeners::{Addresses, Listeners, Routes};
use crate::membership::Membership;
use crate::start_error::StartError;

/// A running connector without agents. Dropping it ends everything at once; see [`Follower::stop`] for the polite way.
pub struct Follower {
    addresses: Addresses,
    parts: http::Follower,
    group: Group,
    tls: Option<Arc<Tls>>,
    group_tls: Arc<Tls>,
    /// What the handlers know of the clients; none on an open listener.
    clients: Option<watch::Sender<Arc<dyn Authenticator>>>,
    serving: JoinHandle<()>,
    stop: DropGuard,
    grace: Duration,
}

impl Follower {
    /// Starts to listen, for clients and for the other connectors of the group. Needs a tokio runtime with I/O and time, and a TLS
    /// provider, such as that of [`choose_crypto`](crate::choose_crypto). It opens no store and calls no Finesse.
    ///
    /// # Errors
    /// When the configuration cannot be used, has no `[group]`, or an address is taken.
    pub async fn start(config: &Config, membership: Membership) -> Result<Self, StartError> {
        let Some(group) = config.group().cloned() else {
            return Err(bad("group.url", "is missing: without it there is nobody to follow").into());
        };
        let tls = config.tls()?.map(Arc::new);
        let group_tls = Arc::new(Tls::of_group(group.clone())?);
        let (front, clients) = config.front(membership)?;
        let forwarder = forwarder(&group, &front)?;
        let stop = CancellationToken::new();
        let parts = http::Follower { front, forwarder: Arc::new(forwarder), stop: stop.clone() };
        let listeners = Listeners::open(config, tls.as_ref(), Some(&group_tls)).await?;
        let addresses = listeners.addresses();
        let grace = config.http.stop_grace;
        let routes = follower_routes(&parts, config, listeners.serves());
        let serving = listeners.serve(routes, &stop, grace);
        tracing::info!(url = group.url, "following");
        Ok(Self {
            addresses,
            parts,
            group,
            tls,
            group_tls,
            clients: (!config.is_open()).then_some(clients),
            serving,
            stop: stop.drop_guard(),
            grace,
        })
    }

    /// Where clients are answered.
    pub fn address(&self) -> SocketAddr {
        self.addresses.clients
    }

    /// Where nothing but health checks is answered, if there is such a listener.
    pub fn health_address(&self) -> Option<SocketAddr> {
        self.addresses.health
    }

    /// Where administrators are answered, if there is a listener for them alone.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.addresses.admin
    }

    /// Where the other connectors of the group are answered.
    pub fn group_address(&self) -> Option<SocketAddr> {
        self.addresses.group
    }

    /// Reloads the clients (`[[client]]`) of this configuration, and the certificates, keys and authorities of clients and of the group from
    /// the files that were configured at the start.
    ///
    /// # Errors
    /// When the clients or the files cannot be used, or callers were identified and would not be any more, or the other way round.
    /// Everything stays as it was.
    pub fn reload(&self, config: &Config) -> Result<(), ConfigError> {
        let entries = match (&self.clients, config.is_open()) {
            (Some(clients), false) => Some((clients, config.authenticator()?)),
            (None, true) => None,
            _ => return Err(bad("client", "whether callers are identified changes only with a restart")),
        };
        let certificate = self.tls.as_ref().map(|tls| Ok::<_, ConfigError>((tls, tls.read_again()?)));
        let certificate = certificate.transpose()?;
        let of_group = self.group_tls.read_again()?;
        let to_leader = self.group.client_config()?;
        self.parts.forwarder.reload(&to_leader).map_err(|error| bad("group", error))?;
        // From here on nothing can fail.
        self.group_tls.replace(of_group);
        if let Some((tls, new)) = certificate {
            tls.replace(new);
        }
        if let Some((clients, new)) = entries {
            clients.send_replace(new);
        }
        tracing::info!(clients = config.client.len(), "reloaded");
        Ok(())
    }

    /// Live streams end, and requests under way get their answers within the configured `stop_grace`.
    pub async fn stop(self) {
        self.parts.front.audit.finish().await;
        self.stop.disarm().cancel();
        if let Err(error) = self.serving.await {
            tracing::error!(%error, "serving failed");
        }
        tracing::info!(grace = ?self.grace, "stopped");
    }
}

fn forwarder(group: &Group, front: &Front) -> Result<Forwarder, ConfigError> {
    let tls = group.client_config()?;
    Forwarder::new(group.url.clone(), front.view.clone(), &tls).map_err(|error| bad("group", error))
}

/// What the listeners of a follower answer.
fn follower_routes(parts: &http::Follower, config: &Config, serves: Serves) -> Routes {
    Routes {
        clients: follower_router(parts, config.console().map(Arc::new), serves),
        health: follower_health_router(parts),
        admin: follower_router(parts, None, Serves::Administrators),
        group: not_leading(),
    }
}

impl Config {
    /// What every listener works with, and where the clients are changed that it knows.
    pub(crate) fn front(
        &self,
        membership: Membership,
    ) -> Result<(Front, watch::Sender<Arc<dyn Authenticator>>), ConfigError> {
        let (clients, known) = watch::channel(self.authenticator()?);
        let front = Front {
            dialect: self.dialect()?,
            clients: known,
            audit: Audit::default(),
            browsers: Arc::new(self.browsers()?),
            limits: Arc::new(self.limits()),
            counted: None,
            view: membership.view,
            member: membership.id,
            max_body_bytes: self.http.max_body_bytes,
            request_timeout: self.http.request_timeout,
            started: Instant::now(),
        };
        Ok((front, clients))
    }
}
