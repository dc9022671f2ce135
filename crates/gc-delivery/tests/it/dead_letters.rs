//! What is given up, and what is not.

use std::sync::Arc;
use std::time::Duration;

use gc_delivery::{
    Bounds, Callback, ClientKey, Config, Delivery, Failure, JournalError, MemoryJournal, Reason,
};
use tokio::net::TcpListener;

use crate::{
    receiver::{Answer, Receiver},
    support::{append, at_most, bounded, config, crm, delivery, message, until},
};

async fn dead(delivery: &Delivery) -> Vec<(u64, Reason)> {
    let letters = delivery.dead_letters(&crm()).await.unwrap().into_iter();
    letters.map(|letter| (letter.entry.sequence, letter.reason)).collect()
}

#[tokio::test]
async fn an_event_that_is_too_old_makes_way_for_the_next() {
    let mut receiver = Receiver::scripted([Answer::Status(500)], Answer::Status(200)).await;
    let delivery = delivery(Config { max_age: Duration::ZERO, ..config() });
    delivery.register(&crm(), Some(receiver.callback()));
    append(&delivery, &crm(), 1).await;
    until(|| delivery.counts(&crm()).unwrap().dead_letters > 0).await;
    append(&delivery, &crm(), 1).await;
    assert_eq!(receiver.next_sequences(2).await, [1, 2]);
    let failure = Failure::Status { status: 500 };
    assert_eq!(dead(&delivery).await, [(1, Reason::Expired(failure))]);
}

#[tokio::test]
async fn an_old_event_is_still_delivered_when_its_receiver_takes_it() {
    let mut receiver = Receiver::good().await;
    let delivery = delivery(Config { max_age: Duration::ZERO, ..config() });
    delivery.register(&crm(), None);
    append(&delivery, &crm(), 3).await;
    delivery.register(&crm(), Some(receiver.callback()));
    assert_eq!(receiver.next_sequences(3).await, [1, 2, 3]);
    assert_eq!(dead(&delivery).await, []);
}

#[tokio::test]
async fn too_many_undelivered_events_push_the_oldest_out() {
    let mut receiver = Receiver::scripted([], Answer::Silence).await;
    let delivery = bounded(config(), Bounds { undelivered: at_most(2), ..Bounds::default() });
    delivery.register(&crm(), Some(receiver.callback()));
    append(&delivery, &crm(), 1).await;
    receiver.next().await;
    append(&delivery, &crm(), 4).await;
    assert_eq!(dead(&delivery).await, [1, 2, 3].map(|sequence| (sequence, Reason::Overflow)));
}

#[tokio::test]
async fn beyond_the_memory_of_all_the_client_with_the_most_sees_a_gap_in_its_numbers() {
    let mut small = Receiver::good().await;
    let journal = MemoryJournal::default().with_budget(message("10").size() * 10);
    let delivery = Delivery::new(config(), Arc::new(journal)).unwrap();
    let other = ClientKey::from("other");
    delivery.register(&crm(), None);
    delivery.register(&other, Some(small.callback()));
    append(&delivery, &crm(), 20).await;
    append(&delivery, &other, 3).await;
    assert_eq!(small.next_sequences(3).await, [1, 2, 3], "whoever holds little loses nothing");

    let letters = dead(&delivery).await;
    let given_up = letters.last().map_or(0, |(number, _)| *number);
    assert!((10..20).contains(&given_up), "{letters:?}");
    // Dead letters have a budget of the same size: the newest are kept.
    let first = given_up + 1 - letters.len() as u64;
    assert_eq!(letters, (first..=given_up).map(|number| (number, Reason::Overflow)).collect::<Vec<_>>());
    assert!((5..=10).contains(&letters.len()), "{letters:?}");
    let mut receiver = Receiver::good().await;
    delivery.register(&crm(), Some(receiver.callback()));
    let left = usize::try_from(20 - given_up).unwrap();
    assert_eq!(receiver.next_sequences(left).await, (given_up + 1..=20).collect::<Vec<_>>());
}

