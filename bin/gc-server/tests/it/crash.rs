//! The process is killed under load (SIGKILL), again and again. Whatever it was doing, each command that was answered with 202 has
//! one outcome, the events come in order without a gap, and in the end each client knows what Finesse has.
//!
//! `KILLS=300` kills it more often, `SEED=…` repeats the choices of a run (not its timing).

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use finesse_sim::{Config as SimConfig, Running, Sim};
use futures_util::future::join_all;
use gc_environment::RealEnvironment;
use gc_scenario::choices;
use gc_store::Sealer;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::support::PATIENCE;
use crate::support::journal::Journal;
use crate::support::process::Process;
use crate::support::receiver::{OK, Receiver, Then};
use crate::support::site::extension;
use crate::support::stage::{Control, gc_toml};

const CLIENTS: u32 = 3;
const AGENTS: u32 = 8;
const UNAVAILABLE: Then = Then::Answer("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n");

/// A world with a connector that dies.
struct World {
    sim: Running,
    control: Control,
    config: String,
    journal: Arc<Journal>,
    http: reqwest::Client,
    /// Where the connector listens, if it lives.
    url: Mutex<Option<String>>,
    _listening: Vec<AbortOnDropHandle<()>>,
    _place: TempDir,
}

impl World {
    async fn new(receivers: &mut Vec<String>) -> Self {
        gc_server::choose_crypto();
        let mut config = SimConfig { tls: false, ..SimConfig::demo().unwrap() };
        config.world.timers.event_delay = Duration::from_millis(5);
        config.world.agents.iter_mut().for_each(|agent| agent.wrap_up_timer = 1);
        let (sim, place) = (Sim::start(config).await.unwrap(), tempfile::tempdir().unwrap());
        let journal = Journal::new();
        let mut listening = Vec::new();
        // One takes everything, one does not at first, one takes it and loses the answer.
        let bad = [UNAVAILABLE, UNAVAILABLE, OK, UNAVAILABLE, OK, OK, UNAVAILABLE];
        let lost = [OK, Then::Close(""), OK, OK, Then::Close(""), Then::Close("")];
        for (client, script) in [Vec::new(), bad.to_vec(), lost.to_vec()].into_iter().enumerate() {
            let receiver = Receiver::scripted(script, OK).await;
            receivers.push(receiver.url.clone());
            listening.push(journal.listen(&format!("desk-{client}"), receiver));
        }
        Self {
            control: Control::of(&sim),
            config: Self::config(&sim, place.path()),
            sim,
            journal,
            http: reqwest::Client::builder().timeout(Duration::from_secs(5)).build().unwrap(),
            url: Mutex::default(),
            _listening: listening,
            _place: place,
        }
    }

    fn config(sim: &Running, place: &Path) -> String {
        let key = Sealer::new_key("test", &RealEnvironment);
        let settings = [("session.deadline", "'5s'"), ("finesse.health_interval", "'250ms'")];
        format!(
            "store.path = '{}'\nstore.key = '{}'\n{}",
            place.join("store.redb").display(),
            key.expose_secret(),
            gc_toml(sim, &settings)
        )
    }

    /// Sends a command; its id if it is answered with 202.
    async fn sends(&self, command: &str, data: Value) -> Option<String> {
        let url = self.url.lock().unwrap().clone()?;
        let mut data = data;
        data["type"] = command.into();
        let answer = self.http.post(format!("{url}/gc/command")).json(&json!({ "data": data })).send();
        let answer = answer.await.ok().filter(|answer| answer.status() == 202)?;
        let answer: Value = answer.json().await.ok()?;
        answer["commandId"].as_str().map(str::to_owned)
    }

    /// The same of an agent, written down.
    async fn does(&self, agent: &str, command: &str, body: &str) -> Option<String> {
        let id = self.sends(&format!("{command}#{agent}"), json!({ "body": body })).await?;
        self.journal.took(agent, command, body, &id);
        Some(id)
    }

    async fn signs_in(&self, agent: &str) {
        let desk = agent.parse::<u32>().unwrap() % CLIENTS;
        self.does(agent, "Connect", &format!("desk-{desk},demo")).await;
        self.does(agent, "Login", &format!("demo,{}", extension(agent))).await;
    }

