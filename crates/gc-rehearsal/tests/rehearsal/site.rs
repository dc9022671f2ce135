//! The product and the simulator in one thread, with the clients around them.

mod commands;
mod dice;
mod observed;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use finesse_client::{Cluster, ClusterConfig, Fingerprint, NodeConfig, Trust};
use finesse_sim::{Config as SimConfig, InProcess, SecondNode};
use gc_delivery::{Bounds, MemoryJournal};
use gc_environment::Environment;
use gc_rules::Settings;
use gc_session::{EngineCluster, EngineConfig};
use gc_store::{RedbJournal, Sealer};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::commits::Commits;
use crate::device::{Device, DiskFault};
use crate::disk::{Disk, Keeper};
use crate::environment::Seeded;
use crate::journal::Journal;
use crate::ledger::Ledger;
use crate::life::Life;
use crate::net::Net;
use crate::plan::FaultPlan;
use crate::receivers::Receivers;
use crate::seams::{NODES, Seams, exchange};
use crate::takeover::{Tenure, Watch};

pub(crate) use self::dice::Dice;

/// The agent whose client has the wrong password.
pub(crate) const STRANGER: &str = "1020";

/// How often it tries: at the fifth Finesse locks the account.
const STRANGERS_TRIES: u32 = 3;

/// The state of an agent that is signed out.
pub(crate) const SIGNED_OUT: &str = "LOGOUT";

pub(crate) struct Site {
    pub(crate) plan: FaultPlan,
    pub(crate) net: Arc<Net>,
    pub(crate) journal: Arc<Journal>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) receivers: Arc<Receivers>,
    /// The connector's wall clock.
    pub(crate) clock: Arc<Seeded>,
    /// None while the process is dead.
    life: Mutex<Option<Arc<Life>>>,
    /// What survives it: without a disk that fails this, and the device otherwise.
    disk: Arc<MemoryJournal>,
    device: Mutex<Device>,
    /// The process died while its disk had failed: it knows less than its clients.
    went_back: AtomicBool,
    /// The same of the last life.
    misses_events: AtomicBool,
    disk_dice: Arc<Mutex<StdRng>>,
    pub(crate) commits: Arc<Commits>,
    settings: Settings,
    /// What a connector did after the end of its lease.
    too_late: Arc<Mutex<Vec<String>>>,
    config: EngineConfig,
    marks: AtomicU32,
    strangers_tries: AtomicU32,
    /// After how many commands there were more licences in use than licences, or than sessions.
    licences_overbooked: AtomicU32,
}

impl Site {
    pub(crate) async fn open(plan: FaultPlan) -> Self {
        let environment = |part| Arc::new(Seeded::new(plan.dice_seed(part))) as Arc<dyn Environment>;
        let net = Net::new(
            InProcess::start(simulator(&plan, environment(Dice::Simulator))).unwrap(),
            plan.websocket,
            plan.late,
            plan.dice(Dice::Net),
        );
        let clock = Arc::new(Seeded::new(plan.dice_seed(Dice::Product)));
        let product = Arc::clone(&clock) as Arc<dyn Environment>;
        let settings = Settings { keep_signed_out: Duration::from_secs(60), ..Settings::default() };
        let licences = Some(plan.licences());
        let keeps = plan.crash_every.or(plan.disk_fails).is_some() || plan.last_commit.is_some();
        let sealer = keeps.then(|| Sealer::new_key("disk", &*product));
        let sealer = sealer.map(|key| Arc::new(Sealer::parse(&key, Arc::clone(&product)).unwrap()));
        let environment = Arc::clone(&product);
        let config = EngineConfig { licences, sealer, environment, ..EngineConfig::default() };
        let ledger = Arc::<Ledger>::default();
        let journal = Journal::new(Arc::clone(&ledger));
        let receivers = Arc::new(Receivers::new(
            &plan,
            Arc::clone(&journal),
            Arc::clone(&ledger),
            plan.dice(Dice::Receivers),
        ));
        let disk = MemoryJournal::with_environment(Bounds::default(), product).that_survives();
        let site = Self {
            net,
            journal,
            ledger,
            receivers,
            clock,
            life: Mutex::default(),
            disk: Arc::new(disk),
            device: Mutex::default(),
            went_back: false.into(),
            misses_events: false.into(),
            disk_dice: Arc::new(Mutex::new(plan.dice(Dice::Disk))),
            commits: Arc::default(),
            settings,
            too_late: Arc::default(),
            config,
            plan,
            marks: 0.into(),
            strangers_tries: 0.into(),
            licences_overbooked: 0.into(),
        };
        site.begins();
        for number in 0..site.plan.clients {
            site.says_hello(number).await;
            site.reads(number);
        }
        site
    }

