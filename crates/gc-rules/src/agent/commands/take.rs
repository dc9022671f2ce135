//! Accepts commands, which then wait for their turn, or rejects them.

use std::collections::BTreeSet;

use finesse_types::Request;
use gc_events::{ErrorCode, ErrorEvent, Event, State};
use gc_protocol::{ArgumentError, Command, CommandName};

use super::Effect;
use super::pending::{PendingCommand, signs_in};
use super::route::{NewCall, Route, StateChange, route};
use crate::agent::Agent;
use crate::agent::in_flight::{Authority, Purpose};
use crate::errors::TOKEN_ENDED;
use crate::{ClientKey, CommandId, Credentials, Outcome, Output, SessionChange, Timer};

impl Agent {
    pub(in crate::agent) fn take(
        &mut self,
        id: CommandId,
        client: ClientKey,
        command: Result<Command, ArgumentError>,
    ) {
        match command {
            Err(error) => {
                let event = ErrorEvent::of_agent(error.code.clone(), &self.id).with_message(error.message());
                self.reject(id, client, Event::Error(event), Outcome::Failed(error.code));
            }
            Ok(command) if self.commands.waits_behind_set_up(&client, &command) => {
                self.commands.behind_set_up.push_back((id, client, command));
            }
            Ok(command) => match self.refusal(&client, command.name()) {
                Some((event, outcome)) => {
                    self.reject(id, client, event, outcome);
                    if signs_in(&command) {
                        self.release_licence();
                    }
                }
                None => self.begin(id, client, command),
            },
        }
    }

    /// A supervisor's command for a team member. It does not wait, since it does not use the supervisor's own device.
    pub(in crate::agent) fn take_for(
        &mut self,
        id: CommandId,
        client: ClientKey,
        member: String,
        command: Command,
    ) {
        if let Some((event, outcome)) = self.refusal(&client, command.name()) {
            return self.reject(id, client, event, outcome);
        }
        self.commands.add(PendingCommand::new(id.clone(), client, command.clone(), false));
        self.out.start_timer(Timer::Deadline(id.clone()), self.settings.deadline);
        self.change_member(&id, member, &command);
    }

    /// Why the command is rejected: meanwhile the session belongs to another client or has ended, or the platform does not
    /// support the command.
    fn refusal(&self, client: &ClientKey, name: CommandName) -> Option<(Event, Outcome)> {
        let platform = self.settings.platform;
        let error = |code: ErrorCode, text: Option<String>| {
            let event = ErrorEvent::of_agent(code.clone(), &self.id);
            let event = match text {
                Some(text) => event.with_message(text),
                None => event,
            };
            Some((Event::Error(event), Outcome::Failed(code)))
        };
        match self.out.owner() {
            _ if name == CommandName::Connect => None,
            Some(owner) if owner != client => error(ErrorCode::SessionInvalidated, None),
            Some(_) if !platform.has(name) => {
                let works_on = name.declaration().platforms;
                let text =
                    format!("{name} works on {works_on} only; this is {platform}. You can go on working.");
                error(ErrorCode::GeneralError, Some(text))
            }
            Some(_) => None,
            None => Some((Event::State(State::re_login(&self.id)), Outcome::NoSession)),
        }
    }

    pub(in crate::agent) fn reject(
        &mut self,
        id: CommandId,
        client: ClientKey,
        event: Event,
        outcome: Outcome,
    ) {
        self.out.answer(client, event, id.clone());
        self.out.push(Output::Finished { id, outcome });
    }

    /// Releases the licence of a Login that failed, unless another Login needs it.
    pub(super) fn release_licence(&mut self) {
        if !self.session.is_signed_in() && !self.commands.wants_to_sign_in() {
            self.out.push(Output::Session(SessionChange::SignedIn(false)));
        }
    }

