//! gc-core from outside: the scenarios, and whatever may come in whatever order.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod anything;
mod directory;
mod docs;
mod scenarios;
mod stage;
