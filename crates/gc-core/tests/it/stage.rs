//! Plays a scenario against `Registry` and `Agent`: what an engine does, with a clock made of lines.
//!
//! It is strict: what follows an input has to be listed before the next one, and every command has to be
//! finished exactly once by the end.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use finesse_types::{Answer, Failure, Request as Ask, Update, read_answer};
use gc_core::{
    AgentKey, AskId, ClientKey, ClusterBinding, ClusterId, CommandId, Core, Credentials, Input, Output,
    Platform, Query, Refusal, Refused, ServiceChange, SessionChange, Settings, StreamEnd, StreamFault,
    Submission, Timer,
};
use gc_events::{Dialect, ErrorCode, Event};
use gc_protocol::Request;
use gc_scenario::{
    Bindings, ExpectedEvent, ExpectedRequest, Finesse, Notice, Object, Reply, Scenario, Step, StreamChange,
    StreamRequest,
};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::directory;

/// Something that the core put out and no line has named yet.
#[derive(Debug)]
enum Seen {
    Ask { agent: String, ask: AskId, request: Ask },
    OnStream { agent: String, what: StreamRequest },
    LookUp { agent: String, ask: AskId, query: Query },
    Event { client: String, event: Value, command: Option<String> },
}

struct Asked {
    agent: String,
    ask: AskId,
    request: Ask,
}

#[derive(Default)]
struct AgentOnStage {
    /// The request id of the last write.
    echo: String,
    /// The last notification.
    last: Option<(String, String)>,
}

pub(crate) struct Stage {
    core: Core,
    about: BTreeMap<String, AgentOnStage>,
    finesse: Finesse,
    bindings: Bindings,
    seen: VecDeque<Seen>,
    open_asks: Vec<Asked>,
    /// Questions to sources that are not Finesse, and who asked.
    look_ups: VecDeque<(String, AskId)>,
    timers: Vec<(Duration, String, Timer)>,
    now: Duration,
    /// Commands by id: name as written, and how often each was finished.
    commands: BTreeMap<String, (String, u32)>,
    items: u64,
    http: Option<(u16, Value)>,
}

impl Stage {
    /// Plays it; the error is the transcript up to the line that failed.
    pub(crate) fn play(scenario: &Scenario, platform: gc_scenario::Platform) -> Result<(), String> {
        let mut stage = Self::new(scenario, platform);
        for line in scenario.lines() {
            stage.step(&line.step).map_err(|seen| scenario.failure(line, &seen))?;
        }
        let last = scenario.lines().last().ok_or("nothing happens")?;
        stage.end().map_err(|seen| scenario.failure(last, &seen))
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
        let mut core = Core::new(vec![(binding, settings)], None, 100);
        core.service_changed(&here(), true);
        Self {
            core,
            about: BTreeMap::new(),
            finesse: Finesse::default(),
            bindings,
            seen: VecDeque::new(),
            open_asks: Vec::new(),
            look_ups: VecDeque::new(),
            timers: Vec::new(),
            now: Duration::ZERO,
            commands: BTreeMap::new(),
            items: 0,
            http: None,
        }
    }

    fn step(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Receive { client, event } => self.hear(client, event),
            Step::Request(ask) => self.asked(ask),
            Step::OnStream { agent, what } => match self.seen.pop_front() {
                Some(Seen::OnStream { agent: seen, what: done }) if seen == *agent && done == *what => Ok(()),
                other => Err(instead(other.as_ref())),
            },
            Step::LookUp { query } => match self.seen.pop_front() {
                Some(Seen::LookUp { agent, ask, query: seen }) if directory::shown(&seen) == *query => {
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
                self.put_in(input)
            }
        }
    }

    /// What follows an input has to be listed before the next one.
    fn nothing_left(&self) -> Result<(), String> {
        if let Some((status, event)) = &self.http {
            return Err(format!("not listed: http< {status} {event}"));
        }
        if self.seen.is_empty() {
            return Ok(());
        }
        Err(self.seen.iter().map(|seen| format!("not listed: {}", show(seen))).collect::<Vec<_>>().join("\n"))
    }

    fn end(&mut self) -> Result<(), String> {
        self.nothing_left()?;
        match self.commands.values().find(|(_, finished)| *finished != 1) {
            Some((name, finished)) => Err(format!("{name} was finished {finished} times")),
            None => Ok(()),
        }
    }

