//! What the tests share: a stage with everything on it, and players who follow a script.
//!
//! - `stage`: the simulator and the connector on ports of the system's choice;
//! - `admin`: what an administrator asks; `client`: commands by HTTP; `events`: the live stream; `receiver`: a callback, however bad;
//! - `http2`: a client that takes its answers when it likes; `desk`: a client that knows what came of each of its commands;
//! - `pki`: an authority, with the files of a server and of clients; `encrypted`: a stage that uses them;
//! - `group`: several connectors on one database; `decided`: a group of which a test decides;
//! - `tenants`: two clients of one connector, each with its own token;
//! - `way`: a way to a server that delays, loses or refuses;
//! - `journal`: everything that happens in a run, and what the clients know by it; `site`: two nodes behind ways;
//! - `rest_node`, `xmpp_peer`: halves of a Finesse that misbehave; `process`: the program itself; `memory`: its memory.

pub(crate) mod admin;
pub(crate) mod browser;
pub(crate) mod client;
pub(crate) mod decided;
pub(crate) mod desk;
pub(crate) mod encrypted;
pub(crate) mod events;
pub(crate) mod group;
pub(crate) mod http2;
pub(crate) mod journal;
#[cfg(target_os = "linux")]
pub(crate) mod memory;
pub(crate) mod pki;
pub(crate) mod process;
pub(crate) mod receiver;
pub(crate) mod rest_node;
pub(crate) mod site;
pub(crate) mod stage;
pub(crate) mod tenants;
pub(crate) mod way;
pub(crate) mod xmpp_peer;

use std::time::Duration;

use reqwest::header::HeaderMap;

/// For plain HTTP on loopback: loading the system's authorities for each costs more than all that it asks.
pub(crate) fn http() -> reqwest::Client {
    http_with(HeaderMap::new())
}

/// The same, with these headers in every request.
pub(crate) fn http_with(headers: HeaderMap) -> reqwest::Client {
    gc_server::choose_crypto();
    reqwest::Client::builder().tls_certs_only([]).default_headers(headers).build().unwrap()
}

/// A deadline for what is bound to happen: reached only when it does not, however busy the machine is.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);

/// Looks again and again whether this holds; now and then only, for the sake of those who work on it.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    let mut ticks = tokio::time::interval(Duration::from_millis(5));
    soon(what, async {
        while !holds().await {
            ticks.tick().await;
        }
    })
    .await;
}

pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}
