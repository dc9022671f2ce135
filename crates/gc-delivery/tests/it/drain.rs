//! The end: undelivered events get their chance.

use std::time::Duration;

use gc_delivery::{Config, Item, Undelivered};

use crate::{
    receiver::{Answer, Receiver},
    support::{HOUR, append, config, crm, delivery, soon},
};

#[tokio::test]
async fn a_task_that_waits_for_its_next_attempt_makes_it_now() {
    let mut receiver = Receiver::scripted([Answer::Status(500)], Answer::Status(200)).await;
    let delivery = delivery(Config { retry_at: vec![HOUR], ..config() });
    delivery.register(&crm(), Some(receiver.callback()));
    append(&delivery, &crm(), 3).await;
    receiver.next().await;
    assert_eq!(soon(delivery.drain(HOUR)).await, []);
    assert_eq!(receiver.next_sequences(3).await, [1, 2, 3]);
}

#[tokio::test]
async fn at_the_deadline_the_rest_is_returned_and_tasks_end() {
    let mut receiver = Receiver::scripted([], Answer::Silence).await;
    let delivery = delivery(config());
    delivery.register(&crm(), Some(receiver.callback()));
    append(&delivery, &crm(), 2).await;
    receiver.next().await;
    let left = soon(delivery.drain(Duration::from_millis(50))).await;
    assert_eq!(left, [Undelivered { client: crm(), entries: 2 }]);
    receiver.is_given_up().await;
}

#[tokio::test]
async fn nobody_waits_for_a_stream_that_is_not_there() {
    let delivery = delivery(config());
    delivery.register(&crm(), None);
    append(&delivery, &crm(), 2).await;
    assert_eq!(soon(delivery.drain(HOUR)).await, [Undelivered { client: crm(), entries: 2 }]);
}

#[tokio::test]
async fn a_live_stream_is_read_to_its_end() {
    let delivery = delivery(config());
    delivery.register(&crm(), None);
    let mut stream = delivery.subscribe(&crm(), None).unwrap();
    append(&delivery, &crm(), 100).await;
    let reading = tokio::spawn(async move {
        let mut read = 0;
        while let Some(Item::Entry(_)) = stream.next().await {
            read += 1;
        }
        read
    });
    assert_eq!(soon(delivery.drain(HOUR)).await, []);
    assert_eq!(soon(reading).await.unwrap(), 100);
}
