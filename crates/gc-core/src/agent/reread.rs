//! Reading Finesse again: the one way in which the client's view is made equal to Finesse's after anything
//! may have been missed, and in which a doubtful outcome is decided (docs/sessions.md, "Re-read").
//!
//! Notifications wait while the two GETs run. Then the snapshot is applied, and then what waited, unless
//! the snapshot is newer.

use std::mem;

use finesse_types::{Answer, Dialog, Failure, ParticipantState, Payload, Request, Update, UpdateEvent, User};
use gc_events::{DialogState, ErrorCode, Event};
use gc_protocol::Command;

use super::visit::{How, Seen};
use super::{Agent, AskFor};
use crate::render;
use crate::time::{is_newer, newest};
use crate::{AskId, CommandId, Output, Timer};

/// Why Finesse is read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Notifications may have been missed.
    Resync,
    /// Login must know first whether the agent is signed in.
    BeforeLogin(CommandId),
    /// Login tells everything.
    Login(CommandId),
    /// GetState.
    State(CommandId),
    /// refresh.
    Refresh(CommandId),
    /// getdialogstate of a dialog that is not known, or while no notifications come.
    Dialog(CommandId),
    /// Call control of a dialog that is not known.
    FindDialog(CommandId),
    /// Whether a command had its effect.
    Decide(CommandId),
}

impl Purpose {
    fn command(&self) -> Option<&CommandId> {
        match self {
            Self::Resync => None,
            Self::BeforeLogin(id)
            | Self::Login(id)
            | Self::State(id)
            | Self::Refresh(id)
            | Self::Dialog(id)
            | Self::FindDialog(id)
            | Self::Decide(id) => Some(id),
        }
    }
}

/// One re-read under way.
#[derive(Debug)]
pub(super) struct Round {
    first_ask: AskId,
    user: Option<Result<Box<User>, Failure>>,
    dialogs: Option<Result<Vec<Dialog>, Failure>>,
    /// Notifications that came meanwhile.
    pub(super) waiting: Vec<Update>,
    purposes: Vec<Purpose>,
}

impl Agent {
    /// Reads Finesse again, now or as soon as the re-read under way is done: one that has begun already may
    /// be too old for this purpose.
    pub(super) fn reread(&mut self, purpose: Purpose) {
        if !self.next_round.contains(&purpose) {
            self.next_round.push(purpose);
        }
        self.start_round();
    }

    pub(super) fn start_round(&mut self) {
        if self.round.is_some() || self.next_round.is_empty() {
            return;
        }
        let purposes = mem::take(&mut self.next_round);
        let user = self.ask(Request::User { id: self.id.clone() }, AskFor::RereadUser);
        let dialogs = self.ask(Request::Dialogs { user: self.id.clone() }, AskFor::RereadDialogs);
        let (Some(first_ask), Some(_)) = (user, dialogs) else {
            for id in purposes.iter().filter_map(Purpose::command) {
                self.end_without_session(id);
            }
            return;
        };
        self.round = Some(Round { first_ask, user: None, dialogs: None, waiting: Vec::new(), purposes });
    }

    pub(super) fn user_reread(&mut self, result: Result<Answer, Failure>) {
        if let Some(round) = &mut self.round {
            round.user = Some(result.and_then(|answer| match answer {
                Answer::User(user) => Ok(user),
                _ => Err(unexpected()),
            }));
        }
        self.end_round();
    }

    pub(super) fn dialogs_reread(&mut self, result: Result<Answer, Failure>) {
        if let Some(round) = &mut self.round {
            round.dialogs = Some(result.and_then(|answer| match answer {
                Answer::Dialogs(dialogs) => Ok(dialogs),
                _ => Err(unexpected()),
            }));
        }
        self.end_round();
    }

    fn end_round(&mut self) {
        let done = self.round.take_if(|round| round.user.is_some() && round.dialogs.is_some());
        let Some(Round { first_ask, user: Some(user), dialogs: Some(dialogs), waiting, purposes }) = done
        else {
            return;
        };
        match (user, dialogs) {
            (Ok(user), Ok(dialogs)) => {
                let times = SnapshotTimes::of(&user, &dialogs);
                self.apply(first_ask, *user, dialogs, &purposes);
                for update in waiting {
                    if !times.outdate(&update, &self.extension) {
                        self.apply_update(update);
                    }
                }
            }
            (user, dialogs) => {
                let failure = user.err().or(dialogs.err());
                for update in waiting {
                    self.apply_update(update);
                }
                self.round_failed(failure.unwrap_or_else(unexpected), &purposes);
            }
        }
        self.start_round();
    }

