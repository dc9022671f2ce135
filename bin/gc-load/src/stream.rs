//! Reads a live stream.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use gc_protocol::{Dialect, StreamReader};
use reqwest::Response;
use tokio::time::sleep;

use crate::client::{Client, Refused};
use crate::inbox::Inbox;

/// From the end of a stream to the next attempt to open one.
const PAUSE: Duration = Duration::from_millis(50);

/// Receives the client's events. Whenever the stream ends, it goes on behind the last event, at the next connector.
pub(crate) async fn read(number: u32, client: Arc<Client>, opened: Response, inbox: Arc<Inbox>) {
    let (mut answer, mut last) = (Some(opened), None::<String>);
    loop {
        if let Some(opened) = answer.take() {
            let (mut chunks, mut reader) = (opened.bytes_stream(), StreamReader::new(Dialect::Gc4412));
            while let Some(Ok(chunk)) = chunks.next().await {
                for delivered in reader.push(&chunk) {
                    if let Ok(envelope) = &delivered {
                        last = Some(envelope.cursor());
                    }
                    inbox.take(number, delivered);
                }
            }
        }
        sleep(PAUSE).await;
        match client.stream(last.as_deref()).await {
            Ok(opened) => answer = Some(opened),
            Err(Refused { again_after, .. }) => sleep(again_after.unwrap_or_default()).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::Tally;

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
