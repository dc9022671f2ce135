//! One agent's session as a state machine. Each module owns a part of the state, and [`Agent::step`] passes every input
//! to one of them.
//!
//! - `commands`: how commands are accepted, wait and end, and which of them an observation belongs to;
//! - `session`: the stream, the credentials, the agent's own state, and recovery after a lost stream;
//! - `calls`: how dialogs become events, and how commands act on them;
//! - `resync`: re-reads, when notifications may have been missed;
//! - `kept`: what is kept of all that for a restart;
//! - `team`: a supervisor's team; `lists`: lists that are read for a client;
//! - `overview`: what operators see of an agent;
//! - `notified`: notifications; `in_flight`: requests without a response; `out`: the outputs.

mod calls;
mod commands;
mod in_flight;
mod kept;
mod lists;
mod notified;
mod out;
mod overview;
mod resync;
mod session;
mod team;

use std::sync::Arc;

use finesse_types::{Answer, Dialog, Failure, Request, UserState};
use gc_events::{CfCode, ErrorCode, Event, State};

use self::calls::{Calls, Perspective};
use self::commands::{Commands, Ending, Origin};
use self::in_flight::{Authority, InFlight, PendingRequest, Purpose};
pub use self::kept::{KeptSession, RestoreError};
use self::lists::Reasons;
use self::notified::Items;
use self::out::Out;
pub use self::overview::{AgentOverview, OpenCall};
use self::resync::Resync;
use self::session::Session;
use self::team::Team;
use crate::errors::error_of;
use crate::request_id::RequestId;
use crate::{AskId, CommandId, Credentials, Input, Outcome, Output, SessionChange, Settings, Timer};

/// One agent's session: `step(input) -> outputs`.
#[derive(Debug)]
pub struct Agent {
    id: String,
    settings: Arc<Settings>,
    session: Session,
    commands: Commands,
    in_flight: InFlight,
    calls: Calls,
    resync: Resync,
    team: Team,
    reasons: Reasons,
    items: Items,
    /// The session has ended, and the machine is about to be dropped.
    over: bool,
    out: Out,
}

impl Agent {
    /// An agent that no client has connected yet.
    pub fn new(id: impl Into<String>, settings: Arc<Settings>) -> Self {
        Self {
            id: id.into(),
            settings,
            session: Session::default(),
            commands: Commands::default(),
            in_flight: InFlight::default(),
            calls: Calls::default(),
            resync: Resync::default(),
            team: Team::default(),
            reasons: Reasons::default(),
            items: Items::default(),
            over: false,
            out: Out::default(),
        }
    }

    /// The agent's state as Finesse reported it last, while there is a session; for statistics.
    pub fn state(&self) -> Option<&UserState> {
        self.session.user().map(|user| &user.state)
    }

    /// Takes one input and returns its outputs, in order. The contract is on the front page of this crate.
    pub fn step(&mut self, input: Input) -> Vec<Output> {
        match input {
            Input::Command { id, client, .. } | Input::ForMember { id, client, .. } if self.over => {
                // The machine is about to be dropped, so the command finds no session.
                let event = Event::State(State::re_login(&self.id));
                self.reject(id, client, event, Outcome::NoSession);
            }
            _ if self.over => {}
            Input::Command { id, client, command } => self.take(id, client, command),
            Input::ForMember { id, client, member, command } => self.take_for(id, client, member, command),
            Input::TeamNotified { item_id, update } => self.team_notified(item_id, *update),
            Input::Subscribed { node } => self.subscribed(&node),
            Input::NotSubscribed { node } => self.not_subscribed(&node),
            Input::LookedUp { ask, result } => self.looked_up(ask, result),
            Input::Answered { ask, result } => self.answered(ask, result),
            Input::AttemptDecided { command, allowed } => self.attempt_decided(&command, allowed),
            Input::StreamOpened => self.stream_opened(),
            Input::StreamFailed(fault) => self.stream_failed(fault),
            Input::StreamEnded(end) => self.stream_ended(end),
            Input::StreamLeaving => self.move_stream(),
            Input::StreamMoved => self.stream_moved(),
            Input::Notified { item_id, update } => self.notified(item_id, *update),
            Input::TimerFired(timer) => self.timer_fired(&timer),
            Input::Unclaimed { update } => self.unclaimed(*update),
            Input::Unreadable => self.missed(),
            Input::Service { available } => self.service_changed(available),
            Input::FinessePresence { available } => self.finesse_presence(available),
            Input::Restored { open, away } => self.restored(open, away),
            Input::TokenRenewed { ask, result } => self.token_renewed(ask, result),
            Input::Stop => self.stop(),
        }
        self.settle_parked();
        self.out.take()
    }

