//! A supervisor and the calls of the team: silent monitoring and barging in.

use finesse_types::{Answer, Dialog, Failure, ParticipantState, Request};
use gc_events::{CfCode, ErrorCode};
use gc_protocol::Command;

use crate::CommandId;
use crate::agent::Agent;
use crate::agent::commands::Effect;
use crate::agent::in_flight::Purpose;

impl Agent {
    pub(in crate::agent) fn silent_monitor(&mut self, id: &CommandId, to: String) {
        if self.refuse_signed_out(id) {
            return;
        }
        let (user, from) = (self.id.clone(), self.session.extension().to_owned());
        self.write(id, Request::SilentMonitor { user, from, to }, Effect::Monitor);
    }

    /// The dialog is the agent's call, or the supervisor's own monitor leg. For the latter the agent is looked up in the
    /// supervisor's teams, and the call among the agent's dialogs.
    pub(in crate::agent) fn barge_in(&mut self, id: &CommandId, to: String, dialog_id: String) {
        if self.refuse_signed_out(id) {
            return;
        }
        match self.calls.dialogs.dialog(&dialog_id).is_some_and(is_monitor) {
            true => {
                let teams = self.session.user().map(|user| user.teams.as_slice()).unwrap_or_default();
                let teams = teams.iter().map(|team| team.id.clone()).collect();
                self.read_next_team(id, teams, &to);
            }
            false => self.barge_in_on(id, to, dialog_id),
        }
    }

    /// Reads the teams one after the other, the last one first.
    fn read_next_team(&mut self, id: &CommandId, mut teams: Vec<String>, to: &str) {
        let Some(team) = teams.pop() else {
            let text = format!("No agent of your teams is signed in on extension {to}. Check the extension.");
            return self.fail(id, ErrorCode::Cf(CfCode::InvalidCalledDevice), text);
        };
        let request = Request::Team { id: team, include_logged_out: false };
        if self.ask(request, Purpose::MonitoredAgent(id.clone(), teams)).is_none() {
            self.end_without_session(id);
        }
    }

    pub(in crate::agent) fn monitored_team_read(
        &mut self,
        id: &CommandId,
        teams: Vec<String>,
        result: Result<Answer, Failure>,
    ) {
        let Some(Command::BargeIn { agent_extension, .. }) =
            self.commands.get(id).map(|pending| pending.command())
        else {
            return;
        };
        let to = agent_extension.clone();
        let users = match result {
            Ok(Answer::Team(team)) => team.users,
            Ok(_) => return self.fail_with(id, ErrorCode::GeneralError),
            Err(failure) => {
                let request = Request::Team { id: String::new(), include_logged_out: false };
                return self.fail_because(id, &failure, &request);
            }
        };
        let Some(agent) = users.into_iter().find(|user| user.extension == to) else {
            return self.read_next_team(id, teams, &to);
        };
        let request = Request::Dialogs { user: agent.login_id };
        if self.ask(request, Purpose::MonitoredCalls(id.clone())).is_none() {
            self.end_without_session(id);
        }
    }

    pub(in crate::agent) fn monitored_calls_read(&mut self, id: &CommandId, result: Result<Answer, Failure>) {
        let Some(Command::BargeIn { agent_extension, .. }) =
            self.commands.get(id).map(|pending| pending.command())
        else {
            return;
        };
        let to = agent_extension.clone();
        match result {
            Ok(Answer::Dialogs(dialogs)) => match monitored(&dialogs, &to) {
                Some(call) => self.barge_in_on(id, to, call.id.clone()),
                None => self.fail_with(id, ErrorCode::NoDialogId),
            },
            Ok(_) => self.fail_with(id, ErrorCode::GeneralError),
            Err(failure) => {
                let request = Request::Dialogs { user: String::new() };
                self.fail_because(id, &failure, &request);
            }
        }
    }

    fn barge_in_on(&mut self, id: &CommandId, to: String, associated_dialog: String) {
        let (user, from) = (self.id.clone(), self.session.extension().to_owned());
        let effect = Effect::Barge(associated_dialog.clone());
        self.write(id, Request::BargeCall { user, from, to, associated_dialog }, effect);
    }
}

/// The call in which the agent at an extension talks, otherwise another open call.
fn monitored<'a>(dialogs: &'a [Dialog], extension: &str) -> Option<&'a Dialog> {
    let is_active = |dialog: &&Dialog| {
        let own = dialog.participants.iter().find(|each| each.media_address == extension);
        own.is_some_and(|own| own.state == ParticipantState::Active)
    };
    dialogs.iter().filter(|dialog| !is_monitor(dialog)).max_by_key(is_active)
}

fn is_monitor(dialog: &Dialog) -> bool {
    dialog.media.call_type.is_supervisor_monitor()
}

#[cfg(test)]
mod tests;
