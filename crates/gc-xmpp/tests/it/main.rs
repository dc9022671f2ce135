//! The client over real sockets: against a scripted peer that misbehaves, and against two XMPP servers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bosh;
mod certificates;
mod hostile;
mod interop;
mod lifecycle;
mod peer;
mod starttls;
mod trust;
mod websocket;
