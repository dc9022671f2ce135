//! A journal whose disk fails goes on with other outboxes: senders and readers follow.

use std::{pin::pin, sync::Arc};

use futures_util::FutureExt;
use gc_delivery::{Bounds, Config, Delivery, Item, MemoryJournal, Missed};

use crate::{
    receiver::{Answer, Receiver},
    support::{HOUR, append, at_most, config, crm, soon, until},
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
    let Some(Item::Gap(Missed { from: 1, to: 0, foreign: true, epoch })) = gap else { panic!("{gap:?}") };
    let Some(Item::Entry(entry)) = entry else { panic!("{entry:?}") };
    assert_eq!((entry.sequence, entry.epoch), (1, epoch));
}

/// A delivery whose client has three dead letters of the epoch before; its receiver gets one event.
async fn letters_of_before() -> (Arc<MemoryJournal>, Delivery) {
    let bounds = Bounds { undelivered: at_most(1), ..Bounds::default() };
    let journal = Arc::new(MemoryJournal::new(bounds));
    let delivery = Delivery::new(config(), journal.clone()).unwrap();
    delivery.register(&crm(), None);
    append(&delivery, &crm(), 4).await;
    assert_eq!(delivery.counts(&crm()).unwrap().dead_letters, 3);
    // The delivery's task waits for something to happen.
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    journal.supersede();
    (journal, delivery)
}

#[tokio::test]
async fn letters_of_an_earlier_epoch_are_replayed_with_their_ids_and_numbers_of_this_one() {
    let mut receiver = Receiver::good().await;
    let (_journal, delivery) = letters_of_before().await;
    delivery.register(&crm(), Some(receiver.callback()));
    assert_eq!(receiver.next().await.sequence(), 1);
    let all_arrived = async || until(|| delivery.counts(&crm()).unwrap().undelivered == 0).await;
    all_arrived().await;
    let letters = delivery.dead_letters(&crm()).await.unwrap();
    assert_eq!(letters.iter().map(|letter| letter.entry.sequence).collect::<Vec<_>>(), [1, 2, 3]);
    let second = letters[1].entry.id;
    assert_eq!(soon(delivery.replay(&crm(), Some(second))).await.unwrap(), letters[1..2]);
    let request = receiver.next().await;
    assert_eq!((request.sequence(), request.header("webhook-id")), (2, second.to_string().as_str()));
    all_arrived().await;
    assert_ne!(request.header("gc-epoch"), letters[1].entry.epoch.to_string());
    assert_eq!(soon(delivery.purge(&crm(), Some(letters[0].entry.id))).await.unwrap(), letters[..1]);
    assert_eq!(soon(delivery.replay(&crm(), None)).await.unwrap(), letters[2..]);
    assert_eq!(receiver.next().await.sequence(), 3);
    assert_eq!(delivery.counts(&crm()).unwrap().dead_letters, 0);
}

/// They are read in one epoch and removed in the next, of which the delivery's task does not know yet.
#[tokio::test]
async fn letters_are_removed_whenever_a_new_epoch_begins_meanwhile() {
    for polls in 0..4 {
        let (journal, delivery) = letters_of_before().await;
        let client = crm();
        let mut purging = pin!(delivery.purge(&client, None));
        let mut purged = None;
        for _ in 0..polls {
            purged = purged.or_else(|| purging.as_mut().now_or_never());
        }
        journal.supersede();
        let purged = match purged {
            Some(purged) => purged,
            None => soon(purging).await,
        };
        assert_eq!(purged.unwrap().len(), 3, "after {polls} polls");
        assert_eq!(delivery.counts(&crm()).unwrap().dead_letters, 0, "after {polls} polls");
    }
}
