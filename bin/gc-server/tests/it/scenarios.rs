//! Every file of `fixtures/scenarios`, played through HTTP, gc-server and finesse-sim, in both dialects. What GC asks and what Finesse answers is between those two; the clients must hear exactly what
//! the file says.

mod world;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use finesse_sim::{Config as SimConfig, Node, SecondNode, Sim};
use futures_util::{StreamExt, stream};
use gc_events::{Dialect, Event};
use gc_scenario::{
    Bindings, Finesse, Line, Platform, Scenario, Step, StreamChange, StreamRequest, WorldStep,
};
use serde_json::{Value, json};

use crate::contract;
use crate::support::client::{Answer, Client};
use crate::support::events::Events;
use crate::support::stage::{Stage, connector, gc_toml, nodes_of};
use crate::support::until;
use world::world;

/// What is seconds in life and waited for here.
const SOON: Duration = Duration::from_millis(300);

fn all() -> Vec<Scenario> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/scenarios");
    let all = Scenario::read_all(&folder).unwrap_or_else(|error| panic!("{error}"));
    // What was recorded elsewhere does not happen in the simulator.
    all.into_iter().filter(|each| !each.is_recording).collect()
}

const DIALECTS: [Dialect; 2] = [Dialect::Gc4412, Dialect::Tables];

/// The types of events, as the wire has them, each behind its dialect.
type Types = BTreeSet<(String, String)>;

/// Played at the same time: each one has a simulator and a connector of its own.
const AT_ONCE: usize = 16;

/// One test for all, so that a new file is a new test without a line of code. `SCENARIO=takeover` picks some,
/// `SCENARIO_TRANSPORT=starttls` another transport.
#[tokio::test(flavor = "multi_thread")]
async fn the_server_behaves_as_every_scenario_says_in_both_dialects() {
    let wanted = std::env::var("SCENARIO").unwrap_or_default();
    let scenarios: Vec<_> = all().into_iter().filter(|each| each.file.contains(&wanted)).collect();
    assert!(!scenarios.is_empty(), "no scenario is called {wanted}");
    let mut runs = Vec::new();
    for scenario in scenarios.into_iter().map(Arc::new) {
        for platform in &scenario.platforms {
            runs.extend(DIALECTS.into_iter().map(|dialect| (Arc::clone(&scenario), *platform, dialect)));
        }
    }
    let played = runs.into_iter().map(|(scenario, platform, dialect)| async move {
        let run = format!("{} on {platform}, in the dialect {dialect}", scenario.file);
        let played = tokio::spawn(async move { play(&scenario, platform, dialect).await }).await;
        let played = played.map_err(|panic| panic.to_string()).and_then(|played| played);
        played.map_err(|failure| format!("{run}: {failure}"))
    });
    let played: Vec<_> = stream::iter(played).buffer_unordered(AT_ONCE).collect().await;
    let failures: Vec<_> = played.iter().filter_map(|played| played.as_ref().err()).cloned().collect();
    assert!(failures.is_empty(), "{} failed\n\n{}", failures.len(), failures.join("\n\n"));
    if wanted.is_empty() {
        let heard: Types = played.into_iter().flat_map(Result::unwrap).collect();
        let unheard: Vec<_> = every_type().difference(&heard).cloned().collect();
        assert!(unheard.is_empty(), "no scenario brings about {unheard:?}");
    }
}

/// Every type of event that a scenario can bring about, in each dialect. A gap is one of the stream.
fn every_type() -> Types {
    let mut examples = gc_events::catalogue::examples();
    examples.retain(|each| !matches!(each.event, Event::Gap(_)));
    let named = |dialect: Dialect, event: &Event| (dialect.to_string(), event.type_name(dialect).to_owned());
    DIALECTS
        .into_iter()
        .flat_map(|dialect| examples.iter().map(move |each| named(dialect, &each.event)))
        .collect()
}