    fn hear(&mut self, client: &str, wanted: &ExpectedEvent) -> Result<(), String> {
        // What the clients hear is in order for each of them, not between them.
        let first =
            self.seen.iter().position(|seen| matches!(seen, Seen::Event { client: to, .. } if to == client));
        let seen = first.and_then(|first| self.seen.remove(first));
        let Some(Seen::Event { event, command, .. }) = &seen else {
            return Err(instead(self.seen.front()));
        };
        wanted.compare(event, &mut self.bindings).map_err(|why| format!("{why}\nin {event}"))?;
        let answers = command.as_ref().and_then(|id| self.commands.get(id)).map(|(name, _)| name.as_str());
        if answers != wanted.answers() {
            return Err(format!("it answers {answers:?}\nin {event}"));
        }
        Ok(())
    }

    fn asked(&mut self, wanted: &ExpectedRequest) -> Result<(), String> {
        let first = self.seen.iter().position(|seen| matches!(seen, Seen::Ask { .. }));
        let Some(Seen::Ask { agent, ask, request }) = first.and_then(|first| self.seen.remove(first)) else {
            return Err(instead(self.seen.front()));
        };
        let (method, target, body) = (request.method().as_str(), target(&request), request.body());
        wanted
            .compare(method, &target, body.as_deref(), &mut self.bindings)
            .map_err(|why| format!("{why}: {}", ExpectedRequest::show(method, &target, body.as_deref())))?;
        self.open_asks.push(Asked { agent, ask, request });
        Ok(())
    }

