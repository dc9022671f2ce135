//! Follows one agent: reads the agent's state, then prints every notification until Ctrl-C.
//! `FINESSE_PASSWORD=… cargo run -p gc-examples --bin follow_agent -- https://finesse-a.example.com:8445 1042`

use std::error::Error;

use finesse_client::{Cluster, ClusterConfig, Credentials, Link, NodeConfig};
use finesse_types::{Answer, Request};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(agent)) = (arguments.next(), arguments.next()) else {
        return Err("usage: follow_agent <url of the node> <login id>".into());
    };
    let cluster = Cluster::new(ClusterConfig::new(vec![NodeConfig::new(url)]))?;
    let credentials = Credentials::new(agent.as_str(), std::env::var("FINESSE_PASSWORD")?);

    // First the stream, then the state: nothing that happens in between is missed.
    let mut stream = cluster.open_stream(&credentials, "gc-example").await?;
    if let Answer::User(user) =
        cluster.request(&credentials, Request::User { id: agent }, String::new()).await?
    {
        println!("{} {} is {}", user.first_name, user.last_name, user.state);
    }
    loop {
        tokio::select! {
            notification = stream.next() => match notification {
                Some(notification) => println!("{notification:?}"),
                None => return Ok(()),
            },
            _ = tokio::signal::ctrl_c() => {
                stream.close().await;
                return Ok(());
            }
        }
    }
}
