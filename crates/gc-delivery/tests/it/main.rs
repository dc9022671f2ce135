//! Delivery over real sockets: good receivers, bad ones, and live streams.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod callbacks;
mod dead_letters;
mod drain;
mod faults;
mod receiver;
mod signatures;
mod streams;
mod superseded;
mod support;
mod tls;
