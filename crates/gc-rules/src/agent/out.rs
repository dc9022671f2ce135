//! The outputs of one step, in order.

use std::mem;

use gc_events::Event;

use crate::{ClientKey, CommandId, Delay, Output, Timer};

/// The outputs of a step, and the client that gets the agent's events.
#[derive(Debug, Default)]
pub(in crate::agent) struct Out {
    owner: Option<ClientKey>,
    outputs: Vec<Output>,
}

impl Out {
    /// The client that gets the agent's events; none until the first Connect succeeds.
    pub(in crate::agent) fn owner(&self) -> Option<&ClientKey> {
        self.owner.as_ref()
    }

    /// Sets the client that gets the agent's events.
    pub(in crate::agent) fn set_owner(&mut self, owner: Option<ClientKey>) {
        self.owner = owner;
    }

    pub(in crate::agent) fn push(&mut self, output: Output) {
        self.outputs.push(output);
    }

    pub(in crate::agent) fn start_timer(&mut self, timer: Timer, after: impl Into<Delay>) {
        self.push(Output::StartTimer(timer, after.into()));
    }

    pub(in crate::agent) fn stop_timer(&mut self, timer: Timer) {
        self.push(Output::StopTimer(timer));
    }

    /// Emits an event to the owner.
    pub(in crate::agent) fn emit(&mut self, event: Event, command: Option<CommandId>) {
        if let Some(client) = self.owner.clone() {
            self.push(Output::Emit { client, event, command });
        }
    }

    /// Emits an event to the client that sent the command.
    pub(in crate::agent) fn answer(&mut self, client: ClientKey, event: Event, command: CommandId) {
        self.push(Output::Emit { client, event, command: Some(command) });
    }

    pub(in crate::agent) fn take(&mut self) -> Vec<Output> {
        mem::take(&mut self.outputs)
    }
}
