//! Receives every event: counts it, checks for gaps, and passes it on to its agent.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use gc_protocol::{Envelope, EnvelopeError, Event};
use tokio::sync::mpsc;

use crate::order::{Arrival, Order};
use crate::tally::Tally;

/// An event for an agent.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) event: Event,
    /// The command that caused it.
    pub(crate) command: Option<String>,
}

/// Shared by all receivers.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    agents: HashMap<String, mpsc::UnboundedSender<Received>>,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    tally: Tally,
    /// What each client has received.
    clients: HashMap<u32, Order>,
}

impl Inbox {
    /// Registers an agent; its events arrive at the receiver.
    pub(crate) fn agent(&mut self, id: &str) -> mpsc::UnboundedReceiver<Received> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.agents.insert(id.to_owned(), sender);
        receiver
    }

    /// Handles an event for a client.
    pub(crate) fn take(&self, client: u32, delivered: Result<Envelope, EnvelopeError>) {
        let Ok(Envelope { sequence, epoch, id, agent_id, command_id: command, event, .. }) = delivered else {
            self.counts().tally.unreadable += 1;
            return;
        };
        // The numbers around a gap show it.
        if matches!(event, Event::Gap(_)) {
            return;
        }
        let Some(agent) = self.counts().take(client, (epoch, sequence), id, agent_id, (&event, &command))
        else {
            return;
        };
        let Some(agent) = self.agents.get(&agent) else { return };
        let received = Received { event, command };
        // An agent that has failed no longer listens.
        let _ = agent.send(received);
    }

    pub(crate) fn tally(&self) -> Tally {
        self.counts().tally.clone()
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    /// Counts an event; the agent that it is for, unless it has come before.
    fn take(
        &mut self,
        client: u32,
        place: (String, u64),
        id: Option<String>,
        agent: Option<String>,
        (event, command): (&Event, &Option<String>),
    ) -> Option<String> {
        let arrival = self.clients.entry(client).or_default().take(place, id, agent.as_deref());
        self.tally.count(arrival);
        if arrival == Arrival::Repeated {
            return None;
        }
        match (event, command) {
            (Event::Unknown(_), _) => self.tally.unreadable += 1,
            (Event::Error(error), None) => {
                *self.tally.unsolicited.entry(error.code.to_string()).or_default() += 1;
            }
            (Event::State(state), _) if ["LOGOUT", "RE_LOGIN"].contains(&state.state.as_str()) => {
                self.tally.signed_out += 1;
            }
            _ => {}
        }
        agent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gc_protocol::Dialect;

    fn deliver(inbox: &Inbox, client: u32, sequence: u64, command: Option<&str>, json: &str) {
        let number = sequence.to_string();
        let header = |name: &str| match name {
            "gc-sequence" => Some(number.as_str()),
            "gc-epoch" => Some("e"),
            "webhook-id" => Some(number.as_str()),
            "gc-agent-id" => Some("1001"),
            "gc-command-id" => command,
            _ => None,
        };
        inbox.take(client, Envelope::from_callback(header, json, Dialect::Gc4412));
    }

    const READY: &str = r#"{"type":"State","agentId":"1001","state":"READY"}"#;

    #[test]
    fn an_event_reaches_its_agent_with_the_command_that_caused_it() {
        let mut inbox = Inbox::default();
        let (mut agent, mut other) = (inbox.agent("1001"), inbox.agent("1002"));
        deliver(&inbox, 0, 1, Some("c1"), READY);
        let received = agent.try_recv().unwrap();
        assert!(matches!(received.event, Event::State(state) if state.state == "READY"));
        assert_eq!(received.command.as_deref(), Some("c1"));
        assert!(other.try_recv().is_err());
    }

    #[test]
    fn repeated_and_missing_events_are_counted_per_client() {
        let mut inbox = Inbox::default();
        let mut agent = inbox.agent("1001");
        for (client, sequence) in [(0, 7), (0, 8), (0, 8), (0, 11), (1, 1), (1, 2)] {
            deliver(&inbox, client, sequence, None, READY);
        }
        let tally = Tally { received: 5, repeated: 1, missing: 2, ..Tally::default() };
        assert_eq!(inbox.tally(), tally);
        let received = std::iter::from_fn(|| agent.try_recv().ok()).count();
        assert_eq!(received, 5, "a repeated event must not end a later step");
    }

    #[test]
    fn errors_without_a_command_are_counted_by_code() {
        let mut inbox = Inbox::default();
        let _agent = inbox.agent("1001");
        let error = r#"{"type":"Error","errorType":"DOWN","errorMessage":"m","agentId":"1001"}"#;
        deliver(&inbox, 0, 1, None, error);
        deliver(&inbox, 0, 2, Some("c1"), error);
        deliver(&inbox, 0, 3, None, "{}");
        deliver(&inbox, 0, 4, None, r#"{"type":"Chat"}"#);
        let tally = inbox.tally();
        assert_eq!((tally.unsolicited.get("DOWN"), tally.unreadable), (Some(&1), 2));
    }
}
