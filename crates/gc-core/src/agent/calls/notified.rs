//! What Finesse says of a dialog is observed, and reported.

use std::time::Duration;

use finesse_types::{Dialog, ParticipantState, UserState};
use gc_events::{ErrorCode, Event, ParticipantDropped};

use super::kind::Kind;
use super::visit::{How, Observation, Perspective};
use crate::agent::Agent;
use crate::agent::commands::{Attributed, Effect, Origin, PendingCommand, union};
use crate::{CommandId, Timer, render};

/// How long the dialer's first packet waits for the next one.
const HELD_BACK: Duration = Duration::from_secs(2);

impl Agent {
    /// dropparticipant: who is out, for the program and for the status bar.
    pub(in crate::agent) fn report_who_was_dropped(&mut self, id: &CommandId) {
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

    pub(in crate::agent) fn dialog_changed(&mut self, how: How, dialog: Dialog, origin: &Origin) {
        let held = self.calls.held_back.remove(&dialog.id).is_some();
        if held {
            self.out.stop_timer(Timer::HeldBack(dialog.id.clone()));
        }
        for (how, dialog) in self.steps(how, dialog, origin) {
            if !held && how == How::Seen && self.is_dialers_first_packet(&dialog, origin) {
                self.hold_back(dialog);
            } else {
                let observation = self.observe(how, dialog, origin, None);
                self.report_call(observation, None);
            }
        }
    }

    /// A call that the agent was in and that rings again has left before.
    pub(in crate::agent) fn steps(&self, how: How, dialog: Dialog, origin: &Origin) -> Vec<(How, Dialog)> {
        let left = match how {
            How::Seen => self.calls.dialogs.left_before(&dialog, &self.perspective(&dialog, origin)),
            How::Left => None,
        };
        left.map(|left| (How::Left, left)).into_iter().chain([(how, dialog)]).collect()
    }

    /// To an agent who is reserved for the dialer it may say OTHER_IN first, and what it is only with the
    /// next notification, which replaces it. The reservation itself may come later, as the nodes keep no order.
    pub(in crate::agent) fn is_dialers_first_packet(&self, dialog: &Dialog, origin: &Origin) -> bool {
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

    /// The same packet once more: it waits no longer for that.
    pub(in crate::agent) fn go_on_holding(&mut self, dialog: Dialog) {
        self.calls.held_back.insert(dialog.id.clone(), dialog);
    }

    /// The snapshot shows what is held back as it is now, or no more; the ids of those that are still there.
    pub(in crate::agent) fn let_go_of(&mut self, dialogs: &[Dialog]) -> Vec<String> {
        let held = std::mem::take(&mut self.calls.held_back).into_keys();
        let (there, gone): (Vec<_>, Vec<_>) = held.partition(|id| dialogs.iter().any(|each| each.id == *id));
        gone.into_iter().for_each(|id| self.out.stop_timer(Timer::HeldBack(id)));
        there
    }

    pub(in crate::agent) fn held_back_long_enough(&mut self, id: &str) {
        if let Some(dialog) = self.calls.held_back.remove(id) {
            let observation = self.observe(How::Seen, dialog, &Origin::Unnamed, None);
            self.report_call(observation, None);
        }
    }

    /// Takes in what Finesse says about a dialog, and decides whose it is. `leg`: the one that the same snapshot
    /// shows for it.
    pub(in crate::agent) fn observe(
        &mut self,
        how: How,
        dialog: Dialog,
        origin: &Origin,
        leg: Option<&str>,
    ) -> Attributed {
        let (id, from) = (dialog.id.clone(), self.leg_is_from(&dialog, origin));
        let mut dialogs = std::mem::take(&mut self.calls.dialogs);
        let view = Perspective { leg, ..self.perspective(&dialog, origin) };
        let seen = dialogs.look(how, dialog, &view);
        if let Some(from) = from.filter(|_| seen.began == Some(Kind::Consult)) {
            dialogs.note_leg(&from, id.clone());
        }
        self.calls.dialogs = dialogs;
        self.attribute(id, seen, origin)
    }

    /// The call from which this leg would be made: what it says itself is above what a command asked for.
    pub(in crate::agent) fn leg_is_from(&self, dialog: &Dialog, origin: &Origin) -> Option<String> {
        let named = dialog.associated_dialog_id();
        let asked =
            || self.commands.maker_of_leg(dialog, origin).and_then(|(maker, _)| maker.makes_leg_from());
        named.or_else(asked).map(str::to_owned)
    }

    /// Emits what became of a call, unless the last event says the same and it answers nobody. `teller`: a
    /// command that gets everything.
    pub(in crate::agent) fn report_call(&mut self, observation: Attributed, teller: Option<CommandId>) {
        let Attributed { seen, echo, met, .. } = observation;
        let (silent, met): (Vec<_>, Vec<_>) =
            met.into_iter().partition(|id| self.commands.get(id).is_some_and(PendingCommand::is_silent));
        let answers = teller.or(echo).filter(|id| !silent.contains(id));
        let commands = match seen.ended {
            // A call ends once, whoever asked for it.
            true => met.first().cloned().or(answers).into_iter().collect(),
            false => union(answers, &met),
        };
        // The one DROPPED answers one of those that wanted the call to end. For the others it had ended before.
        let ended_by_another = |id: &&CommandId| {
            seen.ended && !commands.contains(*id) && self.commands.get(id).is_some_and(PendingCommand::leaves)
        };
        let (too_late, met): (Vec<_>, Vec<_>) = met.iter().partition(ended_by_another);
        met.iter().for_each(|id| self.report_on_customer(id));
        self.emit_call(seen, &commands);
        met.into_iter().chain(&silent).for_each(|id| self.effect_seen(id));
        too_late.into_iter().for_each(|id| self.fail_with(id, ErrorCode::NoDialogId));
    }

    /// An announcement is made once; whoever else asked for the same is answered by the call's own event.
    fn emit_call(&mut self, seen: Observation, commands: &[CommandId]) {
        let Observation { before, event, only_as_answer, begun_by, .. } = seen;
        let (first, others) = (commands.first(), commands.get(1..).unwrap_or_default());
        for event in before {
            // That a call fails is for the command that began it, also when that has had its outcome.
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
