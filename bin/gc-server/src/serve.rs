//! Starting the parts, and stopping them in the right order.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use finesse_client::Cluster;
use gc_delivery::{Delivery, MemoryStore};
use gc_session::Engine;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::Failed;
use crate::config::Config;
use crate::http::{self, App, Door};

/// A running connector.
pub(crate) struct Server {
    address: SocketAddr,
    engine: Arc<Engine>,
    delivery: Arc<Delivery>,
    serving: JoinHandle<()>,
    stop: CancellationToken,
    grace: Duration,
}

impl Server {
    /// Starts every part; commands are taken from now on.
    pub(crate) async fn start(config: &Config) -> Result<Self, Failed> {
        let cluster = Cluster::new(config.cluster().map_err(Failed::config)?).map_err(Failed::config)?;
        let store = MemoryStore::new(config.bounds());
        let delivery = config.delivery().map_err(Failed::config)?;
        let delivery = Arc::new(Delivery::new(delivery, Arc::new(store)).map_err(Failed::config)?);
        let engine = config.engine().map_err(Failed::config)?;
        let engine = Arc::new(Engine::start(engine, Arc::new(cluster), Arc::clone(&delivery)));

        let door = &config.http;
        let app = App { engine: Arc::clone(&engine), delivery: Arc::clone(&delivery) };
        let router = http::router(app, door.max_body_bytes, door.request_timeout);
        let (listen, grace) = (door.listen, door.stop_grace);
        let door = Door::open(listen, door.header_timeout, door.max_connections)
            .await
            .map_err(|error| Failed::running(format!("cannot listen on {listen}: {error}")))?;
        let address = door.address().map_err(Failed::running)?;
        let stop = CancellationToken::new();
        let serving = tokio::spawn(door.serve(router, stop.clone(), grace));
        Ok(Self { address, engine, delivery, serving, stop, grace })
    }

    /// Where commands are taken.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Commands under way end, undelivered events get their chance, the streams to Finesse close politely;
    /// new commands get 503 meanwhile.
    pub(crate) async fn stop(self) {
        tracing::info!(grace = ?self.grace, "stopping");
        if !self.engine.stop(self.grace).await {
            tracing::warn!("some commands were still without an outcome");
        }
        self.delivery.drain(self.grace).await;
        self.stop.cancel();
        if let Err(error) = self.serving.await {
            tracing::error!(%error, "serving failed");
        }
        tracing::info!("stopped");
    }
}

/// Waits for SIGTERM or SIGINT. After it the default handling is back, so that a second one ends at once.
pub(crate) async fn stop_signal() -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        eprintln!("gc-server: stopped at once, by a second signal");
        std::process::exit(130);
    });
    Ok(())
}
