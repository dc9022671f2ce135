//! The simulator over real sockets: `reqwest` for REST and control, raw XMPP clients, and third-party clients where
//! installed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod authority;
mod bosh;
mod cluster;
mod configuration;
mod control;
mod dialogs;
mod faults;
mod interop;
mod lists;
mod neighbours;
mod notifications;
mod refusals;
mod rest;
mod subscriptions;
mod support;
mod web;
mod wire;
mod xmpp;
