//! Notifications become events.

use std::time::Duration;

use finesse_types::{ApiError, Dialog, Payload, Update, UpdateEvent, User, UserState};
use finesse_types::{api_error_code, api_error_message};
use gc_events::{ErrorEvent, Event, ParticipantDropped};

use super::open::{Change, Effect, Open, Stage};
use super::visit::{How, Seen};
use super::{Agent, ITEMS};
use crate::{AskId, CommandId, Output, Timer, render};

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
        let Update { payload, event, request_id, source } = update;
        let echo = request_id.as_ref().and_then(|request| self.sent_as(request));
        let how = if event == UpdateEvent::Delete { How::Left } else { How::Seen };
        match payload {
            Payload::User(user) if how == How::Seen && self.is_own(&user, &source) => {
                self.user_changed(*user, echo);
            }
            Payload::Dialog(dialog) => self.dialog_changed(how, *dialog, echo),
            Payload::Dialogs(dialogs) => {
                for dialog in dialogs {
                    self.dialog_changed(how, dialog, echo.clone());
                }
            }
            Payload::ApiErrors(errors) => match errors.first() {
                Some(error) if self.is_late_sign_out(request_id.as_deref()) => {
                    self.late_sign_out_failed(api_error_code(error), api_error_message(error));
                }
                Some(error) => self.refused_later(error, &source, echo),
                None => {}
            },
            _ => {}
        }
    }

    /// The open command that sent this request.
    fn sent_as(&self, request_id: &str) -> Option<CommandId> {
        let sent = self.open.iter().find(|open| open.request_id.as_deref() == Some(request_id));
        sent.map(|open| open.id.clone())
    }

    fn is_own(&self, user: &User, source: &str) -> bool {
        let named = source.rsplit('/').next().unwrap_or_default();
        user.login_id.eq_ignore_ascii_case(&self.id) || named.eq_ignore_ascii_case(&self.id)
    }

    fn user_changed(&mut self, user: User, echo: Option<CommandId>) {
        match self.login_under_way() {
            // Login tells everything in its own order: by a re-read, behind which this waits.
            Some(login) if user.state != UserState::Logout => {
                self.user = Some(user);
                self.decide(&login);
            }
            _ if self.is_the_sign_out_being_undone(&user) => {}
            _ => {
                let (event, changed) = self.note_user(user);
                self.tell_user(event, changed, None, echo);
                self.make_ready_again();
                self.sign_out_late();
            }
        }
    }

    /// Tells the agent's state, unless it is what was told last and answers nobody.
    pub(super) fn tell_user(
        &mut self,
        event: Event,
        changed: bool,
        since: Option<AskId>,
        answers: Option<CommandId>,
    ) {
        let met = match &self.user {
            Some(user) => self.answered_by(&Self::change_of(user), since),
            None => Vec::new(),
        };
        let late = self.signed_out_late();
        let commands = union(answers.or(late), &met);
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

    fn dialog_changed(&mut self, how: How, dialog: Dialog, echo: Option<CommandId>) {
        let id = dialog.id.clone();
        if self.held_back.remove(&id).is_some() {
            self.out.push(Output::StopTimer(Timer::HeldBack(id.clone())));
        } else if how == How::Seen && self.is_dialers_first_packet(&dialog) {
            self.out.push(Output::StartTimer(Timer::HeldBack(id.clone()), HELD_BACK));
            self.held_back.insert(id, dialog);
            return;
        }
        let seen = self.look(how, dialog, false);
        self.tell_dialog(&id, seen, None, echo);
    }

    /// To an agent who is reserved for the dialer it may say OTHER_IN first, and what it is only with the
    /// next notification, which replaces it.
    fn is_dialers_first_packet(&self, dialog: &Dialog) -> bool {
        let state = self.user.as_ref().map(|user| &user.state);
        let reserved =
            matches!(state, Some(UserState::ReservedOutbound | UserState::ReservedOutboundPreview));
        reserved && dialog.media.call_type.is_other_in() && self.dialogs.is_unheard_of(&dialog.id)
    }

    pub(super) fn held_back_long_enough(&mut self, id: &str) {
        if let Some(dialog) = self.held_back.remove(id) {
            let seen = self.look(How::Seen, dialog, false);
            self.tell_dialog(id, seen, None, None);
        }
    }

    pub(super) fn look(&mut self, how: How, dialog: Dialog, reread: bool) -> Seen {
        let id = dialog.id.clone();
        let making = self.open.iter().find_map(Open::makes_leg_from).map(str::to_owned);
        let from = making.or_else(|| dialog.associated_dialog_id().map(str::to_owned));
        let mut dialogs = std::mem::take(&mut self.dialogs);
        let seen = dialogs.look(how, dialog, &self.viewer(reread));
        if let Some(from) = from.filter(|_| seen.began && seen.is_leg) {
            dialogs.note_leg(&from, id);
        }
        self.dialogs = dialogs;
        seen
    }

    /// Tells what became of a call, unless the last event says the same and it answers nobody.
    pub(super) fn tell_dialog(
        &mut self,
        id: &str,
        seen: Seen,
        since: Option<AskId>,
        answers: Option<CommandId>,
    ) {
        let (silent, met) = self.met_by(id, &seen, since, answers.as_ref());
        let answers = answers.filter(|id| !silent.contains(id));
        let commands = match seen.ended {
            // A call ends once, whoever asked for it.
            true => met.first().cloned().or(answers).into_iter().collect(),
            false => union(answers, &met),
        };
        met.iter().for_each(|id| self.tell_of_customer(id));
        let mut commands = commands.into_iter();
        let first = commands.next();
        let Seen { mut events, repeat, .. } = seen;
        if repeat && first.is_none() {
            events.pop();
        }
        // An announcement is made once.
        let is_state = |event: &&Event| matches!(event, Event::InboundCall(_) | Event::ConsultCall(_));
        let last = events.last().filter(is_state).cloned();
        events.into_iter().for_each(|event| self.emit(event, first.clone()));
        // Whoever else asked for the same is answered by it too.
        if let Some(event) = last {
            commands.for_each(|id| self.emit(event.clone(), Some(id)));
        }
        met.iter().chain(&silent).for_each(|id| self.effect_seen(id));
    }

    /// The commands that this look at a dialog ends: those that no event answers, and the others.
    fn met_by(
        &self,
        id: &str,
        seen: &Seen,
        since: Option<AskId>,
        echo: Option<&CommandId>,
    ) -> (Vec<CommandId>, Vec<CommandId>) {
        let Some(dialog) = self.dialogs.dialog(id) else { return (Vec::new(), Vec::new()) };
        let mut met = self.answered_by(&Change::Dialog { dialog, seen }, since);
        let echoed = echo.and_then(|id| self.open_command(id)).filter(|open| open.is_met_by_echo());
        if let Some(open) = echoed.filter(|open| !met.contains(&open.id)) {
            met.push(open.id.clone());
        }
        met.into_iter().partition(|id| self.open_command(id).is_some_and(Open::is_silent))
    }

    /// Finesse refuses what it had accepted: the outcome of the command whose request it echoes, else of the
    /// oldest one on that object; with none open the client is told all the same.
    fn refused_later(&mut self, error: &ApiError, source: &str, echo: Option<CommandId>) {
        let (code, text) = (api_error_code(error), api_error_message(error));
        let oldest = || {
            let mut sent =
                self.open.iter().filter(|open| matches!(open.stage, Stage::Sent | Stage::Deciding));
            sent.find(|open| open.acts_on(source)).map(|open| open.id.clone())
        };
        match echo.or_else(oldest) {
            Some(id) => self.fail(&id, code, text),
            None if self.recovery_refused() => {}
            None => {
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
