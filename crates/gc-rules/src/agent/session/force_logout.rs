//! force_logout: signs the agent out from any state, in steps that Finesse allows.

use finesse_types::{Answer, Failure, ReasonCategory, Request, UserState};
use gc_events::{ErrorCode, ErrorEvent, Event, State};
use gc_protocol::Command;
use serde::{Deserialize, Serialize};

use crate::agent::Agent;
use crate::agent::commands::Effect;
use crate::agent::in_flight::Purpose;
use crate::errors::error_of;
use crate::{AskId, CommandId, Timer};

/// A sign-out that waits for the end of a call.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct DeferredLogout {
    /// The force_logout that it belongs to, which has ended.
    command: CommandId,
    /// The request, once the call has ended. Not kept: after a restart it is sent again.
    #[serde(skip)]
    ask: Option<AskId>,
}

impl Agent {
    /// The agent becomes NOT_READY first, if it is not. During a call that state is pending, and the sign-out follows at
    /// the end of the call.
    pub(in crate::agent) fn force_logout(&mut self, id: &CommandId) {
        let out = self.settings.force_logout_reason.clone();
        match self.session.user.as_ref().map(|user| &user.state) {
            None => self.reread(id),
            Some(UserState::Logout) => self.already_signed_out(id),
            Some(UserState::NotReady) => self.with_reason(id, UserState::Logout, out),
            // Its object id is looked up now, because the second step may come when the command has ended.
            Some(_) if self.logout_reason_is_unknown() => self.with_reason(id, UserState::Logout, out),
            Some(_) => {
                self.with_reason(id, UserState::NotReady, self.settings.force_not_ready_reason.clone());
            }
        }
    }

    fn logout_reason_is_unknown(&self) -> bool {
        let code = self.settings.force_logout_reason.as_ref();
        code.is_some_and(|code| self.reasons.id_of(&ReasonCategory::Logout, code).is_none())
    }

    fn already_signed_out(&mut self, id: &CommandId) {
        let (agent_id, state) = (self.id.clone(), UserState::Logout.to_string());
        let last = self.session.last_emitted.clone().unwrap_or_default();
        self.answer(id, Event::State(State { agent_id, state, ..last }));
        self.finish(id);
    }

    /// Sends the second step if the first one has its effect. Returns whether it is under way.
    pub(in crate::agent) fn continue_force_logout(&mut self, id: &CommandId) -> bool {
        let Some(pending) = self.commands.get(id) else { return false };
        let first = matches!(pending.effect(), Some(Effect::State(UserState::NotReady, _)));
        if !matches!(pending.command(), Command::ForceLogout) || !first {
            return false;
        }
        let now = self.session.user.as_ref().is_some_and(|user| user.state == UserState::NotReady);
        match now {
            true => {
                self.out.start_timer(Timer::Deadline(id.clone()), self.settings.deadline);
                self.force_logout(id);
            }
            // The sign-out waits for the end of the call; the command does not.
            false => self.session.deferred_logout = Some(DeferredLogout { command: id.clone(), ask: None }),
        }
        now
    }

    /// Sends the sign-out that waited for the end of the call, once the agent is not ready.
    pub(in crate::agent) fn send_deferred_logout(&mut self) {
        let now = self.session.user.as_ref().is_some_and(|user| user.state == UserState::NotReady);
        if now && self.session.deferred_logout.as_ref().is_some_and(|deferred| deferred.ask.is_none()) {
            let ask = self.ask(self.deferred_logout_request(), Purpose::DeferredLogout);
            if let Some(deferred) = &mut self.session.deferred_logout {
                deferred.ask = ask;
            }
        }
    }

    fn deferred_logout_request(&self) -> Request {
        let code = self.settings.force_logout_reason.as_ref();
        let reason_code_id = code.and_then(|code| self.reasons.id_of(&ReasonCategory::Logout, code));
        Request::ChangeState { user: self.id.clone(), state: UserState::Logout, reason_code_id }
    }

    pub(in crate::agent) fn deferred_logout_answered(&mut self, result: Result<Answer, Failure>) {
        if let Err(failure) = result {
            let request = self.deferred_logout_request();
            let (code, text) = error_of(&failure, &request);
            self.deferred_logout_failed(code, text);
        }
    }

    /// The agent stays signed in. The error names the command.
    pub(in crate::agent) fn deferred_logout_failed(&mut self, code: ErrorCode, text: String) {
        if let Some(deferred) = self.session.deferred_logout.take() {
            let event = ErrorEvent::of_agent(code, &self.id).with_message(text);
            self.out.emit(Event::Error(event), Some(deferred.command));
        }
    }

    /// The command whose sign-out, after the end of a call, has its effect. The State event names it.
    pub(in crate::agent) fn take_deferred_logout(&mut self) -> Option<CommandId> {
        let out = self.session.user.as_ref().is_some_and(|user| user.state == UserState::Logout);
        self.session.deferred_logout.take_if(|_| out).map(|deferred| deferred.command)
    }
}
