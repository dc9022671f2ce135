//! A snapshot is reported to the client, and decides the outcome of commands.

use finesse_types::{Dialog, ParticipantState, Payload, Update, UpdateEvent, User, UserState};
use gc_events::{DialogState, ErrorCode, Event};
use gc_protocol::Command;

use super::purpose::ReadFor;
use crate::agent::Agent;
use crate::agent::calls::{Presence, participant_at};
use crate::agent::commands::{Attributed, Effect, Origin, Route, StateChange, route};
use crate::time::{is_newer, newest};
use crate::{AskId, CommandId, render};

/// The result of a re-read, and why it was made.
pub(in crate::agent) struct Snapshot<'a> {
    /// The snapshot does not show the effect of requests sent after this one.
    pub first_ask: AskId,
    pub user: User,
    pub dialogs: Vec<Dialog>,
    /// Dialogs that were notified during the re-read. A missing one is ended by these notifications.
    pub reported_meanwhile: Vec<String>,
    pub purposes: &'a [ReadFor],
}

/// What is reported to one command in addition to the changes.
#[derive(Default)]
struct FullReport {
    command: Option<CommandId>,
    agent_info: bool,
    dialog_states: bool,
    calls: bool,
    /// The state of ringing calls, which otherwise have their announcement only.
    ringing_calls: bool,
}

impl Agent {
    /// Makes the client's view equal to the snapshot, and emits the events that each purpose needs.
    pub(in crate::agent) fn apply(&mut self, snapshot: Snapshot<'_>) {
        let Snapshot { first_ask, user, dialogs, reported_meanwhile, purposes } = snapshot;
        let origin = Origin::Snapshot(first_ask);
        let full_report = self.full_report(purposes, &user);
        let decides_recovery = purposes.contains(&ReadFor::Recovery);
        // A client that logs in must learn that the agent is signed out.
        let decides = decides_recovery || self.commands.wants_to_sign_in();
        let is_undone = self.is_the_sign_out_being_undone(&user) && !decides;
        let lost_link = is_undone || self.should_sign_in_again(&user);

        // The user and all dialogs are recorded first: the events of a call depend on the user's state and extension.
        let info = render::agent_info(&user, &self.id);
        let state = match lost_link {
            true => {
                let state = self.state_event(&user);
                if !is_undone {
                    self.sign_in_again(user);
                }
                (state, false)
            }
            false => self.note_user(user),
        };
        let observations = self.observe_all(dialogs, &reported_meanwhile, &origin);

        // Then they are reported, in the order of docs/events.md.
        if full_report.agent_info {
            if info.supervisor {
                self.supervises(Vec::new());
            }
            self.out.emit(Event::AgentInfo(info), full_report.command.clone());
        }
        match (state, &full_report.command) {
            // The sign-out is being undone, so only a command that asked for the state gets it.
            ((event, _), Some(command)) if lost_link => self.out.emit(event, Some(command.clone())),
            _ if lost_link => {}
            ((event, changed), command) => self.report_user(event, changed, &origin, command.clone()),
        }
        if full_report.dialog_states {
            self.report_dialog_states(full_report.command.as_ref());
        }
        for observation in observations {
            let id = observation.dialog.clone();
            let only_announced =
                observation.observation.began.is_some() && observation.observation.event.is_none();
            let command = full_report.command.clone().filter(|_| full_report.calls);
            self.report_call(observation, command.clone());
            if only_announced && full_report.ringing_calls {
                let again = self
                    .calls
                    .dialogs()
                    .get(&id)
                    .and_then(|call| call.current_event(&self.base_perspective()));
                again.into_iter().for_each(|event| self.out.emit(event, command.clone()));
            }
        }
        if decides_recovery {
            self.recovery_read();
        }
        if !lost_link {
            self.make_ready_again();
            self.send_deferred_logout();
        }
    }

