//! Against Prosody and ejabberd, each over direct TLS, STARTTLS, secure WebSocket and BOSH over TLS.
//!
//! A server that is not installed is skipped with a line that says so, unless `INTEROP_REQUIRED=1`.

mod ejabberd;
mod prosody;
mod publisher;
mod scenario;
mod server;

use std::time::Duration;

use server::{Kind, Server};

/// For anything a server must do: the machine may be busy, and no test waits for it to pass.
const PATIENCE: Duration = Duration::from_secs(180);

async fn check(kind: Kind, transport: scenario::Over) {
    let Some(server) = Server::start(kind).await else {
        return;
    };
    scenario::run(server, transport).await;
}

#[tokio::test]
async fn prosody_over_direct_tls() {
    check(Kind::Prosody, scenario::Over::Tls).await;
}

#[tokio::test]
async fn prosody_over_starttls() {
    check(Kind::Prosody, scenario::Over::StartTls).await;
}

#[tokio::test]
async fn ejabberd_over_starttls() {
    check(Kind::Ejabberd, scenario::Over::StartTls).await;
}

#[tokio::test]
async fn prosody_over_bosh() {
    check(Kind::Prosody, scenario::Over::Bosh).await;
}

#[tokio::test]
async fn ejabberd_over_bosh() {
    check(Kind::Ejabberd, scenario::Over::Bosh).await;
}

#[tokio::test]
async fn prosody_over_secure_websocket() {
    check(Kind::Prosody, scenario::Over::WebSocket).await;
}

#[tokio::test]
async fn ejabberd_over_direct_tls() {
    check(Kind::Ejabberd, scenario::Over::Tls).await;
}

#[tokio::test]
async fn ejabberd_over_secure_websocket() {
    check(Kind::Ejabberd, scenario::Over::WebSocket).await;
}
