//! A journal whose disk fails goes on with other outboxes: senders and readers follow.

use std::sync::Arc;

use gc_delivery::{Config, Delivery, Gap, Item, MemoryJournal};

use crate::{
    receiver::{Answer, Receiver},
    support::{HOUR, append, config, crm, soon, until},
};

#[tokio::test]
async fn callbacks_go_on_in_order_with_the_same_ids_and_new_numbers() {
    let statuses = [Answer::Status(200), Answer::Status(500)];
    let mut receiver = Receiver::scripted(statuses, Answer::Status(200)).await;
    let journal = Arc::new(MemoryJournal::default());
    let delivery = Delivery::new(Config { retry_at: vec![HOUR], ..config() }, journal.clone()).unwrap();
    delivery.register(&crm(), Some(receiver.callback()));
    append(&delivery, &crm(), 3).await;
    receiver.next().await;
    let failed = receiver.next().await;
    until(|| settled(&delivery) == 1).await;
    journal.supersede();
    append(&delivery, &crm(), 1).await;
    let again = receiver.next().await;
    assert_eq!(again.header("webhook-id"), failed.header("webhook-id"));
    assert_eq!(again.sequence(), 1);
    assert_eq!(receiver.next_sequences(2).await, [2, 3]);
    assert_eq!(soon(delivery.drain(HOUR)).await, []);
}

fn settled(delivery: &Delivery) -> u64 {
    delivery.counts(&crm()).unwrap().settled
}

#[tokio::test]
async fn a_live_stream_goes_on_behind_a_gap_with_what_it_has_not_seen() {
    let journal = Arc::new(MemoryJournal::default());
    let delivery = Delivery::new(config(), journal.clone()).unwrap();
    delivery.register(&crm(), None);
    append(&delivery, &crm(), 2).await;
    let mut stream = delivery.subscribe(&crm(), None).unwrap();
    for _ in 0..2 {
        soon(stream.next()).await.unwrap();
    }
    until(|| settled(&delivery) == 2).await;
    // It waits already when the outbox ends.
    let next = tokio::spawn(async move { (stream.next().await, stream.next().await) });
    tokio::task::yield_now().await;
    journal.supersede();
    append(&delivery, &crm(), 1).await;
    let (gap, entry) = soon(next).await.unwrap();
    let Some(Item::Gap(Gap { from: 1, to: 0, foreign: true, epoch })) = gap else { panic!("{gap:?}") };
    let Some(Item::Entry(entry)) = entry else { panic!("{entry:?}") };
    assert_eq!((entry.sequence, entry.epoch), (1, epoch));
}