    fn answered(&mut self, ask: AskId, result: Result<Answer, Failure>) {
        let Some(request) = self.in_flight.take(ask) else { return };
        let (request, result) = match (unauthorized(&result), result) {
            (Some(_), Err(failure)) => match self.park(ask, request, failure) {
                Some((request, failure)) => (request, Err(failure)),
                None => return,
            },
            (_, result) => (request, result),
        };
        let PendingRequest { purpose, authority, .. } = request;
        if result.is_ok() && authority != Authority::Other {
            self.token_accepted();
        }
        if let Some(code) = unauthorized(&result) {
            match authority {
                Authority::Session | Authority::SessionWithRight if self.session.held_another_at(ask) => {
                    if self.read_again(&purpose) {
                        return;
                    }
                }
                Authority::Session => return self.password_refused(&code),
                Authority::SessionWithRight => _ = self.ask(self.own_user(), Purpose::PasswordRecheck),
                Authority::Other => {}
            }
        }
        self.settle(ask, purpose, result);
    }

    /// What the answer means for what it was asked for.
    fn settle(&mut self, ask: AskId, purpose: Purpose, result: Result<Answer, Failure>) {
        match purpose {
            Purpose::Password(command) => self.password_checked(&command, result),
            Purpose::Write(command) => self.written(&command, ask, result),
            Purpose::ReasonId { command, state, code } => {
                self.reasons_read(&command, state, code, result);
            }
            Purpose::States(command, found) => self.states_read(&command, *found, result),
            Purpose::Member(command) => self.member_read(&command, result),
            Purpose::MonitoredAgent(command, teams) => self.monitored_team_read(&command, teams, result),
            Purpose::MonitoredCalls(command) => self.monitored_calls_read(&command, result),
            Purpose::DeferredLogout => self.deferred_logout_answered(result),
            Purpose::List { command, request } => self.list_read(&command, &request, result),
            Purpose::RereadUser => self.user_reread(result),
            Purpose::RereadDialogs => self.dialogs_reread(result),
            Purpose::RereadTeam(team) => self.team_reread(&team, result),
            Purpose::Recovery => self.recovery_answered(ask, result),
            // A password that is still valid changes nothing.
            Purpose::PasswordRecheck => self.token_checked(),
            // Answered by `LookedUp` and `TokenRenewed`.
            Purpose::LookUp(_) | Purpose::TokenRenewal => {}
        }
    }

    /// Repeats a read that Finesse refused only because it was sent with an earlier password.
    fn read_again(&mut self, purpose: &Purpose) -> bool {
        match purpose {
            Purpose::RereadUser => _ = self.ask(self.own_user(), Purpose::RereadUser),
            Purpose::RereadDialogs => {
                let dialogs = Request::Dialogs { user: self.id.clone() };
                self.ask(dialogs, Purpose::RereadDialogs);
            }
            Purpose::RereadTeam(team) => self.reread_team(team.clone()),
            _ => return false,
        }
        true
    }

    fn timer_fired(&mut self, timer: &Timer) {
        match timer {
            Timer::Deadline(command) => self.deadline_passed(command),
            Timer::CallControl(command) => self.call_control_takes_too_long(command),
            Timer::ReadMember(command) => self.read_member(command),
            Timer::HeldBack(dialog) => self.held_back_too_long(dialog),
            Timer::Reconnect => self.open_stream_again(),
            Timer::Reread => self.reread_everything(),
            Timer::Resync => self.resync_pause_over(),
            Timer::Steady => self.stream_is_steady(),
            Timer::LinkLoss => self.link_loss_has_passed(),
            Timer::Recovery => self.decide_recovery(),
            Timer::RenewToken => self.token_is_due(),
            Timer::Forget => self.forget_when_idle(),
        }
    }

    /// Sends a request with the session's credentials. `None` without credentials, that is, without a session.
    fn ask(&mut self, request: Request, purpose: Purpose) -> Option<AskId> {
        let credentials = self.session.credentials().cloned()?;
        let authority = self.authority_for(&request);
        Some(self.send(credentials, authority, request, purpose))
    }

    fn authority_for(&self, request: &Request) -> Authority {
        match request.needs_no_right(&self.id) {
            true => Authority::Session,
            false => Authority::SessionWithRight,
        }
    }

