//! Events become messages and leave.

use std::sync::{Arc, Mutex};

use gc_core::{ClientId, CommandId, Registry};
use gc_delivery::{Delivery, Message};
use gc_events::{Dialect, Event};

use crate::engine::lock;

/// Where the events of every agent leave, in order for each client.
#[derive(Clone)]
pub(crate) struct Outlet {
    pub delivery: Arc<Delivery>,
    pub registry: Arc<Mutex<Registry>>,
    pub dialect: Dialect,
}

impl Outlet {
    /// Puts an event into the client's outbox.
    pub(crate) fn emit(
        &self,
        client: &ClientId,
        event: &Event,
        agent: Option<&str>,
        command: Option<&CommandId>,
    ) {
        let event_type = event.type_name(self.dialect);
        let session_url = lock(&self.registry).session_url(client).map(str::to_owned);
        let message = Message {
            agent_id: agent.map(str::to_owned),
            command_id: command.map(ToString::to_string),
            session_url,
            ..Message::new(event_type, event.to_json(self.dialect))
        };
        let to = gc_delivery::ClientId::from(client.as_str());
        match self.delivery.append(&to, message) {
            Ok(sequence) => tracing::debug!(%client, sequence, event_type, agent, "event"),
            Err(error) => tracing::error!(%error, event_type, agent, "event without a client"),
        }
    }
}
