//! The engine: tokio tasks that feed gc-core and carry out what it asks.
//!
//! One task per agent, its *lane*: it owns the agent's state machine, its notification stream, its timers
//! and its requests under way, so nothing of one agent ever waits for another. The [`Engine`] is the door:
//! it asks the registry about every request and hands it to the lane. Events leave through gc-delivery.
//! docs/architecture.md has the picture.

mod config;
mod directory;
mod engine;
mod lane;
mod open_commands;
mod outlet;
mod timers;

pub use config::EngineConfig;
pub use directory::{Directory, NoDirectory};
pub use engine::{Busy, Engine, Receipt};