    fn begin(&mut self, id: CommandId, client: ClientKey, command: Command) {
        let mut pending = PendingCommand::new(id.clone(), client, command.clone(), true);
        let waits = pending.is_call_control() && self.commands.call_control_is_pending();
        if !waits {
            pending.prepare();
        }
        self.commands.add(pending);
        if !waits {
            self.start(&id, &command);
        }
    }

    fn start(&mut self, id: &CommandId, command: &Command) {
        self.out.start_timer(Timer::Deadline(id.clone()), self.settings.deadline);
        if self.commands.get(id).is_some_and(PendingCommand::is_call_control) {
            self.out.start_timer(Timer::CallControl(id.clone()), self.settings.call_control_wait);
        }
        match route(command) {
            Route::Connect { secret, sso } => {
                let credentials = self.credentials_of(&secret, sso);
                match self.is_ended_token(&credentials) {
                    // Finesse would count it as a wrong password.
                    true => self.fail(id, ErrorCode::SubscriptionFailed, TOKEN_ENDED),
                    false => self.request_attempt(id, &credentials),
                }
            }
            Route::Login(login) => self.login(id, login),
            Route::State(StateChange::ForceLogout) => self.force_logout(id),
            Route::State(StateChange::To(state, reason)) => self.with_reason(id, state, reason),
            Route::Read => self.reread(id),
            Route::Call(NewCall::Make { number }) => self.make_call(id, number),
            Route::Call(NewCall::Monitor { extension }) => self.silent_monitor(id, extension),
            Route::Call(NewCall::BargeIn { extension, dialog }) => self.barge_in(id, extension, dialog),
            Route::OnCall { dialog, action } => self.act_on_call(id, &dialog, action, false),
            Route::DialogState(dialog) => self.dialog_state(id, dialog),
            Route::List(list) => self.list(id, list),
            Route::TeamUsers { team, subscribe } => self.team_users(id, team, subscribe),
            Route::NotForAgents => self.fail_with(id, ErrorCode::GeneralError),
        }
    }

    /// Starts the call control command whose turn has come.
    pub(super) fn start_next_call_control(&mut self) {
        let next = self.commands.next_call_control().map(|next| {
            next.prepare();
            (next.id().clone(), next.command().clone())
        });
        if let Some((id, command)) = next {
            self.start(&id, &command);
        }
    }

    /// The next call control command does not wait any longer for this one.
    pub(in crate::agent) fn call_control_takes_too_long(&mut self, id: &CommandId) {
        if let Some(pending) = self.commands.get_mut(id) {
            pending.let_next_begin();
        }
        self.start_next_call_control();
    }

    pub(super) fn take_queued_behind_set_up(&mut self) {
        while let Some((id, client, command)) = self.commands.next_behind_set_up() {
            self.take(id, client, Ok(command));
        }
        if self.out.owner().is_none() && !self.commands.is_setting_up() {
            self.end_session();
        }
    }

    /// Sends a command's request to Finesse. From then on the command waits for its effect.
    pub(in crate::agent) fn write(&mut self, id: &CommandId, request: Request, effect: Effect) {
        match self.session.credentials().cloned() {
            Some(credentials) => {
                let authority = self.authority_for(&request);
                self.write_with(credentials, authority, id, request, effect);
            }
            None => self.end_without_session(id),
        }
    }

    /// The same with other credentials.
    pub(in crate::agent) fn write_as(
        &mut self,
        credentials: Credentials,
        id: &CommandId,
        request: Request,
        effect: Effect,
    ) {
        self.write_with(credentials, Authority::Other, id, request, effect);
    }

    fn write_with(
        &mut self,
        credentials: Credentials,
        authority: Authority,
        id: &CommandId,
        request: Request,
        effect: Effect,
    ) {
        let ask = self.send(credentials, authority, request.clone(), Purpose::Write(id.clone()));
        let before = match effect.begins_a_call() {
            true => self.calls.dialogs().ids(),
            false => BTreeSet::new(),
        };
        if let Some(pending) = self.commands.get_mut(id) {
            pending.send(ask, request, effect, before);
        }
    }
}