    fn put_in(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Send { client, command, body } => self.say(client, command, body),
            Step::Reply(reply) => self.reply(reply),
            Step::Stream { agent, change } => {
                let input = match change {
                    StreamChange::Open => Input::StreamOpened,
                    StreamChange::Refused => Input::StreamFailed(StreamFault::Refused),
                    StreamChange::Failed => Input::StreamFailed(StreamFault::Failed),
                    StreamChange::Lost => Input::StreamEnded(StreamEnd::Lost),
                    StreamChange::Conflict => Input::StreamEnded(StreamEnd::Conflict),
                };
                self.feed(agent, input)
            }
            Step::Found(found) => {
                let (agent, ask) = self.look_ups.pop_front().ok_or("nobody asked")?;
                self.feed(&agent, Input::LookedUp { ask, result: directory::found(found)? })
            }
            Step::Subscribed { agent, node } => {
                self.feed(agent, Input::Subscribed { node: format!("/finesse/api{node}") })
            }
            Step::Service { in_service } => {
                let ServiceChange { events, outputs } = self.core.service_changed(&here(), *in_service);
                for (client, event) in events {
                    self.emitted(&client, &event, None);
                }
                self.carry_out_all(outputs);
                Ok(())
            }
            Step::Notify { agent, notice, echo, .. } => {
                let about = self.about.entry(agent.clone()).or_default();
                let request_id = if *echo { about.echo.as_str() } else { "" };
                let xml = self.finesse.update(agent, notice, request_id, &self.bindings);
                let xml = xml.map_err(|error| error.to_string())?;
                self.items += 1;
                let item = format!("item-{}", self.items);
                about.last = Some((item.clone(), xml.clone()));
                match notice {
                    Notice::Member { .. } => {
                        let update = Box::new(update(&xml)?);
                        self.feed(agent, Input::TeamNotified { item_id: Some(item), update })
                    }
                    _ => self.notify(agent, item, &xml),
                }
            }
            Step::NotifyAgain { agent } => {
                let last = self.about.get(agent).and_then(|about| about.last.clone());
                let (item, xml) = last.ok_or("there was no notification")?;
                self.notify(agent, item, &xml)
            }
            Step::Wait(time) => self.wait(*time),
            other => Err(format!("{other:?} is no input")),
        }
    }

    fn say(&mut self, client: &str, command: &str, body: &str) -> Result<(), String> {
        let body = self.bindings.fill(body).map_err(|error| error.to_string())?;
        let url = |path: &str| format!("https://{client}.example/{path}");
        let mut data = json!({"type": command, "body": body, "sessionUrl": url("session")});
        if command.to_ascii_lowercase().starts_with("hello") {
            data["callbackFqdn"] = json!(format!("{client}.example"));
            data["callbackEndpoint"] = json!("/events");
        }
        let request = Request::from_json(json!({ "data": data }).to_string().as_bytes());
        let request = request.map_err(|error| error.to_string())?;
        let name = command.split('#').next().unwrap_or_default().to_owned();
        let id = format!("{name}-{}", self.commands.len() + 1);
        self.commands.insert(id.clone(), (name, 0));
        match self.core.submit(&request, None, CommandId::from(id.clone())) {
            Submission::Refused(Refused { reason, event, client }) => {
                self.commands.remove(&id);
                let status = match reason {
                    Refusal::BadArguments => 400,
                    Refusal::UnknownClient
                    | Refusal::UnknownAgent
                    | Refusal::NotOwner
                    | Refusal::WhichCluster => 409,
                    Refusal::Forbidden => 403,
                    Refusal::TooManyClients => 429,
                };
                self.http = Some((status, value(&event)));
                if let Some(client) = client {
                    self.emitted(&client, &event, None);
                }
            }
            Submission::Answered { client, event } => {
                self.emitted(&client, &event, Some(id.clone()));
                self.commands.get_mut(&id).expect("a command").1 = 1;
            }
            Submission::Taken { outputs } => self.carry_out_all(outputs),
        }
        Ok(())
    }

    /// Answers the oldest open request to which this can be the answer.
    fn reply(&mut self, reply: &Reply) -> Result<(), String> {
        let at = self.open_asks.iter().position(|asked| fits(reply, &asked.request));
        let Asked { agent, ask, request } = self.open_asks.remove(at.ok_or("no such request is open")?);
        let result = self.result(&agent, &request, reply)?;
        self.feed(&agent, Input::Answered { ask, result })
    }

    /// The answer goes through the parser, as real ones do.
    fn result(
        &mut self,
        agent: &str,
        request: &Ask,
        reply: &Reply,
    ) -> Result<Result<Answer, Failure>, String> {
        let read = |status, kind: &str, body: &str| read_answer(request, status, Some(kind), body.as_bytes());
        Ok(match reply {
            Reply::Accepted => read(202, "application/xml", ""),
            Reply::Object(object) => {
                let about = if let Ask::User { id } = request { id } else { agent };
                let body = self.finesse.object(about, object, &self.bindings);
                let answer = read(200, "application/xml", &body.map_err(|error| error.to_string())?);
                Ok(answer.map_err(|failure| format!("Finesse's answer is not understood: {failure}"))?)
            }
            Reply::Error { status, error } => read(*status, "application/xml", &Finesse::api_errors(error)),
            Reply::Page { status } => read(*status, "text/html", "<html><body>No.</body></html>"),
            Reply::TimedOut => Err(Failure::TimedOut { sent: true }),
            Reply::Broken => Err(Failure::Unreachable { sent: true, reason: "reset".into() }),
        })
    }

    fn notify(&mut self, agent: &str, item: String, xml: &str) -> Result<(), String> {
        let update = Box::new(update(xml)?);
        self.feed(agent, Input::Notified { item_id: Some(item), update })
    }

    fn wait(&mut self, time: Duration) -> Result<(), String> {
        self.finesse.advance(time);
        self.now += time;
        while let Some(next) = (0..self.timers.len()).min_by_key(|at| self.timers[*at].0) {
            if self.timers[next].0 > self.now {
                break;
            }
            let (_, agent, timer) = self.timers.remove(next);
            self.feed(&agent, Input::TimerFired(timer))?;
        }
        Ok(())
    }

    fn feed(&mut self, agent: &str, input: Input) -> Result<(), String> {
        let outputs = self.core.step(&AgentKey::new(here(), agent), input);
        self.carry_out_all(outputs);
        Ok(())
    }

    fn carry_out_all(&mut self, outputs: Vec<(AgentKey, Output)>) {
        for (agent, output) in outputs {
            self.carry_out(agent.agent(), output);
        }
    }

    fn carry_out(&mut self, agent: &str, output: Output) {
        let same =
            |timer: &Timer, (_, whose, known): &(Duration, String, Timer)| whose == agent && known == timer;
        match output {
            Output::Ask { ask, request, request_id, .. } => {
                if !request.is_read() {
                    self.about.entry(agent.to_owned()).or_default().echo = request_id;
                }
                self.seen.push_back(Seen::Ask { agent: agent.to_owned(), ask, request });
            }
            Output::OpenStream(_) => self.on_stream(agent, StreamRequest::Open),
            Output::CloseStream => self.on_stream(agent, StreamRequest::Close),
            Output::Subscribe { node } => self.on_stream(agent, StreamRequest::Subscribe(below_api(&node))),
            Output::Unsubscribe { node } => {
                self.on_stream(agent, StreamRequest::Unsubscribe(below_api(&node)))
            }
            Output::LookUp { ask, query } => {
                self.seen.push_back(Seen::LookUp { agent: agent.to_owned(), ask, query });
            }
            Output::Emit { client, event, command, .. } => {
                let command = command.map(|id| id.to_string());
                if let Some(id) = &command {
                    let (name, finished) = &self.commands[id];
                    // The sign-out that follows a call names the command that asked for it, and a call that
                    // fails the command that began it.
                    let failed =
                        matches!(&event, Event::Error(error) if error.code == ErrorCode::BadDestination);
                    let late = failed || name.eq_ignore_ascii_case("force_logout");
                    assert!(late || *finished == 0, "{id} was finished before {event:?}");
                }
                self.emitted(&client, &event, command);
            }
            Output::StartTimer(timer, time) => {
                self.timers.retain(|known| !same(&timer, known));
                self.timers.push((self.now + time.most(), agent.to_owned(), timer));
            }
            Output::StopTimer(timer) => self.timers.retain(|known| !same(&timer, known)),
            Output::Finished { id, .. } => {
                self.commands.get_mut(id.as_str()).expect("a command").1 += 1;
            }
            Output::Forward { .. } => panic!("the pair forwards"),
            Output::Session(SessionChange::Forgotten) => {
                self.timers.retain(|(_, whose, _)| whose != agent);
                self.open_asks.retain(|asked| asked.agent != agent);
            }
            Output::Session(_) => {}
        }
    }

    fn on_stream(&mut self, agent: &str, what: StreamRequest) {
        self.seen.push_back(Seen::OnStream { agent: agent.to_owned(), what });
    }

    fn emitted(&mut self, client: &ClientKey, event: &Event, command: Option<String>) {
        let (client, event) = (client.to_string(), value(event));
        self.seen.push_back(Seen::Event { client, event, command });
    }
}

