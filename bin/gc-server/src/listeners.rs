//! All listeners of a connector.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures_util::future::OptionFuture;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::http::{ConnectionLimits, Listener, Serves, Tls};
use crate::start_error::StartError;

/// Listeners that take no connection yet.
pub(crate) struct Listeners {
    clients: Listener,
    health: Option<Listener>,
    admin: Option<Listener>,
    group: Option<Listener>,
}

/// Where they listen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Addresses {
    pub(crate) clients: SocketAddr,
    pub(crate) health: Option<SocketAddr>,
    pub(crate) admin: Option<SocketAddr>,
    pub(crate) group: Option<SocketAddr>,
}

/// What each of them answers.
pub(crate) struct Routes {
    pub(crate) clients: Router,
    pub(crate) health: Router,
    pub(crate) admin: Router,
    pub(crate) group: Router,
}

impl Listeners {
    /// Opens what is configured. `tls` is for clients and administrators, `group_tls` for the other connectors of the group.
    pub(crate) async fn open(
        config: &Config,
        tls: Option<&Arc<Tls>>,
        group_tls: Option<&Arc<Tls>>,
    ) -> Result<Self, StartError> {
        let (http, few) = (&config.http, config.few_connections());
        let clients = listen(http.listen, config.connection_limits()).await?;
        let health = opened(http.health_listen, few).await?;
        let admin = opened(http.admin_listen, few).await?;
        let group = config.group().filter(|_| group_tls.is_some()).map(|group| group.listen);
        let group = opened(group, config.connections_of_group()).await?;
        Ok(Self {
            clients: clients.with_tls(tls.cloned()),
            health,
            admin: admin.map(|admin| admin.with_tls(tls.cloned())),
            group: group.map(|group| group.with_tls(group_tls.cloned())),
        })
    }

    pub(crate) fn addresses(&self) -> Addresses {
        Addresses {
            clients: self.clients.address(),
            health: self.health.as_ref().map(Listener::address),
            admin: self.admin.as_ref().map(Listener::address),
            group: self.group.as_ref().map(Listener::address),
        }
    }

    /// Whom the listener for clients answers.
    pub(crate) fn serves(&self) -> Serves {
        if self.admin.is_some() { Serves::Clients } else { Serves::Everybody }
    }

    /// Serves until `stop`, then lets the requests under way end within `grace`.
    pub(crate) fn serve(self, routes: Routes, stop: &CancellationToken, grace: Duration) -> JoinHandle<()> {
        let addresses = self.addresses();
        if let Some(listen) = addresses.health {
            tracing::info!(%listen, "answering health checks");
        }
        if let Some(listen) = addresses.admin {
            tracing::info!(%listen, "answering administrators");
        }
        if let Some(listen) = addresses.group {
            tracing::info!(%listen, "answering the other connectors of the group");
        }
        let serve = |listener: Listener, router: Router| listener.serve(router, stop.clone(), grace);
        let clients = serve(self.clients, routes.clients);
        let health = self.health.map(|health| serve(health, routes.health));
        let admin = self.admin.map(|admin| serve(admin, routes.admin));
        let group = self.group.map(|group| serve(group, routes.group));
        let others = async move {
            tokio::join!(OptionFuture::from(health), OptionFuture::from(admin), OptionFuture::from(group))
        };
        tokio::spawn(async move { _ = tokio::join!(clients, others) })
    }
}

async fn opened(
    address: Option<SocketAddr>,
    limits: ConnectionLimits,
) -> Result<Option<Listener>, StartError> {
    match address {
        Some(address) => listen(address, limits).await.map(Some),
        None => Ok(None),
    }
}

async fn listen(address: SocketAddr, limits: ConnectionLimits) -> Result<Listener, StartError> {
    Listener::open(address, limits).await.map_err(|reason| StartError::Listen { address, reason })
}
