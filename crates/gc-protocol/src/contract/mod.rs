//! The whole interface as documents: OpenAPI 3.1, JSON Schema 2020-12 and TypeScript. Commands are printed from their rows,
//! events from the tables of [`gc_events::contract`]. Each document is about one dialect.
//!
//! The documents say what a client should send. The connector accepts more: names and fixed words in any case, blanks around
//! everything, angle brackets around fixed words (`docs/wire-format.md`).

mod administration;
mod commands;
mod openapi;
mod paths;
mod patterns;
mod typescript;

pub use commands::{command_definitions, commands_schema};
pub use openapi::openapi;
pub use typescript::type_script;

use crate::command::CommandName;

/// The command's name in the documents, where some events have the name of a command.
fn name_of(command: CommandName) -> String {
    format!("{command:?}Command")
}
