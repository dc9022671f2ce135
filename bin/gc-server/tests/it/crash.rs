//! The process is killed under load (SIGKILL), again and again. Whatever it was doing, each command that was answered with 202 has
//! one outcome, and the events come in order without a gap. After each restart each client knows what Finesse has, and whoever was
//! signed in still is.
//!
//! `KILLS=300` kills it more often, `SEED=…` repeats the choices of a run (not its timing).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use finesse_sim::{Config as SimConfig, Platform, Running, Sim};
use futures_util::future::join_all;
use gc_environment::RealEnvironment;
use gc_scenario::{View, choices};
use gc_store::Sealer;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::RwLock;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::support::PATIENCE;
use crate::support::journal::Journal;
use crate::support::process::Process;
use crate::support::receiver::{Listener, OK, Receiver, Then};
use crate::support::site::extension;
use crate::support::stage::{Control, gc_toml};

const CLIENTS: u32 = 5;
const AGENTS: u32 = 8;
/// So many of them never sign out by themselves.
const STAYING: u32 = 6;
const SIGNED_OUT: &str = "LOGOUT";
/// A sixth of what a real one waits.
const PRESENCE_LOSS: Duration = Duration::from_secs(10);
const AWAY: &str = "127.0.7.1:0";
const UNAVAILABLE: Then = Then::Answer("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n");

/// A world with a connector that dies.
pub(crate) struct World {
    pub(crate) sim: Running,
    pub(crate) control: Control,
    config: String,
    pub(crate) journal: Arc<Journal>,
    http: reqwest::Client,
    /// Held for reading by each who does something, and for writing while all of them pause.
    pub(crate) work: RwLock<()>,
    /// The agents that stay and that the simulator has had signed in.
    signed_in: Mutex<BTreeSet<String>>,
    /// Where the connector listens, if it lives.
    pub(crate) url: Mutex<Option<String>>,
    /// Of the receiver that is away now and then.
    pub(crate) listener: Arc<Listener>,
    _listening: Vec<AbortOnDropHandle<()>>,
    _place: TempDir,
}

