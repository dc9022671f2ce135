//! Notifications become events.

use std::time::Duration;

use finesse_types::{ApiError, Dialog, ParticipantState, Payload, Update, UpdateEvent, User, UserState};
use finesse_types::{api_error_code, api_error_message};
use gc_events::{ErrorEvent, Event, ParticipantDropped};

use super::attribution::{Observation, Origin};
use super::kind::Kind;
use super::open::{Effect, Open};
use super::visit::{How, Seen, Viewer};
use super::{Agent, ITEMS};
use crate::{CommandId, Output, Timer, render};

/// How long the dialer's first packet waits for the next one.
const HELD_BACK: Duration = Duration::from_secs(2);

impl Agent {
    pub(super) fn notified(&mut self, item_id: Option<String>, update: Update) {
        if item_id.is_some_and(|id| self.came_before(id)) {
            return;
        }
        let of_calls_or_user =
            matches!(update.payload, Payload::User(_) | Payload::Dialog(_) | Payload::Dialogs(_));
        match &mut self.round {
            Some(round) if of_calls_or_user => round.waiting.push(update),
            _ => self.apply_update(update),
        }
    }

    /// Finesse may send an item twice; it counts once.
    pub(super) fn came_before(&mut self, id: String) -> bool {
        if self.items.contains(&id) {
            return true;
        }
        if self.items.len() >= ITEMS {
            self.items.pop_front();
        }
        self.items.push_back(id);
        false
    }

    pub(super) fn apply_update(&mut self, update: Update) {
        let origin = self.origin(update.request_id.as_deref());
        let how = if update.event == UpdateEvent::Delete { How::Left } else { How::Seen };
        match (update.payload, origin) {
            // A refusal is for the one who asked.
            (Payload::ApiErrors(errors), Origin::Colleague(agent)) => {
                let update = Update { payload: Payload::ApiErrors(errors), ..update };
                self.out.push(Output::Forward { agent, update: Box::new(update) });
            }
            (Payload::ApiErrors(errors), origin) => {
                if let Some(error) = errors.telling() {
                    self.refused_later(error, &update.source, &origin);
                }
            }
            (Payload::User(user), origin) if how == How::Seen && self.is_own(&user, &update.source) => {
                self.user_changed(*user, &origin);
            }
            (Payload::Dialog(dialog), origin) => self.dialog_changed(how, *dialog, &origin),
            (Payload::Dialogs(dialogs), origin) => {
                dialogs.into_iter().for_each(|dialog| self.dialog_changed(how, dialog, &origin));
            }
            _ => {}
        }
    }

    fn is_own(&self, user: &User, source: &str) -> bool {
        let named = source.rsplit('/').next().unwrap_or_default();
        user.login_id.eq_ignore_ascii_case(&self.id) || named.eq_ignore_ascii_case(&self.id)
    }

    fn user_changed(&mut self, user: User, origin: &Origin) {
        match self.login_under_way() {
            // Login tells everything in its own order: by a re-read, behind which this waits.
            Some(login) if user.state != UserState::Logout => {
                self.user = Some(user);
                self.decide(&login);
            }
            _ if self.is_the_sign_out_being_undone(&user) => {}
            _ if self.should_sign_in_again(&user) => self.sign_in_again(user),
            _ => {
                let (event, changed) = self.note_user(user);
                self.tell_user(event, changed, origin, None);
                self.make_ready_again();
                self.sign_out_late();
            }
        }
    }

    /// Tells the agent's state, unless it is what was told last and answers nobody. `teller`: a command that is
    /// told everything.
    pub(super) fn tell_user(
        &mut self,
        event: Event,
        changed: bool,
        origin: &Origin,
        teller: Option<CommandId>,
    ) {
        let shown_to = |agent: &Self, origin: &Origin| match &agent.user {
            Some(user) => agent.met_by(&Self::change_of(user), origin),
            None => Vec::new(),
        };
        let met = shown_to(self, origin);
        if origin.is_named() {
            let others = shown_to(self, &Origin::Unnamed).into_iter().filter(|id| !met.contains(id));
            self.shown_by_others(&others.collect::<Vec<_>>());
        }
        let late = self.signed_out_late();
        let commands = union(teller.or_else(|| origin.echo().cloned()).or(late), &met);
        if changed && commands.is_empty() {
            self.emit(event, None);
        } else {
            commands.into_iter().for_each(|id| self.emit(event.clone(), Some(id)));
        }
        met.iter().for_each(|id| self.effect_seen(id));
    }