    pub(crate) async fn says_hello(&self, client: u32) {
        let name = desk(client);
        let callback = match has_callback(client) {
            true => json!({ "callbackFqdn": name, "callbackEndpoint": "/" }),
            false => json!({}),
        };
        let hello = self.submit_with(&format!("Hello#{name}"), "", callback);
        hello.unwrap().1.await.unwrap();
    }

    /// The process, unless it is dead.
    pub(crate) fn life(&self) -> Option<Arc<Life>> {
        self.life.lock().unwrap().clone()
    }

    /// The engine of the process, which is there.
    pub(crate) fn alive(&self) -> Arc<Life> {
        self.life().expect("the process is dead")
    }

    fn begins(&self) {
        let keeper = match self.plan.disk_fails {
            None => Keeper::Memory(Arc::clone(&self.disk)),
            Some(_) => {
                let mut device = self.device.lock().unwrap();
                *device = device.left_behind();
                let environment = Arc::clone(&self.config.environment);
                let journal = RedbJournal::on(device.clone(), Bounds::default(), environment).unwrap();
                Keeper::File(Arc::new(journal))
            }
        };
        let (ledger, dice) = (Arc::clone(&self.ledger), Arc::clone(&self.disk_dice));
        let disk = Disk::new(keeper, ledger, self.plan.disk_late, dice, Arc::clone(&self.commits));
        let (tenure, config) = (Tenure::begin(), self.config.clone());
        let (watch, environment) = (tenure.watch(&self.too_late), Arc::clone(&config.environment));
        let link = cluster(&self.plan, &self.net, watch.clone(), Arc::clone(&environment));
        let link = tenure.link(link, &self.plan);
        let cluster = EngineCluster { settings: self.settings.clone(), ..EngineCluster::new(link) };
        let sink = tenure.sink(&self.receivers, watch, &self.plan);
        let life = Life::begin((disk, tenure), sink, cluster, config, environment);
        *self.life.lock().unwrap() = Some(Arc::new(life));
    }

    /// The client without a callback reads on behind what it has.
    fn reads(&self, client: u32) {
        if !has_callback(client) {
            let (client, life) = (desk(client), self.alive());
            let events = life
                .delivery
                .subscribe(&client.as_str().into(), self.journal.cursor(&client).map(Into::into))
                .unwrap();
            life.reads(Arc::clone(&self.journal).listens(client, events));
        }
    }

    /// From now on the disk fails like this, or not at all.
    pub(crate) fn set_disk(&self, fault: Option<DiskFault>) {
        if self.plan.disk_fails.is_some() {
            self.journal.note(format!("-- the disk: {fault:?}"));
            self.device.lock().unwrap().set(fault);
        }
    }

    /// The process tries its disk, if it has gone on in memory.
    pub(crate) fn recovers(&self) {
        if let Some(life) = self.life() {
            life.recover();
        }
    }

    /// Whether the process knows less than its clients, so that they connect their agents again.
    pub(crate) fn went_back(&self) -> bool {
        self.went_back.load(Ordering::Relaxed)
    }

    /// The process dies, and begins again after this time, on a disk that works.
    pub(crate) async fn crashes(&self, away: Duration) {
        let life = self.ends();
        life.is_fenced();
        self.mourns(&life);
        drop(life);
        sleep(away).await;
        self.goes_on("the process begins again");
    }

    /// From now on it takes nothing from its clients.
    pub(crate) fn ends(&self) -> Life {
        let life = self.life.lock().unwrap().take().expect("it lives");
        Arc::into_inner(life).expect("nobody holds it across a wait")
    }

    /// What it has lost is written down.
    pub(crate) fn mourns(&self, life: &Life) {
        let (lost, was_in_memory) = life.leaves();
        let (unknown, again) = self.ledger.died();
        self.journal.note(format!(
            "-- the process dies; not kept: {lost:?}; in memory: {was_in_memory}, {unknown:?}, {again:?}"
        ));
        lost.iter().chain(&unknown).for_each(|id| self.journal.book().lost(id));
        if was_in_memory {
            self.went_back.store(true, Ordering::Relaxed);
            self.journal.book().went_back(again.iter().map(String::as_str));
        }
        self.misses_events.store(was_in_memory, Ordering::Relaxed);
    }

