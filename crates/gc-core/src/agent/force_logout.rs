//! force_logout: out from wherever the agent is, in steps that Finesse allows.

use finesse_types::{Answer, Failure, Request, UserState};
use gc_events::{ErrorEvent, Event};
use gc_protocol::Command;

use super::open::Effect;
use super::{Agent, AskFor};
use crate::CommandId;

impl Agent {
    /// NOT_READY first, where the agent is not; during a call that is pending, and the sign-out follows at
    /// its end.
    pub(super) fn force_logout(&mut self, id: &CommandId) {
        let not_ready = self.settings.force_not_ready_reason.clone();
        let out = self.settings.force_logout_reason.clone();
        match self.user.as_ref().map(|user| &user.state) {
            None => self.reread(id),
            Some(UserState::Logout) => {
                let told = self.told.clone().unwrap_or_default();
                self.answer(
                    id,
                    Event::State(gc_events::State {
                        agent_id: self.id.clone(),
                        state: UserState::Logout.to_string(),
                        ..told
                    }),
                );
                self.finish(id);
            }
            Some(UserState::NotReady) => self.with_reason(id, UserState::Logout, out),
            Some(_) => self.with_reason(id, UserState::NotReady, not_ready),
        }
    }

    /// The first step has had its effect; false if there is no second one to wait for.
    pub(super) fn goes_on_signing_out(&mut self, id: &CommandId) -> bool {
        let Some(open) = self.open_command(id) else { return false };
        let first = matches!(open.effect, Some(Effect::State(UserState::NotReady, _)));
        if !matches!(open.command, Command::ForceLogout) || !first {
            return false;
        }
        let now = self.user.as_ref().is_some_and(|user| user.state == UserState::NotReady);
        match now {
            true => self.force_logout(id),
            // It has to wait for the call's end, the command has not.
            false => self.late_sign_out = Some(id.clone()),
        }
        now
    }

    /// The call is over, and the agent not ready: now the sign-out that waited for that.
    pub(super) fn sign_out_late(&mut self) {
        let now = self.user.as_ref().is_some_and(|user| user.state == UserState::NotReady);
        if now && self.late_sign_out.is_some() {
            let code = self.settings.force_logout_reason.clone();
            let list = self.reasons.get(finesse_types::ReasonCategory::Logout.as_str());
            let reason = list.and_then(|list| list.iter().find(|each| Some(&each.code) == code.as_ref()));
            let reason_code_id = reason.map(|reason| reason.id.clone());
            let request =
                Request::ChangeState { user: self.id.clone(), state: UserState::Logout, reason_code_id };
            self.ask(request, AskFor::LateSignOut);
        }
    }

    pub(super) fn late_sign_out_answered(&mut self, result: Result<Answer, Failure>) {
        if let Err(failure) = result {
            let command = self.late_sign_out.take();
            let request = Request::ChangeState {
                user: self.id.clone(),
                state: UserState::Logout,
                reason_code_id: None,
            };
            let event = ErrorEvent::of_agent(failure.code(&request), &self.id);
            self.emit(Event::Error(event.with_message(failure.message(&request))), command);
        }
    }

    /// The sign-out that waited for a call's end has come: its State names the command that asked for it.
    pub(super) fn signed_out_late(&mut self) -> Option<CommandId> {
        let out = self.user.as_ref().is_some_and(|user| user.state == UserState::Logout);
        self.late_sign_out.take_if(|_| out)
    }
}
