//! What a re-read found is told, and decides.

use finesse_types::{Dialog, ParticipantState, Payload, Update, UpdateEvent, User, UserState};
use gc_events::{DialogState, ErrorCode, Event};
use gc_protocol::Command;

use super::reread::ReadFor;
use crate::agent::Agent;
use crate::agent::calls::{How, participant_at};
use crate::agent::commands::{Attributed, Effect, Origin};
use crate::time::{is_newer, newest};
use crate::{AskId, CommandId, Output, SessionChange, render};

/// What a re-read found, and why it was made.
pub(in crate::agent) struct Snapshot<'a> {
    /// Commands that were sent later than this cannot show in it.
    pub first_ask: AskId,
    pub user: User,
    pub dialogs: Vec<Dialog>,
    /// Dialogs of which notifications came meanwhile: these tell their end themselves.
    pub reported_meanwhile: Vec<String>,
    pub purposes: &'a [ReadFor],
}

/// What is told beside what changed, to the one command that is told everything.
#[derive(Default)]
struct Telling {
    command: Option<CommandId>,
    agent_info: bool,
    dialog_states: bool,
    calls: bool,
    /// A call that rings is told by its announcement; refresh shows its state too.
    ringing_calls: bool,
}

impl Agent {
    /// Makes the client's view equal to the snapshot, and gives every purpose its events.
    pub(in crate::agent) fn apply(&mut self, snapshot: Snapshot<'_>) {
        let Snapshot { first_ask, user, dialogs, reported_meanwhile, purposes } = snapshot;
        let origin = Origin::Snapshot(first_ask);
        let telling = self.telling(purposes, &user);
        let decides_recovery = purposes.contains(&ReadFor::Recovery);
        // A client who signs in has to learn that it came to nothing.
        let decides = decides_recovery || self.commands.wants_to_sign_in();
        let is_undone = self.is_the_sign_out_being_undone(&user) && !decides;
        let lost_link = is_undone || self.should_sign_in_again(&user);

        // Look at everything first: what is told of a call depends on the user's state and extension.
        let info = render::agent_info(&user, &self.id);
        let state = match lost_link {
            true => {
                let state = self.shown_state(&user);
                if !is_undone {
                    self.sign_in_again(user);
                }
                (state, false)
            }
            false => self.note_user(user),
        };
        let observations = self.look_at(dialogs, &reported_meanwhile, &origin);

        // Then tell, in the order of docs/events.md.
        if telling.agent_info {
            if info.supervisor {
                self.out.push(Output::Session(SessionChange::Supervises(Vec::new())));
            }
            self.out.emit(Event::AgentInfo(info), telling.command.clone());
        }
        match (state, &telling.command) {
            // The sign-out is being undone: nobody hears of it but who asked.
            ((event, _), Some(command)) if lost_link => self.out.emit(event, Some(command.clone())),
            _ if lost_link => {}
            ((event, changed), command) => self.report_user(event, changed, &origin, command.clone()),
        }
        if telling.dialog_states {
            self.tell_dialog_states(telling.command.as_ref());
        }
        for observation in observations {
            let id = observation.dialog.clone();
            let only_announced = observation.seen.began.is_some() && observation.seen.event.is_none();
            let command = telling.command.clone().filter(|_| telling.calls);
            self.report_call(observation, command.clone());
            if only_announced && telling.ringing_calls {
                let again = self.calls.dialogs().get(&id).and_then(|known| known.again(&self.bystander()));
                again.into_iter().for_each(|event| self.out.emit(event, command.clone()));
            }
        }
        if decides_recovery {
            self.recovery_read();
        }
        if !lost_link {
            self.make_ready_again();
            self.sign_out_late();
        }
    }

    fn telling(&self, purposes: &[ReadFor], user: &User) -> Telling {
        let teller = purposes.iter().find(|purpose| self.gets_everything(purpose));
        let Some(ReadFor::Of(id)) = teller else { return Telling::default() };
        let Some(pending) = self.commands.get(id) else { return Telling::default() };
        let nothing = Telling { command: Some(id.clone()), ..Telling::default() };
        match pending.command() {
            // Not signed in: there is nothing to tell but the error.
            Command::Login { .. } | Command::MobileAgentLogin { .. } if user.state == UserState::Logout => {
                Telling::default()
            }
            Command::Login { .. } | Command::MobileAgentLogin { .. } => {
                Telling { agent_info: true, dialog_states: true, calls: true, ..nothing }
            }
            Command::Refresh => Telling { agent_info: true, calls: true, ringing_calls: true, ..nothing },
            Command::GetState => Telling { dialog_states: true, ..nothing },
            _ => nothing,
        }
    }

