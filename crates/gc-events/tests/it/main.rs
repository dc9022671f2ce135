//! All events: snapshots, fixtures, documentation and round trips.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod contract;
mod documentation;
mod envelopes;
mod fixtures;
mod judge;
mod printed_file;
mod round_trip;
mod snapshots;
