//! Starting the parts, and stopping them in the right order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gc_access::Authenticator;
use gc_delivery::{Health, HttpSink};
use gc_session::Engine;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::config::{Config, ConfigError, Fixed, Parts, bad};
use crate::http::{self, App, Audit, Front, Serves, Tls};
use crate::listeners::{Addresses, Listeners, Routes};
use crate::membership::Membership;
use crate::start_error::StartError;
use crate::start_line::say_what_starts;

/// A running connector. Dropping it ends everything at once; see [`Server::stop`] for the polite way.
pub struct Server {
    addresses: Addresses,
    app: App,
    tls: Option<Arc<Tls>>,
    /// At the listener for the group, if there is one.
    group_tls: Option<Arc<Tls>>,
    fixed: Fixed,
    callbacks: Arc<HttpSink>,
    /// What the handlers know of the clients; none on an open listener.
    clients: Option<watch::Sender<Arc<dyn Authenticator>>>,
    serving: JoinHandle<()>,
    stop: DropGuard,
    grace: Duration,
}

impl Server {
    /// Starts every part; commands are taken from now on. Needs a tokio runtime with I/O and time, and
    /// a TLS provider, such as that of [`choose_crypto`](crate::choose_crypto).
    ///
    /// # Errors
    /// When the configuration cannot be used, or the address is taken.
    pub async fn start(config: &Config) -> Result<Self, StartError> {
        Self::lead(config, Membership::alone()).await
    }

    /// The same as the leader of its group, which also answers what its followers pass on.
    ///
    /// # Errors
    /// As those of [`Server::start`].
    pub async fn lead(config: &Config, membership: Membership) -> Result<Self, StartError> {
        let http = &config.http;
        // Before anything is listened on: who may call is decided here.
        let Parts { delivery, callbacks, engine, authenticator, browsers, tls } =
            config.parts_with_store()?;
        let group_tls = config.group().cloned().map(Tls::of_group).transpose()?.map(Arc::new);
        let tls = tls.map(Arc::new);
        let listeners = Listeners::open(config, tls.as_ref(), group_tls.as_ref()).await?;
        // After the port is open: a second server that is started by mistake must not call Finesse.
        say_what_starts(config);
        let clusters = config.clusters()?;

        let delivery = Arc::new(delivery);
        let kept = delivery.kept().await?;
        let mut engine = Engine::start(engine, clusters, Arc::clone(&delivery), kept);
        let audit = Audit::default();
        audit.goes_on(engine.take_restored());
        let engine = Arc::new(engine);
        let (clients, known) = watch::channel(authenticator);
        let front = Front {
            dialect: engine.dialect(),
            clients: known,
            audit,
            browsers: Arc::new(browsers),
            limits: Arc::new(config.limits()),
            counted: Some(Arc::clone(&delivery)),
            view: membership.view,
            member: membership.id,
            max_body_bytes: http.max_body_bytes,
            request_timeout: http.request_timeout,
            started: Instant::now(),
        };
        let app = App { front, engine, delivery, arrivals: Arc::default(), log: crate::logs::control() };
        say_who_may_ask(config);
        config.say_what_is_kept();
        for warning in config.warnings() {
            tracing::warn!("{warning}");
        }
        let (stop, grace) = (CancellationToken::new(), http.stop_grace);
        let addresses = listeners.addresses();
        let routes = Routes {
            clients: http::router(app.clone(), config.console().map(Arc::new), listeners.serves()),
            health: http::health_router(app.clone()),
            admin: http::router(app.clone(), None, Serves::Administrators),
            group: http::router(app.clone(), None, Serves::Group),
        };
        let serving = listeners.serve(routes, &stop, grace);
        let clients = (!config.is_open()).then_some(clients);
        let fixed = config.fixed();
        Ok(Self {
            addresses,
            app,
            tls,
            group_tls,
            fixed,
            callbacks,
            clients,
            serving,
            stop: stop.drop_guard(),
            grace,
        })
    }

