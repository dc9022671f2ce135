//! What is delivered, and to whom: plain data, texts and ids only.

use std::{fmt, ops::Deref, sync::Arc, time::SystemTime};

use gc_ids::ClientKey;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Change, Cursor, Epoch};

/// What an entry costs in memory beside the message itself, in bytes, as measured.
const OVERHEAD: usize = 240;

/// What is appended to an outbox: an event as JSON text, and its headers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The event's type (`State`, `InboundCall` …): the `event:` line of a live stream.
    pub event_type: String,
    /// The event's JSON exactly as it goes out.
    pub body: String,
    /// The agent concerned (`gc-agent-id`).
    pub agent_id: Option<String>,
    /// The call whose event it is (`gc-dialog-id`).
    pub dialog_id: Option<String>,
    /// The command that the event answers (`gc-command-id`).
    pub command_id: Option<String>,
    /// The client's own opaque session address, handed back (`gc-session-url`).
    pub session_url: Option<String>,
    /// Where several entries may be on their way at once: this one waits for all before it, and all
    /// behind it wait for it. Others wait only for entries of the same agent or dialog.
    pub barrier: bool,
}

impl Message {
    /// A message that concerns no agent and answers no command.
    #[must_use]
    pub fn new(event_type: impl Into<String>, body: impl Into<String>) -> Self {
        Self {
            event_type: event_type.into(),
            body: body.into(),
            agent_id: None,
            dialog_id: None,
            command_id: None,
            session_url: None,
            barrier: false,
        }
    }

    /// What the message weighs against the limits of an outbox, in bytes: about what it costs in memory, with the queues it is in
    /// and the allocator's share (docs/performance.md).
    #[must_use]
    pub fn size(&self) -> usize {
        let headers = [&self.agent_id, &self.dialog_id, &self.command_id, &self.session_url];
        let headers: usize = headers.into_iter().flatten().map(String::len).sum();
        size_of::<Self>() + OVERHEAD + self.event_type.len() + self.body.len() + headers
    }
}

/// The body is left out: events hold telephone numbers and names, and logs are read by many.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("event_type", &self.event_type)
            .field("agent_id", &self.agent_id)
            .field("dialog_id", &self.dialog_id)
            .field("command_id", &self.command_id)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// A message on its way into an outbox: all that is kept of it, but for its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Whose outbox.
    pub client: ClientKey,
    /// The outbox's epoch. A record for an epoch that is over (its client was forgotten) goes nowhere.
    pub epoch: Epoch,
    /// The same in every attempt, so that a receiver can detect repetitions (`webhook-id`).
    pub id: Uuid,
    /// When it was appended, by the wall clock.
    pub at: SystemTime,
    /// What is delivered.
    pub message: Message,
}

/// What is committed together, all of it or nothing: records for one outbox or several, in this order, and changes of
/// what else is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    records: Vec<Arc<Record>>,
    changes: Vec<Change>,
}

impl Batch {
    /// The same records with these changes, behind those that it has.
    #[must_use]
    pub fn with(mut self, changes: impl IntoIterator<Item = Change>) -> Self {
        self.changes.extend(changes);
        self
    }

    /// How many records and changes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len() + self.changes.len()
    }

    /// Whether there is nothing to commit.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The records in their order.
    pub fn records(&self) -> impl Iterator<Item = &Arc<Record>> {
        self.records.iter()
    }

    /// The changes in their order.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter()
    }

    /// The same without the records of a client.
    #[must_use]
    pub fn without(mut self, client: &ClientKey) -> Self {
        self.records.retain(|record| record.client != *client);
        self
    }
}

impl From<Change> for Batch {
    fn from(change: Change) -> Self {
        Self::default().with([change])
    }
}

impl FromIterator<Record> for Batch {
    fn from_iter<I: IntoIterator<Item = Record>>(records: I) -> Self {
        Self { records: records.into_iter().map(Arc::new).collect(), changes: Vec::new() }
    }
}

impl FromIterator<Arc<Record>> for Batch {
    fn from_iter<I: IntoIterator<Item = Arc<Record>>>(records: I) -> Self {
        Self { records: records.into_iter().collect(), changes: Vec::new() }
    }
}

/// Batches one after the other, as one.
impl FromIterator<Self> for Batch {
    fn from_iter<I: IntoIterator<Item = Self>>(batches: I) -> Self {
        batches.into_iter().fold(Self::default(), |mut whole, batch| {
            whole.records.extend(batch.records);
            whole.changes.extend(batch.changes);
            whole
        })
    }
}

/// A record in its place in a client's outbox. It reads like its record (`entry.message.body`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The number in the outbox: 1, 2, 3 … without gaps.
    pub sequence: u64,
    /// What was appended.
    pub record: Arc<Record>,
}

impl Entry {
    /// The place just behind this entry: where a live stream that has seen it resumes.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor { epoch: self.epoch, sequence: self.sequence }
    }
}

impl Deref for Entry {
    type Target = Record;

    fn deref(&self) -> &Record {
        &self.record
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gc_environment::{Environment, RealEnvironment};

    #[test]
    fn a_record_is_plain_data_that_can_be_written_and_read_back() {
        let record = Record {
            client: ClientKey::from("crm"),
            epoch: Epoch::from(RealEnvironment.id()),
            id: RealEnvironment.id(),
            at: RealEnvironment.now(),
            message: Message { agent_id: Some("7001".into()), barrier: true, ..Message::new("State", "{}") },
        };
        let text = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
    }
}
