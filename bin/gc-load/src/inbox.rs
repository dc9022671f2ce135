//! Receives every event: counts it, checks for gaps, and passes it on to its agent.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use gc_protocol::{Envelope, EnvelopeError, Event};
use serde::Serialize;
use tokio::sync::mpsc;

/// An event for an agent.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) event: Event,
    /// The command that caused it.
    pub(crate) command: Option<String>,
}

/// Counts of events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Tally {
    /// Events, without duplicates.
    pub(crate) received: u64,
    /// Duplicate events.
    pub(crate) repeated: u64,
    /// Sequence numbers that were skipped.
    pub(crate) missing: u64,
    /// Events that this version of gc-protocol cannot read.
    pub(crate) unreadable: u64,
    /// Errors without a command, by code.
    #[serde(rename = "unasked")]
    pub(crate) unsolicited: BTreeMap<String, u64>,
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
    /// The last number of each client.
    last: HashMap<u32, u64>,
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
        let Ok(Envelope { sequence, agent_id, command_id: command, event, .. }) = delivered else {
            self.counts().tally.unreadable += 1;
            return;
        };
        // The numbers around a gap show it.
        if matches!(event, Event::Gap(_)) || !self.counts().is_new(client, sequence) {
            return;
        }
        let Some(agent) = agent_id.and_then(|agent| self.agents.get(&agent)) else { return };
        match (&event, &command) {
            (Event::Unknown(_), _) => self.counts().tally.unreadable += 1,
            (Event::Error(error), None) => {
                *self.counts().tally.unsolicited.entry(error.code.to_string()).or_default() += 1;
            }
            _ => {}
        }
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
    /// Counts the event; false for a duplicate. The client may be older than this run, so its first number can be
    /// any.
    fn is_new(&mut self, client: u32, sequence: u64) -> bool {
        let last = self.last.entry(client).or_insert_with(|| sequence.saturating_sub(1));
        if sequence <= *last {
            self.tally.repeated += 1;
            return false;
        }
        self.tally.missing += sequence - *last - 1;
        self.tally.received += 1;
        *last = sequence;
        true
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
