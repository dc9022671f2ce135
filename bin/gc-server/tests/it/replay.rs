//! A client reads on where it was, by `Last-Event-ID` or `since`, also with the next process. It reads with gc-events.

use std::collections::VecDeque;
use std::time::Duration;

use finesse_sim::{Config as SimConfig, Sim};
use gc_environment::{Environment, RealEnvironment};
use gc_events::{Dialect, Envelope, Event, Gap, StreamReader};
use jiff::Timestamp;
use reqwest::{RequestBuilder, Response};

use crate::support::client::Client;
use crate::support::process::Process;
use crate::support::soon;
use crate::support::stage::{Stage, gc_toml};

/// A live stream as a client in Rust reads it.
struct Reader {
    answer: Response,
    stream: StreamReader,
    read: VecDeque<Envelope>,
}

impl Reader {
    async fn of(request: RequestBuilder) -> Self {
        let answer = soon("the live stream", request.send()).await.unwrap();
        assert_eq!(answer.status(), 200);
        Self { answer, stream: StreamReader::new(Dialect::Gc4412), read: VecDeque::new() }
    }

    /// The stream of the client "crm" with this query.
    async fn at(client: &Client, query: &str) -> Self {
        Self::of(client.http.get(format!("{}/gc/events/crm?envelope=true&{query}", client.url))).await
    }

    async fn next(&mut self) -> Envelope {
        loop {
            if let Some(envelope) = self.read.pop_front() {
                return envelope;
            }
            let chunk = soon("an event", self.answer.chunk()).await.unwrap().expect("the stream ended");
            self.read.extend(self.stream.push(&chunk).map(Result::unwrap));
        }
    }

    async fn some(&mut self, count: usize) -> Vec<Envelope> {
        let mut envelopes = Vec::new();
        while envelopes.len() < count {
            envelopes.push(self.next().await);
        }
        envelopes
    }
}

fn now() -> Timestamp {
    RealEnvironment.now().try_into().unwrap()
}

