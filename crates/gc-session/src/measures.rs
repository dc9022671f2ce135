//! What is counted while it happens: plain values, without the names of agents and clients.

use std::sync::Arc;
use std::time::Duration;

use finesse_types::UserState;
use gc_measure::{Counts, Durations, Levels};
use gc_rules::Outcome;
use tokio::time::Instant;

/// What one cluster's tasks count.
#[derive(Debug, Default)]
pub(crate) struct Measures {
    pub(crate) agents: Levels,
    pub(crate) streams: Levels,
    pub(crate) streams_closed: Counts<&'static str>,
    pub(crate) rereads: Counts<&'static str>,
    pub(crate) commands: Counts<(String, &'static str)>,
    pub(crate) command_times: Durations<String>,
    pub(crate) events: Counts<String>,
}

impl Measures {
    /// A command has this outcome after this time.
    pub(crate) fn command(&self, name: &str, outcome: Option<&Outcome>, took: Duration) {
        let outcome = match outcome {
            Some(Outcome::Done) => "done",
            Some(Outcome::Failed(_)) => "failed",
            Some(Outcome::NoSession) => "no_session",
            None => "unknown",
        };
        self.commands.add(&(name.to_owned(), outcome), 1);
        self.command_times.add(name.to_owned(), took);
    }
}

/// A command whose end is counted.
#[derive(Debug)]
pub(crate) struct Counted {
    measures: Arc<Measures>,
    name: String,
    begun: Instant,
}

impl Counted {
    /// It begins now.
    pub(crate) fn new(measures: &Arc<Measures>, name: impl ToString) -> Self {
        Self { measures: Arc::clone(measures), name: name.to_string(), begun: Instant::now() }
    }

    pub(crate) fn ends(&self, outcome: Option<&Outcome>) {
        self.measures.command(&self.name, outcome, self.begun.elapsed());
    }
}

/// The levels to which one agent adds, for as long as this lives.
pub(crate) struct AgentLevels {
    measures: Arc<Measures>,
    state: Option<&'static str>,
    transport: Option<&'static str>,
}

impl AgentLevels {
    pub(crate) fn new(measures: &Arc<Measures>) -> Self {
        Self { measures: Arc::clone(measures), state: None, transport: None }
    }

    pub(crate) fn state(&mut self, state: Option<&UserState>) {
        let state = state.map(word);
        self.measures.agents.moves(std::mem::replace(&mut self.state, state), state);
    }

    pub(crate) fn transport(&mut self, transport: Option<&'static str>) {
        self.measures.streams.moves(std::mem::replace(&mut self.transport, transport), transport);
    }
}

impl Drop for AgentLevels {
    fn drop(&mut self) {
        self.state(None);
        self.transport(None);
    }
}

/// The words that exist; others could be any number.
fn word(state: &UserState) -> &'static str {
    match state {
        UserState::Login => "LOGIN",
        UserState::Logout => "LOGOUT",
        UserState::NotReady => "NOT_READY",
        UserState::Ready => "READY",
        UserState::Reserved => "RESERVED",
        UserState::ReservedOutbound => "RESERVED_OUTBOUND",
        UserState::ReservedOutboundPreview => "RESERVED_OUTBOUND_PREVIEW",
        UserState::Talking => "TALKING",
        UserState::Hold => "HOLD",
        UserState::Work => "WORK",
        UserState::WorkReady => "WORK_READY",
        _ => "OTHER",
    }
}
