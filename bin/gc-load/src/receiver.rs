//! Receives callbacks.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use gc_protocol::{Dialect, Envelope, EnvelopeError};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::inbox::Inbox;

/// Starts the receiver as one of the tasks and returns its address. Client 3's callback is `/3` at that address.
///
/// # Errors
/// When it cannot listen on the address.
pub(crate) async fn start(
    listen: SocketAddr,
    inbox: Arc<Inbox>,
    tasks: &mut JoinSet<()>,
) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    let router = Router::new().route("/{client}", post(receive)).with_state(inbox);
    tasks.spawn(async move {
        // It runs until the task is dropped.
        let _ = axum::serve(listener, router).await;
    });
    Ok(address)
}

/// Receives an event. A request without a sequence number is not one.
async fn receive(
    State(inbox): State<Arc<Inbox>>,
    Path(client): Path<u32>,
    headers: HeaderMap,
    json: String,
) -> StatusCode {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let delivered = Envelope::from_callback(header, &json, Dialect::Gc4412);
    if let Err(EnvelopeError::Header(_)) = delivered {
        return StatusCode::BAD_REQUEST;
    }
    inbox.take(client, delivered);
    StatusCode::NO_CONTENT
}
