//! Events become messages and leave.

use std::sync::Arc;

use gc_core::{ClientKey, CommandId};
use gc_delivery::{Callback, Delivery, Message};
use gc_events::{Dialect, Event};

/// Where the events of every agent leave, in order for each client.
pub(crate) struct Outlet {
    pub delivery: Arc<Delivery>,
    pub dialect: Dialect,
    /// For clients that name no callback of their own.
    pub default_callback: Option<Callback>,
}

/// What an event is about, beside what it says.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct EventContext<'a> {
    pub agent: Option<&'a str>,
    /// The command that it answers.
    pub command: Option<&'a CommandId>,
}

impl Outlet {
    /// Makes the client known to the delivery. A callback stays until another one comes.
    pub(crate) fn register(&self, client: &ClientKey, callback: Option<Callback>) {
        let to = gc_delivery::ClientId::from(client.as_str());
        if callback.is_some() {
            self.delivery.register(&to, callback);
        } else if self.delivery.counts(&to).is_err() {
            self.delivery.register(&to, self.default_callback.clone());
        }
    }

    /// Puts an event into the client's outbox. Never waits. `session_url`: what the client gave as its session.
    pub(crate) fn emit(
        &self,
        client: &ClientKey,
        event: &Event,
        context: EventContext<'_>,
        session_url: Option<String>,
    ) {
        let EventContext { agent, command } = context;
        let event_type = event.type_name(self.dialect);
        let message = Message {
            agent_id: agent.map(str::to_owned),
            dialog_id: event.dialog_id().map(str::to_owned),
            command_id: command.map(ToString::to_string),
            session_url,
            ..Message::new(event_type, event.to_json(self.dialect))
        };
        match self.delivery.append(&gc_delivery::ClientId::from(client.as_str()), message) {
            Ok(sequence) => tracing::debug!(%client, sequence, event_type, agent, "event"),
            Err(error) => tracing::error!(%error, event_type, agent, "event without a client"),
        }
    }
}