    /// What is absent first, so that the commands that it ends do not colour what is there.
    fn look_at(
        &mut self,
        dialogs: Vec<Dialog>,
        reported_meanwhile: &[String],
        origin: &Origin,
    ) -> Vec<Attributed> {
        let mut observations = Vec::new();
        for dialog in self.calls.dialogs().missing_from(&dialogs) {
            if !reported_meanwhile.contains(&dialog.id) {
                observations.push(self.observe(How::Left, dialog, origin, None));
            }
        }
        let held = self.let_go_of(&dialogs);
        let (legs, calls): (Vec<_>, Vec<_>) =
            dialogs.into_iter().partition(|dialog| dialog.associated_dialog_id().is_some());
        let dialogs: Vec<_> = calls.into_iter().chain(legs).collect();
        for dialog in dialogs.clone() {
            for (how, dialog) in self.steps(How::Seen, dialog, origin) {
                let first_packet = how == How::Seen && self.is_dialers_first_packet(&dialog, origin);
                match first_packet {
                    true if held.contains(&dialog.id) => self.go_on_holding(dialog),
                    true => self.hold_back(dialog),
                    false => {
                        let leg = self.leg_of(&dialog, &dialogs, origin);
                        observations.push(self.observe(how, dialog, origin, leg.as_deref()));
                    }
                }
            }
        }
        observations
    }

    /// The leg that the agent made from a call, as the whole snapshot shows it.
    fn leg_of(&self, call: &Dialog, dialogs: &[Dialog], origin: &Origin) -> Option<String> {
        let is_its = |dialog: &&Dialog| {
            let view = self.perspective(dialog, origin);
            dialog.id != call.id
                && self.leg_is_from(dialog, origin).as_deref() == Some(call.id.as_str())
                && self.calls.dialogs().is_or_becomes_leg(dialog, &view)
        };
        dialogs.iter().find(is_its).map(|dialog| dialog.id.clone())
    }

    fn tell_dialog_states(&mut self, command: Option<&CommandId>) {
        let view = self.bystander();
        let open = self.calls.dialogs().open();
        let mut states: Vec<_> = open.map(|known| (known.dialog.id.clone(), known.state(&view))).collect();
        if states.is_empty() {
            states.push((String::new(), DialogState::NOT_FOUND.to_owned()));
        }
        for (dialog_id, state) in states {
            let event = DialogState { dialog_id, state, agent_id: self.id.clone() };
            self.out.emit(Event::DialogState(event), command.cloned());
        }
    }

    /// The snapshot is reported: what the command waited for goes on.
    pub(in crate::agent) fn serve(&mut self, id: &CommandId) {
        let Some(pending) = self.commands.get(id) else { return };
        if pending.is_preparing() {
            let command = pending.command().clone();
            return self.go_on(id, &command);
        }
        let Some(sent) = pending.awaited().filter(|_| !pending.is_only_awaited()) else { return };
        let (effect, doubt) = (sent.effect.clone(), sent.doubt.clone());
        if effect == Effect::SignedIn && self.session.is_signed_in() {
            self.finish(id);
        } else if self.is_left(&effect) {
            // Somebody else ended the call before.
            self.fail_with(id, ErrorCode::NoDialogId);
        } else if pending.is_looking() {
            if let Some(pending) = self.commands.get_mut(id) {
                pending.await_on();
            }
        } else if pending.is_taken_as_accepted() {
            self.effect_seen(id);
        } else {
            // No effect is to be seen.
            match doubt {
                Some((code, text)) => self.fail(id, code, text),
                None => self.fail_with(id, ErrorCode::PleaseRetry),
            }
        }
    }

    /// What had to be known before a command could be sent, or answered, is known.
    fn go_on(&mut self, id: &CommandId, command: &Command) {
        match command {
            Command::Login { .. } | Command::MobileAgentLogin { .. } => self.login(id, command),
            Command::ForceLogout => self.force_logout(id),
            Command::GetState | Command::Refresh => self.finish(id),
            Command::GetDialogState { dialog_id } => self.tell_dialog_state(id, dialog_id.clone()),
            _ => self.work_on_call(id, command, true),
        }
    }

    fn is_left(&self, effect: &Effect) -> bool {
        let Effect::Left(dialog) = effect else { return false };
        !self.calls.dialogs().open().any(|call| call.dialog.id == *dialog)
    }
}

/// When the objects of a snapshot changed last: what waited during the GETs may be older.
pub(in crate::agent) struct Times {
    user: String,
    dialogs: Vec<Dialog>,
}

impl Times {
    pub(in crate::agent) fn of(user: &User, dialogs: &[Dialog]) -> Self {
        Self { user: user.state_change_time.clone(), dialogs: dialogs.to_vec() }
    }

    /// What of a notification is newer than the snapshot.
    pub(in crate::agent) fn newer(&self, update: Update, extension: &str) -> Option<Update> {
        let Update { payload, event, .. } = &update;
        match payload {
            Payload::User(user) => (!is_newer(&self.user, &user.state_change_time)).then_some(update),
            Payload::Dialog(dialog) => (!self.outdate_dialog(dialog, event, extension)).then_some(update),
            Payload::Dialogs(dialogs) => {
                let newer = |dialog: &&Dialog| !self.outdate_dialog(dialog, event, extension);
                let dialogs: Vec<_> = dialogs.iter().filter(newer).cloned().collect();
                (!dialogs.is_empty()).then_some(Update { payload: Payload::Dialogs(dialogs), ..update })
            }
            _ => Some(update),
        }
    }

    fn outdate_dialog(&self, dialog: &Dialog, event: &UpdateEvent, extension: &str) -> bool {
        let Some(shown) = self.dialogs.iter().find(|shown| shown.id == dialog.id) else { return false };
        if *event != UpdateEvent::Delete {
            return is_newer(newest_change(shown), newest_change(dialog));
        }
        // A DELETE counts unless the agent is back in the call since.
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
