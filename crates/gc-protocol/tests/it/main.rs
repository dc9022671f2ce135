//! The whole grammar: round trips of every command, fixtures, documentation.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bad_arguments;
mod contract;
mod declarations;
mod documentation;
mod fixtures;
mod freeze;
#[path = "../../../gc-events/tests/it/printed_file.rs"]
mod printed_file;
mod round_trip;
