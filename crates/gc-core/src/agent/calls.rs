//! Call control: make, answer, hold, retrieve, release; and what a dialog's state is.

use finesse_types::{DialogAction, Request};
use gc_events::{CfCode, DialogState, ErrorCode, Event};
use gc_protocol::Command;

use super::Agent;
use super::connect::Stream;
use crate::CommandId;

impl Agent {
    pub(super) fn make_call(&mut self, id: &CommandId, number: String) {
        if self.extension.is_empty() {
            let text = "The agent is not signed in; log in before making a call.";
            return self.fail(id, ErrorCode::Cf(CfCode::InvalidObjectState), text);
        }
        let request = Request::MakeCall { user: self.id.clone(), from: self.extension.clone(), to: number };
        self.write(id, request);
    }

    /// `looked_for`: a re-read has just shown which calls there are.
    pub(super) fn control_call(&mut self, id: &CommandId, command: &Command, looked_for: bool) {
        let Some((dialog, action)) = action(command) else { return };
        if self.dialogs.get(dialog).is_none() {
            return match self.dialogs.is_unheard_of(dialog) && !looked_for {
                // Its notification may still be on the way: Finesse is asked before the call is called unknown.
                true => self.reread(id),
                false => self.fail_with(id, ErrorCode::NoDialogId),
            };
        }
        let request =
            Request::DialogAction { dialog: dialog.clone(), action, target: self.extension.clone() };
        self.write(id, request);
    }

    /// From memory while notifications come, else from Finesse.
    pub(super) fn dialog_state(&mut self, id: &CommandId, dialog: String) {
        if !self.dialogs.is_unheard_of(&dialog) && self.stream == Stream::Open && self.round.is_none() {
            self.tell_dialog_state(id, dialog);
        } else {
            self.reread(id);
        }
    }

    pub(super) fn tell_dialog_state(&mut self, id: &CommandId, dialog_id: String) {
        let state = match self.dialogs.get(&dialog_id) {
            Some(known) => known.state(&self.viewer(false)),
            None => DialogState::NOT_FOUND.to_owned(),
        };
        self.answer(id, Event::DialogState(DialogState { dialog_id, state, agent_id: self.id.clone() }));
        self.finish(id);
    }
}

/// What a command does to a dialog.
fn action(command: &Command) -> Option<(&String, DialogAction)> {
    match command {
        Command::AnswerCall { dialog_id } => Some((dialog_id, DialogAction::Answer)),
        Command::HoldCall { dialog_id } => Some((dialog_id, DialogAction::Hold)),
        Command::RetrieveCall { dialog_id } => Some((dialog_id, DialogAction::Retrieve)),
        Command::ReleaseCall { dialog_id } => Some((dialog_id, DialogAction::Drop)),
        _ => None,
    }
}
