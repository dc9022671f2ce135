//! What a re-read found is told, and decides.

use finesse_types::{Dialog, ParticipantState, Payload, Update, UpdateEvent, User, UserState};
use gc_events::{DialogState, ErrorCode, Event};
use gc_protocol::Command;

use super::Agent;
use super::open::Stage;
use super::reread::{Purpose, commands_of};
use super::visit::{How, Seen};
use crate::render;
use crate::time::{is_newer, newest};
use crate::{AskId, CommandId, Output};

/// What a re-read found, and why it was made.
pub(super) struct Snapshot {
    /// Commands that were sent later than this cannot show in it.
    pub first_ask: AskId,
    pub user: User,
    pub dialogs: Vec<Dialog>,
    /// Dialogs of which notifications came meanwhile: these tell their end themselves.
    pub told_meanwhile: Vec<String>,
    pub purposes: Vec<Purpose>,
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
    pub(super) fn apply(&mut self, snapshot: Snapshot) {
        let Snapshot { first_ask, user, dialogs, told_meanwhile, purposes } = snapshot;
        let telling = self.telling(&purposes, &user);
        let lost_link = purposes.contains(&Purpose::Resync) && self.should_sign_in_again(&user);

        // Look at everything first: what is told of a call depends on the user's state and extension.
        let info = render::agent_info(&user, &self.id);
        let state = match lost_link {
            true => {
                self.sign_in_again(user);
                None
            }
            false => Some(self.note_user(user)),
        };
        let looks = self.look_at(dialogs, &told_meanwhile);

        // Then tell, in the order of docs/events.md.
        if telling.agent_info {
            if info.supervisor {
                self.out.push(Output::Supervises { members: Vec::new() });
            }
            self.emit(Event::AgentInfo(info), telling.command.clone());
        }
        if let Some((event, changed)) = state {
            self.tell_user(event, changed, Some(first_ask), telling.command.clone());
        }
        if telling.dialog_states {
            self.tell_dialog_states(telling.command.as_ref());
        }
        for (id, seen) in looks {
            let rings = seen.began && matches!(seen.events.as_slice(), [Event::NewInboundCall(_)]);
            let command = telling.command.clone().filter(|_| telling.calls);
            self.tell_dialog(&id, seen, Some(first_ask), command.clone());
            if rings && telling.ringing_calls {
                let again = self.dialogs.get(&id).and_then(|known| known.again(&self.viewer(true)));
                again.into_iter().for_each(|event| self.emit(event, command.clone()));
            }
        }
        if !lost_link {
            self.make_ready_again();
            self.sign_out_late();
        }
        commands_of(&purposes).for_each(|id| self.serve(id));
    }

