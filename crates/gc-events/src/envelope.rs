//! An event with what its delivery says about it.

use crate::dialect::Dialect;
use crate::event::{self, Event, EventParseError};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use thiserror::Error;

/// An event with what a callback has in its headers and a live stream in `id:` or, with `?envelope=true`, in its `data:`.
///
/// ```
/// use gc_events::{Dialect, Envelope, Event};
///
/// // A callback: the headers of the request by name, and its body.
/// let header = |name: &str| match name {
///     "gc-sequence" => Some("7"),
///     "gc-epoch" => Some("8f6f3a4e6f0f4f0b9a2f0d7c5f1e2a3b"),
///     "gc-agent-id" => Some("1004"),
///     _ => None,
/// };
/// let body = r#"{"type":"State","agentId":"1004","state":"READY"}"#;
/// let envelope = Envelope::from_callback(header, body, Dialect::Gc4412)?;
/// assert!(matches!(&envelope.event, Event::State(state) if state.state == "READY"));
/// assert_eq!(envelope.cursor(), "8f6f3a4e6f0f4f0b9a2f0d7c5f1e2a3b.7");
/// # Ok::<(), gc_events::EnvelopeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The event's number among those of its client and epoch; of a [`Event::Gap`], the last number that is missing.
    pub sequence: u64,
    /// The outbox that gave the number. In a new one the numbers begin at 1 again.
    pub epoch: String,
    /// The same whenever the event comes again (`webhook-id`). A live stream says it only with `?envelope=true`, and a
    /// [`Event::Gap`] has none.
    pub id: Option<String>,
    /// The agent concerned. This and the following are absent in a live stream without `?envelope=true`.
    pub agent_id: Option<String>,
    /// The call, of an event or an error of a call.
    pub dialog_id: Option<String>,
    /// The command that the event answers.
    pub command_id: Option<String>,
    /// The client's `sessionUrl`.
    pub session_url: Option<String>,
    /// The event.
    pub event: Event,
}

/// Why something delivered cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// A header of a callback is missing or has another form.
    #[error("the header {0} is missing or cannot be read")]
    Header(&'static str),
    /// A live stream's `id:` is not `<epoch>.<sequence>`.
    #[error("the id {0:?} is not <epoch>.<sequence>")]
    Id(String),
    /// The text is not JSON, or a member has the wrong JSON type.
    #[error("not an event with its envelope: {0}")]
    Shape(#[source] serde_json::Error),
    /// The text does not say which number the event has, or of which epoch it is.
    #[error("not an event with its envelope: it has no {0}")]
    Missing(&'static str),
    /// The event itself cannot be read.
    #[error(transparent)]
    Event(#[from] EventParseError),
}

/// `data:` with `?envelope=true`. A Gap has only an epoch and itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Read<'a> {
    /// An event has it, an envelope does not.
    #[serde(rename = "type")]
    type_name: Option<IgnoredAny>,
    sequence: Option<u64>,
    epoch: Option<String>,
    id: Option<String>,
    agent_id: Option<String>,
    dialog_id: Option<String>,
    command_id: Option<String>,
    session_url: Option<String>,
    #[serde(borrow)]
    event: Option<&'a RawValue>,
}

/// A callback's body with `envelope = "data"`.
#[derive(Deserialize)]
struct Data<'a> {
    #[serde(rename = "type")]
    type_name: Option<IgnoredAny>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    sequence: u64,
    epoch: &'a str,
    id: Option<&'a str>,
    agent_id: Option<&'a str>,
    dialog_id: Option<&'a str>,
    command_id: Option<&'a str>,
    session_url: Option<&'a str>,
    event: event::Written<'a>,
}

#[derive(Serialize)]
struct WrittenGap<'a> {
    epoch: &'a str,
    event: event::Written<'a>,
}

impl Envelope {
    /// The place just behind this event: `Last-Event-ID`, or `since`, with which a live stream resumes.
    pub fn cursor(&self) -> String {
        format!("{}.{}", self.epoch, self.sequence)
    }

    /// Reads the `data:` of a live stream with `?envelope=true`. [`crate::StreamReader`] reads whole streams, with it or without.
    pub fn from_json(json: &str, dialect: Dialect) -> Result<Self, EnvelopeError> {
        let read: Read<'_> = serde_json::from_str(json).map_err(EnvelopeError::Shape)?;
        Self::read(read, None, dialect)
    }