    fn send(
        &mut self,
        credentials: Credentials,
        authority: Authority,
        request: Request,
        purpose: Purpose,
    ) -> AskId {
        let sent_for = purpose.sent_for();
        let ask = self.in_flight.add(purpose, authority);
        let request_id = RequestId { agent: self.name_in_requests(), sent_for, ask }.to_string();
        if authority != Authority::Other && credentials.token().is_some() {
            self.in_flight.may_repeat(ask, &request, &request_id);
            if self.token_has_ended() {
                self.park_unsent(ask);
                return ask;
            }
        }
        self.out.push(Output::Ask { ask, request, credentials, request_id });
        ask
    }

    /// The agent's part of a `requestId`, with the cluster if there are several.
    fn name_in_requests(&self) -> String {
        match &self.settings.cluster {
            Some(cluster) => format!("{cluster}/{}", self.id),
            None => self.id.clone(),
        }
    }

    fn own_user(&self) -> Request {
        Request::User { id: self.id.clone() }
    }

    /// How the agent sees this dialog now.
    fn perspective(&self, dialog: &Dialog, origin: &Origin) -> Perspective<'_> {
        let maker = self.commands.maker_of_leg(dialog, origin);
        Perspective {
            reread: matches!(origin, Origin::Snapshot(_)),
            makes_leg: maker.is_some(),
            is_that_leg: maker.is_some_and(|(_, is_that_leg)| is_that_leg),
            ..self.base_perspective()
        }
    }

    /// How the agent sees any dialog, regardless of pending commands.
    fn base_perspective(&self) -> Perspective<'_> {
        Perspective {
            agent_id: &self.id,
            extension: self.session.extension(),
            user_state: self.session.user().map(|user| &user.state),
            zone: &self.settings.zone,
            outbound_text: &self.settings.outbound_text,
            reread: false,
            of_preview: false,
            makes_leg: false,
            is_that_leg: false,
            leg: None,
        }
    }

    /// Ends the session of a signed-out agent, but not during a command or a call, whose end the client could not learn any
    /// more. Finesse is read, because it need not notify a signed-out agent of that end.
    fn forget_when_idle(&mut self) {
        let is_in_call = self.calls.dialogs().open().next().is_some();
        if self.commands.is_empty() && !is_in_call {
            return self.end_session();
        }
        self.out.start_timer(Timer::Forget, self.settings.keep_signed_out);
        if is_in_call {
            self.resync();
        }
    }

    /// The connector stops: every command gets its outcome, and the stream is closed.
    fn stop(&mut self) {
        self.over = true;
        self.dismiss_all(&Ending::Stopped);
        self.out.push(Output::CloseStream);
    }

    /// Ends the session, but for a Connect, with which the next one begins.
    fn start_over(&mut self, connect: &CommandId) {
        self.out.set_owner(None);
        if self.session.end() {
            self.out.push(Output::Session(SessionChange::SignedIn(false)));
        }
        self.in_flight.keep_only_check(connect);
        self.calls.clear();
        self.resync.clear();
        self.team = Team::default();
        for timer in [
            Timer::Reconnect,
            Timer::Reread,
            Timer::Resync,
            Timer::Steady,
            Timer::LinkLoss,
            Timer::Recovery,
            Timer::RenewToken,
            Timer::Forget,
        ] {
            self.out.stop_timer(timer);
        }
        self.out.push(Output::CloseStream);
    }

    /// Ends the session: every command gets its outcome, and nothing is kept.
    fn end_session(&mut self) {
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        self.out.set_owner(None);
        let was_signed_in = self.session.end();
        self.dismiss_all(&Ending::NoSession);
        self.out.push(Output::CloseStream);
        if was_signed_in {
            self.out.push(Output::Session(SessionChange::SignedIn(false)));
        }
        self.out.push(Output::Session(SessionChange::Forgotten));
    }
}

/// The code of a refusal for which the password may be the reason. Such a password is not tried again, because that may
/// lock the account.
fn unauthorized(result: &Result<Answer, Failure>) -> Option<ErrorCode> {
    let (code, _) = error_of(result.as_ref().err()?, &Request::SystemInfo);
    let locked = ErrorCode::Cf(CfCode::AgentAccountLockedOut);
    (code == ErrorCode::Unauthorized || code == locked).then_some(code)
}

#[cfg(test)]
pub(crate) mod tests;
