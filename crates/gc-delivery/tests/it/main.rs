//! Delivery over real sockets: good receivers, bad ones, and live streams.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
