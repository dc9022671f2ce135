//! force_logout: out from wherever the agent is, in steps that Finesse allows.

use finesse_types::{Answer, Failure, ReasonCategory, Request, UserState};
use gc_events::{ErrorCode, ErrorEvent, Event, State};
use gc_protocol::Command;

use crate::agent::Agent;
use crate::agent::commands::Effect;
use crate::agent::in_flight::Purpose;
use crate::errors::error_of;
use crate::{AskId, CommandId, Timer};

/// A sign-out that waits for the end of a call.
#[derive(Debug)]
pub(super) struct DeferredLogout {
    /// The force_logout that it belongs to, which has ended.
    command: CommandId,
    /// The request, once the call is over.
    ask: Option<AskId>,
}

impl Agent {
    /// NOT_READY first, where the agent is not; during a call that is pending, and the sign-out follows at
    /// its end.
    pub(in crate::agent) fn force_logout(&mut self, id: &CommandId) {
        let out = self.settings.force_logout_reason.clone();
        match self.session.user.as_ref().map(|user| &user.state) {
            None => self.reread(id),
            Some(UserState::Logout) => self.is_out_already(id),
            Some(UserState::NotReady) => self.with_reason(id, UserState::Logout, out),
            // The second step may come late, when nothing can be looked up any more.
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

    fn is_out_already(&mut self, id: &CommandId) {
        let (agent_id, state) = (self.id.clone(), UserState::Logout.to_string());
        let told = self.session.last_emitted.clone().unwrap_or_default();
        self.answer(id, Event::State(State { agent_id, state, ..told }));
        self.finish(id);
    }

    /// The first step has had its effect; whether a second one is under way.
    pub(in crate::agent) fn goes_on_signing_out(&mut self, id: &CommandId) -> bool {
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
            // It has to wait for the call's end, the command has not.
            false => self.session.deferred_logout = Some(DeferredLogout { command: id.clone(), ask: None }),
        }
        now
    }

    /// The call is over, and the agent not ready: now the sign-out that waited for that.
    pub(in crate::agent) fn sign_out_late(&mut self) {
        let now = self.session.user.as_ref().is_some_and(|user| user.state == UserState::NotReady);
        if now && self.session.deferred_logout.as_ref().is_some_and(|late| late.ask.is_none()) {
            let ask = self.ask(self.late_request(), Purpose::DeferredLogout);
            if let Some(late) = &mut self.session.deferred_logout {
                late.ask = ask;
            }
        }
    }

    fn late_request(&self) -> Request {
        let code = self.settings.force_logout_reason.as_ref();
        let reason_code_id = code.and_then(|code| self.reasons.id_of(&ReasonCategory::Logout, code));
        Request::ChangeState { user: self.id.clone(), state: UserState::Logout, reason_code_id }
    }

    pub(in crate::agent) fn deferred_logout_answered(&mut self, result: Result<Answer, Failure>) {
        if let Err(failure) = result {
            let request = self.late_request();
            let (code, text) = error_of(&failure, &request);
            self.deferred_logout_failed(code, text);
        }
    }

    /// The agent stays signed in, which the client is told under the command's name.
    pub(in crate::agent) fn deferred_logout_failed(&mut self, code: ErrorCode, text: String) {
        if let Some(late) = self.session.deferred_logout.take() {
            let event = ErrorEvent::of_agent(code, &self.id).with_message(text);
            self.out.emit(Event::Error(event), Some(late.command));
        }
    }

    /// The sign-out that waited for a call's end has come: its State names the command that asked for it.
    pub(in crate::agent) fn signed_out_late(&mut self) -> Option<CommandId> {
        let out = self.session.user.as_ref().is_some_and(|user| user.state == UserState::Logout);
        self.session.deferred_logout.take_if(|_| out).map(|late| late.command)
    }
}