    /// A command has had its effect.
    pub(super) fn effect_seen(&mut self, id: &CommandId) {
        self.tell_who_was_dropped(id);
        self.note_wish(id);
        if !self.goes_on_signing_out(id) && !self.goes_on_with_callback(id) {
            self.finish(id);
        }
    }

    /// dropparticipant: who is out, for the program and for the status bar.
    fn tell_who_was_dropped(&mut self, id: &CommandId) {
        let Some(Effect::Dropped(_, address)) = self.open_command(id).and_then(|open| open.effect.clone())
        else {
            return;
        };
        let message = render::status_bar(format!("{address} was dropped from the call."), &self.id);
        let dropped = ParticipantDropped { participant_dropped: address, agent_id: self.id.clone() };
        self.answer(id, Event::ParticipantDropped(dropped));
        self.answer(id, message);
    }

    fn dialog_changed(&mut self, how: How, dialog: Dialog, origin: &Origin) {
        let held = self.held_back.remove(&dialog.id).is_some();
        if held {
            self.out.push(Output::StopTimer(Timer::HeldBack(dialog.id.clone())));
        }
        for (how, dialog) in self.steps(how, dialog, origin) {
            if !held && how == How::Seen && self.is_dialers_first_packet(&dialog, origin) {
                self.hold_back(dialog);
            } else {
                let observation = self.observe(how, dialog, origin, None);
                self.tell_dialog(observation, None);
            }
        }
    }

    /// A call that the agent was in and that rings again has left before.
    pub(super) fn steps(&self, how: How, dialog: Dialog, origin: &Origin) -> Vec<(How, Dialog)> {
        let left = match how {
            How::Seen => self.dialogs.left_before(&dialog, &self.viewer(&dialog, origin)),
            How::Left => None,
        };
        left.map(|left| (How::Left, left)).into_iter().chain([(how, dialog)]).collect()
    }

    /// To an agent who is reserved for the dialer it may say OTHER_IN first, and what it is only with the
    /// next notification, which replaces it. The reservation itself may come later, as the nodes keep no order.
    pub(super) fn is_dialers_first_packet(&self, dialog: &Dialog, origin: &Origin) -> bool {
        let Some(state) = self.user.as_ref().map(|user| &user.state) else { return false };
        let begins = || self.dialogs.begins_with(dialog, &self.viewer(dialog, origin));
        let reserved = match state {
            UserState::ReservedOutbound | UserState::ReservedOutboundPreview => begins().is_some(),
            UserState::Reserved if dialog.from_address == self.extension => {
                begins() == Some(ParticipantState::Alerting)
            }
            _ => false,
        };
        reserved && dialog.media.call_type.is_other_in()
    }

    pub(super) fn hold_back(&mut self, dialog: Dialog) {
        self.out.push(Output::StartTimer(Timer::HeldBack(dialog.id.clone()), HELD_BACK));
        self.held_back.insert(dialog.id.clone(), dialog);
    }

    pub(super) fn held_back_long_enough(&mut self, id: &str) {
        if let Some(dialog) = self.held_back.remove(id) {
            let observation = self.observe(How::Seen, dialog, &Origin::Unnamed, None);
            self.tell_dialog(observation, None);
        }
    }

