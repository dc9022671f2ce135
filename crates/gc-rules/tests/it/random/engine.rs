//! An engine that checks every output.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use finesse_types::{ApiError, ApiErrors, Payload, Request as Ask, Update, UpdateEvent, team_users_node};
use gc_events::{Call, ErrorCode, Event};
use gc_protocol::{Command, CommandName};
use gc_rules::{
    Agent, AskId, ClientKey, CommandId, Credentials, Input, Output, Platform, Query, SessionChange, Settings,
    StreamEnd, StreamFault, Timer,
};

use super::act::{Act, body};
use super::finesse::{answer, dialog, found, member, user};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    None,
    Opening,
    Open,
}

/// An agent whose outputs are checked and carried out.
pub(super) struct CheckedAgent {
    machine: Agent,
    settings: Arc<Settings>,
    owner: Option<ClientKey>,
    pub(super) stream: Stream,
    asks: Vec<(AskId, Ask)>,
    asked: BTreeSet<AskId>,
    request_ids: Vec<String>,
    look_ups: Vec<(AskId, Query)>,
    /// Commands that wait for a decision about their password.
    attempts: Vec<CommandId>,
    timers: BTreeMap<Timer, Duration>,
    open: BTreeSet<CommandId>,
    ended: BTreeSet<CommandId>,
    /// Calls that were reported to the owner and have not ended.
    pub(super) calls: BTreeSet<String>,
    commands: u32,
    items: u32,
}

impl CheckedAgent {
    /// `forced`: force_logout gives reason codes, and there is an administrator.
    pub(super) fn new(forced: bool, platform: Platform) -> Self {
        let reason = forced.then(|| "101".to_owned());
        let administrator = forced.then(|| Credentials::new("administrator", "demo"));
        let settings = Arc::new(Settings {
            force_not_ready_reason: reason.clone(),
            force_logout_reason: reason,
            administrator,
            platform,
            ..Settings::default()
        });
        Self {
            machine: Agent::new("1001", Arc::clone(&settings)),
            settings,
            owner: None,
            stream: Stream::None,
            asks: Vec::new(),
            asked: BTreeSet::new(),
            request_ids: Vec::new(),
            look_ups: Vec::new(),
            attempts: Vec::new(),
            timers: BTreeMap::new(),
            open: BTreeSet::new(),
            ended: BTreeSet::new(),
            calls: BTreeSet::new(),
            commands: 0,
            items: 0,
        }
    }

    pub(super) fn act(&mut self, act: Act) {
        match act {
            Act::Say { rival, command, choice, garbage } => self.send(rival, command, choice, garbage),
            Act::SayFor { command } => self.send_for(command),
            Act::Team { state, again } => {
                self.items += u32::from(!again);
                let payload = Payload::User(Box::new(member(state)));
                let source = "/finesse/api/User/1002".to_owned();
                let update = Box::new(Update { payload, event: UpdateEvent::Put, request_id: None, source });
                if self.stream == Stream::Open {
                    self.feed(Input::TeamNotified { item_id: Some(self.items.to_string()), update });
                }
            }
            Act::Subscribed => self.feed(Input::Subscribed { node: team_users_node("5550100") }),
            Act::NotSubscribed => self.feed(Input::NotSubscribed { node: team_users_node("5550100") }),
            Act::Answer { which, how, user, dialogs } => {
                if how % 2 == 0 && !self.look_ups.is_empty() {
                    let (ask, query) = self.look_ups.remove(which % self.look_ups.len());
                    self.feed(Input::LookedUp { ask, result: found(&query, how) });
                } else if !self.asks.is_empty() {
                    let (ask, request) = self.asks.remove(which % self.asks.len());
                    let result = answer(&request, how, user, &dialogs);
                    self.feed(Input::Answered { ask, result });
                }
            }
            Act::User { state, reason, again, echo } => {
                let user = Payload::User(Box::new(user(state, reason)));
                self.items += u32::from(!again);
                self.notify(user, UpdateEvent::Put, "/finesse/api/User/1001", echo);
            }
            Act::Dialog { event, call, echo } => {
                self.items += 1;
                let event =
                    [UpdateEvent::Post, UpdateEvent::Put, UpdateEvent::Delete][usize::from(event)].clone();
                let payload = match event {
                    UpdateEvent::Put => Payload::Dialog(Box::new(dialog(call))),
                    _ => Payload::Dialogs(vec![dialog(call)]),
                };
                self.notify(payload, event, "", echo);
            }
            Act::Refused { source, echo } => {
                self.items += 1;
                let error = ApiError { error_type: "Invalid State".into(), ..ApiError::default() };
                let source = match source {
                    3 => "/finesse/api/User/1001".to_owned(),
                    dialog => format!("/finesse/api/Dialog/{dialog}"),
                };
                let errors = Payload::ApiErrors(ApiErrors { errors: vec![error] });
                self.notify(errors, UpdateEvent::Put, &source, echo);
            }
            Act::Timer { which } => {
                if !self.timers.is_empty() {
                    let timer = self.timers.keys().nth(which % self.timers.len()).unwrap().clone();
                    self.timers.remove(&timer);
                    self.feed(Input::TimerFired(timer));
                }
            }
            Act::Stream { how } => self.stream(how),
            Act::Restored => self.feed(Input::Unreadable),
        }
    }

