//! Reads a live stream.

use crate::dialect::Dialect;
use crate::envelope::{Envelope, EnvelopeError};

/// Reads the events out of a live stream (server-sent events), however its bytes are split. It does no I/O: whoever has a
/// connection hands over what has arrived.
///
/// ```
/// use gc_events::{Dialect, Event, StreamReader};
///
/// let mut reader = StreamReader::new(Dialect::Gc4412);
/// let mut last_event_id = None;
/// for chunk in ["event: System\nid: 8f6f3a4e.1\ndata: {\"type\":\"System\",", "\"status\":\"IN_SERVICE\"}\n\n"] {
///     for envelope in reader.push(chunk.as_bytes()) {
///         let envelope = envelope?;
///         match &envelope.event {
///             Event::System(system) => println!("the service is {}", system.status),
///             Event::Gap(gap) => println!("{} to {} are missing: refresh", gap.from, gap.to),
///             other => println!("{}", other.type_name(Dialect::Gc4412)),
///         }
///         // With this the next connection resumes.
///         last_event_id = Some(envelope.cursor());
///     }
/// }
/// assert_eq!(last_event_id.as_deref(), Some("8f6f3a4e.1"));
/// # Ok::<(), gc_events::EnvelopeError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct StreamReader {
    dialect: Dialect,
    frames: Frames,
}

impl StreamReader {
    /// Reads a stream of this dialect, from its beginning.
    pub fn new(dialect: Dialect) -> Self {
        Self { dialect, ..Self::default() }
    }

    /// The events that these bytes complete. One that cannot be read is an error in its place, and the next one is read.
    pub fn push(&mut self, bytes: &[u8]) -> impl Iterator<Item = Result<Envelope, EnvelopeError>> {
        let dialect = self.dialect;
        self.frames.push(bytes).map(move |frame| frame.envelope(dialect))
    }
}

/// The same without looking into the events: for programs that pass them on as they came.
///
/// ```
/// use gc_events::{Dialect, Frames};
///
/// let mut frames = Frames::default();
/// let bytes = b"event: System\nid: 8f6f3a4e.1\ndata: {\"type\":\"System\",\"status\":\"IN_SERVICE\"}\n\n";
/// for frame in frames.push(bytes) {
///     println!("{}", frame.data);
///     assert_eq!(frame.envelope(Dialect::Gc4412)?.cursor(), frame.id);
/// }
/// # Ok::<(), gc_events::EnvelopeError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Frames {
    buffer: Vec<u8>,
    /// What was read of the buffer.
    read: usize,
    /// The event that is not complete yet.
    id: String,
    data: Option<String>,
}

/// One event of a live stream, not read yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// `<epoch>.<sequence>`: with it as `Last-Event-ID` the next connection resumes behind this event.
    pub id: String,
    /// The event, or with `?envelope=true` the event in its envelope: JSON, as it came.
    pub data: String,
}

impl Frame {
    /// The event with its envelope.
    ///
    /// # Errors
    /// When `id` or `data` is not what the wire format says.
    pub fn envelope(&self, dialect: Dialect) -> Result<Envelope, EnvelopeError> {
        Envelope::of_stream(&self.id, &self.data, dialect)
    }
}

impl Frames {
    /// The events that these bytes complete.
    pub fn push(&mut self, bytes: &[u8]) -> impl Iterator<Item = Frame> {
        self.buffer.drain(..self.read);
        self.read = 0;
        self.buffer.extend_from_slice(bytes);
        std::iter::from_fn(|| self.frame())
    }

    fn frame(&mut self) -> Option<Frame> {
        loop {
            let line = self.line()?;
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match name {
                "" if line.is_empty() => {
                    let id = std::mem::take(&mut self.id);
                    if let Some(data) = self.data.take() {
                        return Some(Frame { id, data });
                    }
                }
                "id" => value.clone_into(&mut self.id),
                "data" => match &mut self.data {
                    Some(data) => data.extend(["\n", value]),
                    None => self.data = Some(value.to_owned()),
                },
                // A comment, or `event`: the type is in the event.
                _ => {}
            }
        }
    }

    /// The next complete line.
    fn line(&mut self) -> Option<String> {
        let rest = self.buffer.get(self.read..)?;
        let line = rest.get(..rest.iter().position(|byte| *byte == b'\n')?)?;
        self.read += line.len() + 1;
        Some(String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Event, Gap};

    const STREAM: &str = ": nothing yet\n\nevent: System\nid: e.1\ndata: {\"type\":\"System\",\r\n\
        data: \"status\":\"IN_SERVICE\"}\r\n\nevent: Gap\nid: e.3\n\
        data:{\"epoch\":\"e\",\"event\":{\"type\":\"Gap\",\"from\":2,\"to\":3,\"otherEpoch\":false}}\n\n\
        data: {\"type\":\"System\",\"status\":\"IN_SERVICE\"}\n\n\
        event: Chat\nid: e.4\ndata: {\"sequence\":4,\"agentId\":\"1004\",\"event\":{\"type\":\"Chat\",\"text\":\"é\"}}\n\n\
        event: State\nid: e.5\ndata: {\"type\":\"St";

    fn read(chunks: impl Iterator<Item = impl AsRef<[u8]>>) -> Vec<Result<Envelope, String>> {
        let mut reader = StreamReader::default();
        let mut read = Vec::new();
        for chunk in chunks {
            read.extend(
                reader.push(chunk.as_ref()).map(|envelope| envelope.map_err(|error| error.to_string())),
            );
        }
        read
    }

    #[test]
    fn events_are_the_same_however_the_bytes_are_split() {
        let whole = read([STREAM].iter());
        let [Ok(system), Ok(gap), Err(without_id), Ok(chat)] = &whole[..] else { panic!("{whole:#?}") };
        assert_eq!((system.cursor().as_str(), system.event.type_name(Dialect::Gc4412)), ("e.1", "System"));
        let Event::Gap(Gap { from: 2, to: 3, other_epoch: false }) = gap.event else { panic!("{gap:?}") };
        assert_eq!(gap.cursor(), "e.3");
        assert_eq!(without_id, "the id \"\" is not <epoch>.<sequence>");
        assert_eq!((chat.cursor().as_str(), chat.agent_id.as_deref()), ("e.4", Some("1004")));
        assert_eq!(chat.event.to_json(Dialect::Gc4412), "{\"type\":\"Chat\",\"text\":\"é\"}");
        for size in 1..STREAM.len() {
            assert_eq!(read(STREAM.as_bytes().chunks(size)), whole, "in chunks of {size}");
        }
    }
}
