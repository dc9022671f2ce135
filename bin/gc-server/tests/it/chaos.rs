//! Twenty agents work at random while everything between them and Finesse fails at random. When it has ended, each command has
//! had one outcome, each call has begun and ended once, and the clients know what Finesse has.
//!
//! `SEED=…` repeats the choices of a run (not its timing), `CHAOS_SECONDS=300` makes it longer.

mod agents;
mod customers;
mod weather;

use std::time::Duration;

use finesse_sim::{Config as SimConfig, Platform, Running, SecondNode, Sim};
use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::time::{Instant, sleep_until};

use crate::support::site::Site;

const CLIENTS: usize = 4;
const QUEUES: [&str; 2] = ["8001", "8002"];

/// One of those who do something again and again until the run is over, each by choices of its own.
struct Player<'a> {
    site: &'a Site,
    dice: StdRng,
    end: Instant,
}

impl Player<'_> {
    /// Waits for some milliseconds; false when the run is over.
    async fn pause(&mut self, milliseconds: std::ops::Range<u64>) -> bool {
        let pause = Duration::from_millis(self.dice.random_range(milliseconds));
        sleep_until(self.end.min(Instant::now() + pause)).await;
        Instant::now() < self.end
    }

    /// One of the agents.
    fn agent(&mut self) -> String {
        (1001 + self.dice.random_range(0..20)).to_string()
    }
}

async fn simulator(platform: Platform) -> Running {
    gc_server::choose_crypto();
    let second_node = Some(SecondNode::any("127.0.0.1"));
    let mut config = SimConfig { tls: false, platform, second_node, ..SimConfig::demo().unwrap() };
    let timers = &mut config.world.timers;
    timers.event_delay = Duration::from_millis(5);
    timers.customer_answers = Duration::from_millis(100);
    timers.rona = Duration::from_secs(2);
    timers.presence_loss = Duration::from_secs(2);
    config.world.agents.iter_mut().for_each(|agent| agent.wrap_up_timer = 1);
    Sim::start(config).await.unwrap()
}

async fn run(platform: Platform, seed: u64) {
    let number = |name| std::env::var(name).ok().map(|number| number.parse().unwrap());
    let seed = number("SEED").unwrap_or(seed);
    let length = Duration::from_secs(number("CHAOS_SECONDS").unwrap_or(20));
    println!("SEED={seed}, for {length:?}");

    let agents: Vec<_> = (1001..=1020).map(|agent| agent.to_string()).collect();
    let settings = [
        ("session.deadline", "'3s'"),
        ("session.reconnect_max", "'500ms'"),
        ("finesse.health_interval", "'250ms'"),
    ];
    let site = Site::open(simulator(platform).await, &settings, &agents, CLIENTS).await;
    for agent in &agents {
        site.connects(agent).await;
        site.logs_in(agent).await;
    }
    let played = match site.settles().await {
        Ok(()) => play(&site, seed, Instant::now() + length).await,
        failed => failed,
    };
    site.end().await;
    played.unwrap_or_else(|failure| panic!("SEED={seed}: {failure}"));
}

async fn play(site: &Site, seed: u64, end: Instant) -> Result<(), String> {
    let mut seeds = StdRng::seed_from_u64(seed);
    let mut player = || Player { site, dice: StdRng::from_rng(&mut seeds), end };
    let agents: Vec<_> = site.agents().map(|agent| agents::works(player(), agent)).collect();
    let others = (
        customers::call(player()),
        weather::network(player()),
        weather::nodes(player()),
        weather::requests(player()),
    );
    tokio::join!(join_all(agents), others.0, others.1, others.2, others.3);

    site.journal.note(None, "-- everything works again");
    println!("SEED={seed}: {}", site.journal.book().summary());
    weather::clears(site).await;
    customers::leave_the_queues(site).await;
    let settled = site.settles().await;
    customers::hang_up(site).await;
    let failures = [settled, site.settles().await, site.keeps_the_rules()];
    let failures: Vec<_> = failures.into_iter().filter_map(Result::err).collect();
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_fails_on_ucce_each_command_ends_once_and_the_clients_know_what_finesse_has() {
    run(Platform::Ucce, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_fails_on_uccx_each_command_ends_once_and_the_clients_know_what_finesse_has() {
    run(Platform::Uccx, 2).await;
}
