#![doc = include_str!("../README.md")]
//!
//! The owner of a machine calls [`Recorder::before`] with every input and [`Recorder::after`] with its outputs;
//! [`Recorder::text`] is the scenario so far. Everything personal is masked at once, and secrets are never written
//! (docs/operations.md has the list).
//!
//! Of other crates its interface shows `gc-rules`.

mod begin;
mod event;
mod head;
mod inputs;
mod mask;
mod outputs;
mod recorder;
mod values;

pub use recorder::{Limits, Recorder, State};