    pub(super) fn send(&mut self, rival: bool, name: CommandName, choice: u8, garbage: Option<String>) {
        let client = ClientKey::from(if rival { "bell" } else { "acme" });
        // The switchboard accepts the owner's commands, and any Connect.
        if name != CommandName::Connect && self.owner.as_ref() != Some(&client) {
            return;
        }
        let id = self.new_command(name);
        let body = garbage.unwrap_or_else(|| body(name, &client, choice));
        self.feed(Input::Command { id, client, command: Command::parse(name, &body) });
    }

    fn send_for(&mut self, name: CommandName) {
        let Some(client) = self.owner.clone() else { return };
        if let Ok(command) = Command::parse(name, &body(name, &client, 0)) {
            let id = self.new_command(name);
            self.feed(Input::ForMember { id, client, member: "1002".into(), command });
        }
    }

    fn new_command(&mut self, name: CommandName) -> CommandId {
        self.commands += 1;
        let id = CommandId::from(format!("{name}-{}", self.commands));
        self.open.insert(id.clone());
        id
    }

    fn notify(&mut self, payload: Payload, event: UpdateEvent, source: &str, echo: usize) {
        // Only an open stream brings notifications.
        if self.stream != Stream::Open {
            return;
        }
        let newest = self.request_ids.len().checked_sub(echo + 1);
        let request_id = newest.and_then(|at| self.request_ids.get(at)).cloned();
        let update = Box::new(Update { payload, event, request_id, source: source.to_owned() });
        self.feed(Input::Notified { item_id: Some(self.items.to_string()), update });
    }

    pub(super) fn stream(&mut self, how: u8) {
        let (next, input) = match (self.stream, how) {
            (Stream::Opening, 0..=4) => (Stream::Open, Input::StreamOpened),
            (Stream::Opening, 5) => (Stream::None, Input::StreamFailed(StreamFault::Refused)),
            (Stream::Opening, _) => (Stream::None, Input::StreamFailed(StreamFault::Failed)),
            (Stream::Open, 0) => (Stream::Open, Input::StreamLeaving),
            (Stream::Open, 1) => (Stream::Open, Input::StreamMoved),
            (Stream::Open, 2..=5) => return,
            (Stream::Open, 6) => (Stream::None, Input::StreamEnded(StreamEnd::Conflict)),
            (Stream::Open, _) => (Stream::None, Input::StreamEnded(StreamEnd::Lost)),
            (Stream::None, _) => return,
        };
        self.stream = next;
        self.feed(input);
    }

    pub(super) fn feed(&mut self, input: Input) {
        for output in self.machine.step(input) {
            self.check(output);
        }
        // One in eight is not allowed, and some are decided only when everything is settled.
        if let Some(command) = self.attempts.pop_if(|_| self.commands % 8 < 6) {
            self.decide(command);
        }
    }

    fn decide(&mut self, command: CommandId) {
        let allowed = match self.commands % 8 {
            0 => Err(Duration::from_secs(1)),
            _ => Ok(()),
        };
        self.feed(Input::AttemptDecided { command, allowed });
    }

