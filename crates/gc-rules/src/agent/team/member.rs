//! A supervisor changes the state of a team member.

use std::time::Duration;

use finesse_types::{Answer, Failure, Request, User, UserState};
use gc_events::ErrorCode;
use gc_protocol::Command;

use crate::agent::Agent;
use crate::agent::commands::{Change, Effect, Origin, PendingCommand};
use crate::agent::in_flight::Purpose;
use crate::settings::Platform;
use crate::{CommandId, Timer};

/// The pause between two reads of a member whose state a command changes.
const READ_AGAIN: Duration = Duration::from_millis(500);

impl Agent {
    /// Sends the change with the supervisor's rights and without a reason code.
    pub(in crate::agent) fn change_member(&mut self, id: &CommandId, member: String, command: &Command) {
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

    /// Reads the member, after Finesse has or may have accepted the change. Without a subscription no notification of the
    /// member comes here.
    pub(in crate::agent) fn read_member(&mut self, id: &CommandId) {
        let Some((member, _)) = self.member_and_state(id) else { return };
        if self.ask(Request::User { id: member }, Purpose::Member(id.clone())).is_none() {
            self.end_without_session(id);
        }
    }

    pub(in crate::agent) fn member_read(&mut self, id: &CommandId, result: Result<Answer, Failure>) {
        let Some((member, asked)) = self.member_and_state(id) else { return };
        match result {
            Ok(Answer::User(user)) if self.counts_as_accepted(id, &user) => {
                let event = self.member_state(&user);
                self.team.members.insert(member, *user);
                self.answer(id, event);
                self.finish(id);
            }
            Ok(Answer::User(user))
                if self.commands.met_by(&Change::Member { user: &user }, &Origin::Unnamed).contains(id) =>
            {
                self.member_changed(&user, &Origin::Unnamed);
            }
            Ok(answer) => {
                if let (Answer::User(user), Some(pending)) = (answer, self.commands.get_mut(id)) {
                    pending.note_progress(format!("Agent {member} is {}, not {asked}.", user.state));
                }
                self.out.start_timer(Timer::ReadMember(id.clone()), READ_AGAIN);
            }
            Err(failure) => {
                let request = Request::User { id: member };
                self.fail_because(id, &failure, &request);
            }
        }
    }

    /// Whether an accepted change counts as reached, because UCCX never shows a pending state.
    fn counts_as_accepted(&self, id: &CommandId, user: &User) -> bool {
        let sent = self.commands.get(id).and_then(PendingCommand::awaited);
        let may_be_pending = sent.is_some_and(|sent| sent.effect.may_be_pending() && sent.doubt.is_none());
        self.settings.platform == Platform::Uccx && user.state == UserState::Talking && may_be_pending
    }

    /// The member has not reached the state in time.
    pub(in crate::agent) fn member_took_too_long(&mut self, id: &CommandId) {
        let sent = self.commands.get(id).and_then(PendingCommand::awaited);
        let doubt = sent.and_then(|sent| sent.doubt.clone());
        let retry = || (ErrorCode::PleaseRetry, "Try again in a moment.".to_owned());
        let (code, text) = doubt.unwrap_or_else(retry);
        self.fail(id, code, text);
    }

    /// The member that a command is for, and the state that it asks for.
    fn member_and_state(&self, id: &CommandId) -> Option<(String, UserState)> {
        match self.commands.get(id)?.effect() {
            Some(Effect::Member(member, state)) => Some((member.clone(), state.clone())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
