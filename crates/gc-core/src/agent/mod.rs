//! One agent's session as a state machine.
//!
//! - `take`: commands come in, each ends with exactly one outcome (`open` holds them until then);
//! - `connect`, `login`, `state`, `force_logout`, `calls`, `outbound`, `lists`: what each command does;
//! - `team`, `member`, `supervise`: what a supervisor sees of the team and does with it;
//! - `notified`: notifications become events; `visit`, `kind` and `dialogs` hold the rules of calls;
//! - `attribution`: which command an observation belongs to;
//! - `reread`: Finesse is read whenever notifications may have been missed; `snapshot`: what was read is told
//!   and decides what is doubtful;
//! - `recover`: what is put right after the stream was lost.

mod attribution;
mod calls;
mod connect;
mod dialogs;
mod force_logout;
mod kind;
mod lists;
mod login;
mod member;
mod notified;
mod open;
mod outbound;
mod recover;
mod reread;
mod snapshot;
mod state;
mod supervise;
mod take;
mod team;
mod visit;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::mem;
use std::sync::Arc;

use finesse_types::{Answer, Dialog, Failure, ReasonCode, Request, User, UserState};
use gc_events::{CfCode, ErrorCode, Event, State};
use gc_protocol::Command;

use self::attribution::Origin;
use self::connect::Stream;
use self::dialogs::Dialogs;
use self::force_logout::LateSignOut;
use self::open::Open;
use self::recover::Recovery;
use self::reread::{Purpose, ResyncPause, Round};
use self::visit::Viewer;
use crate::directory::Found;
use crate::request_id::{RequestId, SentFor};
use crate::{AskId, ClientId, CommandId, Credentials, Input, Output, Settings, Timer};

/// One agent's session: `step(input) -> outputs`.
#[derive(Debug)]
pub struct Agent {
    id: String,
    settings: Arc<Settings>,
    /// Who is told; nobody until the first Connect succeeds.
    owner: Option<ClientId>,
    credentials: Option<Credentials>,
    stream: Stream,
    /// As Finesse told it last.
    user: Option<User>,
    /// Where the agent works; outlives the sign-out, for signing in again.
    extension: String,
    /// The State told last.
    told: Option<State>,
    /// What the agent itself asked to be last; a lost link must not change it.
    wish: Option<UserState>,
    signed_in: bool,
    recovery: Recovery,
    /// The stream was lost a short time ago.
    link_was_lost: bool,
    /// How often Finesse is read for notifications that cannot be.
    resync_pause: ResyncPause,
    /// A force_logout whose sign-out waits for the end of a call.
    late_sign_out: Option<LateSignOut>,
    dialogs: Dialogs,
    reasons: BTreeMap<String, Vec<ReasonCode>>,
    /// First packets of the dialer that wait for a second one.
    held_back: BTreeMap<String, Dialog>,
    /// The teams whose members' changes are told to the supervisor.
    followed: BTreeSet<String>,
    /// Each team member as last told.
    members: BTreeMap<String, User>,
    /// Commands without an outcome, oldest first.
    open: Vec<Open>,
    /// Commands that came while a Connect or a Login was open.
    behind_set_up: VecDeque<(CommandId, ClientId, Command)>,
    asks: BTreeMap<AskId, Asked>,
    next_ask: u64,
    round: Option<Round>,
    /// What the next re-read is for.
    next_round: Vec<Purpose>,
    /// Ids of the newest pubsub items, to know one that comes twice.
    items: VecDeque<String>,
    /// The session has ended; the machine waits to be dropped.
    over: bool,
    out: Vec<Output>,
}

/// A question that is out.
#[derive(Debug)]
struct Asked {
    purpose: AskFor,
    unauthorized: Unauthorized,
}

/// What it means when Finesse does not authorize a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unauthorized {
    /// The session's password is not good any more.
    EndsSession,
    /// The password, or a right that the agent does not have: Finesse says both in the same words.
    IsDoubtful,
    /// It was asked with other credentials.
    IsNoMatter,
}

/// What an answer is for.
#[derive(Clone, Debug)]
enum AskFor {
    /// Connect checks the password.
    Password(CommandId),
    /// A command's change at Finesse.
    Write(CommandId),
    /// A reason code's id is looked up for a command.
    ReasonId {
        command: CommandId,
        state: UserState,
        code: String,
    },
    /// A list that a command asked for.
    List(CommandId),
    /// The states of the supervisors that were found for a command.
    States(CommandId, Box<Found>),
    /// The member whose state a command changes.
    Member(CommandId),
    /// The agent on whose call a command barges in, in a team; the teams to look at next.
    MonitoredAgent(CommandId, Vec<String>),
    /// That agent's calls.
    MonitoredCalls(CommandId),
    /// A source that is not Finesse.
    LookUp(CommandId),
    RereadUser,
    RereadDialogs,
    /// A team whose members' states are told to the supervisor.
    RereadTeam(String),
    /// Whether the session's password is still good.
    StillGood,
    /// Finesse is put back as it was before the link was lost.
    Recovery,
    /// The sign-out that waited for a call's end.
    LateSignOut,
}

