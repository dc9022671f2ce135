//! The coverage of the published tables by all scenarios of this repository.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod coverage;
mod page;
#[path = "../../../gc-events/tests/it/printed_file.rs"]
mod printed_file;
mod table;