    fn full_report(&self, purposes: &[ReadFor], user: &User) -> FullReport {
        let full_report_for = purposes.iter().find(|purpose| self.gets_full_report(purpose));
        let Some(ReadFor::Command(id)) = full_report_for else { return FullReport::default() };
        let Some(pending) = self.commands.get(id) else { return FullReport::default() };
        let nothing = FullReport { command: Some(id.clone()), ..FullReport::default() };
        match pending.command() {
            // Not signed in: the command ends with an error and needs no report.
            Command::Login { .. } | Command::MobileAgentLogin { .. } if user.state == UserState::Logout => {
                FullReport::default()
            }
            Command::Login { .. } | Command::MobileAgentLogin { .. } => {
                FullReport { agent_info: true, dialog_states: true, calls: true, ..nothing }
            }
            Command::Refresh => FullReport { agent_info: true, calls: true, ringing_calls: true, ..nothing },
            Command::GetState => FullReport { dialog_states: true, ..nothing },
            _ => nothing,
        }
    }

    /// Missing dialogs come first, so that the dialogs that are there do not belong to the commands that these end.
    fn observe_all(
        &mut self,
        dialogs: Vec<Dialog>,
        reported_meanwhile: &[String],
        origin: &Origin,
    ) -> Vec<Attributed> {
        let mut observations = Vec::new();
        for dialog in self.calls.dialogs().missing_from(&dialogs) {
            if !reported_meanwhile.contains(&dialog.id) {
                observations.push(self.observe(Presence::Gone, dialog, origin, None));
            }
        }
        let held = self.release_held_back(&dialogs);
        let (legs, calls): (Vec<_>, Vec<_>) =
            dialogs.into_iter().partition(|dialog| dialog.associated_dialog_id().is_some());
        let dialogs: Vec<_> = calls.into_iter().chain(legs).collect();
        for dialog in dialogs.clone() {
            for (presence, dialog) in self.with_missed_end(Presence::Present, dialog, origin) {
                let first_notification =
                    presence == Presence::Present && self.is_dialers_first_notification(&dialog, origin);
                match first_notification {
                    true if held.contains(&dialog.id) => self.keep_holding_back(dialog),
                    true => self.hold_back(dialog),
                    false => {
                        let leg = self.leg_of(&dialog, &dialogs, origin);
                        observations.push(self.observe(presence, dialog, origin, leg.as_deref()));
                    }
                }
            }
        }
        observations
    }

    /// The leg that the agent made from a call, if the snapshot contains it.
    fn leg_of(&self, call: &Dialog, dialogs: &[Dialog], origin: &Origin) -> Option<String> {
        let is_its = |dialog: &&Dialog| {
            let view = self.perspective(dialog, origin);
            dialog.id != call.id
                && self.call_of_leg(dialog, origin).as_deref() == Some(call.id.as_str())
                && self.calls.dialogs().is_or_becomes_leg(dialog, &view)
        };
        dialogs.iter().find(is_its).map(|dialog| dialog.id.clone())
    }

    fn report_dialog_states(&mut self, command: Option<&CommandId>) {
        let view = self.base_perspective();
        let open = self.calls.dialogs().open();
        let mut states: Vec<_> = open.map(|call| (call.dialog.id.clone(), call.state(&view))).collect();
        if states.is_empty() {
            states.push((String::new(), DialogState::NOT_FOUND.to_owned()));
        }
        for (dialog_id, state) in states {
            let event = DialogState { dialog_id, state, agent_id: self.id.clone() };
            self.out.emit(Event::DialogState(event), command.cloned());
        }
    }

