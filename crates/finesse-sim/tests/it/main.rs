//! The simulator from outside: real sockets, `reqwest` on REST and control, small raw XMPP clients, and
//! clients from the registries where they are installed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod authority;
mod cluster;
mod configuration;
mod control;
mod faults;
mod interop;
mod neighbours;
mod notifications;
mod refusals;
mod rest;
mod support;
mod web;
mod wire;