/// Three events that the receiver has rejected, and one that it has taken.
async fn rejected(receiver: &mut Receiver) -> Delivery {
    let delivery = delivery(config());
    delivery.register(&crm(), Some(receiver.callback()));
    append(&delivery, &crm(), 4).await;
    receiver.next_sequences(10).await;
    until(|| delivery.counts(&crm()).unwrap().undelivered == 0).await;
    assert_eq!(delivery.counts(&crm()).unwrap().dead_letters, 3);
    delivery
}

fn rejecting() -> [Answer; 9] {
    std::array::from_fn(|_| Answer::Status(422))
}

#[tokio::test]
async fn replayed_letters_come_at_the_end_with_their_ids_and_new_numbers() {
    let mut receiver = Receiver::scripted(rejecting(), Answer::Status(200)).await;
    let delivery = rejected(&mut receiver).await;
    let letters = delivery.dead_letters(&crm()).await.unwrap();
    let second = letters[1].entry.id;
    assert_eq!(delivery.replay(&crm(), Some(second)).await.unwrap(), letters[1..2]);
    let request = receiver.next().await;
    assert_eq!((request.sequence(), request.header("webhook-id")), (5, second.to_string().as_str()));
    assert_eq!(request.body, letters[1].entry.message.body);
    assert_eq!(delivery.dead_letters(&crm()).await.unwrap().len(), 2);
    assert_eq!(delivery.replay(&crm(), Some(second)).await.unwrap(), [], "it is no dead letter any more");
    assert_eq!(delivery.replay(&crm(), None).await.unwrap().len(), 2);
    assert_eq!(receiver.next_sequences(2).await, [6, 7]);
    assert_eq!(delivery.counts(&crm()).unwrap().dead_letters, 0);
}

#[tokio::test]
async fn purged_letters_are_gone_and_nothing_else_is() {
    let mut receiver = Receiver::scripted(rejecting(), Answer::Status(200)).await;
    let delivery = rejected(&mut receiver).await;
    let first = delivery.dead_letters(&crm()).await.unwrap()[0].entry.id;
    assert_eq!(delivery.purge(&crm(), Some(first)).await.unwrap().len(), 1);
    let left: Vec<_> = dead(&delivery).await.into_iter().map(|(sequence, _)| sequence).collect();
    assert_eq!(left, [2, 3]);
    assert_eq!(delivery.purge(&crm(), None).await.unwrap().len(), 2);
    assert_eq!(dead(&delivery).await, []);
    append(&delivery, &crm(), 1).await;
    assert_eq!(receiver.next().await.sequence(), 5);
}

#[tokio::test]
async fn nobody_waits_for_the_letters_of_a_client_that_is_forgotten() {
    let mut receiver = Receiver::scripted(rejecting(), Answer::Status(200)).await;
    let delivery = rejected(&mut receiver).await;
    delivery.forget(&crm()).await.unwrap();
    for result in [delivery.replay(&crm(), None).await, delivery.purge(&crm(), None).await] {
        assert!(matches!(result, Err(JournalError::NoOutbox(_))), "{result:?}");
    }
}

#[tokio::test]
async fn a_letter_says_that_nobody_listened() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = listener.local_addr().unwrap().to_string();
    drop(listener);
    let delivery = delivery(Config { max_age: Duration::ZERO, ..config() });
    delivery
        .register(&crm(), Some(Callback::from_parts(&format!("http://{nobody}"), "/?token=hidden").unwrap()));
    append(&delivery, &crm(), 1).await;
    until(|| delivery.counts(&crm()).unwrap().dead_letters > 0).await;
    let letters = dead(&delivery).await;
    let Reason::Expired(Failure::Unreachable(why)) = &letters[0].1 else { panic!("{letters:?}") };
    assert!(why.contains("refused") && !why.contains("hidden"), "{why}");
}
