//! The guard as others use it: every spelling of an address, and inside of an HTTP client.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod embedded;
mod http_client;
mod spellings;
