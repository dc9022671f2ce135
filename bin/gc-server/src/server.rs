//! Starting the parts, and stopping them in the right order.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::OptionFuture;
use gc_session::Engine;
use thiserror::Error;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::config::{Config, ConfigError, Parts};
use crate::http::{self, App, Listener, Patience, Tls};

/// A running connector. Dropping it ends everything at once; see [`Server::stop`] for the polite way.
pub struct Server {
    address: SocketAddr,
    health_address: Option<SocketAddr>,
    app: App,
    tls: Option<Arc<Tls>>,
    serving: JoinHandle<()>,
    stop: DropGuard,
    grace: Duration,
}

/// Why the connector does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The configured address.
        address: SocketAddr,
        /// What the system says.
        reason: io::Error,
    },
}

impl Server {
    /// Starts every part; commands are taken from now on. Needs a tokio runtime with I/O and time, and
    /// [`choose_crypto`](crate::choose_crypto) or the like before.
    ///
    /// # Errors
    /// When the configuration cannot be used, or the address is taken.
    pub async fn start(config: &Config) -> Result<Self, StartError> {
        let http = &config.http;
        // Before anything is listened on: what cannot be served must not accept.
        let Parts { clusters, delivery, engine, authenticator, browsers, tls } = config.parts()?;
        let listener = listen(http.listen, config.patience()).await?;
        let health = match http.health_listen {
            Some(address) => Some(listen(address, config.patience_for_health()).await?),
            None => None,
        };
        let (address, health_address) = (listener.address(), health.as_ref().map(Listener::address));
        let tls = tls.map(Arc::new);
        let listener = listener.with_tls(tls.clone());

        let delivery = Arc::new(delivery);
        let engine = Arc::new(Engine::start(engine, clusters, Arc::clone(&delivery)));
        let app = App {
            engine,
            delivery,
            authenticator,
            browsers: Arc::new(browsers),
            limits: Arc::new(config.limits()),
            max_body_bytes: http.max_body_bytes,
            request_timeout: http.request_timeout,
        };
        say_who_may_ask(config);
        let (stop, grace) = (CancellationToken::new(), http.stop_grace);
        let health = health.map(|health| {
            tracing::info!(listen = %health.address(), "answering health checks");
            health.serve(http::health_router(app.clone()), stop.clone(), grace)
        });
        let serving = listener.serve(http::router(app.clone()), stop.clone(), grace);
        let serving = tokio::spawn(async move { _ = tokio::join!(serving, OptionFuture::from(health)) });
        let stop = stop.drop_guard();
        Ok(Self { address, health_address, app, tls, serving, stop, grace })
    }

    /// Reloads certificate, key and the clients' authorities for new connections; existing ones are not affected. No-op
    /// without TLS.
    ///
    /// # Errors
    /// When the files cannot be used; what was read before stays in use.
    pub fn reload(&self) -> Result<(), ConfigError> {
        let Some(tls) = &self.tls else {
            tracing::info!("nothing to reload: http.tls is not configured");
            return Ok(());
        };
        tls.reload()?;
        tracing::info!("certificate reloaded");
        Ok(())
    }

    /// Where commands are taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where nothing but health checks is answered, if there is such a listener.
    pub fn health_address(&self) -> Option<SocketAddr> {
        self.health_address
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
        // What is left is logged for each client.
        self.app.delivery.drain(self.grace).await;
        self.stop.disarm().cancel();
        if let Err(error) = self.serving.await {
            tracing::error!(%error, "serving failed");
        }
        tracing::info!("stopped");
    }
}

async fn listen(address: SocketAddr, patience: Patience) -> Result<Listener, StartError> {
    Listener::open(address, patience).await.map_err(|reason| StartError::Listen { address, reason })
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
