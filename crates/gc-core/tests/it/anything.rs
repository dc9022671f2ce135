//! Whatever comes, in whatever order: nothing panics, every command has one outcome, every call one end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use finesse_types::{
    Answer, ApiError, ApiErrors, CallVariable, Dialog, DialogState, Failure, MediaProperties, Participant,
    ParticipantState, Payload, ReasonCode, Request as Ask, ScheduledCallback, Team, Update, UpdateEvent,
    User, UserState, team_users_node,
};
use gc_core::{
    Agent, AskId, ClientKey, CommandId, Credentials, Found, Input, LookupError, Output, Platform, Query,
    SessionChange, Settings, StreamEnd, StreamFault, Timer,
};
use gc_events::{AgentExtension, Call, ErrorCode, Event};
use gc_protocol::{Argument, Command, CommandName, Kind};
use proptest::prelude::*;

/// One thing that happens; the numbers choose among what is possible then.
#[derive(Clone, Debug)]
enum Act {
    Say {
        rival: bool,
        command: CommandName,
        choice: u8,
        garbage: Option<String>,
    },
    /// A supervisor's command for a member of the team.
    SayFor {
        command: CommandName,
    },
    Team {
        state: usize,
        again: bool,
    },
    Subscribed,
    NotSubscribed,
    Answer {
        which: usize,
        how: u8,
        user: usize,
        dialogs: Vec<Call3>,
    },
    User {
        state: usize,
        reason: usize,
        again: bool,
        echo: usize,
    },
    Dialog {
        event: u8,
        call: Call3,
        echo: usize,
    },
    Refused {
        source: u8,
        echo: usize,
    },
    Timer {
        which: usize,
    },
    Stream {
        how: u8,
    },
    Restored,
}

/// A dialog: which one, its state, the agent's state, when, which kind of call.
type Call3 = (u8, usize, usize, u8, usize);

const USERS: [&str; 6] = ["LOGOUT", "NOT_READY", "READY", "RESERVED", "TALKING", "WORK"];
const DIALOGS: [&str; 5] = ["INITIATING", "ALERTING", "ACTIVE", "FAILED", "DROPPED"];
const OWN: [&str; 9] =
    ["INITIATING", "INITIATED", "ALERTING", "ACTIVE", "HELD", "FAILED", "WRAP_UP", "DROPPED", "absent"];
const TYPES: [&str; 7] =
    ["OTHER_IN", "OUT", "CONSULT", "OUTBOUND", "OUTBOUND_PREVIEW", "SUPERVISOR_MONITOR", "NULL"];
const REASONS: [&str; 4] = ["", "101", "255", "32767"];
const CALLBACK: &str = "2030-01-31T14:30";

/// Every command that an agent's lane meets, and those more often without which nothing else is possible.
fn commands() -> impl Strategy<Value = CommandName> {
    use CommandName as Name;
    let every: Vec<_> =
        Name::ALL.iter().copied().filter(|name| !matches!(name, Name::Hello | Name::Beat)).collect();
    let often = vec![Name::Connect, Name::Login, Name::ConsultCall, Name::ForceLogout];
    prop_oneof![8 => prop::sample::select(every), 1 => prop::sample::select(often)]
}

/// A body that the command takes.
fn body(name: CommandName, client: &ClientKey, choice: u8) -> String {
    let given = |argument: &&Argument| argument.name != "sso";
    let text = |argument: &Argument| match (argument.name, argument.kind) {
        ("dialogId", _) => choice.to_string(),
        ("destination", _) => client.to_string(),
        ("reasonCode", _) => "101".to_owned(),
        ("agentExtension", _) if choice == 0 => "5550100".to_owned(),
        ("agentExtension", _) => "2002".to_owned(),
        (_, Kind::Extension) => "2001".to_owned(),
        (_, Kind::Time) => CALLBACK.to_owned(),
        (_, Kind::Variables) => "callVariable1=gold".to_owned(),
        (_, Kind::Count) => choice.to_string(),
        (_, Kind::Word(words)) => words[usize::from(choice) % words.len()].to_owned(),
        (_, Kind::Secret) => "demo".to_owned(),
        (_, Kind::Text | Kind::FreeText) => "5550100".to_owned(),
    };
    name.declaration().arguments.iter().filter(given).map(text).collect::<Vec<_>>().join(",")
}

