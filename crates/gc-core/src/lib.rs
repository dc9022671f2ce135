//! The rules of the Generic Connector, as two state machines without I/O: [`Switchboard`] and [`Agent`].
//!
//! # The contract of `step`
//!
//! 1. [`Agent::step`] takes one input and returns its outputs; it never waits or panics and has no clock, socket or task,
//!    so the same inputs in the same order give the same outputs.
//! 2. Carry out the outputs in their order, and all of them before the next input of the same agent; different agents are
//!    independent.
//! 3. Answer every [`Output::Ask`] with one [`Input::Answered`] and every [`Output::LookUp`] with one [`Input::LookedUp`]
//!    of the same number, every [`Output::OpenStream`] with [`Input::StreamOpened`] or [`Input::StreamFailed`] unless that
//!    stream is closed or replaced first, every [`Output::MoveStream`] with [`Input::StreamMoved`] if it succeeds, and every [`Output::Subscribe`] with [`Input::Subscribed`] or
//!    [`Input::NotSubscribed`] unless the stream ends first.
//! 4. A timer that runs out is one [`Input::TimerFired`]; a timer that is stopped never fires, and one that is started
//!    again fires once, after its new time.
//! 5. Every command ends with exactly one [`Output::Finished`], which comes after all events that answer the command, except
//!    that the `BAD_DESTINATION` of its call, and the result of a force_logout's sign-out after a call, may name it later.
//! 6. Pass every [`Output::RequestAttempt`] to [`Switchboard::request_attempt`] and every [`Output::Session`] to
//!    [`Switchboard::note`], pass the decisions that they return to their agents as [`Input::AttemptDecided`], and after
//!    [`SessionChange::Forgotten`] drop the machine with its timers, requests and stream; the next command for that agent
//!    gets a new machine.
//!
//! The owner of a machine is a loop of this kind:
//!
//! ```
//! use std::collections::VecDeque;
//! use std::sync::Arc;
//!
//! use gc_core::{Agent, Input, Output, Settings};
//! use gc_protocol::{Command, CommandName};
//!
//! let mut agent = Agent::new("1001", Arc::new(Settings::default()));
//! let command = Command::parse(CommandName::Connect, "acme,demo");
//! let connect = Input::Command { id: "c1".into(), client: "acme".into(), command };
//! let mut inputs = VecDeque::from([Input::Service { available: true }, connect]);
//! let mut events = Vec::new();
//! while let Some(input) = inputs.pop_front() {
//!     for output in agent.step(input) {
//!         match output {
//!             Output::RequestAttempt { command, .. } => {
//!                 inputs.push_back(Input::AttemptDecided { command, allowed: Ok(()) });
//!             }
//!             Output::OpenStream(_) => inputs.push_back(Input::StreamOpened),
//!             Output::Emit { client, event, .. } => events.push((client, event)),
//!             _ => {} // Requests, timers and all the rest.
//!         }
//!     }
//! }
//! assert_eq!(events.len(), 1, "the ConnectStatus");
//! ```
//!
//! # The machines
//!
//! - [`Switchboard`] knows the clients, their clusters, and which client owns which agent. It decides what happens to a
//!   request before any agent sees it.
//! - [`Agent`] is one agent's session. Commands, Finesse's answers, notifications and timers go in; requests for Finesse,
//!   events for clients and timers come out.
//! - [`Core`] is both of them together, for programs that run in one thread.
//!
//! A bug report is a transcript, a transcript is a file in `fixtures/scenarios`, and the file is the test. The rules are
//! described in docs/sessions.md and docs/calls.md.
//!
//! Of other crates its interface shows `finesse-types`, `gc-access`, `gc-events`, `gc-protocol`, `secrecy`, and the time zone of
//! `jiff` ([`Settings`]).

mod agent;
mod directory;
mod errors;
mod event_json;
mod ids;
mod look_up;
mod pair;
mod port;
mod render;
mod request_id;
mod settings;
mod switchboard;
mod time;

pub use agent::{Agent, KeptSession, RestoreError};
pub use directory::{Found, LookupError, Query, RecordingAction, Source};
pub use errors::{error_mapping_table, error_of, error_of_notification, most_specific};
pub use finesse_types::Credentials;
pub use gc_ids::{AgentKey, ClientKey, ClusterId, CommandId};
pub use ids::AskId;
pub use look_up::{Directory, LookUp, NoDirectory};
pub use pair::{Core, ServiceChange, Submission};
pub use port::{Delay, Input, Outcome, Output, StreamEnd, StreamFault, Timer};
pub use settings::{Platform, Settings};
pub use switchboard::{
    AttemptDecision, ClusterBinding, Decision, Party, Permit, Refusal, Refused, SessionChange, Switchboard,
    Verdict,
};
