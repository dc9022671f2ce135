//! What is done to calls, and what is told about one when asked.

use finesse_types::{CallVariable, Classification, DialogAction, Participant, ParticipantState, Request};
use gc_events::{CfCode, DialogParticipants, DialogState, DialogStateControls, ErrorCode, Event};
use gc_protocol::Command;

use super::outbound::callback;
use crate::agent::Agent;
use crate::agent::commands::Effect;
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

    /// Nobody calls without a telephone.
    pub(in crate::agent) fn refuse_signed_out(&mut self, id: &CommandId) -> bool {
        let signed_out = self.session.extension().is_empty();
        if signed_out {
            let text = "You are not signed in. Log in first.";
            self.fail(id, ErrorCode::Cf(CfCode::InvalidObjectState), text);
        }
        signed_out
    }

    /// Everything that is done to a call which is there. `after_reread`: a re-read has just shown which are.
    pub(in crate::agent) fn act_on_call(&mut self, id: &CommandId, command: &Command, after_reread: bool) {
        let Some(work) = work(command, self.session.extension()) else {
            return self.fail_with(id, ErrorCode::GeneralError);
        };
        let Work { dialog, what } = work;
        match (self.calls.dialogs.get(&dialog).is_some(), what) {
            // Once sent, who is not in the call could not be told from who was dropped.
            (true, What::Write(_, Effect::Dropped(_, address))) if !self.takes_part(&dialog, &address) => {
                if !after_reread {
                    return self.reread(id);
                }
                let text = format!("{address} takes no part in this call. Choose somebody who does.");
                self.fail(id, ErrorCode::Cf(CfCode::AgentNotPartyOnCall), text);
            }
            (true, What::Write(request, effect)) => self.write(id, request, effect),
            (true, What::Tell(tell)) if after_reread => self.report_on_call(id, &dialog, tell),
            // What an agent may do depends on other calls, too, and Finesse need not tell that by itself.
            (true, What::Tell(_)) => self.reread(id),
            // Its notification may still be on the way: Finesse is asked before the call is called unknown.
            (false, _) if self.calls.dialogs.is_unknown(&dialog) && !after_reread => self.reread(id),
            (false, _) => self.fail_with(id, ErrorCode::NoDialogId),
        }
    }

    fn takes_part(&self, dialog: &str, address: &str) -> bool {
        let there =
            |each: &Participant| each.media_address == address && each.state != ParticipantState::Dropped;
        self.calls.dialogs.get(dialog).is_some_and(|call| call.dialog.participants.iter().any(there))
    }

    fn report_on_call(&mut self, id: &CommandId, dialog_id: &str, tell: Tell) {
        let Some(call) = self.calls.dialogs.get(dialog_id) else { return };
        let (dialog_id, agent_id) = (dialog_id.to_owned(), self.id.clone());
        let event = match tell {
            Tell::Controls => {
                let controls = call.controls(&self.base_perspective());
                Event::DialogStateControls(DialogStateControls { dialog_id, controls, agent_id })
            }
            Tell::Participants => {
                let shown = |each| render::participant(each, &self.settings.zone);
                let participants = call.dialog.participants.iter().map(shown).collect();
                Event::DialogParticipants(DialogParticipants { dialog_id, participants, agent_id })
            }
        };
        self.answer(id, event);
        self.finish(id);
    }

    /// From memory while notifications come, else from Finesse.
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

/// What a command does with a call that is there.
struct Work {
    dialog: String,
    what: What,
}

enum What {
    /// Finesse is asked to change it.
    Write(Request, Effect),
    /// The client is told about it.
    Tell(Tell),
}

#[derive(Clone, Copy)]
enum Tell {
    Controls,
    Participants,
}

