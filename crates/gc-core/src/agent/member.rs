//! A supervisor changes the state of a team member.

use std::time::Duration;

use finesse_types::{Answer, Failure, Request, User, UserState};
use gc_events::ErrorCode;
use gc_protocol::Command;

use super::attribution::Origin;
use super::open::{Change, Effect};
use super::{Agent, AskFor};
use crate::settings::Platform;
use crate::{CommandId, Output, Timer};

/// From one look at a member whose state was changed to the next, until the command's deadline.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

impl Agent {
    /// With the supervisor's rights, and without a reason code.
    pub(super) fn change_member(&mut self, id: &CommandId, member: String, command: &Command) {
        let state = match command {
            Command::Logout => UserState::Logout,
            Command::MakeReady => UserState::Ready,
            Command::MakeNotReady => UserState::NotReady,
            other => {
                let text = format!(
                    "{} cannot be sent for a team member; MakeReady, MakeNotReady and Logout can.",
                    other.name()
                );
                return self.fail(id, ErrorCode::GeneralError, text);
            }
        };
        let request =
            Request::ChangeState { user: member.clone(), state: state.clone(), reason_code_id: None };
        self.write(id, request, Effect::Member(member, state));
    }

    /// Finesse accepted it, or may have. The member's notifications come here only with a subscription, so
    /// the member is looked at.
    pub(super) fn look_at_member(&mut self, id: &CommandId) {
        let Some((member, _)) = self.member_asked(id) else { return };
        if self.ask(Request::User { id: member }, AskFor::Member(id.clone())).is_none() {
            self.end_without_session(id);
        }
    }

    pub(super) fn member_read(&mut self, id: &CommandId, result: Result<Answer, Failure>) {
        let Some((member, asked)) = self.member_asked(id) else { return };
        match result {
            Ok(Answer::User(user)) if self.is_taken_at_its_word(id, &user) => {
                let event = self.member_state(&user);
                self.members.insert(member, *user);
                self.answer(id, event);
                self.finish(id);
            }
            Ok(Answer::User(user))
                if self.met_by(&Change::Member { user: &user }, &Origin::Unnamed).contains(id) =>
            {
                self.member_changed(&user, &Origin::Unnamed);
            }
            Ok(answer) => {
                if let (Answer::User(user), Some(open)) = (answer, self.open_mut(id)) {
                    open.so_far = Some(format!("Agent {member} is {}, not {asked}.", user.state));
                }
                self.out.push(Output::StartTimer(Timer::Look(id.clone()), LOOK_AGAIN));
            }
            Err(failure) => {
                let request = Request::User { id: member };
                self.fail(id, failure.code(&request), failure.message(&request));
            }
        }
    }

    /// UCCX never shows that a state waits for the end of a call.
    fn is_taken_at_its_word(&self, id: &CommandId, user: &User) -> bool {
        let Some(open) = self.open_command(id) else { return false };
        let waits = open.effect.as_ref().is_some_and(Effect::may_be_pending) && open.failure.is_none();
        self.settings.platform == Platform::Uccx && user.state == UserState::Talking && waits
    }

    /// The state that was asked for never showed.
    pub(super) fn member_took_too_long(&mut self, id: &CommandId) {
        let failure = self.open_command(id).and_then(|open| open.failure.clone());
        let retry = || (ErrorCode::PleaseRetry, "Try again in a moment.".to_owned());
        let (code, text) = failure.unwrap_or_else(retry);
        self.fail(id, code, text);
    }

    /// The member whom a command is about, and the state asked for.
    fn member_asked(&self, id: &CommandId) -> Option<(String, UserState)> {
        match self.open_command(id)?.effect.clone() {
            Some(Effect::Member(member, state)) => Some((member, state)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
