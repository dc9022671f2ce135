//! A server of your own around the engine: one route for commands, callbacks for events.
//!
//! `cargo run -p gc-examples --bin server -- https://finesse-a.example.com:8445`, then send commands to
//! `http://127.0.0.1:8112/gc/command`. It listens on this machine only, because it asks nobody who they are.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use finesse_client::{Cluster, ClusterConfig, NodeConfig};
use gc_delivery::{Config, Delivery, MemoryJournal};
use gc_protocol::Request;
use gc_session::{Engine, EngineCluster, EngineConfig, Receipt};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Another provider that is there already is as good.
    _ = rustls::crypto::ring::default_provider().install_default();
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("missing argument: the URL of a Finesse node")?;
    let address = arguments.next().unwrap_or("127.0.0.1:8112".to_owned());
    let cluster = EngineCluster::new(Arc::new(Cluster::new(ClusterConfig::new(vec![NodeConfig::new(url)]))?));
    let delivery = Arc::new(Delivery::new(Config::default(), Arc::new(MemoryJournal::default()))?);
    let kept = delivery.kept().await?;
    let engine = Arc::new(Engine::start(EngineConfig::default(), vec![cluster], Arc::clone(&delivery), kept));

    let router = axum::Router::new().route("/gc/command", post(command)).with_state(Arc::clone(&engine));
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("taking commands at http://{}/gc/command", listener.local_addr()?);
    let stopped = async { _ = tokio::signal::ctrl_c().await };
    axum::serve(listener, router).with_graceful_shutdown(stopped).await?;
    engine.stop(Duration::from_secs(10)).await;
    Ok(())
}

/// 202 for what is accepted; its outcome comes as events. Everything else says why.
async fn command(State(engine): State<Arc<Engine>>, body: Bytes) -> (StatusCode, String) {
    let request = match Request::from_json(&body) {
        Ok(request) => request,
        Err(error) => return (StatusCode::BAD_REQUEST, error.to_string()),
    };
    match engine.submit(&request, None) {
        Ok(Receipt::Accepted { command_id, .. }) => (StatusCode::ACCEPTED, command_id.to_string()),
        Ok(Receipt::Refused { event, .. }) => (StatusCode::CONFLICT, event.to_json(engine.dialect())),
        Err(busy) => (StatusCode::SERVICE_UNAVAILABLE, busy.to_string()),
    }
}
