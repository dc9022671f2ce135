//! A client to look at: receives callbacks and prints them.

use std::io;
use std::net::SocketAddr;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::any;

use tokio_util::sync::CancellationToken;

use crate::http::Door;
use crate::serve::stop_signal;

const HEADER_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);

/// Receives until it is told to stop.
pub(crate) async fn run(listen: SocketAddr) -> io::Result<()> {
    let listener = Listener::start(listen).await?;
    println!("receiving callbacks at http://{}/", listener.address);
    stop_signal().await?;
    listener.stop().await;
    Ok(())
}

/// A running receiver.
pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    stop: CancellationToken,
    serving: tokio::task::JoinHandle<()>,
}

impl Listener {
    pub(crate) async fn start(listen: SocketAddr) -> io::Result<Self> {
        let door = Door::open(listen, HEADER_TIMEOUT, 100).await?;
        let address = door.address()?;
        let stop = CancellationToken::new();
        let router = Router::new().fallback(any(receive));
        let serving = tokio::spawn(door.serve(router, stop.clone(), HEADER_TIMEOUT));
        Ok(Self { address, stop, serving })
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        // A receiver that failed has nothing left to stop.
        let _ = self.serving.await;
    }
}

/// Prints one event: its number in the client's order, and its JSON.
async fn receive(headers: HeaderMap, body: String) -> StatusCode {
    let sequence = headers.get("gc-sequence").and_then(|value| value.to_str().ok()).unwrap_or("?");
    println!("callback {sequence}: {body}");
    StatusCode::NO_CONTENT
}
