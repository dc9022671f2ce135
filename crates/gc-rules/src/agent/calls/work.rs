//! Commands that begin a call, act on one, or report something about one.

use finesse_types::{CallVariable, DialogAction, Participant, ParticipantState, Request};
use gc_events::{CfCode, DialogParticipants, DialogState, DialogStateControls, ErrorCode, Event};

use super::outbound::callback;
use crate::agent::Agent;
use crate::agent::commands::{CallControl, CallData, CallQuery, Effect, OnCall};
use crate::{CommandId, render};

impl Agent {
    pub(in crate::agent) fn make_call(&mut self, id: &CommandId, number: String) {
        if self.refuse_signed_out(id) {
            return;
        }
        let (user, from) = (self.id.clone(), self.session.extension().to_owned());
        let effect = Effect::Call { from: from.clone(), number: number.clone() };
        self.write(id, Request::MakeCall { user, from, to: number }, effect);
    }

    /// Fails a command that needs an extension if the agent is not signed in. Returns whether it did.
    pub(in crate::agent) fn refuse_signed_out(&mut self, id: &CommandId) -> bool {
        let signed_out = self.session.extension().is_empty();
        if signed_out {
            let text = "You are not signed in. Log in first.";
            self.fail(id, ErrorCode::Cf(CfCode::InvalidObjectState), text);
        }
        signed_out
    }

    /// Carries out a command on an existing call. `after_reread`: a re-read has just shown which calls there are.
    pub(in crate::agent) fn act_on_call(
        &mut self,
        id: &CommandId,
        dialog: &str,
        action: OnCall,
        after_reread: bool,
    ) {
        if self.calls.dialogs.get(dialog).is_none() {
            // Its notification may be on its way, so Finesse is read before the call counts as unknown.
            return match self.calls.dialogs.is_unknown(dialog) && !after_reread {
                true => self.reread(id),
                false => self.fail_with(id, ErrorCode::NoDialogId),
            };
        }
        let extension = self.session.extension();
        let (request, effect) = match action {
            // The allowed actions depend on other calls, too, and Finesse may not notify such a change.
            OnCall::Query(_) if !after_reread => return self.reread(id),
            OnCall::Query(query) => return self.report_on_call(id, dialog, query),
            // Checked before it is sent, because a party that was never in the call looks like a dropped one afterwards.
            OnCall::Control(CallControl::DropParticipant { address })
                if !self.takes_part(dialog, &address) =>
            {
                if !after_reread {
                    return self.reread(id);
                }
                let text = format!("{address} takes no part in this call. Choose somebody who does.");
                return self.fail(id, ErrorCode::Cf(CfCode::AgentNotPartyOnCall), text);
            }
            OnCall::Control(control) => control_request(control, dialog, extension),
            OnCall::Data(data) => data_request(data, dialog, extension),
        };
        self.write(id, request, effect);
    }

    fn takes_part(&self, dialog: &str, address: &str) -> bool {
        let is_there =
            |each: &Participant| each.media_address == address && each.state != ParticipantState::Dropped;
        self.calls.dialogs.get(dialog).is_some_and(|call| call.dialog.participants.iter().any(is_there))
    }

    fn report_on_call(&mut self, id: &CommandId, dialog_id: &str, query: CallQuery) {
        let Some(call) = self.calls.dialogs.get(dialog_id) else { return };
        let (dialog_id, agent_id) = (dialog_id.to_owned(), self.id.clone());
        let event = match query {
            CallQuery::Controls => {
                let controls = call.controls(&self.base_perspective());
                Event::DialogStateControls(DialogStateControls { dialog_id, controls, agent_id })
            }
            CallQuery::Participants => {
                let shown = |each| render::participant(each, &self.settings.zone);
                let participants = call.dialog.participants.iter().map(shown).collect();
                Event::DialogParticipants(DialogParticipants { dialog_id, participants, agent_id })
            }
        };
        self.answer(id, event);
        self.finish(id);
    }

    /// Reports the state of a call: the one known here while notifications come, otherwise after a re-read.
    pub(in crate::agent) fn dialog_state(&mut self, id: &CommandId, dialog: String) {
        if !self.calls.dialogs.is_unknown(&dialog)
            && self.session.stream_is_open()
            && !self.resync.is_reading()
        {
            self.report_dialog_state(id, dialog);
        } else {
            self.reread(id);
        }
    }

    pub(in crate::agent) fn report_dialog_state(&mut self, id: &CommandId, dialog_id: String) {
        let state = match self.calls.dialogs.get(&dialog_id) {
            Some(call) => call.state(&self.base_perspective()),
            None => DialogState::NOT_FOUND.to_owned(),
        };
        self.answer(id, Event::DialogState(DialogState { dialog_id, state, agent_id: self.id.clone() }));
        self.finish(id);
    }
}

/// The request of call control, and the effect that makes it a success.
fn control_request(control: CallControl, dialog: &str, extension: &str) -> (Request, Effect) {
    use ParticipantState::{Active, Held};
    let (id, target) = (dialog.to_owned(), extension.to_owned());
    let act =
        |action| Request::DialogAction { dialog: dialog.to_owned(), action, target: extension.to_owned() };
    match control {
        CallControl::Answer => (act(DialogAction::Answer), Effect::Own(id, Active)),
        CallControl::Hold => (act(DialogAction::Hold), Effect::Own(id, Held)),
        CallControl::Retrieve => (act(DialogAction::Retrieve), Effect::Own(id, Active)),
        CallControl::Leave(action) => (act(action), Effect::Left(id)),
        CallControl::Conference => (act(DialogAction::Conference), Effect::Conference(id)),
        CallControl::AcceptPreview => (act(DialogAction::Accept), Effect::Accepted(id)),
        CallControl::TransferSst { number: to } => {
            (Request::TransferSst { dialog: id.clone(), target, to }, Effect::Left(id))
        }
        CallControl::Consult { number: to } => (Request::ConsultCall { dialog: id, target, to }, Effect::Leg),
        CallControl::DropParticipant { address } => {
            let (action, target) = (DialogAction::ParticipantDrop, address.clone());
            (Request::DialogAction { dialog: id.clone(), action, target }, Effect::Dropped(id, address))
        }
    }
}

/// The request that changes the data of a call, and the effect that makes it a success.
fn data_request(data: CallData, dialog: &str, extension: &str) -> (Request, Effect) {
    let (id, target) = (dialog.to_owned(), extension.to_owned());
    match data {
        CallData::Variables(variables) => {
            let stored =
                variables.into_iter().map(|each| CallVariable { name: each.name, value: each.value });
            call_data(id, None, stored.collect())
        }
        CallData::WrapUp { reason } => call_data(id, Some(reason), Vec::new()),
        CallData::Callback { time } => callback(dialog, extension, &time, None),
        CallData::NoCallback => {
            let action = DialogAction::CancelScheduledCallback;
            (Request::DialogAction { dialog: id.clone(), action, target }, Effect::NoCallback(id))
        }
        CallData::Classification(classification) => {
            let effect = Effect::Classified(id.clone(), classification.clone());
            (Request::Reclassify { dialog: id, target, classification }, effect)
        }
    }
}

fn call_data(
    dialog: String,
    wrap_up_reason: Option<String>,
    variables: Vec<CallVariable>,
) -> (Request, Effect) {
    let request = Request::UpdateCallData {
        dialog: dialog.clone(),
        wrap_up_reason: wrap_up_reason.clone(),
        variables: variables.clone(),
    };
    (request, Effect::Data { dialog, wrap_up_reason, variables })
}
