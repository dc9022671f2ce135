//! The command grammar of the Generic Connector, and its events.
//!
//! A client sends `{"data":{"type":"MakeCall#1001","body":"2005"}}`. [`Request`] reads the envelope, which
//! is all that is needed to route it; [`Request::command`] reads the arguments into a [`Command`]. The
//! other way round, [`Request::new`] makes the request that a client sends; parser and printer are
//! inverse of each other. What each command is called, takes, does and answers is one row of the table in
//! `command.rs`, and can be asked for as its [`Declaration`]; `docs/commands.md` is printed from these by [`catalogue`].
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

mod argument;
mod argument_error;
mod arguments;
mod body;
mod callback;
pub mod catalogue;
mod command;
mod declaration;
mod field;
mod name;
mod request;
mod rows;
mod shared;
mod values;

pub use argument::{Argument, Kind};
pub use argument_error::{ArgumentError, Problem};
pub use body::Inexpressible;
pub use callback::CallbackParts;
pub use command::{Command, CommandName};
pub use declaration::{Declaration, Need, Platform, Role};
pub use gc_events;
pub use gc_events::*;
pub use name::UnknownCommand;
pub use request::{Request, RequestError};
pub use secrecy;
pub use values::{Classification, MobileMode, SkillGroupRange};