/// Says Hello and some Beats; each is answered by one event.
async fn greets(client: &Client, beats: usize) {
    client.hello("crm").await;
    for _ in 0..beats {
        client.accepted("Beat#crm", "").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_the_next_process_replays_the_rest_without_a_gap() {
    gc_server::choose_crypto();
    let sim = Sim::start(SimConfig::demo().unwrap()).await.unwrap();
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("store.redb");
    let config = format!("store.path = '{}'\n{}", file.display(), gc_toml(&sim, &[]));

    let process = Process::serve(&config, "info").await;
    let client = process.client();
    greets(&client, 1).await;
    let mut reader = Reader::at(&client, "").await;
    let seen = reader.some(2).await;
    let between = now();
    greets(&client, 3).await;
    let missed = reader.some(4).await;
    process.kill().await;

    let process = Process::serve(&config, "info").await;
    let client = process.client();
    let last = seen[1].cursor();
    let address = format!("{}/gc/events/crm?envelope=true", client.url);
    let by_header = client.http.get(&address).header("Last-Event-ID", &last);
    let header_first = client.http.get(format!("{address}&since=0")).header("Last-Event-ID", &last);
    for mut reader in [
        Reader::of(by_header).await,
        Reader::of(header_first).await,
        Reader::at(&client, &format!("last_event_id={last}&since=0")).await,
        Reader::at(&client, &format!("since={last}")).await,
        Reader::at(&client, &format!("since={}", seen[1].sequence)).await,
        Reader::at(&client, &format!("since={between}")).await,
    ] {
        assert_eq!(reader.some(4).await, missed);
    }
    assert_eq!(Reader::at(&client, "since=0").await.some(6).await, [seen, missed.clone()].concat());

    // What comes next has the next number.
    let mut reader = Reader::at(&client, &format!("since={}", missed[3].cursor())).await;
    client.accepted("Beat#crm", "").await;
    let next = reader.next().await;
    assert_eq!((next.sequence, &next.epoch), (7, &missed[3].epoch));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_store_the_next_process_begins_with_a_gap_of_a_new_epoch() {
    gc_server::choose_crypto();
    let sim = Sim::start(SimConfig::demo().unwrap()).await.unwrap();
    let config = gc_toml(&sim, &[]);
    let process = Process::serve(&config, "info").await;
    let client = process.client();
    greets(&client, 2).await;
    let last = Reader::at(&client, "").await.some(3).await.remove(2);
    let between = now();
    process.kill().await;

    let process = Process::serve(&config, "info").await;
    let client = process.client();
    assert_eq!(client.get("/gc/events/crm?since=0").await.status(), 404, "it has to say Hello again");
    client.hello("crm").await;
    let id = last.cursor();
    let by_header = client.http.get(format!("{}/gc/events/crm", client.url)).header("Last-Event-ID", &id);
    for mut reader in [
        Reader::of(by_header).await,
        Reader::at(&client, &format!("since={id}")).await,
        Reader::at(&client, &format!("since={}", last.sequence)).await,
        Reader::at(&client, &format!("since={between}")).await,
    ] {
        let [gap, hello] = [reader.next().await, reader.next().await];
        assert_eq!(gap.event, Event::Gap(Gap { from: 1, to: 0, other_epoch: true }));
        assert_eq!((gap.sequence, hello.sequence), (0, 1));
        assert!(gap.epoch == hello.epoch && gap.epoch != last.epoch);
        assert!(matches!(hello.event, Event::System(_)));
        // The place behind a gap is one like any other.
        let mut reader = Reader::at(&client, &format!("since={}", gap.cursor())).await;
        assert_eq!(reader.next().await.event, hello.event);
    }
}

#[tokio::test]
async fn what_is_older_than_what_is_kept_is_a_gap_and_what_is_to_come_is_not() {
    let stage = Stage::with(&[("outbox.max_replay", "2")]).await;
    let client = stage.client();
    let before = now();
    greets(&client, 4).await;
    let mut reader = Reader::at(&client, "").await;
    let last = reader.some(5).await.remove(4);
    // Delivered is what the task has noted; the next event says so.
    let all_noted = async || {
        let mut reader = Reader::at(&client, "since=0").await;
        matches!(reader.next().await.event, Event::Gap(Gap { from: 1, to: 3, .. }))
    };
    crate::support::until("the replay's end", all_noted).await;
    for (since, other_epoch, from) in
        [("1".to_owned(), false, 2), (format!("{}.1", last.epoch), false, 2), (before.to_string(), true, 1)]
    {
        let mut reader = Reader::at(&client, &format!("since={since}")).await;
        assert_eq!(reader.next().await.event, Event::Gap(Gap { from, to: 3, other_epoch }), "{since}");
        assert_eq!(reader.next().await.sequence, 4, "{since}");
        assert_eq!(reader.next().await, last, "{since}");
    }
    let later = now() + Duration::from_secs(3600);
    let mut readers =
        [Reader::at(&client, "since=5").await, Reader::at(&client, &format!("since={later}")).await];
    client.accepted("Beat#crm", "").await;
    for reader in &mut readers {
        assert_eq!(reader.next().await.sequence, 6);
    }
    let mut never_given = Reader::at(&client, &format!("since={}", u64::MAX)).await;
    assert!(matches!(never_given.next().await.event, Event::Gap(Gap { other_epoch: true, .. })));
    stage.end().await;
}

#[tokio::test]
async fn a_place_that_cannot_be_read_is_refused_with_the_three_forms() {
    let stage = Stage::start().await;
    let client = stage.client();
    client.hello("crm").await;
    let refused =
        ["-1", "1.5", "yesterday", "2026-11-29", "2026-11-29T14:00:00", "2026-11-29T14:00:00+01:00"];
    for since in refused {
        let request = client.http.get(format!("{}/gc/events/crm?since={since}", client.url));
        let answer = client.ask(request.header("Last-Event-ID", "00000000000000000000000000000000.1")).await;
        answer.is_error(400, "PLEASE_RETRY");
        let text = answer.json["errorMessage"].as_str().unwrap();
        assert!(
            ["since", "<epoch>.<sequence>", "number", "Z", "%2B"].iter().all(|part| text.contains(part)),
            "{text}"
        );
    }
    for since in ["", "%20", "1", "0", "2026-11-29T14:00:00%2B01:00", "2026-11-29T14:00:00Z"] {
        let answer = client.get(&format!("/gc/events/crm?since={since}")).await;
        assert_eq!(answer.status(), 200, "{since}");
    }
    // An id is the only form that the header takes.
    let by_number = client.http.get(format!("{}/gc/events/crm", client.url)).header("Last-Event-ID", "1");
    client.ask(by_number).await.is_error(400, "PLEASE_RETRY");
    stage.end().await;
}
