//! Notifications and snapshots become observations of dialogs, and these are reported to the client.

use std::time::Duration;

use finesse_types::{Dialog, ParticipantState, UserState};
use gc_events::{ErrorCode, Event, ParticipantDropped};

use super::kind::Kind;
use super::perspective::Perspective;
use super::visit::{Observation, Presence};
use crate::agent::Agent;
use crate::agent::commands::{Attributed, Effect, Origin, PendingCommand, union};
use crate::{CommandId, Timer, render};

/// How long the dialer's first notification waits for the next one.
const HELD_BACK: Duration = Duration::from_secs(2);

impl Agent {
    /// Reports who was dropped by dropparticipant, to the program and on the status bar.
    pub(in crate::agent) fn report_dropped_participant(&mut self, id: &CommandId) {
        let Some(Effect::Dropped(_, address)) =
            self.commands.get(id).and_then(|pending| pending.effect().cloned())
        else {
            return;
        };
        let message = render::status_bar(format!("{address} was dropped from the call."), &self.id);
        let dropped = ParticipantDropped { participant_dropped: address, agent_id: self.id.clone() };
        self.answer(id, Event::ParticipantDropped(dropped));
        self.answer(id, message);
    }

    pub(in crate::agent) fn dialog_changed(&mut self, presence: Presence, dialog: Dialog, origin: &Origin) {
        let held = self.calls.held_back.remove(&dialog.id).is_some();
        if held {
            self.out.stop_timer(Timer::HeldBack(dialog.id.clone()));
        }
        for (presence, dialog) in self.with_missed_end(presence, dialog, origin) {
            if !held && presence == Presence::Present && self.is_dialers_first_notification(&dialog, origin) {
                self.hold_back(dialog);
            } else {
                let observation = self.observe(presence, dialog, origin, None);
                self.report_call(observation, None);
            }
        }
    }

    /// The dialog, and before it the end of its visit if the call rings again although its end was not reported.
    pub(in crate::agent) fn with_missed_end(
        &self,
        presence: Presence,
        dialog: Dialog,
        origin: &Origin,
    ) -> Vec<(Presence, Dialog)> {
        let left = match presence {
            Presence::Present => self.calls.dialogs.left_before(&dialog, &self.perspective(&dialog, origin)),
            Presence::Gone => None,
        };
        left.map(|left| (Presence::Gone, left)).into_iter().chain([(presence, dialog)]).collect()
    }

    /// Whether this may be the first notification of a dialer's call. Finesse may give it the type OTHER_IN, and the
    /// right type only in the next notification. The reservation may arrive even later, since the order of
    /// notifications from different nodes is not fixed.
    pub(in crate::agent) fn is_dialers_first_notification(&self, dialog: &Dialog, origin: &Origin) -> bool {
        let Some(state) = self.session.user().map(|user| &user.state) else { return false };
        let begins = || self.calls.dialogs.begins_with(dialog, &self.perspective(dialog, origin));
        let reserved = match state {
            UserState::ReservedOutbound | UserState::ReservedOutboundPreview => begins().is_some(),
            UserState::Reserved if dialog.from_address == self.session.extension() => {
                begins() == Some(ParticipantState::Alerting)
            }
            _ => false,
        };
        reserved && dialog.media.call_type.is_other_in()
    }

    pub(in crate::agent) fn hold_back(&mut self, dialog: Dialog) {
        self.out.start_timer(Timer::HeldBack(dialog.id.clone()), HELD_BACK);
        self.calls.held_back.insert(dialog.id.clone(), dialog);
    }

    /// Holds it back for the rest of the time, because a snapshot repeats it.
    pub(in crate::agent) fn keep_holding_back(&mut self, dialog: Dialog) {
        self.calls.held_back.insert(dialog.id.clone(), dialog);
    }

    /// A snapshot replaces the dialogs that are held back. Returns the ids of those that it contains.
    pub(in crate::agent) fn release_held_back(&mut self, dialogs: &[Dialog]) -> Vec<String> {
        let held = std::mem::take(&mut self.calls.held_back).into_keys();
        let (there, gone): (Vec<_>, Vec<_>) = held.partition(|id| dialogs.iter().any(|each| each.id == *id));
        gone.into_iter().for_each(|id| self.out.stop_timer(Timer::HeldBack(id)));
        there
    }

