//! The whole engine inside another program: no HTTP listener, commands go in as values, events come out of the
//! live stream.
//!
//! `cargo run -p gc-examples --bin engine`; the Finesse is a simulated one, started here.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use finesse_client::{Cluster, ClusterConfig, NodeConfig, Trust};
use finesse_sim::{Config, Sim};
use gc_delivery::{ClientKey, Delivery, Item, MemoryJournal};
use gc_protocol::Request;
use gc_session::{Engine, EngineCluster, EngineConfig};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        println!("another crypto provider is installed already");
    }
    let sim = Sim::start(Config::demo()?).await?;
    let node = NodeConfig {
        notifications: vec![sim.websocket_url()],
        ..NodeConfig::new(format!("https://{}:{}", sim.host(), sim.rest_addr().port()))
    };
    let mut cluster = ClusterConfig::new(vec![node]);
    cluster.trust = Trust::Authority(sim.ca_pem().unwrap_or_default().to_owned());

    let delivery =
        Arc::new(Delivery::new(gc_delivery::Config::default(), Arc::new(MemoryJournal::default()))?);
    let cluster = EngineCluster::new(Arc::new(Cluster::new(cluster)?));
    let kept = delivery.kept().await?;
    let engine = Engine::start(EngineConfig::default(), vec![cluster], Arc::clone(&delivery), kept);
    for (command, body) in [("Hello#mine", ""), ("Connect#1004", "mine,demo"), ("Login#1004", "demo,2004")] {
        let json = serde_json::json!({ "data": { "type": command, "body": body } });
        println!("{command}: {:?}", engine.submit(&Request::from_json(json.to_string().as_bytes())?, None)?);
    }

    let mut events = delivery.subscribe(&ClientKey::from("mine"), None)?;
    while let Ok(Some(item)) = tokio::time::timeout(Duration::from_secs(2), events.next()).await {
        if let Item::Entry(entry) = item {
            println!("{}", entry.message.body);
        }
    }
    engine.stop(Duration::from_secs(1)).await;
    sim.shutdown().await;
    Ok(())
}
