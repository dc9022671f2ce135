//! What is delivered, and to whom.

use std::{fmt, sync::Arc, time::SystemTime};

use uuid::Uuid;

use crate::{Cursor, Epoch};

/// The name of a client: its `client_destination`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(Arc<str>);

impl ClientId {
    /// The name as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for ClientId {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is appended to an outbox: an event as JSON text, and what rides beside it in headers.
#[derive(Clone, PartialEq, Eq)]
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
        }
    }

    /// What the message weighs against the limits of an outbox, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        let beside = [&self.agent_id, &self.dialog_id, &self.command_id, &self.session_url];
        let beside: usize = beside.into_iter().flatten().map(String::len).sum();
        size_of::<Self>() + self.event_type.len() + self.body.len() + beside
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

/// A message in its place in a client's outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The outbox's epoch, within which `sequence` means something.
    pub epoch: Epoch,
    /// The number in the outbox: 1, 2, 3 … without gaps.
    pub sequence: u64,
    /// The same in every attempt, so that a receiver can tell repetitions (`webhook-id`).
    pub id: Uuid,
    /// When it was appended.
    pub at: SystemTime,
    /// What is delivered.
    pub message: Arc<Message>,
}

impl Entry {
    /// The place just behind this entry: where a live stream that has seen it resumes.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor { epoch: self.epoch, sequence: self.sequence }
    }
}
