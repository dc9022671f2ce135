//! force_logout: out from wherever the agent is, in steps that Finesse allows.

use finesse_types::{Answer, Failure, ReasonCategory, Request, UserState};
use gc_events::{ErrorCode, ErrorEvent, Event, State};
use gc_protocol::Command;

use super::open::Effect;
use super::{Agent, AskFor};
use crate::{AskId, CommandId, Output, Timer};

/// A sign-out that waits for the end of a call.
#[derive(Debug)]
pub(super) struct LateSignOut {
    /// The force_logout that it belongs to, which has ended.
    command: CommandId,
    /// The request, once the call is over.
    ask: Option<AskId>,
}

impl Agent {
    /// NOT_READY first, where the agent is not; during a call that is pending, and the sign-out follows at
    /// its end.
    pub(super) fn force_logout(&mut self, id: &CommandId) {
        let out = self.settings.force_logout_reason.clone();
        match self.user.as_ref().map(|user| &user.state) {
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
        code.is_some_and(|code| self.reason_id(&ReasonCategory::Logout, code).is_none())
    }

    fn is_out_already(&mut self, id: &CommandId) {
        let (agent_id, state) = (self.id.clone(), UserState::Logout.to_string());
        let told = self.told.clone().unwrap_or_default();
        self.answer(id, Event::State(State { agent_id, state, ..told }));
        self.finish(id);
    }

    /// The first step has had its effect; whether a second one is under way.
    pub(super) fn goes_on_signing_out(&mut self, id: &CommandId) -> bool {
        let Some(open) = self.open_mut(id) else { return false };
        let first = matches!(open.effect, Some(Effect::State(UserState::NotReady, _)));
        if !matches!(open.command, Command::ForceLogout) || !first {
            return false;
        }
        let now = self.user.as_ref().is_some_and(|user| user.state == UserState::NotReady);
        match now {
            true => {
                self.out.push(Output::StartTimer(Timer::Deadline(id.clone()), self.settings.deadline));
                self.force_logout(id);
            }
            // It has to wait for the call's end, the command has not.
            false => self.late_sign_out = Some(LateSignOut { command: id.clone(), ask: None }),
        }
        now
    }

    /// The call is over, and the agent not ready: now the sign-out that waited for that.
    pub(super) fn sign_out_late(&mut self) {
        let now = self.user.as_ref().is_some_and(|user| user.state == UserState::NotReady);
        if now && self.late_sign_out.as_ref().is_some_and(|late| late.ask.is_none()) {
            let ask = self.ask(self.late_request(), AskFor::LateSignOut);
            if let Some(late) = &mut self.late_sign_out {
                late.ask = ask;
            }
        }
    }

    fn late_request(&self) -> Request {
        let code = self.settings.force_logout_reason.as_ref();
        let reason_code_id = code.and_then(|code| self.reason_id(&ReasonCategory::Logout, code));
        Request::ChangeState { user: self.id.clone(), state: UserState::Logout, reason_code_id }
    }

    pub(super) fn late_sign_out_answered(&mut self, result: Result<Answer, Failure>) {
        if let Err(failure) = result {
            let request = self.late_request();
            self.late_sign_out_failed(failure.code(&request), failure.message(&request));
        }
    }

    /// The agent stays signed in, which the client is told under the command's name.
    pub(super) fn late_sign_out_failed(&mut self, code: ErrorCode, text: String) {
        if let Some(late) = self.late_sign_out.take() {
            let event = ErrorEvent::of_agent(code, &self.id).with_message(text);
            self.emit(Event::Error(event), Some(late.command));
        }
    }

    /// The sign-out that waited for a call's end has come: its State names the command that asked for it.
    pub(super) fn signed_out_late(&mut self) -> Option<CommandId> {
        let out = self.user.as_ref().is_some_and(|user| user.state == UserState::Logout);
        self.late_sign_out.take_if(|_| out).map(|late| late.command)
    }
}