    /// Reloads the clients (`[[client]]`) of this configuration, its settings for callbacks, and the listener's certificate,
    /// key and authorities of clients from the files that were configured at the start. Clients count from the next request on, and live streams whose callers may no longer read them end; what is for callbacks counts from the next
    /// attempt on; the listener's files are for new connections. Nothing else of the configuration is looked at:
    /// [`Config::needs_restart`] has what else has changed.
    ///
    /// # Errors
    /// When the clients or the files cannot be used, or callers were identified and would not be any more, or the other
    /// way round. Everything stays as it was.
    pub fn reload(&self, config: &Config) -> Result<(), ConfigError> {
        let entries = match (&self.clients, config.is_open()) {
            (Some(clients), false) => Some((clients, config.authenticator()?)),
            (None, true) => None,
            _ => {
                let text = "whether callers are identified changes only with a restart";
                return Err(bad("client", text));
            }
        };
        let certificate = self.tls.as_ref().map(|tls| Ok::<_, ConfigError>((tls, tls.read_again()?)));
        let certificate = certificate.transpose()?;
        let of_group = self.group_tls.as_ref().map(|tls| Ok::<_, ConfigError>((tls, tls.read_again()?)));
        let of_group = of_group.transpose()?;
        let delivery = config.delivery_beside(&self.fixed)?;
        self.callbacks.reload(&delivery).map_err(|error| bad("callback", error))?;
        // From here on nothing can fail.
        self.app.delivery.reload(&delivery);
        let with_certificate = certificate.is_some();
        for (tls, new) in certificate.into_iter().chain(of_group) {
            tls.replace(new);
        }
        if let Some((clients, new)) = entries {
            clients.send_replace(new);
        }
        tracing::info!(clients = config.client.len(), certificate = with_certificate, "reloaded");
        Ok(())
    }

    /// Where commands are taken.
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

    /// Where the other connectors of the group are answered, if there is a group.
    pub fn group_address(&self) -> Option<SocketAddr> {
        self.addresses.group
    }

    /// Waits until nothing can be kept any more, and says why: another connector has the store, or its database has lost what it had
    /// acknowledged. The process is to end then, and to start again. It does not happen with a file.
    pub async fn store_ended(&self) -> String {
        let mut health = self.app.delivery.watch_health();
        health
            .until(|health| match health {
                Health::Ended { reason } => Some(reason.clone()),
                _ => None,
            })
            .await
    }

    /// How many agents have a session, or are about to.
    pub fn sessions(&self) -> usize {
        self.app.engine.sessions()
    }

    /// How many commands have no outcome yet.
    pub fn pending_commands(&self) -> usize {
        self.app.engine.pending_commands()
    }

    /// Commands under way end, the streams to Finesse close politely, undelivered events get their chance;
    /// new commands get 503 meanwhile. Each of the three has the configured `stop_grace`.
    pub async fn stop(self) {
        tracing::info!(grace = ?self.grace, "stopping");
        if !self.app.engine.stop(self.grace).await {
            tracing::warn!("some commands had no outcome yet; they end with PLEASE_RETRY");
        }
        self.app.audit.finish().await;
        // What is left is logged for each client.
        self.app.delivery.drain(self.grace).await;
        self.stop.disarm().cancel();
        if let Err(error) = self.serving.await {
            tracing::error!(%error, "serving failed");
        }
        tracing::info!("stopped");
    }
}

/// Logs who may call, and whether the connection is readable.
fn say_who_may_ask(config: &Config) {
    match (config.is_open(), config.is_local()) {
        (true, true) => {
            tracing::info!("callers are not identified: only this machine can reach the listener");
        }
        (true, false) => {
            tracing::warn!("callers are not identified (http.open): all of them may drive every agent");
        }
        (false, _) => tracing::info!(clients = config.client.len(), "callers are identified"),
    }
    if config.http.tls.is_none() && !config.is_local() {
        tracing::warn!("passwords and tokens travel readable: http.tls is not configured");
    }
}
