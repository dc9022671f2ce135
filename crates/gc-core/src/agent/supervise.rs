//! A supervisor and the calls of the team: listening, breaking in.

use finesse_types::{Answer, Dialog, Failure, Request};
use gc_events::{CfCode, ErrorCode};
use gc_protocol::Command;

use super::open::Effect;
use super::{Agent, AskFor};
use crate::CommandId;

impl Agent {
    pub(super) fn silent_monitor(&mut self, id: &CommandId, to: String) {
        let (user, from) = (self.id.clone(), self.extension.clone());
        self.write(id, Request::SilentMonitor { user, from, to }, Effect::NewCall);
    }

    /// The dialog is the agent's call, or the supervisor's own monitor leg: then the agent's call is looked
    /// for among the agent's dialogs.
    pub(super) fn barge_in(&mut self, id: &CommandId, to: String, dialog_id: String) {
        let monitors = self.dialogs.dialog(&dialog_id).is_some_and(is_monitor);
        if !monitors {
            return self.barge_in_on(id, to, dialog_id);
        }
        let Some(member) = self.member_at(&to) else {
            let text = format!(
                "Who works at {to} is not known. Ask for the team's users first, or name the agent's own call."
            );
            return self.fail(id, ErrorCode::Cf(CfCode::InvalidCalledDevice), text);
        };
        if self.ask(Request::Dialogs { user: member }, AskFor::MonitoredCalls(id.clone())).is_none() {
            self.end_without_session(id);
        }
    }

    pub(super) fn monitored_calls_read(&mut self, id: &CommandId, result: Result<Answer, Failure>) {
        let Some(Command::BargeIn { agent_extension, .. }) = self.open_command(id).map(|open| &open.command)
        else {
            return;
        };
        let to = agent_extension.clone();
        match result {
            Ok(Answer::Dialogs(dialogs)) => match dialogs.iter().find(|dialog| !is_monitor(dialog)) {
                Some(call) => self.barge_in_on(id, to, call.id.clone()),
                None => self.fail_with(id, ErrorCode::NoDialogId),
            },
            Ok(_) => self.fail_with(id, ErrorCode::GeneralError),
            Err(failure) => {
                let request = Request::Dialogs { user: to };
                self.fail(id, failure.code(&request), failure.message(&request));
            }
        }
    }

    fn barge_in_on(&mut self, id: &CommandId, to: String, associated_dialog: String) {
        let (user, from) = (self.id.clone(), self.extension.clone());
        let request = Request::BargeCall { user, from, to, associated_dialog };
        self.write(id, request, Effect::AnyCall);
    }
}

fn is_monitor(dialog: &Dialog) -> bool {
    dialog.media.call_type.is_supervisor_monitor()
}
