//! What the tests share.

use std::{sync::Arc, time::Duration};

use gc_delivery::{Bounds, ClientKey, Config, Delivery, Limits, MemoryJournal, Message};
use tokio::time;

pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// Quick to try again, slow to give up.
pub(crate) fn config() -> Config {
    Config {
        retry_at: vec![Duration::from_millis(1)],
        retry_every: Duration::from_millis(20),
        attempt_timeout: HOUR,
        max_age: HOUR,
        ..Config::default()
    }
}

pub(crate) fn delivery(config: Config) -> Delivery {
    bounded(config, Bounds::default())
}

pub(crate) fn bounded(config: Config, bounds: Bounds) -> Delivery {
    Delivery::new(config, Arc::new(MemoryJournal::new(bounds))).unwrap()
}

pub(crate) fn at_most(entries: usize) -> Limits {
    Limits { entries, bytes: usize::MAX }
}

pub(crate) fn crm() -> ClientKey {
    ClientKey::from("crm")
}

pub(crate) fn message(text: &str) -> Message {
    Message::new("State", format!(r#"{{"type":"State","state":"{text}"}}"#))
}

/// Appends so many messages, each for itself, and waits until they are committed.
pub(crate) async fn append(delivery: &Delivery, client: &ClientKey, count: usize) {
    let one = |number: usize| delivery.append([(client.clone(), message(&number.to_string()))]).unwrap();
    for commit in (0..count).map(one).collect::<Vec<_>>() {
        commit.await.unwrap();
    }
}

/// Waits for what must come, however slow the machine is; a test that hangs fails.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    time::timeout(Duration::from_secs(30), future).await.expect("it never came")
}

/// Waits until something holds.
pub(crate) async fn until(holds: impl Fn() -> bool) {
    let mut ticks = time::interval(Duration::from_millis(2));
    soon(async {
        while !holds() {
            ticks.tick().await;
        }
    })
    .await;
}
