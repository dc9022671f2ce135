//! The tests of this crate.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../../gc-rules/tests/it/directory.rs"]
mod directory;
mod personal;
mod round_trip;
#[path = "../../../gc-rules/tests/it/stage.rs"]
mod stage;
