//! The command grammar of the Generic Connector, and its events.
//!
//! A client sends `{"data":{"type":"MakeCall#1001","body":"2005"}}`. [`Request`] reads the envelope, which is all that
//! routing needs; [`Request::command`] reads the arguments into a [`Command`]. In the other direction, [`Request::new`]
//! makes the request that a client sends. Parser and printer are inverses of each other. Each command is one row of the
//! table in `command.rs`: its name, arguments, effect, events and errors. [`CommandName::declaration`] returns this row as
//! a [`Declaration`], and `docs/commands.md` is printed from the declarations and the examples in [`catalogue`].
//!
//! The crate re-exports [`gc_events`], so that a client needs one crate for both directions.
//!
//! ```
//! use gc_protocol::{Command, CommandName, Request};
//!
//! let json = br#"{"data":{"type":"makecall# 1001","body":"2005"}}"#;
//! let request = Request::from_json(json)?;
//! assert_eq!(request.name, CommandName::MakeCall);
//! assert_eq!(request.id, "1001");
//! assert_eq!(request.command()?, Command::MakeCall { number: "2005".into() });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
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
pub use declaration::{Declaration, Need, Platform, Role};
pub use gc_events;
pub use gc_events::*;
pub use name::UnknownCommand;
pub use problem::Problem;
pub use request::{Request, RequestError};
pub use secrecy;
pub use values::{Classification, MobileMode, SkillGroupRange};
