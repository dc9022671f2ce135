#![doc = include_str!("../README.md")]
//!
//! # The contract of `step`
//!
//! 1. [`Agent::step`] takes one input and returns its outputs; it never waits or panics and has no clock, socket or task,
//!    so the same inputs in the same order give the same outputs.
//! 2. Carry out the outputs in their order, and all of them before the next input of the same agent; different agents are
//!    independent.
//! 3. Answer every [`Output::Ask`] with one [`Input::Answered`], every [`Output::LookUp`] with one [`Input::LookedUp`] and every
//!    [`Output::RenewToken`] with one [`Input::TokenRenewed`] of the same number, every [`Output::OpenStream`] with [`Input::StreamOpened`] or [`Input::StreamFailed`] unless that
//!    stream is closed or replaced first, every [`Output::MoveStream`] with [`Input::StreamMoved`] if it succeeds, and every [`Output::Subscribe`] with [`Input::Subscribed`] or
//!    [`Input::NotSubscribed`] unless the stream ends first.
//! 4. A timer that runs out is one [`Input::TimerFired`]; a timer that is stopped never fires, and one that is started
//!    again fires once, after its new time.
//! 5. Every command ends with exactly one [`Output::Finished`], which comes after all events that answer the command, except
//!    that the `BAD_DESTINATION` of its call, and the result of a force_logout's sign-out after a call, may name it later.
//! 6. Pass every [`Output::RequestAttempt`] to [`Switchboard::request_attempt`], every [`Output::Session`] to
//!    [`Switchboard::note`] and every [`Output::Forward`] to [`Switchboard::forward`], pass what they return to its agents
//!    ([`ForAgent`]), and after [`SessionChange::Forgotten`] drop the machine with its timers, requests and stream; the next
//!    command for that agent gets a new machine, with which [`Switchboard::begin`] begins.
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
mod between;
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

pub use agent::{Agent, AgentOverview, KeptSession, OpenCall, RestoreError};
pub use between::{ForAgent, ServiceReport};
pub use directory::{Found, LookupError, Query, RecordingAction, Source};
pub use errors::{error_mapping_table, error_of, error_of_notification, most_specific};
pub use finesse_types::Credentials;
pub use gc_ids::{AgentKey, ClientKey, ClusterId, CommandId};
pub use ids::AskId;
pub use look_up::{Directory, LookUp, NoDirectory};
pub use pair::{Core, Observer, ServiceChange, Submission};
pub use port::{Delay, Input, Outcome, Output, StreamEnd, StreamFault, Timer};
pub use settings::{Platform, Settings};
pub use switchboard::{
    AttemptDecision, ClusterBinding, Decision, Party, Permit, Refusal, Refused, SessionChange, Switchboard,
    Verdict,
};
