//! Whole conversations as files that people read and tests run: `fixtures/scenarios/*.txt`.
//!
//! A [`Scenario`] is a list of [`Step`]s, one per line: what a client says and hears, what the connector
//! asks Finesse, what Finesse answers and notifies, what happens in the world. The same files run against
//! gc-core alone and, through sockets, against gc-server and finesse-sim; this crate holds what both runs
//! share, and no I/O but reading the files. `fixtures/scenarios/README.md` explains every line.
//!
//! - [`Bindings`] hold what placeholders such as `{call}` stand for.
//! - [`ExpectedEvent`] and [`ExpectedAsk`] compare what was seen with what a line says.
//! - [`Book`] holds what each client knows by its events alone, and finds the rules that were broken.
//! - [`Finesse`] turns the shorthand of `finesse` lines into the XML that Finesse sends.

mod ask;
mod bindings;
mod book;
mod event;
mod finesse;
mod given;
mod line;
mod list;
mod scenario;
mod step;
mod words;

pub use ask::ExpectedAsk;
pub use bindings::{Bindings, Unbound};
pub use book::{Book, Heard, View, brief, dialog};
pub use event::ExpectedEvent;
pub use finesse::Finesse;
pub use list::ListText;
pub use scenario::{Line, ParseError, Platform, ReadError, Scenario};
pub use step::{
    DialogText, ErrorText, FoundText, HttpAnswer, Notice, Object, ParticipantText, Reply, Step, StreamAsk,
    StreamNews, UserText, WorldStep,
};