    /// Continues or ends a command that waited for the snapshot, once the snapshot has been reported.
    pub(in crate::agent) fn serve(&mut self, id: &CommandId) {
        let Some(pending) = self.commands.get(id) else { return };
        if pending.is_preparing() {
            let command = pending.command().clone();
            return self.continue_preparing(id, &command);
        }
        let Some(sent) = pending.awaited().filter(|_| !pending.is_only_awaited()) else { return };
        let (effect, doubt) = (sent.effect.clone(), sent.doubt.clone());
        if effect == Effect::SignedIn && self.session.is_signed_in() {
            self.finish(id);
        } else if self.call_is_over(&effect) {
            // The call has been ended by somebody else.
            self.fail_with(id, ErrorCode::NoDialogId);
        } else if pending.is_reread_meanwhile() {
            if let Some(pending) = self.commands.get_mut(id) {
                pending.keep_waiting();
            }
        } else if pending.is_taken_as_accepted() {
            self.effect_observed(id);
        } else {
            // The snapshot does not show the effect.
            match doubt {
                Some((code, text)) => self.fail(id, code, text),
                None => self.fail_with(id, ErrorCode::PleaseRetry),
            }
        }
    }

    /// Continues a command that needed the snapshot before it could be sent or answered.
    fn continue_preparing(&mut self, id: &CommandId, command: &Command) {
        match route(command) {
            Route::Login(login) => self.login(id, login),
            Route::State(StateChange::ForceLogout) => self.force_logout(id),
            Route::Read => self.finish(id),
            Route::DialogState(dialog) => self.report_dialog_state(id, dialog),
            Route::OnCall { dialog, action } => self.act_on_call(id, &dialog, action, true),
            // These need no re-read before they are sent or answered.
            Route::Connect { .. }
            | Route::State(StateChange::To(..))
            | Route::Call(_)
            | Route::List(_)
            | Route::TeamUsers { .. }
            | Route::NotForAgents => self.fail_with(id, ErrorCode::GeneralError),
        }
    }

    fn call_is_over(&self, effect: &Effect) -> bool {
        let Effect::Left(dialog) = effect else { return false };
        !self.calls.dialogs().open().any(|call| call.dialog.id == *dialog)
    }
}

/// When the objects of a snapshot changed last, because notifications that waited during the re-read may be older.
pub(in crate::agent) struct Times {
    user: String,
    dialogs: Vec<Dialog>,
}

impl Times {
    pub(in crate::agent) fn of(user: &User, dialogs: &[Dialog]) -> Self {
        Self { user: user.state_change_time.clone(), dialogs: dialogs.to_vec() }
    }

    /// The part of a notification that is not older than the snapshot.
    pub(in crate::agent) fn newer(&self, update: Update, extension: &str) -> Option<Update> {
        let Update { payload, event, .. } = &update;
        match payload {
            Payload::User(user) => (!is_newer(&self.user, &user.state_change_time)).then_some(update),
            Payload::Dialog(dialog) => {
                (!self.is_newer_than_dialog(dialog, event, extension)).then_some(update)
            }
            Payload::Dialogs(dialogs) => {
                let newer = |dialog: &&Dialog| !self.is_newer_than_dialog(dialog, event, extension);
                let dialogs: Vec<_> = dialogs.iter().filter(newer).cloned().collect();
                (!dialogs.is_empty()).then_some(Update { payload: Payload::Dialogs(dialogs), ..update })
            }
            _ => Some(update),
        }
    }

    fn is_newer_than_dialog(&self, dialog: &Dialog, event: &UpdateEvent, extension: &str) -> bool {
        let Some(shown) = self.dialogs.iter().find(|shown| shown.id == dialog.id) else { return false };
        if *event != UpdateEvent::Delete {
            return is_newer(newest_change(shown), newest_change(dialog));
        }
        // A DELETE counts unless the agent has entered the call again since then.
        let own = |dialog: &Dialog| participant_at(dialog, extension).cloned();
        let live = own(shown)
            .filter(|own| !matches!(own.state, ParticipantState::Dropped | ParticipantState::WrapUp));
        let left_at = own(dialog).map(|own| own.state_change_time).unwrap_or_default();
        live.is_some_and(|own| is_newer(&own.state_change_time, &left_at))
    }
}

fn newest_change(dialog: &Dialog) -> &str {
    newest(dialog.participants.iter().map(|each| each.state_change_time.as_str()))
}