    /// Lives until it is killed.
    async fn lives(&self, length: Duration) -> Process {
        let process = Process::serve(&self.config, "warn,gc_server=info").await;
        *self.url.lock().unwrap() = Some(format!("http://{}", process.address));
        sleep(length).await;
        process
    }

    async fn dies(&self, process: Process) {
        *self.url.lock().unwrap() = None;
        process.kill().await;
        self.journal.note(None, "-- killed");
        self.journal.book().restarted();
    }

    /// Until each client knows what Finesse has, and each command has its outcome.
    async fn settles(&self) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let actual = self.control.views().await;
            let wrong = {
                let book = self.journal.book();
                let differ = actual.iter().filter(|(agent, _)| agents().any(|each| each == **agent));
                let differ = differ.filter(|(agent, has)| book.view(agent) != **has);
                let differ = differ.map(|(agent, has)| {
                    (agent.clone(), format!("the client knows {:?}, Finesse has {has:?}", book.view(agent)))
                });
                differ.chain(book.broken()).collect::<Vec<_>>()
            };
            let Some((agent, _)) = wrong.first() else { return Ok(()) };
            if Instant::now() > deadline {
                return Err(format!("{wrong:#?}\n{}", self.journal.transcript(agent)));
            }
            _ = timeout(Duration::from_millis(50), self.journal.until(|_| false)).await;
        }
    }
}

fn agents() -> impl Iterator<Item = String> {
    (1001..1001 + AGENTS).map(|agent| agent.to_string())
}

/// An agent works, and a customer calls now and then.
async fn works(world: &World, agent: String, mut dice: StdRng, end: CancellationToken) {
    loop {
        let pause = Duration::from_millis(dice.random_range(20..300));
        if end.run_until_cancelled(sleep(pause)).await.is_none() {
            return;
        }
        let view = world.journal.book().view(&agent);
        if view.state.is_empty() || view.state == "LOGOUT" || view.state == "RE_LOGIN" {
            world.signs_in(&agent).await;
            continue;
        }
        if dice.random_bool(0.1) {
            let call = json!({ "from": "5550142", "to": agent });
            world.control.tries("/sim/calls", call).await;
        }
        let number = ["5550142", "5550199", "8001"].choose(&mut dice).unwrap();
        let choices = choices(&view, number);
        let (_, command, body) = choices.choose_weighted(&mut dice, |choice| choice.0).unwrap();
        match *command {
            "Connect" | "Login" => world.signs_in(&agent).await,
            command => _ = world.does(&agent, command, body).await,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn however_often_it_is_killed_each_command_ends_once_and_no_event_is_lost() {
    let number = |name| std::env::var(name).ok().map(|number| number.parse::<u64>().unwrap());
    let (seed, kills) = (number("SEED").unwrap_or(1), number("KILLS").unwrap_or(30));
    println!("SEED={seed}, {kills} kills");
    let (mut dice, mut receivers) = (StdRng::seed_from_u64(seed), Vec::new());
    let world = World::new(&mut receivers).await;

    let mut process = world.lives(Duration::ZERO).await;
    for (client, url) in receivers.iter().enumerate() {
        world.sends(&format!("Hello#desk-{client}"), json!({ "callbackFqdn": url })).await.unwrap();
    }
    let end = CancellationToken::new();
    let agents = agents().map(|agent| works(&world, agent, StdRng::from_rng(&mut dice), end.clone()));
    let agents = join_all(agents.collect::<Vec<_>>());
    let reaper = async {
        for kill in 1..=kills {
            sleep(Duration::from_millis(rand_of(kill, seed, 700))).await;
            world.dies(process).await;
            sleep(Duration::from_millis(rand_of(kill, !seed, 200))).await;
            process = world.lives(Duration::ZERO).await;
        }
        end.cancel();
        process
    };
    let (_, process) = tokio::join!(agents, reaper);
    println!("{}", world.journal.book().summary());
    let settled = world.settles().await;
    let (code, logs) = {
        process.terminate().await;
        process.ended().await
    };
    settled.unwrap_or_else(|failure| panic!("SEED={seed}: {failure}\n{logs}"));
    assert_eq!(code, Some(0), "{logs}");
    world.sim.shutdown().await;
}

/// Below `most`, by the number of the kill and the seed.
fn rand_of(kill: u64, seed: u64, most: u64) -> u64 {
    StdRng::seed_from_u64(seed.wrapping_mul(1000).wrapping_add(kill)).random_range(0..most)
}
