//! Delivers numbered messages in order: to a callback that is down at first, and to a live stream.
//!
//! `cargo run -p gc-examples --bin deliver`

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use gc_delivery::{Callback, ClientKey, Config, Delivery, Item, MemoryJournal, Message};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        println!("another crypto provider is installed already");
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;

    let delivery = Delivery::new(Config::default(), Arc::new(MemoryJournal::default()))?;
    let client = ClientKey::from("crm");
    let callback = Callback::from_parts(&format!("http://{address}"), "/events")?;
    delivery.register(&client, Some(callback));
    for greeting in ["one", "two", "three"] {
        let message = Message::new("Greeting", format!(r#"{{"text":"{greeting}"}}"#));
        delivery.append([(client.clone(), message)])?.await?;
        println!("{greeting} is kept");
    }

    // Only now somebody takes the callbacks; what came before was kept.
    let take = post(|body: String| async move { println!("callback received {body}") });
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/events", take)).await });

    let mut stream = delivery.subscribe(&client, None)?;
    for _ in 0..3 {
        if let Some(Item::Entry(entry)) = stream.next().await {
            println!("live stream shows {} {}", entry.cursor(), entry.message.body);
        }
    }
    let left = delivery.drain(Duration::from_secs(5)).await;
    println!("undelivered at the end: {}", left.len());
    Ok(())
}
