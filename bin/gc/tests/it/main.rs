//! The program against a connector and a simulator in this process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod access;
mod administration;
mod sending;
mod support;
mod tailing;
mod without_connector;