    /// Reads a callback: its headers, by their names in lower case, and its body, bare or as `{"data":<event>}`. Texts are
    /// as in the headers: whatever cannot stand in one is percent-encoded.
    pub fn from_callback<'h>(
        header: impl Fn(&str) -> Option<&'h str>,
        body: &str,
        dialect: Dialect,
    ) -> Result<Self, EnvelopeError> {
        let number = header("gc-sequence").and_then(|number| number.parse().ok());
        let sequence = number.ok_or(EnvelopeError::Header("gc-sequence"))?;
        let epoch = header("gc-epoch").ok_or(EnvelopeError::Header("gc-epoch"))?.to_owned();
        let text = |name: &str| header(name).map(str::to_owned);
        let envelope = Self {
            sequence,
            epoch,
            id: text("webhook-id"),
            agent_id: text("gc-agent-id"),
            dialog_id: text("gc-dialog-id"),
            command_id: text("gc-command-id"),
            session_url: text("gc-session-url"),
            event: Event::from_json(without_data(body), dialect)?,
        };
        Ok(envelope.with_dialog())
    }

    /// The event as `data:` of a live stream with `?envelope=true`.
    pub fn to_json(&self, dialect: Dialect) -> String {
        let event = event::Written(&self.event, dialect);
        let json = match &self.event {
            Event::Gap(_) => serde_json::to_string(&WrittenGap { epoch: &self.epoch, event }),
            _ => serde_json::to_string(&Written {
                sequence: self.sequence,
                epoch: &self.epoch,
                id: self.id.as_deref(),
                agent_id: self.agent_id.as_deref(),
                dialog_id: self.dialog_id.as_deref(),
                command_id: self.command_id.as_deref(),
                session_url: self.session_url.as_deref(),
                event,
            }),
        };
        // Texts, numbers and JSON can always be written.
        json.unwrap_or_default()
    }

    /// Reads the `data:` of a live stream, with an envelope or without, and its `id:`.
    pub(crate) fn of_stream(id: &str, data: &str, dialect: Dialect) -> Result<Self, EnvelopeError> {
        let cursor =
            id.rsplit_once('.').and_then(|(epoch, number)| Some((number.parse().ok()?, epoch.to_owned())));
        let cursor = cursor.ok_or_else(|| EnvelopeError::Id(id.to_owned()))?;
        match object(data) {
            Some(read @ Read { type_name: None, event: Some(_), .. }) => {
                Self::read(read, Some(cursor), dialect)
            }
            _ => {
                let ((sequence, epoch), event) = (cursor, Event::from_json(data, dialect)?);
                let [id, agent_id, dialog_id, command_id, session_url] = [const { None }; 5];
                Ok(Self { sequence, epoch, id, agent_id, dialog_id, command_id, session_url, event })
            }
        }
    }

    fn read(read: Read<'_>, cursor: Option<(u64, String)>, dialect: Dialect) -> Result<Self, EnvelopeError> {
        let event = Event::from_json(read.event.ok_or(EnvelopeError::Missing("event"))?.get(), dialect)?;
        let gap_end = if let Event::Gap(gap) = &event { Some(gap.to) } else { None };
        let (sequence, epoch) = cursor.unzip();
        let sequence = sequence.or(read.sequence).or(gap_end).ok_or(EnvelopeError::Missing("sequence"))?;
        let epoch = epoch.or(read.epoch).ok_or(EnvelopeError::Missing("epoch"))?;
        let Read { id, agent_id, dialog_id, command_id, session_url, .. } = read;
        Ok(Self { sequence, epoch, id, agent_id, dialog_id, command_id, session_url, event }.with_dialog())
    }

    /// The call of an error is not in its JSON.
    fn with_dialog(mut self) -> Self {
        if let Event::Error(error) = &mut self.event {
            error.dialog_id.clone_from(&self.dialog_id);
        }
        self
    }
}

/// An object with these members. An array would be read as the members in their order.
fn object<'a, T: Deserialize<'a>>(json: &'a str) -> Option<T> {
    if json.trim_start().starts_with('{') { serde_json::from_str(json).ok() } else { None }
}

fn without_data(body: &str) -> &str {
    match object(body) {
        Some(Data { type_name: None, data: Some(event) }) => event.get(),
        _ => body,
    }
}
