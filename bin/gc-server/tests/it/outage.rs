//! Thousands of events to callbacks that nobody answers, with the real program: calls go on, their client gets every event in order
//! meanwhile, memory is bounded, and the log stays short. That nobody is delayed is shown on a paused clock:
//! crates/gc-rehearsal/tests/outage.rs.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::support::client::Client;
use crate::support::process::Process;
use crate::support::receiver::Receiver;
use crate::support::stage::{Control, gc_toml, simulator};

const DEAD: usize = 40;
const ROUNDS: usize = 50;
/// All that waits, in MiB; more than twice of that is sent.
const MAX_MEMORY: u64 = 1;
/// What the program may grow by meanwhile, in MiB: connections, breakers and the allocator's reserve are in it.
const MAX_GROWTH: u64 = 24;

const SUSPENDED: Duration = Duration::from_secs(3);

/// A client that takes everything, and its agent.
struct Live {
    client: Client,
    control: Control,
    receiver: Receiver,
    /// The last number that it has received.
    number: u64,
}

impl Live {
    /// Whatever comes, in order, until this.
    async fn until(&mut self, brief: &str) -> Value {
        let callbacks = self.receiver.all_until(brief).await;
        for callback in &callbacks {
            self.number += 1;
            assert_eq!(callback.sequence(), self.number);
        }
        callbacks.last().unwrap().event.clone()
    }

    async fn signs_in(&mut self) {
        self.client.hello_with_callback("live", &self.receiver.url).await;
        self.client.accepted("Connect#1001", "live,demo").await;
        self.client.accepted("Login#1001", "demo,2001").await;
        self.until("State NOT_READY").await;
        self.client.accepted("MakeReady#1001", "").await;
        self.until("State READY").await;
    }

    /// A call from its ring to its end, with all its events.
    async fn takes_a_call(&mut self) {
        let call = self.control.call("5550100", "1001").await;
        assert_eq!(self.until("NewInboundCall").await["dialogId"], call.as_str());
        self.client.accepted("AnswerCall#1001", &call).await;
        self.until("InboundCall ACTIVE").await;
        self.client.accepted("ReleaseCall#1001", &call).await;
        self.until("State READY").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_events_to_dead_callbacks_hold_nobody_up_and_fill_neither_memory_nor_log() {
    let sim = simulator(false).await;
    let bound = MAX_MEMORY.to_string();
    let process =
        Process::serve(&gc_toml(&sim, &[("outbox.max_memory_mib", &bound)]), "warn,gc_server=info").await;
    let (client, control, receiver) = (process.client(), Control::of(&sim), Receiver::good().await);
    let mut live = Live { client: process.client(), control, receiver, number: 0 };
    live.signs_in().await;
    for number in 0..DEAD {
        // Each on a host of its own. Nobody listens on its port, and its events are long.
        let (name, host) = (format!("Hello#dead-{number}"), format!("http://127.0.1.{}:9", number + 1));
        let hello = json!({ "type": name, "callbackFqdn": host, "sessionUrl": "s".repeat(2000) });
        client.send_data(hello).await.command_id();
    }
    let mut took = [Duration::ZERO; 2];
    let mut resident = [0; 2];
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
            live.takes_a_call().await;
            let begun = Instant::now();
            client.accepted("Beat#live", "").await;
            live.until("System IN_SERVICE").await;
            took[usize::from(with_dead)] += begun.elapsed();
        }
        resident[usize::from(with_dead)] = resident_kib(process.id());
    }
    let [without, with] = took;
    println!(
        "from a command to its callback: {:?} alone, {:?} beside dead callbacks, a ratio of {:.1}",
        without / 50,
        with / 50,
        with.as_secs_f64() / without.as_secs_f64()
    );
    let [before, after] = resident;
    println!("{before} KiB resident before, {after} KiB after");
    assert!(after < before + MAX_GROWTH * 1024, "{before} KiB, then {after} KiB");
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

/// Its timers have all run out when it goes on, and what came meanwhile waits in its sockets.
#[tokio::test(flavor = "multi_thread")]
async fn suspended_during_a_call_it_goes_on_where_it_was() {
    let sim = simulator(false).await;
    let process = Process::serve(&gc_toml(&sim, &[]), "warn,gc_server=info").await;
    let (client, control, receiver) = (process.client(), Control::of(&sim), Receiver::good().await);
    let mut live = Live { client, control, receiver, number: 0 };
    live.signs_in().await;
    process.signal("STOP").await;
    let call = live.control.call("5550100", "1001").await;
    sleep(SUSPENDED).await;
    assert!(live.receiver.is_empty());
    process.signal("CONT").await;
    assert_eq!(live.until("NewInboundCall").await["dialogId"], call.as_str());
    live.client.accepted("AnswerCall#1001", &call).await;
    live.until("InboundCall ACTIVE").await;
    live.client.accepted("ReleaseCall#1001", &call).await;
    live.until("State READY").await;
    process.terminate().await;
    assert_eq!(process.ended().await.0, Some(0));
    sim.shutdown().await;
}

fn resident_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