impl World {
    /// Whoever is without a stream for `presence_loss` is signed out.
    pub(crate) async fn new(receivers: &mut Vec<String>, presence_loss: Duration) -> Self {
        gc_server::choose_crypto();
        // On UCCX, whoever is without a stream for too long is signed out.
        let mut config = SimConfig { tls: false, platform: Platform::Uccx, ..SimConfig::demo().unwrap() };
        config.world.timers.event_delay = Duration::from_millis(5);
        config.world.timers.presence_loss = presence_loss;
        config.world.agents.iter_mut().for_each(|agent| agent.wrap_up_timer = 1);
        let (sim, place) = (Sim::start(config).await.unwrap(), tempfile::tempdir().unwrap());
        let journal = Journal::new();
        let mut listening = Vec::new();
        // One takes everything, one does not at first, one takes it and loses the answer, one is away now and then, one is slow.
        let bad = [UNAVAILABLE, UNAVAILABLE, OK, UNAVAILABLE, OK, OK, UNAVAILABLE];
        let lost = [OK, Then::Close(""), OK, OK, Then::Close(""), Then::Close("")];
        let late = Then::Late(Duration::from_millis(60));
        // At an address of its own, so that nobody else gets its port meanwhile.
        let away = Receiver::at(AWAY, [], OK).await;
        let listener = away.listener();
        let all = [
            Receiver::good().await,
            Receiver::scripted(bad, OK).await,
            Receiver::scripted(lost, OK).await,
            away,
            Receiver::scripted([], late).await,
        ];
        for (client, receiver) in all.into_iter().enumerate() {
            receivers.push(receiver.url.clone());
            listening.push(journal.listen(&format!("desk-{client}"), receiver));
        }
        Self {
            control: Control::of(&sim),
            config: Self::config(&sim, place.path()),
            sim,
            journal,
            http: reqwest::Client::builder().timeout(Duration::from_secs(5)).build().unwrap(),
            work: RwLock::default(),
            signed_in: Mutex::default(),
            url: Mutex::default(),
            listener,
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
    pub(crate) async fn sends(&self, command: &str, data: Value) -> Option<String> {
        let url = self.url.lock().unwrap().clone()?;
        let mut data = data;
        data["type"] = command.into();
        let answer = self.http.post(format!("{url}/gc/command")).json(&json!({ "data": data })).send();
        let answer = answer.await.ok().filter(|answer| answer.status() == 202)?;
        let answer: Value = answer.json().await.ok()?;
        answer["commandId"].as_str().map(str::to_owned)
    }

    /// The same of an agent, written down.
    pub(crate) async fn does(&self, agent: &str, command: &str, body: &str) -> Option<String> {
        let id = self.sends(&format!("{command}#{agent}"), json!({ "body": body })).await?;
        self.journal.took(agent, command, body, &id);
        Some(id)
    }

    async fn signs_in(&self, agent: &str) {
        let desk = agent.parse::<u32>().unwrap() % CLIENTS;
        self.does(agent, "Connect", &format!("desk-{desk},demo")).await;
        self.does(agent, "Login", &format!("demo,{}", extension(agent))).await;
    }

    async fn lives(&self) -> Process {
        let process = Process::serve(&self.config, "warn,gc_server=info").await;
        *self.url.lock().unwrap() = Some(format!("http://{}", process.address));
        process
    }

    async fn dies(&self, process: Process) {
        *self.url.lock().unwrap() = None;
        process.kill().await;
        self.journal.note(None, "-- killed");
        self.journal.book().restarted();
    }

    /// Until each client knows what Finesse has, and each command has its outcome, while nobody does anything. Then whoever was
    /// signed in is so still.
    pub(crate) async fn settles(&self) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        let actual = loop {
            let mut actual = self.control.views().await;
            actual.retain(|agent, _| agents().any(|each| each == *agent));
            let wrong = self.wrong(&actual);
            let Some((agent, _)) = wrong.first() else { break actual };
            if Instant::now() > deadline {
                return Err(format!("{wrong:#?}\n{}", self.journal.transcript(agent)));
            }
            _ = timeout(Duration::from_millis(50), self.journal.until(|_| false)).await;
        };
        self.nobody_was_signed_out(&actual)
    }

    /// Which clients know something else than Finesse has, and the rules that are broken.
    fn wrong(&self, actual: &BTreeMap<String, View>) -> Vec<(String, String)> {
        let book = self.journal.book();
        let differs = |(agent, has): (&String, &View)| {
            let mut known = book.view(agent);
            // Of whom its client has not heard yet.
            if known.state.is_empty() || known.state == "RE_LOGIN" {
                SIGNED_OUT.clone_into(&mut known.state);
            }
            (known != *has)
                .then(|| (agent.clone(), format!("the client knows {known:?}, Finesse has {has:?}")))
        };
        actual.iter().filter_map(differs).chain(book.broken()).collect()
    }

    /// By the simulator's view, and by the events that the clients have received since.
    fn nobody_was_signed_out(&self, actual: &BTreeMap<String, View>) -> Result<(), String> {
        let mut signed_in = self.signed_in.lock().unwrap();
        for agent in agents().take(STAYING as usize) {
            let transcript = self.journal.transcript(&agent);
            let mut states =
                transcript.lines().filter_map(|line| line.split_once("< State ")?.1.split(' ').next());
            let was_heard = states.any(|state| !matches!(state, SIGNED_OUT | "RE_LOGIN"))
                && states.any(|state| matches!(state, SIGNED_OUT | "RE_LOGIN"));
            let is_out = actual[&agent].state == SIGNED_OUT;
            if was_heard || (is_out && signed_in.contains(&agent)) {
                return Err(format!("{agent} was signed out\n{transcript}"));
            }
            if !is_out {
                signed_in.insert(agent);
            }
        }
        Ok(())
    }
}

pub(crate) fn agents() -> impl Iterator<Item = String> {
    (1001..1001 + AGENTS).map(|agent| agent.to_string())
}

fn last_staying() -> String {
    (1000 + STAYING).to_string()
}

/// An agent works, and a customer calls now and then.
pub(crate) async fn works(world: &World, agent: String, mut dice: StdRng, end: CancellationToken) {
    loop {
        let pause = Duration::from_millis(dice.random_range(20..300));
        if end.run_until_cancelled(sleep(pause)).await.is_none() {
            return;
        }
        let _permit = world.work.read().await;
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
        let mut choices = choices(&view, number);
        choices.retain(|(_, command, _)| *command != "Logout" || agent.as_str() > last_staying().as_str());
        let (_, command, body) = choices.choose_weighted(&mut dice, |choice| choice.0).unwrap();
        match *command {
            "Connect" | "Login" => world.signs_in(&agent).await,
            command => _ = world.does(&agent, command, body).await,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn however_often_it_is_killed_each_command_ends_once_no_event_is_lost_and_nobody_is_signed_out() {
    let number = |name| std::env::var(name).ok().map(|number| number.parse::<u64>().unwrap());
    let (seed, kills) = (number("SEED").unwrap_or(1), number("KILLS").unwrap_or(30));
    println!("SEED={seed}, {kills} kills");
    let (mut dice, mut receivers) = (StdRng::seed_from_u64(seed), Vec::new());
    let world = World::new(&mut receivers, PRESENCE_LOSS).await;

    let mut process = world.lives().await;
    for (client, url) in receivers.iter().enumerate() {
        world.sends(&format!("Hello#desk-{client}"), json!({ "callbackFqdn": url })).await.unwrap();
    }
    let end = CancellationToken::new();
    let agents = agents().map(|agent| works(&world, agent, StdRng::from_rng(&mut dice), end.clone()));
    let agents = join_all(agents.collect::<Vec<_>>());
    let reaper = async {
        let mut settled = Ok(());
        for kill in 1..=kills {
            // A receiver is away for every third kill. It is back before the next start, or only after it: then each of its
            // events has failed once more.
            let (is_away, is_late) = (kill % 3 == 0, kill % 6 == 0);
            if is_away {
                world.listener.close().await;
            }
            sleep(Duration::from_millis(rand_of(kill, seed, 700))).await;
            world.dies(process).await;
            sleep(Duration::from_millis(rand_of(kill, !seed, 200))).await;
            if is_away && !is_late {
                world.listener.open().await;
            }
            let _pause = world.work.write().await;
            process = world.lives().await;
            if is_late {
                world.listener.open().await;
            }
            settled = world.settles().await.map_err(|failure| format!("after kill {kill}: {failure}"));
            if settled.is_err() {
                break;
            }
        }
        end.cancel();
        (process, settled)
    };
    let (_, (process, settled)) = tokio::join!(agents, reaper);
    println!("{}", world.journal.book().summary());
    let settled = match settled {
        Ok(()) => world.settles().await,
        failed => failed,
    };
    let signed_in = world.signed_in.lock().unwrap().len();
    let (code, logs) = {
        process.terminate().await;
        process.ended().await
    };
    settled.unwrap_or_else(|failure| panic!("SEED={seed}: {failure}\n{logs}"));
    assert_eq!(code, Some(0), "{logs}");
    assert_eq!(signed_in, STAYING as usize, "SEED={seed}: not everybody has ever been signed in");
    world.sim.shutdown().await;
}

/// Below `most`, by the number of the kill and the seed.
fn rand_of(kill: u64, seed: u64, most: u64) -> u64 {
    StdRng::seed_from_u64(seed.wrapping_mul(1000).wrapping_add(kill)).random_range(0..most)
}
