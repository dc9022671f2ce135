//! Receives callbacks and prints them.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::any;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::http::{ConnectionLimits, Listener};

/// For a request's head, an answer, and for ending.
const SHORT: Duration = Duration::from_secs(5);
const LIMITS: ConnectionLimits = ConnectionLimits {
    header_timeout: SHORT,
    write_timeout: SHORT,
    connections: 100,
    connections_per_address: 100,
};

/// A running receiver of callbacks, which prints each event on standard output. Dropping it stops it.
pub struct CallbackReceiver {
    address: SocketAddr,
    stop: DropGuard,
    serving: JoinHandle<()>,
}

impl CallbackReceiver {
    /// Receives from now on, at any path.
    ///
    /// # Errors
    /// When the address cannot be listened on; the text names it.
    pub async fn start(listen: SocketAddr) -> io::Result<Self> {
        let listener = Listener::open(listen, LIMITS)
            .await
            .map_err(|error| io::Error::new(error.kind(), format!("cannot listen on {listen}: {error}")))?;
        let address = listener.address();
        let stop = CancellationToken::new();
        let router = Router::new().fallback(any(receive));
        let serving = tokio::spawn(listener.serve(router, stop.clone(), SHORT));
        Ok(Self { address, stop: stop.drop_guard(), serving })
    }

    /// Where callbacks are received.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it.
    pub async fn stop(self) {
        self.stop.disarm().cancel();
        // A receiver that failed has nothing left to stop.
        let _ = self.serving.await;
    }
}

/// Prints one event: its number in the client's order, and its JSON.
async fn receive(headers: HeaderMap, body: String) -> StatusCode {
    let sequence = headers.get("gc-sequence").and_then(|value| value.to_str().ok()).unwrap_or("?");
    // When nobody looks any more, nothing is lost.
    let _ = writeln!(io::stdout(), "callback {sequence}: {body}");
    StatusCode::NO_CONTENT
}