    /// Takes in what Finesse says about a dialog, and decides whose it is. `leg`: the one that the same snapshot
    /// shows for it.
    pub(super) fn observe(
        &mut self,
        how: How,
        dialog: Dialog,
        origin: &Origin,
        leg: Option<&str>,
    ) -> Observation {
        let (id, from) = (dialog.id.clone(), self.leg_is_from(&dialog, origin));
        let mut dialogs = std::mem::take(&mut self.dialogs);
        let viewer = Viewer { leg, ..self.viewer(&dialog, origin) };
        let seen = dialogs.look(how, dialog, &viewer);
        if let Some(from) = from.filter(|_| seen.began == Some(Kind::Consult)) {
            dialogs.note_leg(&from, id.clone());
        }
        self.dialogs = dialogs;
        self.attribute(id, seen, origin)
    }

    /// The call from which this leg would be made: what it says itself is above what a command asked for.
    pub(super) fn leg_is_from(&self, dialog: &Dialog, origin: &Origin) -> Option<String> {
        let named = dialog.associated_dialog_id();
        let asked = || self.maker_of_leg(dialog, origin).and_then(|(maker, _)| maker.makes_leg_from());
        named.or_else(asked).map(str::to_owned)
    }

    /// Tells what became of a call, unless the last event says the same and it answers nobody. `teller`: a
    /// command that is told everything.
    pub(super) fn tell_dialog(&mut self, observation: Observation, teller: Option<CommandId>) {
        let Observation { dialog, seen, echo, met } = observation;
        let (silent, met): (Vec<_>, Vec<_>) =
            met.into_iter().partition(|id| self.open_command(id).is_some_and(Open::is_silent));
        let answers = teller.or(echo).filter(|id| !silent.contains(id));
        let commands = match seen.ended {
            // A call ends once, whoever asked for it.
            true => met.first().cloned().or(answers).into_iter().collect(),
            false => union(answers, &met),
        };
        met.iter().for_each(|id| self.tell_of_customer(id));
        self.emit_call(&dialog, seen, &commands);
        met.iter().chain(&silent).for_each(|id| self.effect_seen(id));
    }

    /// An announcement is made once; whoever else asked for the same is answered by the call's own event.
    fn emit_call(&mut self, dialog: &str, seen: Seen, commands: &[CommandId]) {
        let Seen { before, event, only_as_answer, begun_by, .. } = seen;
        let (first, others) = (commands.first(), commands.get(1..).unwrap_or_default());
        for event in before {
            // The call may fail when the command that began it has had its outcome.
            let command = if matches!(event, Event::Error(_)) { first.or(begun_by.as_ref()) } else { first };
            self.emit_of_call(dialog, event, command.cloned());
        }
        let Some(event) = event.filter(|_| !only_as_answer || first.is_some()) else { return };
        self.emit_of_call(dialog, event.clone(), first.cloned());
        for id in others {
            self.emit_of_call(dialog, event.clone(), Some(id.clone()));
        }
    }

    /// Finesse refuses what it had accepted: the outcome of the command whose request it echoes, else of the
    /// oldest one on that object; with none open the client is told all the same.
    fn refused_later(&mut self, error: &ApiError, source: &str, origin: &Origin) {
        let (code, text) = (api_error_code(error), api_error_message(error));
        let oldest = || {
            let mut on_it = self.awaiting(&Origin::Unnamed).filter(|open| open.acts_on(source));
            on_it.next().map(|open| open.id.clone())
        };
        let refused = match origin {
            Origin::Command(id) => Some(id.clone()),
            Origin::Unnamed => oldest(),
            _ => None,
        };
        match (refused, origin) {
            (Some(id), _) => self.fail(&id, code, text),
            (None, Origin::SignOut) => self.late_sign_out_failed(code, text),
            (None, Origin::Recovery) => self.recovery_refused(),
            (None, Origin::Unnamed) if self.is_recovering() && !source.contains("/Dialog") => {
                self.recovery_refused();
            }
            (None, _) => {
                let event = ErrorEvent::of_agent(code, &self.id).with_message(text);
                self.emit(Event::Error(event), None);
            }
        }
    }
}

/// The commands that an event answers: the one whose request it echoes, and those whose effect it is.
fn union(echo: Option<CommandId>, met: &[CommandId]) -> Vec<CommandId> {
    let others = met.iter().filter(|id| echo.as_ref() != Some(*id)).cloned();
    echo.clone().into_iter().chain(others).collect()
}