async fn play(scenario: &Scenario, platform: Platform, dialect: Dialect) -> Result<Types, String> {
    let lines = scenario.lines();
    let mut player = Player::new(scenario, platform, dialect).await;
    for (index, line) in lines.iter().enumerate() {
        let refused = matches!(lines.get(index + 1), Some(Line { step: Step::Http(_), .. }));
        player.step(line, refused).await.map_err(|seen| scenario.failure(line, &seen))?;
        if is_silent(lines.get(index..).unwrap_or_default()) {
            player.until_done().await;
        }
    }
    if let Some(last) = lines.last() {
        player.heard_all().await.map_err(|seen| scenario.failure(last, &seen))?;
    }
    player.stage.end().await;
    Ok(player.heard)
}

/// The place of a node's notifications: with `SCENARIO_TRANSPORT`, over this transport instead of WebSocket.
fn notifications(node: &Node) -> String {
    let transport = std::env::var("SCENARIO_TRANSPORT").unwrap_or_default();
    match transport.as_str() {
        "" | "websocket" => node.websocket_url(),
        "tls" => format!("xmpps://{}:{}", node.host(), node.xmpp_addr().port()),
        "starttls" => format!("xmpp://{}:{}", node.host(), node.starttls_addr().unwrap().port()),
        "bosh" => node.bosh_url(),
        other => panic!("SCENARIO_TRANSPORT={other} is not websocket, tls, starttls or bosh"),
    }
}

/// The first line is a command that no event answers: what stands behind it happens when it has ended.
fn is_silent(lines: &[Line]) -> bool {
    let Some((Line { step: Step::Send { client, command, .. }, .. }, behind)) = lines.split_first() else {
        return false;
    };
    let name = command.split('#').next();
    !behind.iter().any(|line| match &line.step {
        Step::Receive { client: hears, event } => hears == client && event.answers() == name,
        _ => false,
    })
}

struct Player {
    stage: Stage,
    client: Client,
    listening: HashMap<String, Events>,
    /// The name of each command by its id, for the events that answer it.
    commands: HashMap<String, String>,
    answer: Option<Answer>,
    /// The commands that were open before the last one.
    open_before: usize,
    /// What was heard of one agent while another one's event was awaited.
    early: HashMap<String, Vec<Value>>,
    bindings: Bindings,
    /// Writes what the simulator is to send.
    finesse: Finesse,
    /// The id of the next call that is in no world: the simulator counts from 16777217.
    next_call: u32,
    /// The agents with a session.
    agents: HashSet<String>,
    dialect: Dialect,
    heard: Types,
}

