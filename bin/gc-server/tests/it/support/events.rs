//! The live stream, event by event.

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use gc_scenario::brief;
use serde_json::Value;

use super::soon;

#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// `<epoch>.<sequence>`
    pub(crate) id: String,
    pub(crate) event_type: String,
    pub(crate) data: Value,
}

impl Event {
    pub(crate) fn sequence(&self) -> u64 {
        self.id.split_once('.').unwrap().1.parse().unwrap()
    }

    /// The type and what matters most, for lists of events: `State READY`.
    pub(crate) fn brief(&self) -> String {
        brief(&self.data)
    }
}

pub(crate) struct Events {
    chunks: BoxStream<'static, Vec<u8>>,
    text: String,
}

impl Events {
    pub(crate) fn of(answer: reqwest::Response) -> Self {
        let chunks = answer.bytes_stream();
        let chunks = chunks.take_while(|chunk| std::future::ready(chunk.is_ok()));
        Self { chunks: chunks.map(|chunk| chunk.unwrap().to_vec()).boxed(), text: String::new() }
    }

    /// The next event; none when the stream has ended.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        soon("an event", async {
            loop {
                if let Some((event, rest)) = self.text.split_once("\n\n") {
                    let (event, rest) = (read(event), rest.to_owned());
                    self.text = rest;
                    match event {
                        Some(event) => return Some(event),
                        None => continue,
                    }
                }
                let chunk = self.chunks.next().await?;
                self.text.push_str(std::str::from_utf8(&chunk).unwrap());
            }
        })
        .await
    }

    /// The next event; none when it does not come in time.
    pub(crate) async fn next_within(&mut self, patience: std::time::Duration) -> Option<Event> {
        tokio::time::timeout(patience, self.next()).await.ok().flatten()
    }

    /// The next event for which this holds.
    pub(crate) async fn until(&mut self, wanted: impl Fn(&Event) -> bool) -> Event {
        self.all_until(wanted).await.pop().unwrap()
    }

    /// All events up to and with the next one for which this holds.
    pub(crate) async fn all_until(&mut self, wanted: impl Fn(&Event) -> bool) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            let event = self.next().await;
            let event = event.unwrap_or_else(|| panic!("the stream ended; it brought {events:#?}"));
            let found = wanted(&event);
            events.push(event);
            if found {
                return events;
            }
        }
    }

    pub(crate) async fn of_type(&mut self, event_type: &str) -> Event {
        self.until(|event| event.event_type == event_type).await
    }

    /// The next event that is `State READY` or the like.
    pub(crate) async fn brief(&mut self, brief: &str) -> Event {
        self.until(|event| event.brief() == brief).await
    }

    /// What else the stream brings until it ends.
    pub(crate) async fn rest(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }
}

/// One event; none for a comment.
fn read(text: &str) -> Option<Event> {
    let field = |name: &str| {
        let lines = text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let lines: Vec<_> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    };
    let data = serde_json::from_str(&field("data")?).unwrap();
    Some(Event { id: field("id")?, event_type: field("event")?, data })
}
