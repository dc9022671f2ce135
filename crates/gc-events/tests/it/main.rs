//! The events as they leave the house: snapshots, fixtures, documentation, and the way back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod documentation;
mod fixtures;
mod printed_file;
mod round_trip;
mod snapshots;