/// The one cluster.
fn here() -> ClusterId {
    "default".into()
}

/// A key of gc.toml, where the core knows it: when a request is late, say the `finesse>` lines.
fn set(settings: &mut Settings, key: &str, value: &str) {
    let time = || Duration::try_from(value.parse::<SignedDuration>().unwrap()).unwrap();
    match key {
        "session.deadline" => settings.deadline = time(),
        "session.keep_signed_out" => settings.keep_signed_out = time(),
        "session.reconnect_first" => settings.reconnect_first = time(),
        "finesse.request_timeout" => {}
        other => panic!("the core's stage does not know the setting {other}"),
    }
}

fn value(event: &Event) -> Value {
    serde_json::from_str(&event.to_json(Dialect::Gc4412)).unwrap()
}

fn target(request: &Ask) -> String {
    match request.query() {
        Some(query) => format!("{}?{query}", request.path()),
        None => request.path(),
    }
}

fn fits(reply: &Reply, request: &Ask) -> bool {
    match reply {
        Reply::Accepted => !request.is_read(),
        Reply::Object(object) => match (object, request) {
            (Object::User(_), Ask::User { .. })
            | (Object::Dialogs(_), Ask::Dialogs { .. })
            | (Object::WrapUpReasons { .. }, Ask::WrapUpReasons { .. }) => true,
            (Object::ReasonCodes { category, .. }, Ask::ReasonCodes { category: asked, .. }) => {
                asked.as_str() == category
            }
            (Object::List(list), Ask::Users) => list.name() == "Users",
            (Object::List(list), Ask::Team { .. }) => list.name() == "Team",
            (Object::List(list), Ask::Queues { .. }) => list.name() == "Queues",
            (Object::List(list), Ask::PhoneBooks { .. } | Ask::TeamPhoneBooks { .. }) => {
                list.name() == "PhoneBooks"
            }
            (Object::List(list), Ask::PhoneBookContacts { .. }) => list.name() == "Contacts",
            _ => false,
        },
        _ => true,
    }
}

fn update(xml: &str) -> Result<Update, String> {
    Update::parse(xml).map_err(|error| format!("{error}\nin {xml}"))
}

fn below_api(node: &str) -> String {
    node.strip_prefix("/finesse/api").unwrap_or(node).to_owned()
}

fn instead(seen: Option<&Seen>) -> String {
    seen.map_or_else(|| "nothing came".to_owned(), show)
}

fn show(seen: &Seen) -> String {
    match seen {
        Seen::Ask { request, .. } => {
            let shown =
                ExpectedRequest::show(request.method().as_str(), &target(request), request.body().as_deref());
            format!("gc> {shown}")
        }
        Seen::OnStream { agent, what } => match what {
            StreamRequest::Open => format!("gc> stream {agent}"),
            StreamRequest::Close => format!("gc> close {agent}"),
            StreamRequest::Subscribe(node) => format!("gc> subscribe {agent} {node}"),
            StreamRequest::Unsubscribe(node) => format!("gc> unsubscribe {agent} {node}"),
        },
        Seen::LookUp { query, .. } => format!("gc> look up {}", directory::shown(query)),
        Seen::Event { client, event, command } => {
            format!("{client}< {event} {}", command.as_deref().unwrap_or_default())
        }
    }
}