    fn round_failed(&mut self, failure: Failure, purposes: &[Purpose]) {
        let request = Request::User { id: self.id.clone() };
        for purpose in purposes {
            let Some(id) = purpose.command() else {
                if failure.is_transient() {
                    self.out.push(Output::StartTimer(Timer::Reread, self.settings.reconnect_max));
                }
                continue;
            };
            let told = self.open_command(id).and_then(|open| open.failure.clone());
            let (code, text) = told.unwrap_or_else(|| (failure.code(&request), failure.message(&request)));
            self.fail(id, code, text);
        }
    }

    /// Makes the client's view equal to the snapshot, and gives every purpose its events.
    fn apply(&mut self, first_ask: AskId, user: User, dialogs: Vec<Dialog>, purposes: &[Purpose]) {
        let asked: Vec<&Purpose> = purposes.iter().filter(|purpose| self.is_awaited(purpose)).collect();
        let whole = asked.iter().find(|purpose| matches!(purpose, Purpose::Login(_) | Purpose::Refresh(_)));
        let whole = whole.and_then(|purpose| purpose.command()).cloned();
        let states = asked.iter().find(|purpose| matches!(purpose, Purpose::Login(_) | Purpose::State(_)));
        let states = states.and_then(|purpose| purpose.command()).cloned();
        let resync = purposes.contains(&Purpose::Resync);

        // Look at everything first: what is told of a call depends on the user's state and extension.
        let info = render::agent_info(&user, &self.id);
        let lost_link = resync && self.should_sign_in_again(&user);
        let state = if lost_link {
            self.sign_in_again(user);
            None
        } else {
            Some(self.note_user(user))
        };
        let looks = self.look_at(dialogs);

        // Then tell, in the order of docs/events.md.
        if whole.is_some() {
            self.emit(Event::AgentInfo(info), whole.clone());
        }
        if let Some((event, changed)) = state {
            self.tell_user(event, changed, Some(first_ask), whole.clone().or(states.clone()));
        }
        if states.is_some() {
            self.tell_dialog_states(states.as_ref());
        }
        for (id, seen) in looks {
            let again = seen.began && matches!(seen.events.as_slice(), [Event::NewInboundCall(_)]);
            self.tell_dialog(&id, seen, Some(first_ask), whole.clone());
            if again && asked.iter().any(|purpose| matches!(purpose, Purpose::Refresh(_))) {
                // refresh shows a ringing call's state too.
                let event = self.dialogs.get(&id).and_then(|known| known.again(&self.viewer(true)));
                event.into_iter().for_each(|event| self.emit(event, whole.clone()));
            }
        }
        if resync && !lost_link {
            self.make_ready_again();
        }
        for purpose in purposes {
            self.serve(purpose);
        }
    }

    fn is_awaited(&self, purpose: &Purpose) -> bool {
        purpose.command().is_some_and(|id| self.open_command(id).is_some())
    }

    fn look_at(&mut self, dialogs: Vec<Dialog>) -> Vec<(String, Seen)> {
        let missing = self.dialogs.missing_from(&dialogs).into_iter().map(|dialog| (How::Left, dialog));
        let present = dialogs.into_iter().map(|dialog| (How::Seen, dialog));
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

    /// The snapshot is applied: what the purpose waited for goes on.
    fn serve(&mut self, purpose: &Purpose) {
        let Some(id) = purpose.command() else { return };
        let Some(open) = self.open_command(id) else { return };
        let failure = open.failure.clone();
        match (purpose, &open.command) {
            (Purpose::BeforeLogin(_), _) => self.login_again(id),
            (Purpose::FindDialog(_), _) => self.control_found_call(id),
            (Purpose::State(_) | Purpose::Refresh(_), _) => self.finish(id),
            (Purpose::Login(_), _) if self.signed_in => self.finish(id),
            (Purpose::Dialog(_), Command::GetDialogState { dialog_id }) => {
                let dialog_id = dialog_id.clone();
                self.tell_dialog_state(id, dialog_id);
            }
            // No effect is to be seen.
            _ => match failure {
                Some((code, text)) => self.fail(id, code, text),
                None => self.fail_with(id, ErrorCode::PleaseRetry),
            },
        }
    }
}

fn unexpected() -> Failure {
    Failure::Unreadable { status: 200, reason: "another answer than the one asked for".to_owned() }
}

/// When the objects of a snapshot changed last: what waited during the GETs may be older.
struct SnapshotTimes {
    user: String,
    dialogs: Vec<Dialog>,
}

impl SnapshotTimes {
    fn of(user: &User, dialogs: &[Dialog]) -> Self {
        Self { user: user.state_change_time.clone(), dialogs: dialogs.to_vec() }
    }

    /// Whether the snapshot is newer than this notification.
    fn outdate(&self, update: &Update, extension: &str) -> bool {
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