    fn check(&mut self, output: Output) {
        match output {
            Output::Ask { ask, request, request_id, .. } => {
                assert!(self.asked.insert(ask), "{ask} is asked twice");
                if !request.is_read() {
                    self.request_ids.push(request_id);
                }
                self.asks.push((ask, request));
            }
            Output::OpenStream(_) => self.stream = Stream::Opening,
            Output::MoveStream(_) => assert_eq!(self.stream, Stream::Open),
            Output::CloseStream => self.stream = Stream::None,
            Output::Emit { client, event, command, .. } => {
                if let Some(id) = &command {
                    // The sign-out after a call names its command, and the failure of a call the command that began it.
                    let failed =
                        matches!(&event, Event::Error(error) if error.code == ErrorCode::BadDestination);
                    let late = failed || id.as_str().starts_with("force_logout");
                    let late = late && self.ended.contains(id);
                    assert!(late || self.open.contains(id), "{event:?} comes after the end of {id}");
                }
                let answers = command.is_some();
                assert!(answers || self.owner.as_ref() == Some(&client), "{event:?} is for {client}");
                self.check_call(&event);
            }
            Output::StartTimer(timer, time) => {
                self.timers.insert(timer, time.most());
            }
            Output::StopTimer(timer) => {
                self.timers.remove(&timer);
            }
            Output::Finished { id, .. } => {
                assert!(self.open.remove(&id), "{id} ends twice");
                assert!(self.ended.insert(id));
            }
            Output::Session(SessionChange::Owned(client)) => {
                self.owner = Some(client);
                self.calls.clear();
            }
            Output::RenewToken { .. } => panic!("there is no token service"),
            Output::LookUp { ask, query } => {
                assert!(self.asked.insert(ask), "{ask} is asked twice");
                self.look_ups.push((ask, query));
            }
            Output::RequestAttempt { command, .. } => self.attempts.push(command),
            Output::Session(
                SessionChange::SignedIn(_) | SessionChange::Supervises(_) | SessionChange::Attempted { .. },
            )
            | Output::Forward { .. }
            | Output::Subscribe { .. }
            | Output::Unsubscribe { .. } => {}
            Output::Session(SessionChange::Forgotten) => {
                assert!(self.open.is_empty(), "forgotten with {:?} open", self.open);
                self.machine = Agent::new("1001", Arc::clone(&self.settings));
                (self.owner, self.stream) = (None, Stream::None);
                self.asks.clear();
                self.look_ups.clear();
                self.asked.clear();
                self.timers.clear();
                self.calls.clear();
            }
        }
    }

    /// An announced call ends once, and only a call that was reported ends.
    fn check_call(&mut self, event: &Event) {
        match event {
            Event::NewInboundCall(call)
            | Event::NewOutboundCall(call)
            | Event::NewOutboundPreviewCall(call) => {
                assert!(self.calls.insert(call.dialog_id.clone()), "{} is announced twice", call.dialog_id);
            }
            Event::InboundCall(call) | Event::ConsultCall(call) if call.state == Call::DROPPED => {
                assert!(self.calls.remove(&call.dialog_id), "{} ends without a beginning", call.dialog_id);
            }
            Event::InboundCall(call) | Event::ConsultCall(call) => {
                self.calls.insert(call.dialog_id.clone());
            }
            _ => {}
        }
    }

    /// Finesse answers everything and all timers fire, so every command must end.
    pub(super) fn settle(&mut self) {
        for _ in 0..1000 {
            if let Some(command) = self.attempts.pop() {
                self.decide(command);
            } else if self.stream == Stream::Opening {
                self.stream(0);
            } else if let Some((ask, request)) = self.asks.pop() {
                let result = answer(&request, 0, 1, &[]);
                self.feed(Input::Answered { ask, result });
            } else if let Some((ask, query)) = self.look_ups.pop() {
                self.feed(Input::LookedUp { ask, result: found(&query, 0) });
            } else if let Some(timer) = self.timers.keys().find(|timer| **timer != Timer::Forget).cloned() {
                self.timers.remove(&timer);
                self.feed(Input::TimerFired(timer));
            } else {
                assert!(self.open.is_empty(), "without an outcome: {:?}", self.open);
                return;
            }
        }
        panic!("it does not settle: {:?} {:?}", self.timers, self.asks);
    }
}