    fn telling(&self, purposes: &[Purpose], user: &User) -> Telling {
        let teller = purposes.iter().find(|purpose| self.is_told_everything(purpose));
        let Some(Purpose::Of(id)) = teller else { return Telling::default() };
        let Some(open) = self.open_command(id) else { return Telling::default() };
        let nothing = Telling { command: Some(id.clone()), ..Telling::default() };
        match open.command {
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

    /// What is held back is shown by the snapshot itself, or gone.
    fn look_at(&mut self, dialogs: Vec<Dialog>, told_meanwhile: &[String]) -> Vec<(String, Seen)> {
        self.held_back.clear();
        let missing = self.dialogs.missing_from(&dialogs).into_iter();
        let missing = missing.filter(|dialog| !told_meanwhile.contains(&dialog.id));
        let missing = missing.map(|dialog| (How::Left, dialog));
        // The call from which a leg was made comes before the leg, whose id it is to show.
        let (legs, calls): (Vec<_>, Vec<_>) =
            dialogs.into_iter().partition(|dialog| dialog.associated_dialog_id().is_some());
        let present = calls.into_iter().chain(legs).map(|dialog| (How::Seen, dialog));
        let looks: Vec<_> = missing.chain(present).collect();
        looks.into_iter().map(|(how, dialog)| (dialog.id.clone(), self.look(how, dialog, true))).collect()
    }

    fn tell_dialog_states(&mut self, command: Option<&CommandId>) {
        let viewer = self.viewer(false);
        let open = self.dialogs.open();
        let mut states: Vec<_> = open.map(|known| (known.dialog.id.clone(), known.state(&viewer))).collect();
        if states.is_empty() {
            states.push((String::new(), DialogState::NOT_FOUND.to_owned()));
        }
        for (dialog_id, state) in states {
            let event = DialogState { dialog_id, state, agent_id: self.id.clone() };
            self.emit(Event::DialogState(event), command.cloned());
        }
    }

    /// The snapshot is told: what the command waited for goes on.
    fn serve(&mut self, id: &CommandId) {
        let Some(open) = self.open_command(id) else { return };
        match (&open.command, open.stage) {
            (Command::Login { .. } | Command::MobileAgentLogin { .. }, Stage::Preparing) => {
                let command = open.command.clone();
                self.login(id, &command);
            }
            (Command::ForceLogout, Stage::Preparing) => self.force_logout(id),
            (Command::Login { .. } | Command::MobileAgentLogin { .. }, _) if self.signed_in => {
                self.finish(id)
            }
            (Command::GetState | Command::Refresh, _) => self.finish(id),
            (Command::GetDialogState { dialog_id }, _) => {
                let dialog_id = dialog_id.clone();
                self.tell_dialog_state(id, dialog_id);
            }
            (command, Stage::Preparing) => {
                let command = command.clone();
                self.work_on_call(id, &command, true);
            }
            // It has gone on to its next step.
            (_, Stage::Sent) => {}
            _ if open.taken_at_its_word => self.effect_seen(id),
            // No effect is to be seen.
            _ => match open.failure.clone() {
                Some((code, text)) => self.fail(id, code, text),
                None => self.fail_with(id, ErrorCode::PleaseRetry),
            },
        }
    }
}

/// When the objects of a snapshot changed last: what waited during the GETs may be older.
pub(super) struct Times {
    user: String,
    dialogs: Vec<Dialog>,
}

impl Times {
    pub(super) fn of(user: &User, dialogs: &[Dialog]) -> Self {
        Self { user: user.state_change_time.clone(), dialogs: dialogs.to_vec() }
    }

    /// Whether the snapshot is newer than this notification.
    pub(super) fn outdate(&self, update: &Update, extension: &str) -> bool {
        match &update.payload {
            Payload::User(user) => is_newer(&self.user, &user.state_change_time),
            Payload::Dialog(dialog) => self.outdate_dialog(dialog, &update.event, extension),
            Payload::Dialogs(dialogs) => {
                dialogs.iter().all(|dialog| self.outdate_dialog(dialog, &update.event, extension))
            }
            _ => false,
        }
    }

    fn outdate_dialog(&self, dialog: &Dialog, event: &UpdateEvent, extension: &str) -> bool {
        let Some(shown) = self.dialogs.iter().find(|shown| shown.id == dialog.id) else { return false };
        if *event != UpdateEvent::Delete {
            return is_newer(newest_change(shown), newest_change(dialog));
        }
        // A DELETE counts unless the agent is back in the call since.
        let own = |dialog: &Dialog| {
            dialog.participants.iter().find(|each| each.media_address == extension).cloned()
        };
        let live = own(shown)
            .filter(|own| !matches!(own.state, ParticipantState::Dropped | ParticipantState::WrapUp));
        let left_at = own(dialog).map(|own| own.state_change_time).unwrap_or_default();
        live.is_some_and(|own| is_newer(&own.state_change_time, &left_at))
    }
}

fn newest_change(dialog: &Dialog) -> &str {
    newest(dialog.participants.iter().map(|each| each.state_change_time.as_str()))
}