impl Player {
    async fn new(scenario: &Scenario, platform: Platform, dialect: Dialect) -> Self {
        gc_server::choose_crypto();
        // A call is going to ring out, or a command's deadline to pass: so that must not be long, nor so short
        // that a slow machine misses it with a command that is to succeed.
        let waits = scenario.lines().iter().any(|line| matches!(line.step, Step::Wait(_)));
        let mut config = SimConfig { world: world(scenario), ..SimConfig::demo().unwrap() };
        config.platform = match platform {
            Platform::Ucce => finesse_sim::Platform::Ucce,
            Platform::Uccx => finesse_sim::Platform::Uccx,
        };
        let is_maintenance = |line: &Line| matches!(line.step, Step::World(WorldStep::Maintenance { .. }));
        config.second_node =
            scenario.lines().iter().any(is_maintenance).then(|| SecondNode::any("127.0.0.1"));
        config.world.timers.event_delay = Duration::from_millis(1);
        config.world.timers.customer_answers = SOON;
        config.world.timers.rona = if waits { SOON } else { PATIENCE };
        let sim = Sim::start(config).await.unwrap();
        let deadline = if waits { "'4s'" } else { "'20s'" };
        let dialect_here = format!("'{dialect}'");
        let mut settings = vec![
            ("session.deadline", deadline),
            // Each look at the simulator's health is one that a busy machine may be late for.
            ("finesse.health_interval", "'1s'"),
            ("session.dialect", &dialect_here),
            ("finesse.administrator", "{ user = 'administrator', password = 'demo' }"),
        ];
        let nodes = nodes_of(&sim, notifications);
        settings.push(("finesse.nodes", &nodes));
        settings.extend(scenario.settings.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        let server = connector(&(gc_toml(&sim, &settings) + &gc_server::directory(&sim))).await;
        let stage = Stage::of(sim, server);
        let client = stage.client();
        Self {
            stage,
            client,
            listening: HashMap::new(),
            commands: HashMap::new(),
            answer: None,
            open_before: 0,
            early: HashMap::new(),
            bindings: Bindings::default(),
            finesse: Finesse::default(),
            next_call: 16_777_001,
            agents: HashSet::new(),
            dialect,
            heard: Types::new(),
        }
    }

    /// Takes one step; the error is what was seen instead.
    async fn step(&mut self, line: &Line, refused: bool) -> Result<(), String> {
        match &line.step {
            Step::Send { client, command, body } => self.say(client, command, body, refused).await,
            Step::Receive { client, event } => {
                let mut heard = self.next_event_of(client, event.member("agentId")).await?;
                if self.are_one_type(&heard["event"]["type"], event.kind()) {
                    heard["event"]["type"] = json!(event.kind());
                }
                let seen = &heard["event"];
                event.compare(seen, &mut self.bindings).map_err(|why| format!("{why}: {seen}"))?;
                let answers = heard["commandId"].as_str().and_then(|id| self.commands.get(id));
                match answers.map(String::as_str) == event.answers() {
                    true => Ok(()),
                    false => Err(format!("it answers {answers:?}: {seen}")),
                }
            }
            Step::Http(expected) => {
                let answer = self.answer.take().ok_or("there is no answer")?;
                let same = answer.status == expected.status;
                self.is_in_the_contract("Event", &answer.json)?;
                let event = in_default_dialect(&answer.json, self.dialect)?;
                let compared = expected.event.compare(&event, &mut self.bindings);
                compared.ok().filter(|()| same).ok_or_else(|| format!("{answer:?}"))
            }
            Step::World(world) => self.happen(world).await,
            Step::Notify { agent, notice, injected: true, .. } => self.order(agent, notice).await,
            Step::OnStream { agent, what: StreamRequest::Open } => {
                self.agents.insert(agent.clone());
                Ok(())
            }
            Step::Stream { agent, change: StreamChange::Open } => {
                self.stage.control().until_notified(agent).await;
                Ok(())
            }
            Step::Stream { change: StreamChange::Moved, .. } => {
                self.stage.control().until_left("a").await;
                Ok(())
            }
            Step::OnStream { agent, what: StreamRequest::Close } => {
                self.agents.remove(agent);
                let (server, left) = (&self.stage.server, self.agents.len());
                until("the session's end", move || async move { server.sessions() <= left }).await;
                Ok(())
            }
            // Between the connector and Finesse, which is real enough here.
            Step::Request(_)
            | Step::OnStream { .. }
            | Step::LookUp { .. }
            | Step::Found(_)
            | Step::Reply(_)
            | Step::Stream { .. }
            | Step::Subscribed { .. }
            | Step::Service { .. }
            | Step::Notify { .. }
            | Step::NotifyAgain { .. }
            | Step::Recorded(_)
            | Step::Wait(_) => Ok(()),
        }
    }

    /// Some types of the default dialect are one in another: there a reader cannot distinguish them.
    fn are_one_type(&self, heard: &Value, expected: &str) -> bool {
        let examples = gc_events::catalogue::examples();
        let here = |name: &str| {
            let found = examples.iter().find(|each| each.event.type_name(Dialect::default()) == name);
            found.map(|each| each.event.type_name(self.dialect))
        };
        heard.as_str().is_some_and(|heard| here(heard).is_some() && here(heard) == here(expected))
    }

    async fn say(&mut self, client: &str, command: &str, body: &str, refused: bool) -> Result<(), String> {
        let body = self.bindings.fill(body).map_err(|unbound| unbound.to_string())?;
        // The session URL identifies the caller.
        let data = json!({ "type": command, "body": body, "sessionUrl": format!("session/{client}") });
        self.open_before = self.stage.server.pending_commands();
        let answer = self.client.send_data(data).await;
        let (name, id) = command.split_once('#').unwrap_or((command, ""));
        if refused {
            self.answer = Some(answer);
            return Ok(());
        }
        if answer.status != 202 {
            return Err(format!("{answer:?}"));
        }
        self.commands.insert(answer.command_id(), name.trim().to_owned());
        if name.eq_ignore_ascii_case("hello") && !self.listening.contains_key(client) {
            let events = self.client.events_at(&format!("/gc/events/{id}?envelope=true"), None).await;
            self.listening.insert(client.to_owned(), events);
        }
        Ok(())
    }

    /// The last command has ended.
    async fn until_done(&mut self) {
        let (server, before) = (&self.stage.server, self.open_before);
        until("the command's end", move || async move { server.pending_commands() <= before }).await;
    }

    async fn next_event(&mut self, client: &str) -> Result<Value, String> {
        let events = self.listening.get_mut(client).ok_or("nobody listens for this client")?;
        let event = events.next_within(PATIENCE).await.ok_or("nothing was heard")?;
        let mut heard = event.data;
        self.heard.insert((self.dialect.to_string(), event.event_type));
        self.is_in_the_contract("Envelope", &heard)?;
        heard["event"] = in_default_dialect(&heard["event"], self.dialect)?;
        Ok(heard)
    }

    fn is_in_the_contract(&self, what: &'static str, json: &Value) -> Result<(), String> {
        let faults = contract::faults_of(what, json, self.dialect);
        if faults.is_empty() { Ok(()) } else { Err(format!("not in the contract: {json}: {faults:#?}")) }
    }

    /// The next event of one agent: events of several agents are in order for each of them only.
    async fn next_event_of(&mut self, client: &str, agent: Option<&str>) -> Result<Value, String> {
        let theirs = |heard: &Value| agent.is_none_or(|agent| heard["event"]["agentId"] == agent);
        let waiting = self.early.entry(client.to_owned()).or_default();
        if let Some(at) = waiting.iter().position(theirs) {
            return Ok(waiting.remove(at));
        }
        loop {
            let heard = self.next_event(client).await?;
            if theirs(&heard) {
                return Ok(heard);
            }
            self.early.entry(client.to_owned()).or_default().push(heard);
        }
    }

    /// No event came that no line lists: the answer to one more Beat is the very next event.
    async fn heard_all(&mut self) -> Result<(), String> {
        if let Some(heard) = self.early.values().flatten().next() {
            return Err(format!("not listed: {}", heard["event"]));
        }
        let clients: Vec<_> = self.listening.keys().cloned().collect();
        for client in clients {
            let beat = self.client.accepted(&format!("Beat#{client}"), "").await;
            let heard = self.next_event(&client).await?;
            if heard["commandId"] != beat.as_str() {
                return Err(format!("not listed: {}", heard["event"]));
            }
        }
        Ok(())
    }
}

/// The files are written in the default dialect; what other clients hear says the same.
fn in_default_dialect(event: &Value, dialect: Dialect) -> Result<Value, String> {
    let read = Event::from_json(&event.to_string(), dialect).map_err(|error| format!("{error}: {event}"))?;
    let json = serde_json::from_str(&read.to_json(Dialect::default())).map_err(|error| error.to_string())?;
    // The queues of UCCE come as a list of one event.
    Ok(match json {
        Value::Array(mut list) if list.len() == 1 => list.remove(0),
        json => json,
    })
}

/// How long an event may take: as long as the slowest machine needs, and never reached by a passing test.
const PATIENCE: Duration = Duration::from_secs(30);