/// Newest pubsub item ids that are remembered.
const ITEMS: usize = 64;

impl Agent {
    /// An agent whom nobody has connected yet.
    pub fn new(id: impl Into<String>, settings: Arc<Settings>) -> Self {
        Self {
            id: id.into(),
            settings,
            owner: None,
            credentials: None,
            stream: Stream::Closed,
            user: None,
            extension: String::new(),
            told: None,
            wish: None,
            signed_in: false,
            recovery: Recovery::Idle,
            link_was_lost: false,
            resync_pause: ResyncPause::Over,
            late_sign_out: None,
            dialogs: Dialogs::default(),
            reasons: BTreeMap::new(),
            held_back: BTreeMap::new(),
            followed: BTreeSet::new(),
            members: BTreeMap::new(),
            open: Vec::new(),
            behind_set_up: VecDeque::new(),
            asks: BTreeMap::new(),
            next_ask: 0,
            round: None,
            next_round: Vec::new(),
            items: VecDeque::new(),
            over: false,
            out: Vec::new(),
        }
    }

    /// Takes one input in and says what is to be done, in order.
    pub fn step(&mut self, input: Input) -> Vec<Output> {
        match input {
            Input::Command { id, client, .. } if self.over => self.refuse_after_the_end(id, client),
            _ if self.over => {}
            Input::Command { id, client, command } => self.take(id, client, command),
            Input::ForMember { id, client, member, command } => self.take_for(id, client, member, command),
            Input::TeamNotified { item_id, update } => self.team_notified(item_id, *update),
            Input::Subscribed { node } => self.subscribed(&node),
            Input::NotSubscribed { node } => self.not_subscribed(&node),
            Input::LookedUp { ask, result } => self.looked_up(ask, result),
            Input::Answered { ask, result } => self.answered(ask, result),
            Input::StreamOpened => self.stream_opened(),
            Input::StreamFailed(fault) => self.stream_failed(fault),
            Input::StreamEnded(end) => self.stream_ended(end),
            Input::Notified { item_id, update } => self.notified(item_id, *update),
            Input::TimerFired(timer) => self.timer_fired(&timer),
            Input::Missed => self.missed(),
        }
        mem::take(&mut self.out)
    }

    fn answered(&mut self, ask: AskId, result: Result<Answer, Failure>) {
        let Some(Asked { purpose, unauthorized }) = self.asks.remove(&ask) else { return };
        if is_unauthorized(&result) {
            match unauthorized {
                Unauthorized::EndsSession => return self.password_refused(),
                Unauthorized::IsDoubtful => _ = self.ask(self.own_user(), AskFor::StillGood),
                Unauthorized::IsNoMatter => {}
            }
        }
        match purpose {
            AskFor::Password(command) => self.password_checked(&command, result),
            AskFor::Write(command) => self.written(&command, ask, result),
            AskFor::ReasonId { command, state, code } => {
                self.reasons_read(&command, state, code, result);
            }
            AskFor::States(command, found) => self.states_read(&command, *found, result),
            AskFor::Member(command) => self.member_read(&command, result),
            AskFor::MonitoredAgent(command, teams) => self.team_looked_at(&command, teams, result),
            AskFor::MonitoredCalls(command) => self.monitored_calls_read(&command, result),
            AskFor::LateSignOut => self.late_sign_out_answered(result),
            AskFor::List(command) => self.list_read(&command, result),
            AskFor::RereadUser => self.user_reread(result),
            AskFor::RereadDialogs => self.dialogs_reread(result),
            AskFor::RereadTeam(team) => self.team_reread(&team, result),
            AskFor::Recovery => self.recovery_answered(ask, result),
            // A look-up is answered by `LookedUp`; a password that is still good changes nothing.
            AskFor::LookUp(_) | AskFor::StillGood => {}
        }
    }

    fn timer_fired(&mut self, timer: &Timer) {
        match timer {
            Timer::Deadline(command) => self.deadline_passed(command),
            Timer::Lane(command) => self.lane_moves_past(command),
            Timer::Look(command) => self.look_at_member(command),
            Timer::HeldBack(dialog) => self.held_back_long_enough(dialog),
            Timer::Reconnect => self.open_stream_again(),
            Timer::Reread => self.reread_everything(),
            Timer::Resync => self.resync_pause_over(),
            Timer::Steady => self.stream_is_steady(),
            Timer::LinkLoss => self.link_was_lost = false,
            Timer::Recovery => self.decide_recovery(),
            Timer::Forget => self.forget_when_idle(),
        }
    }

    /// Asks Finesse with the session's credentials. Without any there is nobody to ask as, and no session.
    fn ask(&mut self, request: Request, purpose: AskFor) -> Option<AskId> {
        let credentials = self.credentials.clone()?;
        let unauthorized = match request.needs_no_right(&self.id) {
            true => Unauthorized::EndsSession,
            false => Unauthorized::IsDoubtful,
        };
        let ask = self.ask_as(credentials, request, purpose);
        if let Some(asked) = self.asks.get_mut(&ask) {
            asked.unauthorized = unauthorized;
        }
        Some(ask)
    }

