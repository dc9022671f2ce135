//! Listens to one node of a publish-subscribe service and prints what is published:
//!
//! ```sh
//! XMPP_PASSWORD=… cargo run -p gc-examples --bin follow_node -- cc1.example 5223 1001 /finesse/api/User/1001
//! ```
//!
//! The server must hold a certificate of an authority that this machine trusts, or the one whose SHA-256
//! fingerprint stands in `XMPP_PIN`.

use std::env;
use std::error::Error;

use gc_net::Trust;
use gc_xmpp::{Account, Endpoint, Event, Options, connect};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let mut argument = |name: &str| arguments.next().ok_or(format!("missing argument: {name}"));
    let (host, port) = (argument("host")?, argument("port")?.parse()?);
    let (user, node) = (argument("user")?, argument("node")?);

    let trust = match env::var("XMPP_PIN") {
        Ok(fingerprint) => Trust::Pinned(vec![fingerprint.parse()?]),
        Err(_) => Trust::System,
    };
    let account = Account::new(user, host.clone(), "example", env::var("XMPP_PASSWORD")?.into())?;
    let endpoint = Endpoint::tcp(host, port).with_tls(trust.client_config()?);

    let (session, mut events) = connect(Options::new(endpoint, account)).await?;
    session.subscribe(&node).await?;
    while let Some(event) = events.recv().await {
        match event {
            Event::Notification(item) => println!("{}: {}", item.node, item.payload),
            Event::Closed(reason) => return Err(reason.into()),
            other => println!("{other:?}"),
        }
    }
    Ok(())
}
