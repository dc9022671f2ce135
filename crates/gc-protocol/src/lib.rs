#![doc = include_str!("../README.md")]
//!
//! Begin with [`Request`] and its [`Command`]; a [`Declaration`] describes a command, and [`catalogue`] has examples.
//!
//! [`contract`] prints the whole interface as OpenAPI, JSON Schema and TypeScript.
//!
//! Of other crates its interface shows `gc-events` and `secrecy`, both re-exported.

mod argument;
mod argument_error;
mod arguments;
mod body;
mod callback;
pub mod catalogue;
mod command;
pub mod contract;
mod declaration;
mod envelope;
mod field;
mod name;
mod problem;
mod request;
mod rows;
mod shared;
mod values;

pub use argument::{Argument, Kind};
pub use argument_error::ArgumentError;
pub use body::Inexpressible;
pub use callback::CallbackParts;
pub use command::{Command, CommandName};
pub use declaration::{Declaration, Need, Platforms, Role};
pub use gc_events;
pub use gc_events::*;
pub use name::UnknownCommand;
pub use problem::Problem;
pub use request::{Request, RequestError};
pub use secrecy;
pub use values::{Classification, MobileMode, SkillGroupRange};
