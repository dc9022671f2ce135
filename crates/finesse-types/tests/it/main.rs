//! Finesse's documents: fixtures, captures of running systems, hostile input, and the documentation.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod captures;
mod docs;
mod fixture_table;
mod fixtures;
mod hostile;
mod list_fixtures;
mod unwrap;
