//! Events become messages and leave.

use std::sync::Arc;

use gc_core::{ClientId, CommandId};
use gc_delivery::{Callback, Delivery, Message};
use gc_events::{Dialect, Event};

/// Where the events of every agent leave, in order for each client.
pub(crate) struct Outlet {
    pub delivery: Arc<Delivery>,
    pub dialect: Dialect,
    /// For clients that name no callback of their own.
    pub default_callback: Option<Callback>,
}

/// What rides beside an event.
#[derive(Debug, Default)]
pub(crate) struct Beside<'a> {
    pub agent: Option<&'a str>,
    /// The command that it answers.
    pub command: Option<&'a CommandId>,
    /// What the client gave as its session.
    pub session_url: Option<String>,
}

impl Outlet {
    /// Makes the client known to the delivery. A callback stays until another one comes.
    pub(crate) fn register(&self, client: &ClientId, callback: Option<Callback>) {
        let to = gc_delivery::ClientId::from(client.as_str());
        if callback.is_some() {
            self.delivery.register(&to, callback);
        } else if self.delivery.counts(&to).is_err() {
            self.delivery.register(&to, self.default_callback.clone());
        }
    }

    /// Hands an event over to the client's outbox. Never waits: those who can wait do so before (`room`).
    pub(crate) fn emit(&self, client: &ClientId, event: &Event, beside: Beside<'_>) {
        let Beside { agent, command, session_url } = beside;
        let event_type = event.type_name(self.dialect);
        let message = Message {
            agent_id: agent.map(str::to_owned),
            command_id: command.map(ToString::to_string),
            session_url,
            barrier: matches!(event, Event::System(_)),
            ..Message::new(event_type, event.to_json(self.dialect))
        };
        match self.delivery.append([(gc_delivery::ClientId::from(client.as_str()), message)]) {
            Ok(_) => tracing::debug!(%client, event_type, agent, "event"),
            Err(error) => tracing::error!(%error, event_type, agent, "event without a client"),
        }
    }
}
