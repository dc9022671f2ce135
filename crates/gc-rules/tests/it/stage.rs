//! Plays a scenario against the core, like an engine whose clock is moved by the scenario's lines.
//!
//! All outputs of an input must be listed before the next input, and every command must be finished exactly once by the
//! end.

// The paths let other crates' tests use this file, too.
#[path = "stage/inputs.rs"]
mod inputs;
#[path = "stage/outputs.rs"]
mod outputs;
#[path = "stage/recorded.rs"]
mod recorded;

use std::collections::{BTreeMap, VecDeque};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use finesse_types::Request as Ask;
use gc_rules::{
    Agent, AgentKey, AskId, ClusterBinding, ClusterId, Core, Credentials, KeptSession, Observer, Platform,
    Settings, Timer,
};
use gc_scenario::{Bindings, Finesse, Scenario, Step};
use jiff::SignedDuration;
use serde_json::Value;

use self::outputs::{Unmatched, instead, show};
use crate::directory;

/// A request to Finesse that the scenario has not answered yet.
struct OpenRequest {
    agent: String,
    ask: AskId,
    request: Ask,
}

#[derive(Default)]
struct AgentState {
    /// The request id of the last write.
    echo: String,
    /// The last notification.
    last: Option<(String, String)>,
    /// The item id of the last notification of a recording.
    repeated: Option<String>,
}

pub(crate) struct Stage {
    core: Core,
    settings: Settings,
    is_recording: bool,
    asked: usize,
    agents: BTreeMap<String, AgentState>,
    finesse: Finesse,
    bindings: Bindings,
    unmatched: VecDeque<Unmatched>,
    open_requests: Vec<OpenRequest>,
    /// Queries to sources other than Finesse, each with its agent.
    look_ups: VecDeque<(String, AskId)>,
    timers: Vec<(Duration, String, Timer)>,
    now: Duration,
    /// Commands by id: the name as written, and how often it was finished.
    commands: BTreeMap<String, (String, u32)>,
    items: u64,
    http: Option<(u16, Value)>,
}

impl Stage {
    /// Plays the scenario. The error is the transcript up to the line that failed.
    pub(crate) fn play(scenario: &Scenario, platform: gc_scenario::Platform) -> Result<(), String> {
        Self::play_before(scenario, platform, None)
    }

    /// The same before somebody who watches the agents.
    pub(crate) fn play_before(
        scenario: &Scenario,
        platform: gc_scenario::Platform,
        observer: Option<Box<dyn Observer>>,
    ) -> Result<(), String> {
        let mut stage = Self::new(scenario, platform);
        if let Some(observer) = observer {
            stage.core.observe(observer);
        }
        for line in scenario.lines() {
            let step = stage.step(&line.step).and_then(|()| stage.is_kept_whole());
            step.map_err(|error| scenario.failure(line, &error))?;
        }
        let last = scenario.lines().last().ok_or("the scenario has no lines")?;
        stage.end().map_err(|error| scenario.failure(last, &error))
    }

    fn new(scenario: &Scenario, platform: gc_scenario::Platform) -> Self {
        let mut bindings = Bindings::default();
        for (number, name) in (16_777_001_u32..).zip(scenario.placeholders()) {
            bindings.bind(name, number.to_string());
        }
        let platform = match platform {
            gc_scenario::Platform::Ucce => Platform::Ucce,
            gc_scenario::Platform::Uccx => Platform::Uccx,
        };
        let administrator = Credentials::new("administrator", "demo");
        let mut settings = Settings { platform, administrator: Some(administrator), ..Settings::default() };
        for (key, value) in &scenario.settings {
            set(&mut settings, key, value.trim_matches('"'));
        }
        let binding = ClusterBinding { cluster: here(), destinations: Vec::new() };
        let mut core = Core::new(vec![(binding, settings.clone())], None, 100);
        core.service_changed(&here(), true);
        Self {
            core,
            settings,
            is_recording: scenario.is_recording,
            asked: 0,
            agents: BTreeMap::new(),
            finesse: Finesse::default(),
            bindings,
            unmatched: VecDeque::new(),
            open_requests: Vec::new(),
            look_ups: VecDeque::new(),
            timers: Vec::new(),
            now: Duration::ZERO,
            commands: BTreeMap::new(),
            items: 0,
            http: None,
        }
    }

