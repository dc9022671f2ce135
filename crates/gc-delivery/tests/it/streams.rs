//! Live streams.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures_util::StreamExt;
use gc_delivery::{
    Batch, Bounds, Cursor, Delivery, Epoch, Item, Journal, MemoryJournal, Missed, Record, Since, Subscription,
};
use gc_environment::{Environment, RealEnvironment};
use tokio::time::timeout;
use uuid::Uuid;

use crate::{
    receiver::{Answer, Receiver},
    support::{HOUR, append, at_most, bounded, config, crm, delivery, message, soon, until},
};

const MINUTE: Duration = Duration::from_secs(60);
/// Long enough for what must not come.
const MOMENT: Duration = Duration::from_millis(20);

async fn entry(stream: &mut Subscription) -> gc_delivery::Entry {
    match soon(stream.next()).await {
        Some(Item::Entry(entry)) => entry,
        other => panic!("{other:?}"),
    }
}

async fn sequences(stream: &mut Subscription, count: usize) -> Vec<u64> {
    let mut sequences = Vec::new();
    for _ in 0..count {
        sequences.push(entry(stream).await.sequence);
    }
    sequences
}

async fn gap(stream: &mut Subscription) -> Missed {
    match soon(stream.next()).await {
        Some(Item::Gap(gap)) => gap,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_stream_begins_with_what_was_collected_and_goes_on_live() {
    let delivery = delivery(config());
    delivery.register(&crm(), None);
    append(&delivery, &crm(), 200).await;
    let mut stream = delivery.subscribe(&crm(), None).unwrap();
    assert!(sequences(&mut stream, 200).await.into_iter().eq(1..=200));
    let (live, ()) = tokio::join!(entry(&mut stream), async { append(&delivery, &crm(), 1).await });
    assert_eq!(live.sequence, 201);
    assert_eq!(live.message.event_type, "State");
}

#[tokio::test]
async fn a_stream_resumes_behind_the_id_it_saw_last() {
    let delivery = delivery(config());
    delivery.register(&crm(), None);
    append(&delivery, &crm(), 5).await;
    let mut stream = delivery.subscribe(&crm(), None).unwrap();
    sequences(&mut stream, 2).await;
    let last_event_id = entry(&mut stream).await.cursor().to_string();
    sequences(&mut stream, 2).await;
    drop(stream);
    let mut resumed = delivery.subscribe(&crm(), Some(last_event_id.parse().unwrap())).unwrap();
    assert_eq!(sequences(&mut resumed, 2).await, [4, 5]);
    append(&delivery, &crm(), 1).await;
    assert_eq!(sequences(&mut resumed, 1).await, [6]);
}

#[tokio::test]
async fn what_is_no_longer_there_is_reported_as_a_gap() {
    let delivery = bounded(config(), Bounds { replay: at_most(2), ..Bounds::default() });
    delivery.register(&crm(), None);
    append(&delivery, &crm(), 1).await;
    let mut stream = delivery.subscribe(&crm(), None).unwrap();
    let seen = entry(&mut stream).await.cursor();
    append(&delivery, &crm(), 8).await;
    sequences(&mut stream, 7).await;
    until(|| delivery.counts(&crm()).unwrap().settled == 8).await;
    let mut resumed = delivery.subscribe(&crm(), Some(seen.into())).unwrap();
    let missed = gap(&mut resumed).await;
    assert_eq!((missed.from, missed.to, missed.foreign), (2, 6, false));
    let mut behind_the_gap = delivery.subscribe(&crm(), Some(missed.cursor().into())).unwrap();
    assert_eq!(sequences(&mut behind_the_gap, 1).await, [7]);
    assert_eq!(sequences(&mut resumed, 3).await, [7, 8, 9]);
}

#[tokio::test]
async fn a_cursor_of_another_epoch_is_a_gap_from_the_beginning() {
    let delivery = delivery(config());
    delivery.register(&crm(), None);
    append(&delivery, &crm(), 2).await;
    let foreign = Cursor { epoch: Epoch::from(Uuid::max()), sequence: 1 };
    let mut stream = delivery.subscribe(&crm(), Some(foreign.into())).unwrap();
    let missed = gap(&mut stream).await;
    assert_eq!((missed.from, missed.to, missed.foreign), (1, 0, true));
    assert_eq!(sequences(&mut stream, 2).await, [1, 2]);

    let never_given = Cursor { epoch: missed.epoch, sequence: 3 };
    let mut stream = delivery.subscribe(&crm(), Some(never_given.into())).unwrap();
    assert!(gap(&mut stream).await.foreign);
    assert_eq!(sequences(&mut stream, 2).await, [1, 2]);
}

#[tokio::test]
async fn a_number_is_one_of_the_present_epoch() {
    let delivery = delivery(config());
    delivery.register(&crm(), None);
    append(&delivery, &crm(), 3).await;
    for (number, rest) in [(0, vec![1, 2, 3]), (2, vec![3]), (3, vec![])] {
        let mut stream = delivery.subscribe(&crm(), Some(Since::Sequence(number))).unwrap();
        assert_eq!(sequences(&mut stream, rest.len()).await, rest);
        assert!(timeout(MOMENT, stream.next()).await.is_err(), "{number}");
    }
    let mut stream = delivery.subscribe(&crm(), Some(Since::Sequence(4))).unwrap();
    let missed = gap(&mut stream).await;
    assert_eq!((missed.from, missed.to, missed.foreign), (1, 0, true));
    assert_eq!(sequences(&mut stream, 3).await, [1, 2, 3]);
}

/// Entries that are a minute apart.
struct EachMinute {
    delivery: Delivery,
    journal: Arc<MemoryJournal>,
}

impl EachMinute {
    /// So many, the first at this time, of which so many delivered ones are kept.
    async fn from(first: SystemTime, count: u32, kept: usize) -> Self {
        let bounds = Bounds { replay: at_most(kept), ..Bounds::default() };
        let journal = Arc::new(MemoryJournal::new(bounds));
        let delivery = Delivery::new(config(), journal.clone() as Arc<dyn Journal>).unwrap();
        delivery.register(&crm(), None);
        let minutes = Self { delivery, journal };
        for number in 0..count {
            minutes.append(first + number * MINUTE).await;
        }
        minutes
    }

    async fn append(&self, at: SystemTime) {
        let (client, epoch) = (crm(), self.journal.open(&crm()).epoch());
        let record = Record { client, epoch, id: RealEnvironment.id(), at, message: message("minute") };
        self.journal.append(Batch::from_iter([record])).await.unwrap();
    }

    fn since(&self, time: SystemTime) -> Subscription {
        self.delivery.subscribe(&crm(), Some(Since::Time(time))).unwrap()
    }
}

#[tokio::test]
async fn a_stream_begins_with_what_came_at_a_time_or_later() {
    let first = RealEnvironment.now() - 3 * HOUR;
    // More than is read at once.
    let minutes = EachMinute::from(first, 150, 200).await;
    for (since, next) in [
        (first + MINUTE, 2),
        (first + MINUTE + MOMENT, 3),
        (first + 100 * MINUTE, 101),
        (first + 149 * MINUTE, 150),
    ] {
        let mut stream = minutes.since(since);
        assert!(sequences(&mut stream, 151 - next).await.into_iter().eq(next as u64..=150), "{next}");
    }
    // All is older; or the time is still to come.
    for since in [first + 150 * MINUTE, RealEnvironment.now() + HOUR] {
        let mut stream = minutes.since(since);
        assert!(timeout(MOMENT, stream.next()).await.is_err());
        append(&minutes.delivery, &crm(), 1).await;
        entry(&mut stream).await;
    }
}

#[tokio::test]
async fn a_time_before_all_that_is_held_begins_with_a_gap() {
    let first = RealEnvironment.now() - HOUR;
    let minutes = EachMinute::from(first, 10, 2).await;
    let mut stream = minutes.since(first - MOMENT);
    let missed = gap(&mut stream).await;
    assert_eq!((missed.from, missed.to, missed.foreign), (1, 0, true), "nobody knows of another epoch");
    sequences(&mut stream, 10).await;
    until(|| minutes.delivery.counts(&crm()).unwrap().undelivered == 0).await;

    for since in [first + 3 * MINUTE, first + 8 * MINUTE] {
        let mut stream = minutes.since(since);
        let missed = gap(&mut stream).await;
        assert_eq!((missed.from, missed.to, missed.foreign), (1, 8, true));
        assert_eq!(sequences(&mut stream, 2).await, [9, 10]);
    }
    let mut stream = minutes.since(first + 9 * MINUTE);
    assert_eq!(sequences(&mut stream, 1).await, [10], "what is not held is older");

    let minutes = EachMinute::from(first, 0, 2).await;
    let mut stream = minutes.since(first);
    assert!(gap(&mut stream).await.foreign);
    append(&minutes.delivery, &crm(), 1).await;
    assert_eq!(sequences(&mut stream, 1).await, [1]);
}

#[tokio::test]
async fn a_clock_that_was_set_back_hides_nothing_that_comes() {
    let minutes = EachMinute::from(RealEnvironment.now() + HOUR, 3, 10).await;
    let mut stream = minutes.since(RealEnvironment.now());
    assert!(gap(&mut stream).await.foreign);
    assert_eq!(sequences(&mut stream, 3).await, [1, 2, 3]);

    let minutes = EachMinute::from(RealEnvironment.now() - HOUR, 3, 10).await;
    let mut stream = minutes.since(RealEnvironment.now() - MINUTE);
    minutes.append(RealEnvironment.now() - 2 * HOUR).await;
    assert_eq!(sequences(&mut stream, 1).await, [4]);
}

#[tokio::test]
async fn a_forgotten_clients_streams_end_and_its_numbers_begin_a_new_epoch() {
    let delivery = delivery(config());
    delivery.register(&crm(), None);
    append(&delivery, &crm(), 1).await;
    let mut stream = delivery.subscribe(&crm(), None).unwrap();
    let before = entry(&mut stream).await.cursor();
    let (end, _) = tokio::join!(soon(stream.next()), async { delivery.forget(&crm()).await.unwrap() });
    assert_eq!(end, None);
    assert!(delivery.subscribe(&crm(), None).is_err());
    delivery.register(&crm(), None);
    append(&delivery, &crm(), 1).await;
    let mut stream = delivery.subscribe(&crm(), Some(before.into())).unwrap();
    assert!(gap(&mut stream).await.foreign);
    assert_eq!(sequences(&mut stream, 1).await, [1]);
}

#[tokio::test]
async fn a_reader_that_does_not_read_delays_nobody() {
    let delivery =
        bounded(config(), Bounds { undelivered: at_most(10), replay: at_most(10), ..Bounds::default() });
    delivery.register(&crm(), None);
    let mut slow = delivery.subscribe(&crm(), None).unwrap();
    append(&delivery, &crm(), 1_000).await;
    let mut quick = delivery.subscribe(&crm(), None).unwrap();
    assert!(sequences(&mut quick, 10).await.into_iter().eq(991..=1_000));
    until(|| delivery.counts(&crm()).unwrap().undelivered == 0).await;
    let missed = gap(&mut slow).await;
    assert_eq!((missed.from, missed.to), (1, 990));
    assert!(sequences(&mut slow, 10).await.into_iter().eq(991..=1_000));
}

#[tokio::test]
async fn for_a_client_without_a_callback_reading_is_the_delivery() {
    let delivery = delivery(config());
    delivery.register(&crm(), None);
    append(&delivery, &crm(), 3).await;
    let mut stream = delivery.subscribe(&crm(), None).unwrap();
    sequences(&mut stream, 2).await;
    until(|| delivery.counts(&crm()).unwrap().undelivered == 1).await;
    let mut receiver = Receiver::good().await;
    delivery.register(&crm(), Some(receiver.callback()));
    assert_eq!(receiver.next_sequences(1).await, [3]);
}

#[tokio::test]
async fn for_a_client_with_a_callback_it_is_not() {
    let mut receiver = Receiver::scripted([], Answer::Silence).await;
    let delivery = delivery(config());
    delivery.register(&crm(), Some(receiver.callback()));
    append(&delivery, &crm(), 2).await;
    receiver.next().await;
    let mut stream = delivery.subscribe(&crm(), None).unwrap();
    assert_eq!(sequences(&mut stream, 2).await, [1, 2]);
    // The delivery task looks at what has changed.
    append(&delivery, &crm(), 1).await;
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    assert_eq!(delivery.counts(&crm()).unwrap().undelivered, 3);
}

#[tokio::test]
async fn it_is_a_stream() {
    let delivery = delivery(config());
    delivery.register(&crm(), None);
    let stream = delivery.subscribe(&crm(), None).unwrap().into_stream();
    delivery.append([(crm(), message("only"))]).unwrap().await.unwrap();
    delivery.forget(&crm()).await.unwrap();
    let items: Vec<_> = soon(stream.collect()).await;
    assert!(matches!(&items[..], [Item::Entry(entry)] if entry.message.body.contains("only")));
}
