//! Talks to a Finesse cluster without the connector: signs an agent in and follows the notifications.
//!
//! `cargo run -p gc-examples --bin follow_agent`; the Finesse is a simulated one, started here.

use std::error::Error;
use std::time::Duration;

use finesse_client::{
    Cluster, ClusterConfig, Credentials, Link, NodeConfig, Notification, Priority, Service, Trust,
};
use finesse_sim::{Config, Sim};
use finesse_types::{Payload, Request};
use tokio::time::Instant;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sim = Sim::start(Config::demo()?).await?;
    let node = NodeConfig {
        notifications: vec![sim.websocket_url()],
        ..NodeConfig::new(format!("https://{}:{}", sim.host(), sim.rest_addr().port()))
    };
    let mut config = ClusterConfig::new(vec![node]);
    config.trust = Trust::Authority(sim.ca_pem().unwrap_or_default().to_owned());

    let cluster = Cluster::new(config)?;
    cluster.service().until(|service| (*service == Service::InService).then_some(())).await;
    let agent = Credentials::new("1003", "demo");
    let mut stream = cluster.open_stream(&agent, "example", Instant::now(), Priority::WaitedFor).await?;
    let login = Request::Login { user: "1003".into(), extension: "2003".into(), device: None, mobile: None };
    let answer = cluster.request(&agent, login, "login-1".into(), Priority::WaitedFor).await?;
    println!("Finesse says {answer:?}");

    while let Ok(Some(notification)) = tokio::time::timeout(Duration::from_secs(2), stream.next()).await {
        if let Notification::Update { update, node, .. } = notification
            && let Payload::User(user) = update.payload
        {
            println!("{node}: {} {} is {}", user.first_name, user.last_name, user.state);
        }
    }
    stream.close().await;
    sim.shutdown().await;
    Ok(())
}
