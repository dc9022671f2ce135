//! What a client of the live stream reads.

use gc_events::{Envelope, StreamReader};

/// The size of the parts in the first byte, then a live stream. It brings the same events in whatever parts it comes.
pub fn stream(data: &[u8]) {
    let Some((size, stream)) = data.split_first() else { return };
    let size = usize::from(*size).max(1);
    assert_eq!(events(stream, size), events(stream, stream.len().max(1)));
}

fn events(stream: &[u8], size: usize) -> Vec<Result<Envelope, String>> {
    let (mut reader, mut events) = (StreamReader::default(), Vec::new());
    for part in stream.chunks(size) {
        events.extend(reader.push(part).map(|event| event.map_err(|error| error.to_string())));
    }
    events
}