    /// What is kept of each session is all of it: the restored session keeps the same.
    fn is_kept_whole(&self) -> Result<(), String> {
        for id in self.agents.keys() {
            let machine = self.core.agent(&AgentKey::new(here(), id.as_str()));
            let Some(KeptSession { owner, credentials, state }) = machine.and_then(Agent::keep) else {
                continue;
            };
            let settings = Arc::new(Settings::default());
            let restored = Agent::restore(id, settings, owner.clone(), credentials.clone(), &state);
            let restored = restored.map_err(|error| format!("{error}: {:?} in {state}", error.source()))?;
            let again = restored.keep().map(|kept| kept.state).unwrap_or_default();
            let next_generation = |state: &str| match state.contains("\"life\":0") {
                true => state.replacen("\"life\":0", "\"life\":1", 1),
                false => state.replacen("\"life\":1", "\"life\":2", 1),
            };
            if next_generation(&state) != again {
                return Err(format!("kept: {state}\nkept once restored: {again}"));
            }
        }
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Receive { client, event } => self.expect_event(client, event),
            Step::Request(ask) => self.expect_request(ask),
            Step::OnStream { agent, what } => match self.unmatched.pop_front() {
                Some(Unmatched::OnStream { agent: output, what: done })
                    if output == *agent && done == *what =>
                {
                    Ok(())
                }
                other => Err(instead(other.as_ref())),
            },
            Step::LookUp { query } => match self.unmatched.pop_front() {
                Some(Unmatched::LookUp { agent, ask, query: output })
                    if directory::shown(&output) == *query =>
                {
                    self.look_ups.push_back((agent, ask));
                    Ok(())
                }
                other => Err(instead(other.as_ref())),
            },
            Step::Http(answer) => {
                let (status, event) = self.http.take().ok_or("the answer is 202")?;
                if status != answer.status {
                    return Err(format!("the status is {status}"));
                }
                answer.event.compare(&event, &mut self.bindings).map_err(|why| format!("{why}\nin {event}"))
            }
            Step::World(_) => Ok(()),
            input => {
                self.nothing_left()?;
                self.give(input)
            }
        }
    }

    /// All outputs of an input must be listed before the next input.
    fn nothing_left(&self) -> Result<(), String> {
        if let Some((status, event)) = &self.http {
            return Err(format!("not listed: http< {status} {event}"));
        }
        if self.unmatched.is_empty() {
            return Ok(());
        }
        Err(self
            .unmatched
            .iter()
            .map(|output| format!("not listed: {}", show(output)))
            .collect::<Vec<_>>()
            .join("\n"))
    }

    fn end(&mut self) -> Result<(), String> {
        self.nothing_left()?;
        // A recording may end while commands are pending.
        let commands = self.commands.values().filter(|(_, finished)| !self.is_recording || *finished > 1);
        match { commands }.find(|(_, finished)| *finished != 1) {
            Some((name, finished)) => Err(format!("{name} was finished {finished} times")),
            None => Ok(()),
        }
    }
}

/// The one cluster.
fn here() -> ClusterId {
    "default".into()
}

/// Sets a key of gc.toml that the core has. It has no request timeout; the `finesse>` lines decide when a request is late.
fn set(settings: &mut Settings, key: &str, value: &str) {
    let time = || Duration::try_from(value.parse::<SignedDuration>().unwrap()).unwrap();
    match key {
        "session.deadline" => settings.deadline = time(),
        "session.keep_signed_out" => settings.keep_signed_out = time(),
        "finesse.active_devices" => {
            let pairs = value.split(['[', ']', ',', '"', ' ']).filter_map(|pair| pair.split_once('='));
            settings.active_devices = pairs.map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
        }
        "session.reconnect_first" => settings.reconnect_first = time(),
        "finesse.request_timeout" => {}
        "finesse.administrator" => settings.administrator = None,
        "session.outbound_text" => settings.outbound_text = value.to_owned(),
        "session.force_not_ready_reason" => settings.force_not_ready_reason = Some(value.to_owned()),
        "session.force_logout_reason" => settings.force_logout_reason = Some(value.to_owned()),
        "session.time_zone" => settings.zone = jiff::tz::TimeZone::get(value).unwrap(),
        other => panic!("the core has no setting {other}"),
    }
}
