//! gc-rules from outside: the scenarios, and random inputs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod directory;
mod docs;
mod random;
mod scenarios;
mod stage;
