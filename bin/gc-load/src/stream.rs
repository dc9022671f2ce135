//! Reads a live stream.

use std::sync::Arc;

use futures_util::StreamExt;
use gc_protocol::{Dialect, StreamReader};
use reqwest::Response;

use crate::inbox::Inbox;

/// Receives the events of the stream until it ends.
pub(crate) async fn read(client: u32, answer: Response, inbox: Arc<Inbox>) {
    let (mut chunks, mut reader) = (answer.bytes_stream(), StreamReader::new(Dialect::Gc4412));
    while let Some(Ok(chunk)) = chunks.next().await {
        reader.push(&chunk).for_each(|delivered| inbox.take(client, delivered));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbox::Tally;

    #[test]
    fn a_gap_counts_by_the_numbers_around_it() {
        let stream = r#"event: State
id: e.1
data: {"sequence":1,"epoch":"e","agentId":"1001","commandId":"c1","event":{"type":"State","state":"READY"}}

event: Gap
id: e.3
data: {"epoch":"e","event":{"type":"Gap","from":2,"to":3,"otherEpoch":false}}

event: System
id: e.4
data: {"sequence":4,"epoch":"e","agentId":null,"commandId":null,"event":{"type":"System","status":"IN_SERVICE"}}

"#;
        let mut inbox = Inbox::default();
        let mut agent = inbox.agent("1001");
        let mut reader = StreamReader::new(Dialect::Gc4412);
        reader.push(stream.as_bytes()).for_each(|delivered| inbox.take(0, delivered));
        assert_eq!(agent.try_recv().unwrap().command.as_deref(), Some("c1"));
        assert_eq!(inbox.tally(), Tally { received: 2, missing: 2, ..Tally::default() });
    }
}
