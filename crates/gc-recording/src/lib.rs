#![doc = include_str!("../README.md")]
//!
//! Of other crates its interface shows `gc-core`.

mod begin;
mod event;
mod inputs;
mod mask;
mod outputs;
mod recorder;
mod values;

pub use recorder::{Limits, Recorder, State};