    pub(in crate::agent) fn held_back_too_long(&mut self, id: &str) {
        if let Some(dialog) = self.calls.held_back.remove(id) {
            let observation = self.observe(Presence::Present, dialog, &Origin::Unnamed, None);
            self.report_call(observation, None);
        }
    }

    /// Records what Finesse reports about a dialog, and decides which commands it belongs to. `leg`: the leg of this
    /// call in the same snapshot.
    pub(in crate::agent) fn observe(
        &mut self,
        presence: Presence,
        dialog: Dialog,
        origin: &Origin,
        leg: Option<&str>,
    ) -> Attributed {
        let (id, from) = (dialog.id.clone(), self.call_of_leg(&dialog, origin));
        let mut dialogs = std::mem::take(&mut self.calls.dialogs);
        let view = Perspective { leg, ..self.perspective(&dialog, origin) };
        let observation = dialogs.observe(presence, dialog, &view);
        if let Some(from) = from.filter(|_| observation.began == Some(Kind::Consult)) {
            dialogs.note_leg(&from, id.clone());
        }
        self.calls.dialogs = dialogs;
        let attributed = self.attribute(id, observation, origin);
        self.calls.dialogs.forget_details(&attributed.dialog);
        attributed
    }

    /// The call from which this leg is made, as the leg itself says, otherwise as the command says.
    pub(in crate::agent) fn call_of_leg(&self, dialog: &Dialog, origin: &Origin) -> Option<String> {
        let named = dialog.associated_dialog_id();
        let commanded =
            || self.commands.maker_of_leg(dialog, origin).and_then(|(maker, _)| maker.makes_leg_from());
        named.or_else(commanded).map(str::to_owned)
    }

    /// Emits the events of a call, unless the last event says the same and it answers no command.
    /// `full_report_for`: a command that gets a full report.
    pub(in crate::agent) fn report_call(
        &mut self,
        observation: Attributed,
        full_report_for: Option<CommandId>,
    ) {
        let Attributed { observation, echo, met, .. } = observation;
        let (silent, met): (Vec<_>, Vec<_>) =
            met.into_iter().partition(|id| self.commands.get(id).is_some_and(PendingCommand::is_silent));
        let answers = full_report_for.or(echo).filter(|id| !silent.contains(id));
        let commands = match observation.ended {
            // A call has one DROPPED, even if several commands asked for it.
            true => met.first().cloned().or(answers).into_iter().collect(),
            false => union(answers, &met),
        };
        // That DROPPED answers one of the commands that end the call. For the others the call has ended before.
        let ended_by_another = |id: &&CommandId| {
            observation.ended
                && !commands.contains(*id)
                && self.commands.get(id).is_some_and(PendingCommand::leaves_call)
        };
        let (too_late, met): (Vec<_>, Vec<_>) = met.iter().partition(ended_by_another);
        met.iter().for_each(|id| self.report_on_customer(id));
        self.emit_call(observation, &commands);
        met.into_iter().chain(&silent).for_each(|id| self.effect_observed(id));
        too_late.into_iter().for_each(|id| self.fail_with(id, ErrorCode::NoDialogId));
    }

    /// The announcement answers the first command only; the call's own event answers each of them.
    fn emit_call(&mut self, observation: Observation, commands: &[CommandId]) {
        let Observation { before, event, only_as_answer, begun_by, .. } = observation;
        let (first, others) = (commands.first(), commands.get(1..).unwrap_or_default());
        for event in before {
            // An error names the command that began the call, even if the command has ended.
            let command = if matches!(event, Event::Error(_)) { begun_by.as_ref() } else { first };
            self.out.emit(event, command.cloned());
        }
        let Some(event) = event.filter(|_| !only_as_answer || first.is_some()) else { return };
        self.out.emit(event.clone(), first.cloned());
        for id in others {
            self.out.emit(event.clone(), Some(id.clone()));
        }
    }
}
