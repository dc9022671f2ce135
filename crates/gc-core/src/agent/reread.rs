//! Reading Finesse again: the one way in which the client's view is made equal to Finesse's after anything
//! may have been missed, and in which a doubtful outcome is decided (docs/sessions.md, "Re-read").
//!
//! Notifications wait while the two GETs run. Then the snapshot is applied (`snapshot`), and then what waited,
//! unless the snapshot is newer.

use std::mem;

use finesse_types::{Answer, Dialog, Failure, Payload, Request, Update, User, UserState};
use gc_protocol::Command;

use super::open::{Open, Stage};
use super::snapshot::{Snapshot, Times};
use super::{Agent, AskFor};
use crate::{AskId, CommandId, Output, Timer};

/// Why Finesse is read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Notifications may have been missed.
    Resync,
    /// Whether the agent was put back as it was before the link was lost.
    Recovery,
    /// A command needs it: to be told everything, or to be decided.
    Of(CommandId),
}

/// The pause between two re-reads for notifications that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResyncPause {
    /// The next one is made at once.
    Over,
    /// The next one waits for its end, if there was a reason meanwhile.
    Running { missed: bool },
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
    /// Reads Finesse because notifications may have been missed.
    pub(super) fn resync(&mut self) {
        self.read_for(Purpose::Resync);
    }

    /// The same, and what a supervisor is told of the teams.
    pub(super) fn reread_everything(&mut self) {
        self.resync();
        self.reread_teams();
    }

    /// Notifications may have been missed: Finesse is back, or sent one that cannot be read. One that comes
    /// again and again does not read Finesse as often.
    pub(super) fn missed(&mut self) {
        match self.resync_pause {
            ResyncPause::Over => {
                self.resync_pause = ResyncPause::Running { missed: false };
                self.out.push(Output::StartTimer(Timer::Resync, self.settings.resync_pause));
                self.reread_everything();
            }
            ResyncPause::Running { .. } => self.resync_pause = ResyncPause::Running { missed: true },
        }
    }

    pub(super) fn resync_pause_over(&mut self) {
        let missed = self.resync_pause == ResyncPause::Running { missed: true };
        self.resync_pause = ResyncPause::Over;
        if missed {
            self.missed();
        }
    }

    /// Reads Finesse for a command.
    pub(super) fn reread(&mut self, id: &CommandId) {
        self.read_for(Purpose::Of(id.clone()));
    }

    /// The same for a command to which what is being read now is new enough.
    pub(super) fn reread_or_join(&mut self, id: &CommandId) {
        match &mut self.round {
            Some(round) => round.purposes.push(Purpose::Of(id.clone())),
            None => self.reread(id),
        }
    }

    /// Now, or as soon as the re-read under way is done: it may be too old for this purpose.
    pub(super) fn read_for(&mut self, purpose: Purpose) {
        if !self.next_round.contains(&purpose) {
            self.next_round.push(purpose);
        }
        self.start_round();
    }

    pub(super) fn start_round(&mut self) {
        if self.round.is_some() || self.next_round.is_empty() {
            return;
        }
        let purposes = self.purposes_of_one_round();
        let user = self.ask(Request::User { id: self.id.clone() }, AskFor::RereadUser);
        let dialogs = self.ask(Request::Dialogs { user: self.id.clone() }, AskFor::RereadDialogs);
        match (user, dialogs) {
            (Some(first_ask), Some(_)) => {
                self.round =
                    Some(Round { first_ask, user: None, dialogs: None, waiting: Vec::new(), purposes });
            }
            _ => commands_of(&purposes).for_each(|id| self.end_without_session(id)),
        }
    }

    /// What one re-read can serve: only one command can be told everything by it.
    fn purposes_of_one_round(&mut self) -> Vec<Purpose> {
        let mut tellers = 0;
        let second = self.next_round.iter().position(|purpose| {
            tellers += usize::from(self.is_told_everything(purpose));
            tellers == 2
        });
        let later = self.next_round.split_off(second.unwrap_or(self.next_round.len()));
        mem::replace(&mut self.next_round, later)
    }

    pub(super) fn is_told_everything(&self, purpose: &Purpose) -> bool {
        let Purpose::Of(id) = purpose else { return false };
        self.open_command(id).is_some_and(Open::is_told_everything)
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
                let purposes = self.with_login(purposes, &user, first_ask);
                let times = Times::of(&user, &dialogs);
                let told_meanwhile = waiting.iter().flat_map(dialog_ids).collect();
                self.apply(Snapshot { first_ask, user: *user, dialogs, told_meanwhile, purposes: &purposes });
                let (told, decided): (Vec<_>, Vec<_>) =
                    purposes.into_iter().partition(|purpose| self.is_told_everything(purpose));
                commands_of(&told).for_each(|id| self.serve(id));
                for update in waiting {
                    let newer = times.newer(update, &self.extension);
                    newer.into_iter().for_each(|update| self.apply_update(update));
                }
                // What waited may show an effect, too.
                commands_of(&decided).for_each(|id| self.serve(id));
            }
            (user, dialogs) => {
                waiting.into_iter().for_each(|update| self.apply_update(update));
                let failure = user.err().or(dialogs.err()).unwrap_or_else(unexpected);
                self.round_failed(&failure, &purposes);
            }
        }
        self.start_round();
    }

    /// A Login that this snapshot shows to have had its effect is told by it.
    fn with_login(&mut self, mut purposes: Vec<Purpose>, user: &User, first_ask: AskId) -> Vec<Purpose> {
        let shown = !self.signed_in && user.state != UserState::Logout;
        let login = self.login_under_way().filter(|_| shown);
        if let Some(open) = login.and_then(|id| self.open_mut(&id))
            && open.ask.is_some_and(|ask| ask < first_ask)
        {
            open.stage = Stage::Deciding;
            purposes.push(Purpose::Of(open.id.clone()));
        }
        purposes
    }

    fn round_failed(&mut self, failure: &Failure, purposes: &[Purpose]) {
        let request = Request::User { id: self.id.clone() };
        if purposes.contains(&Purpose::Resync) {
            self.reread_later(failure);
        }
        if purposes.contains(&Purpose::Recovery) {
            self.out.push(Output::StartTimer(Timer::Recovery, self.settings.reconnect_max));
        }
        for id in commands_of(purposes) {
            let told = self.open_command(id).and_then(|open| open.failure.clone());
            let (code, text) = told.unwrap_or_else(|| (failure.code(&request), failure.message(&request)));
            self.fail(id, code, text);
        }
    }

    pub(super) fn reread_later(&mut self, failure: &Failure) {
        if is_worth_another_try(failure) {
            self.out.push(Output::StartTimer(Timer::Reread, self.settings.reconnect_max));
        }
    }
}

