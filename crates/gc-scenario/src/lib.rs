#![doc = include_str!("../README.md")]
//!
//! A [`Scenario`] is a list of [`Step`]s, one per line: commands and events of clients, requests to Finesse, Finesse's
//! answers and notifications, and events outside, such as a customer who calls. The same files run against gc-rules alone
//! and, through sockets, against gc-server and finesse-sim. This crate has what both runs share; its only I/O is reading
//! the files. `fixtures/scenarios/README.md` explains every line.
//!
//! - [`Bindings`] contain the values of placeholders such as `{call}`.
//! - [`ExpectedEvent`] and [`ExpectedRequest`] compare actual events and requests with a line.
//! - [`Book`] holds what each client knows by its events alone, and finds the rules that were broken.
//! - [`Finesse`] expands the shorthand of `finesse` lines into the XML that Finesse sends.
//!
//! Of other crates its interface shows `serde_json`'s `Value`.

mod bindings;
mod book;
mod choices;
mod event;
mod finesse;
mod given;
mod line;
mod list;
mod recorded;
mod request;
mod scenario;
mod step;
mod words;

pub use bindings::{Bindings, Unbound};
pub use book::{Book, Heard, View, brief, dialog, state_for};
pub use choices::{Choice, choices};
pub use event::ExpectedEvent;
pub use finesse::Finesse;
pub use list::ListText;
pub use recorded::{Recorded, RecordedAnswer};
pub use request::ExpectedRequest;
pub use scenario::{Line, ParseError, Platform, ReadError, Scenario};
pub use step::{
    DialogText, ErrorText, FoundText, HttpAnswer, Notice, Object, ParticipantText, Reply, Step, StreamChange,
    StreamRequest, UserText, WorldStep,
};
