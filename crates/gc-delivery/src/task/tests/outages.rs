//! Several clients whose callbacks are on a host that cannot be reached.

use std::collections::BTreeSet;

use super::*;
use crate::{Delivery, MemoryJournal};

const CLIENTS: usize = 20;

struct Outage {
    delivery: Delivery,
    attempts: UnboundedReceiver<Delivering>,
}

impl Outage {
    /// Every client has events for the same host, and has seen that it is gone.
    async fn begin() -> Self {
        let (sink, mut attempts) = TestSink::new();
        let journal = Arc::new(MemoryJournal::default());
        let config = Config { max_age: MAX_AGE, ..Config::default() };
        let delivery = Delivery::with_sink(config, journal, sink, Arc::new(Seeded::new(5))).unwrap();
        for client in clients() {
            let path = format!("/{client}");
            delivery.register(&client, Some(Callback::from_parts("crm.example.com", &path).unwrap()));
            delivery
                .append([
                    (client.clone(), Message::new("State", "{}")),
                    (client, Message::new("State", "{}")),
                ])
                .unwrap();
        }
        for _ in 0..CLIENTS {
            soon(attempts.recv()).await.unwrap().fails();
        }
        Self { delivery, attempts }
    }

    /// The next attempt, if there is one within this time.
    async fn attempt(&mut self, within: Duration) -> Option<Delivering> {
        timeout(within, self.attempts.recv()).await.ok().flatten()
    }
}

fn clients() -> impl Iterator<Item = ClientKey> {
    (0..CLIENTS).map(|number| ClientKey::from(format!("desk-{number}").as_str()))
}

#[tokio::test(start_paused = true)]
async fn one_client_at_a_time_tries_and_one_success_lets_all_begin() {
    let mut outage = Outage::begin().await;
    let began = Instant::now();
    let (mut attempts, mut probers) = (0, BTreeSet::new());
    while began.elapsed() < Duration::from_secs(600) {
        let Some(probe) = outage.attempt(Duration::from_secs(60)).await else { panic!("nobody tries") };
        assert!(outage.attempt(Duration::from_secs(5)).await.is_none(), "one at a time");
        probers.insert(probe.entry.client.clone());
        probe.fails();
        attempts += 1;
    }
    assert!((12..30).contains(&attempts), "{attempts} attempts in ten minutes");
    assert!(probers.len() > 5, "it is not always the same one: {probers:?}");
    outage.attempt(Duration::from_secs(60)).await.unwrap().arrives();
    for _ in 0..CLIENTS {
        assert!(outage.attempt(Duration::from_millis(1)).await.is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_any_kind_leaves_each_client_its_own_schedule() {
    let mut outage = Outage::begin().await;
    outage.attempt(Duration::from_secs(60)).await.unwrap().answers(503);
    for _ in 0..CLIENTS {
        assert!(outage.attempt(Duration::from_secs(10)).await.is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn a_hello_makes_the_next_attempt_at_once() {
    let mut outage = Outage::begin().await;
    for _ in 0..6 {
        outage.attempt(Duration::from_secs(60)).await.unwrap().fails();
    }
    let client = clients().last().unwrap();
    outage.delivery.register(&client, Some(Callback::from_parts("crm.example.com", "/new").unwrap()));
    assert!(outage.attempt(Duration::from_millis(1)).await.is_some());
}

#[tokio::test(start_paused = true)]
async fn what_waits_behind_the_probe_of_another_client_expires_too() {
    let mut outage = Outage::begin().await;
    let began = Instant::now();
    let mut last = Duration::ZERO;
    while let Some(probe) = outage.attempt(Duration::from_secs(600)).await {
        last = began.elapsed();
        probe.fails();
    }
    // One failed probe is enough for all.
    assert!(last > MAX_AGE && last < MAX_AGE + Duration::from_secs(60), "{last:?}");
    for client in clients() {
        assert_eq!(outage.delivery.dead_letters(&client).await.unwrap().len(), 2, "{client}");
    }
}
