//! Turns events into messages for the delivery.

use std::sync::Arc;

use gc_delivery::{Callback, Delivery, Message};
use gc_events::{Dialect, Event};
use gc_rules::{ClientKey, CommandId};

use crate::recent_errors::RecentErrors;

/// Hands the events of all agents to the delivery, in order for each client.
pub(crate) struct Outlet {
    pub delivery: Arc<Delivery>,
    pub dialect: Dialect,
    /// For clients that name no callback of their own.
    pub default_callback: Option<Callback>,
    /// The errors among the events.
    pub errors: RecentErrors,
}

/// What the headers of an event say about it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct EventContext<'a> {
    pub agent: Option<&'a str>,
    /// The command that it answers.
    pub command: Option<&'a CommandId>,
}

impl Outlet {
    /// Makes the client, which says something now, known to the delivery. A callback stays until another one comes.
    pub(crate) fn register(&self, client: &ClientKey, callback: Option<Callback>) {
        if callback.is_some() {
            self.delivery.register(client, callback);
        } else if !self.delivery.is_active(client) {
            self.delivery.register(client, self.default_callback.clone());
        }
    }

    /// The client's event as a message, without its `sessionUrl`. An error is noted for operators.
    pub(crate) fn message(&self, client: &ClientKey, event: &Event, context: EventContext<'_>) -> Message {
        let EventContext { agent, command } = context;
        if let Event::Error(error) = event {
            self.errors.note(client, error, agent, command);
        }
        Message {
            agent_id: agent.map(str::to_owned),
            dialog_id: event.dialog_id().map(str::to_owned),
            command_id: command.map(ToString::to_string),
            barrier: matches!(event, Event::System(_)),
            ..Message::new(event.type_name(self.dialect), event.to_json(self.dialect))
        }
    }
}