impl Open {
    /// The client is told what Finesse shows, changed or not.
    fn is_told_everything(&self) -> bool {
        match self.command {
            Command::GetState | Command::Refresh => true,
            Command::Login { .. } | Command::MobileAgentLogin { .. } => {
                matches!(self.stage, Stage::Looking | Stage::Deciding)
            }
            _ => self.taken_at_its_word,
        }
    }
}

/// The commands among the purposes.
pub(super) fn commands_of(purposes: &[Purpose]) -> impl Iterator<Item = &CommandId> {
    purposes.iter().filter_map(|purpose| match purpose {
        Purpose::Of(id) => Some(id),
        Purpose::Resync | Purpose::Recovery => None,
    })
}

fn dialog_ids(update: &Update) -> Vec<String> {
    match &update.payload {
        Payload::Dialog(dialog) => vec![dialog.id.clone()],
        Payload::Dialogs(dialogs) => dialogs.iter().map(|dialog| dialog.id.clone()).collect(),
        _ => Vec::new(),
    }
}

/// Refused credentials are never tried again: five times in a row lock the account.
fn is_worth_another_try(failure: &Failure) -> bool {
    !matches!(failure, Failure::Refused { status: 401 | 403 | 404, .. })
}

fn unexpected() -> Failure {
    Failure::Unreadable { status: 200, reason: "another answer than the one asked for".to_owned() }
}