/// One row for each command: what Finesse is asked, and by what the command succeeds.
fn work(command: &Command, extension: &str) -> Option<Work> {
    let target = || extension.to_owned();
    let act = |dialog: &String, action, effect: Effect| {
        let request = Request::DialogAction { dialog: dialog.clone(), action, target: target() };
        Some(Work { dialog: dialog.clone(), what: What::Write(request, effect) })
    };
    let write = |dialog: &String, request, effect| {
        Some(Work { dialog: dialog.clone(), what: What::Write(request, effect) })
    };
    let own = |dialog: &String, state| Effect::Own(dialog.clone(), state);
    let left = |dialog: &String| Effect::Left(dialog.clone());
    match command {
        Command::AnswerCall { dialog_id } => {
            act(dialog_id, DialogAction::Answer, own(dialog_id, ParticipantState::Active))
        }
        Command::HoldCall { dialog_id } => {
            act(dialog_id, DialogAction::Hold, own(dialog_id, ParticipantState::Held))
        }
        Command::RetrieveCall { dialog_id } => {
            act(dialog_id, DialogAction::Retrieve, own(dialog_id, ParticipantState::Active))
        }
        Command::ReleaseCall { dialog_id } => act(dialog_id, DialogAction::Drop, left(dialog_id)),
        Command::TransferSst { number, dialog_id } => {
            let (dialog, to) = (dialog_id.clone(), number.clone());
            write(dialog_id, Request::TransferSst { dialog, target: target(), to }, left(dialog_id))
        }
        Command::ConsultCall { number, dialog_id } => {
            let (dialog, to) = (dialog_id.clone(), number.clone());
            write(dialog_id, Request::ConsultCall { dialog, target: target(), to }, Effect::Leg)
        }
        // The extension that this one and others name is the agent's own: Finesse takes no other one.
        Command::TransferCall { dialog_id, .. } => act(dialog_id, DialogAction::Transfer, left(dialog_id)),
        Command::ConferenceCall { dialog_id, .. } => {
            act(dialog_id, DialogAction::Conference, Effect::Conference(dialog_id.clone()))
        }
        Command::AcceptOutboundPreview { dialog_id } => {
            act(dialog_id, DialogAction::Accept, Effect::Accepted(dialog_id.clone()))
        }
        Command::RejectOutboundPreview { dialog_id } => act(dialog_id, DialogAction::Reject, left(dialog_id)),
        Command::CloseOutboundPreview { dialog_id } => act(dialog_id, DialogAction::Close, left(dialog_id)),
        Command::EndSilentMonitor { dialog_id } => act(dialog_id, DialogAction::Drop, left(dialog_id)),
        Command::DropParticipant { agent_extension, dialog_id } => {
            let request = Request::DialogAction {
                dialog: dialog_id.clone(),
                action: DialogAction::ParticipantDrop,
                target: agent_extension.clone(),
            };
            write(dialog_id, request, Effect::Dropped(dialog_id.clone(), agent_extension.clone()))
        }
        Command::UpdateCallVariable { dialog_id, variables } => {
            let variables: Vec<_> = variables
                .iter()
                .map(|each| CallVariable { name: each.name.clone(), value: each.value.clone() })
                .collect();
            data(dialog_id, None, variables)
        }
        // The time first; the number follows when the time is there.
        Command::ScheduleCallback { dialog_id, time, .. }
        | Command::UpdateCallback { dialog_id, time, .. } => {
            let (request, effect) = callback(dialog_id, extension, time, None);
            write(dialog_id, request, effect)
        }
        Command::CancelScheduledCallback { dialog_id, .. } => {
            act(dialog_id, DialogAction::CancelScheduledCallback, Effect::NoCallback(dialog_id.clone()))
        }
        Command::ReclassifyCall { dialog_id, value, .. } => {
            let classification = Classification::from(value.to_string().as_str());
            let effect = Effect::Classified(dialog_id.clone(), classification.clone());
            let dialog = dialog_id.clone();
            write(dialog_id, Request::Reclassify { dialog, target: target(), classification }, effect)
        }
        Command::Wrapup { reason, dialog_id } => data(dialog_id, Some(reason.clone()), Vec::new()),
        Command::GetDialogStateControls { dialog_id } => {
            Some(Work { dialog: dialog_id.clone(), what: What::Tell(Tell::Controls) })
        }
        Command::GetDialogParticipants { dialog_id } => {
            Some(Work { dialog: dialog_id.clone(), what: What::Tell(Tell::Participants) })
        }
        _ => None,
    }
}

fn data(dialog: &str, wrap_up_reason: Option<String>, variables: Vec<CallVariable>) -> Option<Work> {
    let request = Request::UpdateCallData {
        dialog: dialog.to_owned(),
        wrap_up_reason: wrap_up_reason.clone(),
        variables: variables.clone(),
    };
    let effect = Effect::Data { dialog: dialog.to_owned(), wrap_up_reason, variables };
    Some(Work { dialog: dialog.to_owned(), what: What::Write(request, effect) })
}
