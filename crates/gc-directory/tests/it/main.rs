//! Every source against its own simulated server, over sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod axl;
mod cce;
mod cce_server;
mod ccx;
mod configuration;
mod documentation;
mod faults;
mod peer;
mod recorder;
mod support;
mod tls;
