//! Thousands of events to callbacks that nobody answers, with the real program: others get theirs in order meanwhile, and the log stays
//! short. That memory is bounded and that nobody is delayed is shown on a paused clock: crates/gc-rehearsal/tests/outage.rs.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::process::Process;
use crate::support::receiver::Receiver;
use crate::support::stage::{gc_toml, simulator};

const DEAD: usize = 40;
const ROUNDS: usize = 50;

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_events_to_dead_callbacks_hold_nobody_up_and_fill_no_log() {
    let sim = simulator(false).await;
    let process =
        Process::serve(&gc_toml(&sim, &[("outbox.max_memory_mib", "1")]), "warn,gc_server=info").await;
    let client = process.client();
    let mut good = Receiver::good().await;
    client.hello_with_callback("good", &good.url).await;
    assert_eq!(good.next().await.sequence(), 1);
    for number in 0..DEAD {
        // Each on a host of its own. Nobody listens on its port, and its events are long.
        let (name, host) = (format!("Hello#dead-{number}"), format!("http://127.0.1.{}:9", number + 1));
        let hello = json!({ "type": name, "callbackFqdn": host, "sessionUrl": "s".repeat(2000) });
        client.send_data(hello).await.command_id();
    }
    let mut took = [Duration::ZERO; 2];
    let mut number = 1;
    for with_dead in [false, true] {
        for _ in 0..ROUNDS {
            if with_dead {
                let beats = (0..DEAD).map(|number| {
                    let beat =
                        json!({ "type": format!("Beat#dead-{number}"), "sessionUrl": "s".repeat(2000) });
                    client.send_data(beat)
                });
                join_all(beats).await.iter().for_each(|answer| _ = answer.command_id());
            }
            let begun = Instant::now();
            client.accepted("Beat#good", "").await;
            number += 1;
            assert_eq!(good.next().await.sequence(), number);
            took[usize::from(with_dead)] += begun.elapsed();
        }
    }
    let [without, with] = took;
    println!(
        "from a command to its callback: {:?} alone, {:?} beside dead callbacks, a ratio of {:.1}",
        without / 50,
        with / 50,
        with.as_secs_f64() / without.as_secs_f64()
    );
    assert_eq!(client.get("/health/ready").await.status(), 200);
    // What cannot be delivered is not waited for.
    process.signal("KILL").await;
    let (_, logs) = process.ended().await;
    let lines = logs.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let messages: Vec<_> =
        lines.filter_map(|line| line["fields"]["message"].as_str().map(str::to_owned)).collect();
    let count = |what: &str| messages.iter().filter(|message| message.contains(what)).count();
    assert!((1..=DEAD).contains(&count("callback fails")), "{}", count("callback fails"));
    assert!(count("the host of callbacks cannot be reached") <= DEAD);
    sim.shutdown().await;
}
