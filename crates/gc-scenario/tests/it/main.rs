//! What the scenarios of this repository show, taken together.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod coverage;
mod page;
#[path = "../../../gc-events/tests/it/printed_file.rs"]
mod printed_file;
mod table;