    fn own_user(&self) -> Request {
        Request::User { id: self.id.clone() }
    }

    fn ask_as(&mut self, credentials: Credentials, request: Request, purpose: AskFor) -> AskId {
        let request_id = self.request_id(AskId(self.next_ask.saturating_add(1)), &purpose);
        let command = if let AskFor::Write(command) = &purpose { Some(command.clone()) } else { None };
        let ask = self.next_ask(purpose);
        if let Some(open) = command.and_then(|command| self.open_mut(&command)) {
            open.ask = Some(ask);
            open.request_id = Some(request_id.clone());
        }
        self.out.push(Output::Ask { ask, request, credentials, request_id });
        ask
    }

    fn next_ask(&mut self, purpose: AskFor) -> AskId {
        self.next_ask = self.next_ask.saturating_add(1);
        let ask = AskId(self.next_ask);
        self.asks.insert(ask, Asked { purpose, unauthorized: Unauthorized::IsNoMatter });
        ask
    }

    fn request_id(&self, ask: AskId, purpose: &AskFor) -> String {
        let sent_for = match purpose {
            AskFor::Password(id)
            | AskFor::Write(id)
            | AskFor::ReasonId { command: id, .. }
            | AskFor::List(id)
            | AskFor::States(id, _)
            | AskFor::Member(id)
            | AskFor::MonitoredAgent(id, _)
            | AskFor::MonitoredCalls(id)
            | AskFor::LookUp(id) => SentFor::Command(id.clone()),
            AskFor::Recovery => SentFor::Recovery,
            AskFor::LateSignOut => SentFor::SignOut,
            AskFor::RereadUser | AskFor::RereadDialogs | AskFor::RereadTeam(_) | AskFor::StillGood => {
                SentFor::Reading
            }
        };
        RequestId { agent: self.id.clone(), sent_for, ask }.to_string()
    }

    /// No answer has come yet.
    fn is_out(&self, ask: AskId) -> bool {
        self.asks.contains_key(&ask)
    }

    fn emit(&mut self, event: Event, command: Option<CommandId>) {
        if let Some(client) = self.owner.clone() {
            self.out.push(Output::Emit { client, event, command, dialog: None });
        }
    }

    fn emit_of_call(&mut self, dialog: &str, event: Event, command: Option<CommandId>) {
        if let Some(client) = self.owner.clone() {
            let dialog = Some(dialog.to_owned());
            self.out.push(Output::Emit { client, event, command, dialog });
        }
    }

    /// How the agent sees this dialog now.
    fn viewer(&self, dialog: &Dialog, origin: &Origin) -> Viewer<'_> {
        let maker = self.maker_of_leg(dialog, origin);
        Viewer {
            reread: matches!(origin, Origin::Snapshot(_)),
            makes_leg: maker.is_some(),
            is_that_leg: maker.is_some_and(|(_, is_that_leg)| is_that_leg),
            ..self.bystander()
        }
    }

    /// How the agent sees any dialog, whatever is done to it.
    fn bystander(&self) -> Viewer<'_> {
        Viewer {
            agent_id: &self.id,
            extension: &self.extension,
            user_state: self.user.as_ref().map(|user| &user.state),
            zone: &self.settings.zone,
            outbound_text: &self.settings.outbound_text,
            reread: false,
            of_preview: false,
            makes_leg: false,
            is_that_leg: false,
            leg: None,
        }
    }

    /// A signed-out agent is forgotten, but not in the middle of a command.
    fn forget_when_idle(&mut self) {
        if self.open.is_empty() {
            self.end_session();
        } else {
            self.out.push(Output::StartTimer(Timer::Forget, self.settings.keep_signed_out));
        }
    }

    /// The machine is about to be dropped; what still comes finds no session.
    fn refuse_after_the_end(&mut self, id: CommandId, client: ClientId) {
        let event = Event::State(State::re_login(&self.id));
        self.out.push(Output::Emit { client, event, command: Some(id.clone()), dialog: None });
        self.out.push(Output::Finished(id));
    }

    /// The session is over: nothing is kept, no command is left without an outcome.
    fn end_session(&mut self) {
        if mem::replace(&mut self.over, true) {
            return;
        }
        self.owner = None;
        self.credentials = None;
        self.stream = Stream::Closed;
        while let Some(id) = self.open.first().map(|open| open.id.clone()) {
            self.end_without_session(&id);
        }
        self.out.push(Output::CloseStream);
        if mem::take(&mut self.signed_in) {
            self.out.push(Output::SignedIn(false));
        }
        self.out.push(Output::Forgotten);
    }
}

/// Finesse does not take the password: tried again, it would lock the account. Or the agent may not do this.
fn is_unauthorized(result: &Result<Answer, Failure>) -> bool {
    let Err(failure) = result else { return false };
    let locked = ErrorCode::Cf(CfCode::AgentAccountLockedOut);
    let code = failure.code(&Request::SystemInfo);
    code == ErrorCode::Unauthorized || code == locked
}

#[cfg(test)]
pub(crate) mod tests;