    /// The next life begins with what was kept.
    pub(crate) fn goes_on(&self, how: &str) {
        self.journal.note(format!("-- {how}"));
        self.journal.book().restarted();
        self.begins();
        (0..self.plan.clients).for_each(|client| self.reads(client));
        if self.misses_events.load(Ordering::Relaxed) {
            // By the gap, or by the epoch, each client sees that something is missing.
            self.agents().for_each(|agent| self.connects_and_reads(&agent));
        }
    }

    /// What a connector did after the end of its lease.
    pub(crate) fn too_late(&self) -> Vec<String> {
        self.too_late.lock().unwrap().clone()
    }

    pub(crate) fn agents(&self) -> impl Iterator<Item = String> + use<> {
        (0..self.plan.agents).map(|agent| (1001 + agent).to_string())
    }

    /// Asks the simulator's control API; whether it did it, and its answer.
    pub(crate) async fn control(&self, method: &str, path: &str, body: &Value) -> (bool, Value) {
        let request = http::Request::builder().method(method).uri(format!("http://control{path}"));
        let answer = exchange(self.net.control(), request.body(body.to_string()).unwrap()).await.unwrap();
        let done = answer.status().is_success();
        (done, serde_json::from_slice(&answer.into_body().concat()).unwrap_or_default())
    }

    /// The agent asks for a state at another desktop, as if Finesse's own were open, too. Finesse may refuse.
    pub(crate) async fn asks_for(&self, agent: &str, state: &str) {
        let extension = match state {
            "LOGIN" => format!("<extension>{}</extension>", extension(agent)),
            _ => String::new(),
        };
        let body = format!("<User><state>{state}</state>{extension}</User>");
        let credentials = BASE64_STANDARD.encode(format!("{agent}:demo"));
        let request = http::Request::put(format!("http://desktop/finesse/api/User/{agent}"))
            .header(CONTENT_TYPE, "application/xml")
            .header(AUTHORIZATION, format!("Basic {credentials}"));
        exchange(self.net.desktop(), request.body(body).unwrap()).await.unwrap();
    }

    pub(crate) async fn get(&self, path: &str) -> Vec<Value> {
        let (_, answer) = self.control("GET", path, &Value::Null).await;
        answer.as_array().unwrap().clone()
    }
}

fn simulator(plan: &FaultPlan, environment: Arc<dyn Environment>) -> SimConfig {
    let demo = SimConfig::demo().unwrap();
    let second_node = Some(SecondNode::any(NODES[1]));
    let (host, platform) = (NODES[0].to_owned(), plan.platform);
    let mut config = SimConfig { host, second_node, platform, environment, ..demo };
    let timers = &mut config.world.timers;
    timers.event_delay = Duration::from_millis(5);
    timers.customer_answers = Duration::from_millis(100);
    timers.rona = plan.rona;
    timers.presence_loss = plan.presence_loss;
    config.world.agents.iter_mut().for_each(|agent| agent.wrap_up_timer = 1);
    config
}

fn cluster(plan: &FaultPlan, net: &Arc<Net>, watch: Watch, environment: Arc<dyn Environment>) -> Cluster {
    let scheme = if plan.websocket { "ws" } else { "xmpp" };
    let node = |host: &&str| NodeConfig {
        notifications: vec![format!("{scheme}://{host}/ws/")],
        ..NodeConfig::new(format!("http://{host}"))
    };
    let config = ClusterConfig {
        allow_plaintext: true,
        // Nothing is encrypted, so this is not looked at.
        trust: Trust::Pinned(vec![Fingerprint::of(b"")]),
        environment,
        ..ClusterConfig::new(NODES.iter().map(node).collect())
    };
    let seams = Arc::new(Seams { net: Arc::clone(net), answers_early: plan.answers_early, watch });
    Cluster::over(config, seams.clone(), seams).unwrap()
}

/// Every other client has one; the rest read live streams.
pub(crate) fn has_callback(client: u32) -> bool {
    !client.is_multiple_of(2)
}

pub(crate) fn desk(number: u32) -> String {
    format!("desk-{number}")
}

/// The telephone of an agent of the demo's world: 2001 for 1001.
pub(crate) fn extension(agent: &str) -> String {
    format!("2{}", &agent[1..])
}

pub(crate) fn text(object: &Value, member: &str) -> String {
    object[member].as_str().unwrap().to_owned()
}
