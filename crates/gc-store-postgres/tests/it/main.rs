//! Tests against a PostgreSQL that they start themselves. Where there is none they are skipped with a line that says so, unless
//! `INTEROP_REQUIRED=1`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod conforms;
mod dumping;
mod failing;
mod group;
mod holding;
mod pooled;
mod proxy;
mod stage;
