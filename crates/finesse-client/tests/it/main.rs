//! The link against servers that behave badly: REST faults, retries, failover, notification streams, logs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod failover;
mod faults;
mod logs;
mod moving;
mod node;
mod opening;
mod pages;
mod proxied;
mod raw;
mod retries;
mod streams;
mod tls;
mod tokens;
mod transports;
mod turns;
mod xmpp_peer;
