//! What is shown, in its order.

use std::time::Duration;

use tokio::time::Instant;

use crate::Outcome;
use crate::desk::Desk;
use crate::site::Site;

pub(crate) async fn tell() -> Outcome<()> {
    if let Some(reason) = gc_store_postgres::testing::missing() {
        return Err(reason.into());
    }
    println!("Starting a PostgreSQL, a simulated Finesse and three connectors on this machine.\n");
    let mut site = Site::start().await?;
    let first = site.leader().await?;
    println!("  PostgreSQL  127.0.0.1:{}", site.database_port());
    println!("  Finesse     {}  (simulated)", site.finesse_url());
    for connector in &site.connectors {
        let role = if connector.number == first { "leads" } else { "follows" };
        println!(
            "  {:<10}  {}  process {:<7} {role}",
            connector.name(),
            connector.url,
            connector.process().unwrap_or_default()
        );
    }
    // A load balancer may send a client to any of them; here it begins with those that follow.
    let mut desk = Desk::at(site.connectors_from(first));

    println!("\nAgent 1001 signs in and takes a call. The commands go to connectors that follow;");
    println!("these pass them on to gc-{first}. The events, with their numbers:\n");
    desk.send("Hello#desk", "").await?;
    desk.follow();
    desk.send("Connect#1001", "desk,demo").await?;
    desk.until("ConnectStatus ConnectSuccess").await?;
    desk.send("Login#1001", "demo,2001").await?;
    desk.until("State NOT_READY").await?;
    desk.send("MakeReady#1001", "").await?;
    desk.until("State READY").await?;
    let call = site.customer_calls().await?;
    desk.until("NewInboundCall").await?;
    desk.send("AnswerCall#1001", &call).await?;
    desk.until("InboundCall ACTIVE").await?;

    println!("\nThe call is up. kill -9 of gc-{first}, which leads and holds the agent.");
    site.kill(first)?;
    let killed = Instant::now();
    println!(
        "The agent puts the call on hold at once; the client sends that again until a connector accepts it."
    );
    let by = desk.send("HoldCall#1001", &call).await?;
    println!("Accepted by {by}, {} after the kill.\n", seconds(killed.elapsed()));
    desk.until("InboundCall HELD").await?;
    let next = site.leader().await?;
    println!("\ngc-{next} leads now, and has the agent and the call. The agent goes on:\n");
    desk.send("RetrieveCall#1001", &call).await?;
    desk.until("InboundCall ACTIVE").await?;
    desk.send("ReleaseCall#1001", &call).await?;
    desk.until("InboundCall DROPPED").await?;
    desk.until("State READY").await?;

    println!("\ngc-{first} is started again.");
    site.restart(first).await?;
    let leads = site.leader().await?;
    println!(
        "  {}",
        if leads == next { format!("It follows; gc-{next} leads.") } else { format!("gc-{leads} leads.") }
    );

    let events = desk.checked()?;
    println!(
        "\n{events} events, numbered 1 to {events}: none is missing, none came twice, nobody was signed out."
    );
    site.stop().await
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