fn call3() -> impl Strategy<Value = Call3> {
    (0..3_u8, 0..DIALOGS.len(), 0..OWN.len(), 0..20_u8, 0..TYPES.len())
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (prop::bool::weighted(0.1), commands(), 0..3_u8, prop::option::weighted(0.1, "[ -~]{0,20}"))
            .prop_map(|(rival, command, choice, garbage)| Act::Say { rival, command, choice, garbage }),
        1 => commands().prop_map(|command| Act::SayFor { command }),
        1 => (0..USERS.len(), any::<bool>()).prop_map(|(state, again)| Act::Team { state, again }),
        2 => Just(Act::Subscribed),
        1 => Just(Act::NotSubscribed),
        6 => (any::<usize>(), 0..12_u8, 0..USERS.len(), prop::collection::vec(call3(), 0..3))
            .prop_map(|(which, how, user, dialogs)| Act::Answer { which, how, user, dialogs }),
        3 => (0..USERS.len(), 0..REASONS.len(), any::<bool>(), 0..4_usize)
            .prop_map(|(state, reason, again, echo)| Act::User { state, reason, again, echo }),
        4 => (0..3_u8, call3(), 0..4_usize).prop_map(|(event, call, echo)| Act::Dialog { event, call, echo }),
        1 => (0..4_u8, 0..4_usize).prop_map(|(source, echo)| Act::Refused { source, echo }),
        2 => any::<usize>().prop_map(|which| Act::Timer { which }),
        2 => (0..8_u8).prop_map(|how| Act::Stream { how }),
        1 => Just(Act::Restored),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stream {
    None,
    Opening,
    Open,
}

/// An engine that checks what it is told to do.
struct Checked {
    machine: Agent,
    settings: Arc<Settings>,
    owner: Option<ClientKey>,
    stream: Stream,
    asks: Vec<(AskId, Ask)>,
    asked: BTreeSet<AskId>,
    request_ids: Vec<String>,
    look_ups: Vec<(AskId, Query)>,
    timers: BTreeMap<Timer, Duration>,
    open: BTreeSet<CommandId>,
    ended: BTreeSet<CommandId>,
    /// Calls that were announced to the owner and have not ended.
    calls: BTreeSet<String>,
    commands: u32,
    items: u32,
}

impl Checked {
    /// `forced`: force_logout gives reason codes, and there is an administrator.
    fn new(forced: bool, platform: Platform) -> Self {
        let reason = forced.then(|| "101".to_owned());
        let administrator =
            forced.then(|| Credentials { user: "administrator".into(), password: "demo".into() });
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
            timers: BTreeMap::new(),
            open: BTreeSet::new(),
            ended: BTreeSet::new(),
            calls: BTreeSet::new(),
            commands: 0,
            items: 0,
        }
    }

    fn act(&mut self, act: Act) {
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

    fn send(&mut self, rival: bool, name: CommandName, choice: u8, garbage: Option<String>) {
        let client = ClientKey::from(if rival { "bell" } else { "acme" });
        // The registry lets the owner through, and whoever connects.
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

    fn stream(&mut self, how: u8) {
        let (next, input) = match (self.stream, how) {
            (Stream::Opening, 0..=4) => (Stream::Open, Input::StreamOpened),
            (Stream::Opening, 5) => (Stream::None, Input::StreamFailed(StreamFault::Refused)),
            (Stream::Opening, _) => (Stream::None, Input::StreamFailed(StreamFault::Failed)),
            (Stream::Open, 0..=5) => return,
            (Stream::Open, 6) => (Stream::None, Input::StreamEnded(StreamEnd::Conflict)),
            (Stream::Open, _) => (Stream::None, Input::StreamEnded(StreamEnd::Lost)),
            (Stream::None, _) => return,
        };
        self.stream = next;
        self.feed(input);
    }

    fn feed(&mut self, input: Input) {
        for output in self.machine.step(input) {
            self.check(output);
        }
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
            Output::CloseStream => self.stream = Stream::None,
            Output::Emit { client, event, command, .. } => {
                if let Some(id) = &command {
                    // The sign-out that follows a call names the command that asked for it, and a call that
                    // fails the command that began it.
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
            Output::LookUp { ask, query } => {
                assert!(self.asked.insert(ask), "{ask} is asked twice");
                self.look_ups.push((ask, query));
            }
            Output::Session(SessionChange::SignedIn(_) | SessionChange::Supervises(_))
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

    /// An announced call ends once, and nothing ends that was not announced.
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

    /// Finesse answers everything, and time passes: every command has to end.
    fn settle(&mut self) {
        for _ in 0..1000 {
            if self.stream == Stream::Opening {
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
        panic!("it never comes to rest: {:?} {:?}", self.timers, self.asks);
    }
}

fn at(second: u8) -> String {
    format!("2026-03-02T08:00:{second:02}.000Z")
}

fn user(state: usize, reason: usize) -> User {
    let state = UserState::from(USERS[state]);
    let code = REASONS[reason];
    User {
        login_id: "1001".into(),
        extension: if state == UserState::Logout { String::new() } else { "2001".into() },
        pending_state: (state == UserState::Talking && reason == 1).then_some(UserState::NotReady),
        reason_code: (!code.is_empty()).then(|| ReasonCode { code: code.into(), ..ReasonCode::default() }),
        state,
        ..User::default()
    }
}

fn member(state: usize) -> User {
    User { login_id: "1002".into(), extension: "2002".into(), ..user(state, 0) }
}

fn found(query: &Query, how: u8) -> Result<Found, LookupError> {
    if how > 6 {
        return Err(LookupError::NotConfigured { from: query.source() });
    }
    Ok(match query {
        Query::SkillGroups(_) => Found::SkillGroups(Vec::new()),
        Query::Supervisors => Found::Supervisors(Vec::new()),
        Query::AgentExtension { .. } => {
            Found::AgentExtension(AgentExtension { port: 2902, dial_number: 5_550_177 })
        }
        Query::QueueStatistics => Found::QueueStatistics(Vec::new()),
        Query::Recording { .. } => Found::Recording("Paused.".into()),
    })
}

fn dialog((id, state, own, second, kind): Call3) -> Dialog {
    let party = |address: &str, state: &str| Participant {
        media_address: address.into(),
        media_address_type: "AGENT_DEVICE".into(),
        state: ParticipantState::from(state),
        state_change_time: at(second),
        ..Participant::default()
    };
    let mut participants = vec![party("5550100", "ACTIVE")];
    if OWN[own] != "absent" {
        participants.push(party("2001", OWN[own]));
    }
    let variable = |name: &str, value: &str| CallVariable { name: name.into(), value: value.into() };
    let response = if second % 3 == 0 { "VOICE" } else { "" };
    let callback = ScheduledCallback {
        time: CALLBACK.into(),
        number: if second % 4 == 0 { "5550100".into() } else { String::new() },
    };
    Dialog {
        id: id.to_string(),
        state: DialogState::from(DIALOGS[state]),
        // The agent's own leg, or not.
        associated_dialog_uri: if second % 2 == 0 { "/finesse/api/Dialog/0".into() } else { String::new() },
        from_address: if TYPES[kind] == "OTHER_IN" { "5550100".into() } else { "2001".into() },
        media: MediaProperties {
            call_type: TYPES[kind].into(),
            call_variables: vec![
                variable("BAStatus", "PREDICTIVE_OUTBOUND"),
                variable("BAResponse", response),
            ],
            ..MediaProperties::default()
        },
        scheduled_callback: (second % 5 != 0).then_some(callback),
        participants,
        ..Dialog::default()
    }
}

fn answer(request: &Ask, how: u8, state: usize, dialogs: &[Call3]) -> Result<Answer, Failure> {
    match how {
        7 => return Err(Failure::Refused { status: 401, errors: ApiErrors::default() }),
        8 => return Err(Failure::Refused { status: 500, errors: ApiErrors::default() }),
        9 => return Err(Failure::TimedOut { sent: true }),
        10 => return Err(Failure::Unreachable { sent: false, reason: String::new() }),
        11 => return Err(Failure::Unreadable { status: 200, reason: String::new() }),
        _ => {}
    }
    // A user is in one call of an id at most.
    let distinct: BTreeMap<u8, Call3> = dialogs.iter().map(|call| (call.0, *call)).collect();
    let reason = ReasonCode { id: "31".into(), code: "101".into(), ..ReasonCode::default() };
    Ok(match request {
        Ask::User { id } if id != "1001" => Answer::User(Box::new(member(state))),
        Ask::User { .. } => Answer::User(Box::new(user(state, usize::from(how) % REASONS.len()))),
        Ask::Dialogs { .. } => Answer::Dialogs(distinct.into_values().map(dialog).collect()),
        Ask::ReasonCodes { .. } => Answer::ReasonCodes(vec![reason]),
        Ask::WrapUpReasons { .. } => Answer::WrapUpReasons(Vec::new()),
        Ask::Users => Answer::Users(vec![member(state)]),
        Ask::Team { .. } => Answer::Team(Team { users: vec![member(state)], ..Team::default() }),
        Ask::PhoneBooks { .. } | Ask::TeamPhoneBooks { .. } => Answer::PhoneBooks(Vec::new()),
        Ask::PhoneBookContacts { .. } => Answer::Contacts(Vec::new()),
        Ask::Queues { .. } => Answer::Queues(Vec::new()),
        _ => Answer::Accepted,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_command_and_every_call_ends_once(
        forced in any::<bool>(),
        platform in prop::sample::select(&[Platform::Ucce, Platform::Uccx][..]),
        acts in prop::collection::vec(act(), 1..80),
    ) {
        let mut agent = Checked::new(forced, platform);
        agent.send(false, CommandName::Connect, 0, None);
        agent.stream(0);
        for act in acts {
            agent.act(act);
        }
        agent.settle();
        // Everything is read again and shows no call: none may stay open.
        if agent.stream == Stream::Open {
            agent.feed(Input::Unreadable);
            agent.settle();
            prop_assert!(agent.calls.is_empty(), "still open: {:?}", agent.calls);
        }
    }
}
