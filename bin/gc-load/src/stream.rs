//! Reads a live stream.

use std::sync::Arc;

use futures_util::StreamExt;
use reqwest::Response;
use serde::Deserialize;
use serde_json::Value;

use crate::inbox::{Delivered, Inbox};

/// The content of `data:` with `?envelope=true` (docs/wire-format.md, "Live stream"). A `Gap` has no sequence
/// number; those around it show the gap.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    sequence: Option<u64>,
    agent_id: Option<String>,
    command_id: Option<String>,
    event: Value,
}

/// Receives the events of the stream until it ends.
pub(crate) async fn read(client: u32, answer: Response, inbox: Arc<Inbox>) {
    let (mut chunks, mut lines) = (answer.bytes_stream(), Lines::default());
    while let Some(Ok(chunk)) = chunks.next().await {
        lines.push(&chunk, |line| take(client, line, &inbox));
    }
}

/// The data of each event is one line, which also holds the type and the sequence number.
fn take(client: u32, line: &[u8], inbox: &Inbox) {
    let Some(data) = line.strip_prefix(b"data:") else { return };
    let Ok(Envelope { sequence: Some(sequence), agent_id, command_id, event }) = serde_json::from_slice(data)
    else {
        return;
    };
    let (agent, command) = (agent_id.as_deref(), command_id.as_deref());
    inbox.take(client, &Delivered { sequence, agent, command, json: &event.to_string() });
}

/// Splits bytes into lines, independent of the chunks.
#[derive(Debug, Default)]
struct Lines {
    /// The start of an incomplete line.
    partial: Vec<u8>,
}

impl Lines {
    fn push(&mut self, chunk: &[u8], mut line: impl FnMut(&[u8])) {
        let mut rest = chunk;
        while let Some((head, tail)) = rest.iter().position(|byte| *byte == b'\n').and_then(|at| {
            let (head, tail) = rest.split_at_checked(at)?;
            Some((head, tail.get(1..)?))
        }) {
            self.partial.extend_from_slice(head);
            line(&self.partial);
            self.partial.clear();
            rest = tail;
        }
        self.partial.extend_from_slice(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbox::Tally;

    const STREAM: &[u8] = b": nothing yet\n\nevent: State\nid: e.1\n\
        data: {\"sequence\":1,\"agentId\":\"1001\",\"commandId\":\"c1\",\"event\":{\"type\":\"State\",\"state\":\"READY\"}}\n\n\
        event: Gap\nid: e.3\ndata: {\"event\":{\"type\":\"Gap\",\"from\":2,\"to\":3,\"otherEpoch\":false}}\n\n\
        event: System\nid: e.4\ndata: {\"sequence\":4,\"agentId\":null,\"commandId\":null,\"event\":{\"type\":\"System\",\"status\":\"IN_SERVICE\"}}\n\n";

    #[test]
    fn a_stream_is_read_the_same_however_it_is_split() {
        for size in 1..STREAM.len() {
            let mut inbox = Inbox::default();
            let mut agent = inbox.agent("1001");
            let mut lines = Lines::default();
            for chunk in STREAM.chunks(size) {
                lines.push(chunk, |line| take(0, line, &inbox));
            }
            assert_eq!(agent.try_recv().unwrap().command.as_deref(), Some("c1"));
            let tally = Tally { received: 2, missing: 2, ..Tally::default() };
            assert_eq!(inbox.tally(), tally, "in chunks of {size}");
        }
    }
}
