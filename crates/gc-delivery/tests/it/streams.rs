//! Live streams.

use futures_util::StreamExt;
use gc_delivery::{Bounds, Cursor, Epoch, Gap, Item, Subscription};
use uuid::Uuid;

use crate::{
    receiver::{Answer, Receiver},
    support::{append, at_most, bounded, config, crm, delivery, message, soon, until},
};

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

async fn gap(stream: &mut Subscription) -> Gap {
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
    let mut resumed = delivery.subscribe(&crm(), Some(seen)).unwrap();
    let missed = gap(&mut resumed).await;
    assert_eq!((missed.from, missed.to, missed.foreign), (2, 6, false));
    let mut behind_the_gap = delivery.subscribe(&crm(), Some(missed.cursor())).unwrap();
    assert_eq!(sequences(&mut behind_the_gap, 1).await, [7]);
    assert_eq!(sequences(&mut resumed, 3).await, [7, 8, 9]);
}

#[tokio::test]
async fn a_cursor_of_another_epoch_is_a_gap_from_the_beginning() {
    let delivery = delivery(config());
    delivery.register(&crm(), None);
    append(&delivery, &crm(), 2).await;
    let foreign = Cursor { epoch: Epoch::from(Uuid::max()), sequence: 1 };
    let mut stream = delivery.subscribe(&crm(), Some(foreign)).unwrap();
    let missed = gap(&mut stream).await;
    assert_eq!((missed.from, missed.to, missed.foreign), (1, 0, true));
    assert_eq!(sequences(&mut stream, 2).await, [1, 2]);

    let never_given = Cursor { epoch: missed.epoch, sequence: 3 };
    let mut stream = delivery.subscribe(&crm(), Some(never_given)).unwrap();
    assert!(gap(&mut stream).await.foreign);
    assert_eq!(sequences(&mut stream, 2).await, [1, 2]);
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
    let mut stream = delivery.subscribe(&crm(), Some(before)).unwrap();
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
