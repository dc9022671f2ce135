//! What is given up, and what is not.

use std::time::Duration;

use gc_delivery::{Bounds, Callback, Config, Delivery, Failure, Reason};
use tokio::net::TcpListener;

use crate::{
    receiver::{Answer, Receiver},
    support::{append, at_most, bounded, config, crm, delivery, until},
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
