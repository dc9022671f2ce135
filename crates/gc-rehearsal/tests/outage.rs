//! Receivers that are away for minutes, on the paused clock: what is held for them is bounded, others are not delayed, and the log
//! stays readable. A program of its own: what is logged is one for all threads.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

#[path = "rehearsal/environment.rs"]
#[expect(dead_code, reason = "the clock does not jump here")]
mod environment;

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use gc_delivery::{
    Attempt, Bounds, Callback, Config, Delivery, Entry, Failure, MemoryJournal, Message, Reason, Rest, Sink,
};
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep};

use environment::Seeded;

const MINUTE: Duration = Duration::from_secs(60);

/// What each receiver has taken, and when; all but the good one cannot be reached while there is an outage.
#[derive(Default)]
struct Callbacks {
    outage: AtomicBool,
    attempts: Mutex<u64>,
    taken: Mutex<BTreeMap<String, Vec<(u64, Instant)>>>,
}

impl Sink for Callbacks {
    fn deliver(&self, _: &Callback, entry: &Entry) -> BoxFuture<'static, Attempt> {
        *self.attempts.lock().unwrap() += 1;
        let client = entry.client.to_string();
        let attempt = if client != "good" && self.outage.load(Ordering::Relaxed) {
            Attempt::Retry { failure: Failure::Unreachable("refused".to_owned()), after: None }
        } else {
            let mut taken = self.taken.lock().unwrap();
            taken.entry(client).or_default().push((entry.sequence, Instant::now()));
            Attempt::Delivered(Rest::none())
        };
        Box::pin(async { attempt })
    }
}

/// A delivery to so many dead receivers, each on a host of its own, and one good one.
fn stage(name: &str, dead: usize, budget: usize) -> (Delivery, Arc<Callbacks>, Vec<String>) {
    let environment = Arc::new(Seeded::new(7));
    let journal = MemoryJournal::with_environment(Bounds::default(), environment.clone()).with_budget(budget);
    let sink = Arc::new(Callbacks { outage: true.into(), ..Callbacks::default() });
    let receivers = Arc::clone(&sink) as Arc<dyn Sink>;
    let delivery = Delivery::with_sink(Config::default(), Arc::new(journal), receivers, environment).unwrap();
    let clients: Vec<_> = (0..dead).map(|number| format!("{name}-{number}")).collect();
    for client in clients.iter().map(String::as_str).chain(["good"]) {
        let callback = Callback::parse(&format!("https://{client}.example/")).unwrap();
        delivery.register(&client.into(), Some(callback));
    }
    (delivery, sink, clients)
}

fn on_a_paused_clock(test: impl Future<Output = ()>) {
    Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(test);
}

fn undelivered(delivery: &Delivery, clients: &[String]) -> u64 {
    clients.iter().map(|client| delivery.counts(&client.as_str().into()).unwrap().undelivered).sum()
}

#[test]
fn receivers_away_for_minutes_cost_bounded_memory_and_delay_nobody() {
    const DEAD: usize = 20;
    const ROUNDS: u64 = 300;
    const BUDGET: usize = 1 << 20;
    on_a_paused_clock(async {
        let (delivery, sink, clients) = stage("away", DEAD, BUDGET);
        let message = || Message::new("State", "x".repeat(1000));
        let all = || clients.iter().map(String::as_str).chain(["good"]);
        let number = |size: usize| u64::try_from(size).unwrap();
        let (size, budget) = (number(message().size()), number(BUDGET));
        let mut sent = Vec::new();
        for _ in 0..ROUNDS {
            sent.push(Instant::now());
            drop(delivery.append(all().map(|client| (client.into(), message()))).unwrap());
            sleep(Duration::from_secs(1)).await;
            let held = undelivered(&delivery, &clients) * size;
            assert!(held <= budget, "{held} bytes");
        }
        let offered = sent.len() * DEAD * message().size();
        assert!(offered > 5 * BUDGET, "{offered} bytes are no test");
        // The good one has each event at the moment of its commit.
        let good: Vec<_> = sink.taken.lock().unwrap()["good"].clone();
        assert_eq!(
            good.iter().map(|(number, _)| *number).collect::<Vec<_>>(),
            (1..=ROUNDS).collect::<Vec<_>>()
        );
        assert_eq!(good.iter().map(|(_, at)| *at).collect::<Vec<_>>(), sent);

        sink.outage.store(false, Ordering::Relaxed);
        sleep(MINUTE).await;
        assert_eq!(undelivered(&delivery, &clients), 0);
        let mut kept = 0;
        for client in &clients {
            let taken: Vec<_> =
                sink.taken.lock().unwrap()[client].iter().map(|(number, _)| *number).collect();
            let letters = delivery.dead_letters(&client.as_str().into()).await.unwrap();
            assert!(letters.iter().all(|letter| letter.reason == Reason::Overflow));
            // Everything up to some number was given up, and everything behind it has arrived in order. Dead letters have a budget, too:
            // the oldest are gone, and counted.
            let lost = delivery.counts(&client.as_str().into()).unwrap().lost;
            let given_up: Vec<_> = letters.iter().map(|letter| letter.entry.sequence).collect();
            kept += number(given_up.len()) * size;
            assert_eq!([given_up, taken].concat(), (lost + 1..=ROUNDS).collect::<Vec<_>>(), "{client}");
        }
        assert!(kept > budget / 2 && kept <= budget, "{kept} bytes of dead letters");
    });
}

#[test]
fn three_thousand_dead_callbacks_write_two_lines_each_and_one_more_a_minute() {
    const DEAD: usize = 3000;
    const MINUTES: usize = 4;
    let lines = Lines::default();
    let writer = lines.clone();
    let logs = tracing_subscriber::fmt().with_max_level(tracing_subscriber::filter::LevelFilter::WARN);
    logs.with_ansi(false).with_writer(move || writer.clone()).init();
    on_a_paused_clock(async {
        let (delivery, sink, clients) = stage("dead", DEAD, 256 << 20);
        for _ in 0..2 {
            let events = clients.iter().map(|client| (client.as_str().into(), Message::new("State", "{}")));
            drop(delivery.append(events).unwrap());
        }
        sleep(MINUTE * 4 - Duration::from_secs(1)).await;
        let (text, attempts) = (lines.text(), *sink.attempts.lock().unwrap());
        // The other test may log as well.
        let all: Vec<_> = text.lines().filter(|line| line.contains("dead-")).collect();
        let count = |what: &str| all.iter().filter(|line| line.contains(what)).count();
        // The first attempt that fails, and the host that cannot be reached.
        assert_eq!((count("callback fails"), count("cannot be reached: one attempt")), (DEAD, DEAD));
        assert_eq!(count("callback still fails"), DEAD * (MINUTES - 1));
        assert_eq!(all.len(), DEAD * (MINUTES + 1), "and nothing else");
        assert!(attempts > 8 * DEAD as u64, "{attempts} attempts are no test");
    });
}

/// What is logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
