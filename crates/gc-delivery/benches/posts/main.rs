//! What a callback costs beside what the HTTP client alone needs for the same requests.
//!
//! `cargo bench -p gc-delivery --bench posts` prints the instructions of one event, under callgrind, so that a busy machine gives
//! the same result; then events a second in rounds that take turns, as ratios; then those of receivers that take their time, in
//! both orders. `-- instructions`, `-- times` and `-- orders` print one of them. The receiver is a process of its own, which is not
//! counted. The results are in docs/performance.md.
#![allow(clippy::expect_used, clippy::panic, reason = "a benchmark that is set up wrongly has to fail")]

mod callgrind;
mod receiver;
mod sender;

use std::env;
use std::time::Duration;

use gc_delivery::Order;
use receiver::Receiver;
use sender::Sender;
use tokio::runtime::{Builder, Runtime};

const ROUNDS: usize = 9;
/// Events of one round.
const EVENTS: u32 = 4_000;

fn main() {
    let arguments: Vec<_> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["receive", delay] => receiver::run(Duration::from_millis(delay.parse().expect("milliseconds"))),
        ["send", name, address, events] => {
            let sender = Sender::named(name).expect("a sender's name");
            // One thread: what is counted does not depend on who wakes whom.
            let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(sender.send(address, events.parse().expect("a number")));
        }
        ["instructions"] => instructions(),
        ["times"] => times(),
        ["orders"] => orders(),
        _ => {
            instructions();
            times();
            orders();
        }
    }
}

/// A line for each sender: the instructions of one event, and how often they are those of the HTTP client.
fn instructions() {
    let receiver = Receiver::start(Duration::ZERO);
    let mut alone = None;
    for sender in Sender::ALL {
        let count = callgrind::instructions(sender, &receiver.address);
        let ratio = count as f64 / *alone.get_or_insert(count) as f64;
        println!("{:<36}{count:>10} instructions {ratio:>6.2} × the client alone", sender.name());
    }
}

/// Events a second, and their ratio to those of the HTTP client. The median of the rounds is what counts.
fn times() {
    let (runtime, receiver) = (runtime(), Receiver::start(Duration::ZERO));
    let mut ratios = vec![Vec::new(); Sender::ALL.len()];
    for _ in 0..ROUNDS {
        let rates = Sender::ALL.map(|sender| {
            let took = runtime.block_on(sender.send(&receiver.address, EVENTS));
            f64::from(EVENTS) / took.as_secs_f64()
        });
        let [alone, ..] = rates;
        ratios.iter_mut().zip(rates).for_each(|(ratios, rate)| ratios.push(rate / alone));
        println!("events/s: {}", rates.map(|rate| format!("{rate:>8.0}")).join(" "));
    }
    for (sender, mut ratios) in Sender::ALL.into_iter().zip(ratios) {
        ratios.sort_by(f64::total_cmp);
        if let [least, .., most] = *ratios
            && let Some(median) = ratios.get(ROUNDS / 2)
        {
            println!("{:<36}{median:>6.2} × the client alone ({least:.2} to {most:.2})", sender.name());
        }
    }
}

/// Events of ten agents of one client a second, to receivers that take so long for each.
fn orders() {
    let runtime = runtime();
    for delay in [1, 10, 50, 200] {
        let receiver = Receiver::start(Duration::from_millis(delay));
        let events = (3_000 / u32::try_from(delay).expect("a short one")).clamp(40, 1_000);
        let [by_client, by_agent] = [Order::Client, Order::Agent { max_in_flight: 8 }].map(|order| {
            let took = runtime.block_on(sender::in_order(order, &receiver.address, events));
            f64::from(events) / took.as_secs_f64()
        });
        let ratio = by_agent / by_client;
        println!(
            "a receiver of {delay} ms: client {by_client:.0}/s, agent {by_agent:.0}/s, ratio {ratio:.1}"
        );
    }
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().enable_all().build().expect("a runtime")
}
