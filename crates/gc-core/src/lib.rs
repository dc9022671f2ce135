//! What the Generic Connector *is*: two pure state machines.
//!
//! - [`Switchboard`]: who is there. It knows the clients, their clusters, and which of them owns which agent, and
//!   decides what happens to a request before any agent sees it.
//! - [`Agent`]: one agent's session. Commands, Finesse's answers, notifications and timers go in; requests for
//!   Finesse, events for the client and timers come out.
//!
//! [`Core`] is the pair of both, for whoever runs them in one thread.
//!
//! # The contract of `step`
//!
//! 1. [`Agent::step`] takes one input, never waits and never panics, and has no clock, socket or task: the same
//!    inputs in the same order give the same outputs.
//! 2. Carry out its outputs in their order, and all of them before the next input of this agent. Other agents
//!    are independent.
//! 3. Every [`Output::Ask`] and [`Output::LookUp`] is answered by one [`Input::Answered`] or [`Input::LookedUp`] with its
//!    number, every [`Output::OpenStream`] by [`Input::StreamOpened`] or [`Input::StreamFailed`], every [`Output::Subscribe`]
//!    by [`Input::Subscribed`] or [`Input::NotSubscribed`], unless the stream ends before.
//! 4. A timer fires once, unless it is stopped or started anew; one that was stopped never fires.
//! 5. Every command that went in is named by exactly one [`Output::Finished`], behind all events that answer it but two:
//!    a call's `BAD_DESTINATION`, and the sign-out of a force_logout, may name it later.
//! 6. [`Output::Session`] goes to [`Switchboard::note`]; after [`SessionChange::Forgotten`] the machine is dropped, with
//!    its timers, requests and stream, and a new command begins with a new machine.
//!
//! A bug report is a transcript, a transcript is a file in `fixtures/scenarios`, and the file is the test. The rules are
//! those of docs/sessions.md and docs/calls.md.

mod agent;
mod directory;
mod errors;
mod ids;
mod pair;
mod port;
mod render;
mod request_id;
mod settings;
mod switchboard;
mod time;

pub use agent::Agent;
pub use directory::{Found, LookupError, Query, RecordingAction, Source};
pub use errors::{error_mapping_table, error_of, error_of_notification, most_specific};
pub use finesse_types::Credentials;
pub use gc_ids::{AgentKey, ClientKey, ClusterId, CommandId};
pub use ids::AskId;
pub use pair::{Core, ServiceChange, Submission};
pub use port::{Delay, Input, Outcome, Output, StreamEnd, StreamFault, Timer};
pub use settings::{Platform, Settings};
pub use switchboard::{ClusterBinding, Decision, Permit, Refusal, Refused, SessionChange, Switchboard};
