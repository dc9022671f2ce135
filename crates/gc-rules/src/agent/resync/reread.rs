//! When a re-read is made, and what it is for.
//!
//! A re-read is two GETs, the user and its dialogs. Notifications wait until both are answered. Then the snapshot is
//! applied (`snapshot`), then the notifications that are not older.

use std::mem;

use finesse_types::{Answer, Dialog, Failure, Payload, Request, Update, User, UserState};
use gc_protocol::Command;

use super::purpose::{ReadFor, commands_of};
use super::snapshot::{Snapshot, Times};
use crate::agent::Agent;
use crate::agent::commands::PendingCommand;
use crate::agent::in_flight::Purpose;
use crate::errors::error_of;
use crate::{AskId, CommandId, Timer};

/// The re-reads of one agent.
#[derive(Debug, Default)]
pub(in crate::agent) struct Resync {
    round: Option<Round>,
    /// The purposes of the next re-read.
    next: Vec<ReadFor>,
    pause: ResyncPause,
    /// The cluster is out of service.
    out_of_service: bool,
    /// Finesse is unavailable on the open stream.
    finesse_left: bool,
    /// Why Finesse was read, since this was last asked.
    begun: Vec<&'static str>,
}

impl Resync {
    /// Finesse counts as present on a new stream, until the stream reports otherwise.
    pub(in crate::agent) fn finesse_is_there(&mut self) {
        self.finesse_left = false;
    }

    /// Forgets all re-reads, under way or planned.
    pub(in crate::agent) fn clear(&mut self) {
        *self = Self { out_of_service: self.out_of_service, ..Self::default() };
    }

    /// Whether a re-read is under way.
    pub(in crate::agent) fn is_reading(&self) -> bool {
        self.round.is_some()
    }

    /// Whether a resync is needed or under way, because notifications may have been missed.
    pub(in crate::agent) fn is_due(&self) -> bool {
        let under_way =
            self.round.as_ref().is_some_and(|round| round.purposes.iter().any(ReadFor::is_resync));
        under_way || self.next.iter().any(ReadFor::is_resync)
    }

    /// Whether none is under way, planned or held up.
    pub(in crate::agent) fn is_quiet(&self) -> bool {
        let held_up = self.out_of_service || self.finesse_left || self.pause != ResyncPause::Over;
        self.round.is_none() && self.next.is_empty() && !held_up
    }

    /// Makes the next re-read a resync, too.
    pub(in crate::agent) fn request(&mut self) {
        self.add(ReadFor::Resync);
    }

    /// The same after a planned move of the stream.
    pub(in crate::agent) fn request_after_move(&mut self) {
        self.add(ReadFor::Moved);
    }

    fn add(&mut self, purpose: ReadFor) {
        if !self.next.contains(&purpose) {
            self.next.push(purpose);
        }
    }

    /// Keeps a notification until the end of the re-read. Returned if no re-read is under way.
    pub(in crate::agent) fn keep_until_read(&mut self, update: Update) -> Option<Update> {
        match &mut self.round {
            Some(round) => {
                round.waiting.push(update);
                None
            }
            None => Some(update),
        }
    }
}

/// The pause between two re-reads that missed notifications cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ResyncPause {
    /// Missed notifications cause a re-read at once.
    #[default]
    Over,
    /// They cause one at the end of the pause. `missed`: there were some.
    Running { missed: bool },
}

/// One re-read under way.
#[derive(Debug)]
struct Round {
    first_ask: AskId,
    user: Option<Result<Box<User>, Failure>>,
    dialogs: Option<Result<Vec<Dialog>, Failure>>,
    /// Notifications that came during the re-read.
    waiting: Vec<Update>,
    purposes: Vec<ReadFor>,
}

impl Agent {
    /// Why Finesse was read again, since this was last asked: `missed`, `moved`, `recovery` or `command`; for statistics.
    pub fn take_rereads(&mut self) -> Vec<&'static str> {
        mem::take(&mut self.resync.begun)
    }

    /// Reads Finesse because notifications may have been missed.
    pub(in crate::agent) fn resync(&mut self) {
        self.read_for(ReadFor::Resync);
    }

    /// The same, and reads the teams whose changes a supervisor follows.
    pub(in crate::agent) fn reread_everything(&mut self) {
        self.resync();
        self.reread_teams();
    }

    /// The cluster is in service, or out of it. When it comes back, notifications may have been missed. A lost stream is opened
    /// at once, which causes a re-read: the link lets those in first who have waited longest.
    pub(in crate::agent) fn service_changed(&mut self, available: bool) {
        let was_out = std::mem::replace(&mut self.resync.out_of_service, !available);
        if !(was_out && available) {
            return;
        }
        match self.session.stream_is_open() {
            true => self.missed(),
            false => self.open_lost_stream(),
        }
    }

    /// Finesse has become available or unavailable on the stream.
    pub(in crate::agent) fn finesse_presence(&mut self, available: bool) {
        let had_left = std::mem::replace(&mut self.resync.finesse_left, !available);
        if had_left && available && self.session.stream_is_open() {
            self.missed();
        }
    }

    /// Notifications may have been missed: Finesse was unavailable, or sent one that cannot be read. Many of these in
    /// a short time cause few re-reads.
    pub(in crate::agent) fn missed(&mut self) {
        match self.resync.pause {
            ResyncPause::Over => {
                self.resync.pause = ResyncPause::Running { missed: false };
                self.out.start_timer(Timer::Resync, self.settings.resync_pause);
                self.reread_everything();
            }
            ResyncPause::Running { .. } => self.resync.pause = ResyncPause::Running { missed: true },
        }
    }

    pub(in crate::agent) fn resync_pause_over(&mut self) {
        let missed = self.resync.pause == ResyncPause::Running { missed: true };
        self.resync.pause = ResyncPause::Over;
        if missed {
            self.missed();
        }
    }

    /// Reads Finesse for a command.
    pub(in crate::agent) fn reread(&mut self, id: &CommandId) {
        self.read_for(ReadFor::Command(id.clone()));
    }

    /// The same for a command that a re-read under way can serve, too.
    pub(in crate::agent) fn reread_or_join(&mut self, id: &CommandId) {
        match &mut self.resync.round {
            Some(round) => round.purposes.push(ReadFor::Command(id.clone())),
            None => self.reread(id),
        }
    }

    /// Reads at once, or after the re-read under way, which may be too old for this purpose.
    pub(in crate::agent) fn read_for(&mut self, purpose: ReadFor) {
        self.resync.add(purpose);
        self.start_round();
    }

    pub(in crate::agent) fn start_round(&mut self) {
        if self.resync.round.is_some() || self.resync.next.is_empty() {
            return;
        }
        let purposes = self.purposes_of_one_round();
        let user = self.ask(Request::User { id: self.id.clone() }, Purpose::RereadUser);
        let dialogs = self.ask(Request::Dialogs { user: self.id.clone() }, Purpose::RereadDialogs);
        match (user, dialogs) {
            (Some(first_ask), Some(_)) => {
                self.resync.begun.extend(purposes.first().map(ReadFor::cause));
                self.resync.round =
                    Some(Round { first_ask, user: None, dialogs: None, waiting: Vec::new(), purposes });
            }
            _ => commands_of(&purposes).for_each(|id| self.end_without_session(id)),
        }
    }

    /// The purposes that one re-read can serve: at most one of them is a full report.
    fn purposes_of_one_round(&mut self) -> Vec<ReadFor> {
        let mut full_reports = 0;
        let second = self.resync.next.iter().position(|purpose| {
            full_reports += usize::from(self.gets_full_report(purpose));
            full_reports == 2
        });
        let later = self.resync.next.split_off(second.unwrap_or(self.resync.next.len()));
        mem::replace(&mut self.resync.next, later)
    }

    pub(in crate::agent) fn gets_full_report(&self, purpose: &ReadFor) -> bool {
        let ReadFor::Command(id) = purpose else { return false };
        self.commands.get(id).is_some_and(PendingCommand::gets_full_report)
    }

    pub(in crate::agent) fn user_reread(&mut self, result: Result<Answer, Failure>) {
        if let Some(round) = &mut self.resync.round {
            round.user = Some(result.and_then(|answer| match answer {
                Answer::User(user) => Ok(user),
                _ => Err(unexpected()),
            }));
        }
        self.end_round();
    }

    pub(in crate::agent) fn dialogs_reread(&mut self, result: Result<Answer, Failure>) {
        if let Some(round) = &mut self.resync.round {
            round.dialogs = Some(result.and_then(|answer| match answer {
                Answer::Dialogs(dialogs) => Ok(dialogs),
                _ => Err(unexpected()),
            }));
        }
        self.end_round();
    }

    fn end_round(&mut self) {
        let done = self.resync.round.take_if(|round| round.user.is_some() && round.dialogs.is_some());
        let Some(Round { first_ask, user: Some(user), dialogs: Some(dialogs), waiting, purposes }) = done
        else {
            return;
        };
        match (user, dialogs) {
            (Ok(user), Ok(dialogs)) => {
                let purposes = self.with_login(purposes, &user, first_ask);
                let times = Times::of(&user, &dialogs);
                let reported_meanwhile = waiting.iter().flat_map(dialog_ids).collect();
                self.apply(Snapshot {
                    first_ask,
                    user: *user,
                    dialogs,
                    reported_meanwhile,
                    purposes: &purposes,
                });
                let (full, decided): (Vec<_>, Vec<_>) =
                    purposes.into_iter().partition(|purpose| self.gets_full_report(purpose));
                commands_of(&full).for_each(|id| self.serve(id));
                for update in waiting {
                    let newer = times.newer(update, self.session.extension());
                    newer.into_iter().for_each(|update| self.apply_update(update));
                }
                // The notifications that waited may show an effect, too.
                commands_of(&decided).for_each(|id| self.serve(id));
            }
            (user, dialogs) => {
                let failure = user.err().or(dialogs.err()).unwrap_or_else(unexpected);
                self.round_failed(&failure, &purposes);
                // The notifications that waited may end the commands that do not need a full report.
                let (full, decided): (Vec<_>, Vec<_>) =
                    purposes.into_iter().partition(|purpose| self.gets_full_report(purpose));
                commands_of(&full).for_each(|id| self.fail_undecided(id, &failure));
                waiting.into_iter().for_each(|update| self.apply_update(update));
                commands_of(&decided).for_each(|id| self.fail_undecided(id, &failure));
            }
        }
        self.start_round();
    }

    /// A Login whose effect this snapshot shows gets its full report.
    fn with_login(&mut self, mut purposes: Vec<ReadFor>, user: &User, first_ask: AskId) -> Vec<ReadFor> {
        let shown = !self.session.is_signed_in() && user.state != UserState::Logout;
        let login = self.login_under_way().filter(|_| shown);
        if let Some(pending) = login.and_then(|id| self.commands.get_mut(&id))
            && pending.awaited().is_some_and(|sent| sent.ask < first_ask)
        {
            pending.decide(false);
            purposes.push(ReadFor::Command(pending.id().clone()));
        }
        purposes
    }

    /// Finesse could not be read. It is read again later if notifications may have been missed.
    fn round_failed(&mut self, failure: &Failure, purposes: &[ReadFor]) {
        if purposes.iter().any(ReadFor::is_resync) {
            self.reread_later(failure);
        }
        // The agent may be signed in although its Login ends with an error, so it is read again at once.
        let signs_in = |id: &CommandId| self.commands.get(id).is_some_and(PendingCommand::signs_in);
        if commands_of(purposes).any(signs_in) {
            self.resync.request();
        }
        if purposes.contains(&ReadFor::Recovery) {
            self.out.start_timer(Timer::Recovery, self.settings.reconnect_max);
        }
    }

    /// A command that needed the re-read fails, with the failure that made it doubtful if there was one.
    fn fail_undecided(&mut self, id: &CommandId, failure: &Failure) {
        let sent = self.commands.get(id).and_then(PendingCommand::awaited);
        let (was_sent, doubt) = (sent.is_some(), sent.and_then(|sent| sent.doubt.clone()));
        // Its effect may be there although no notification shows it.
        if was_sent && !self.resync.is_due() {
            self.reread_later(failure);
        }
        let request = Request::User { id: self.id.clone() };
        let (code, text) = doubt.unwrap_or_else(|| error_of(failure, &request));
        self.fail(id, code, text);
    }

    pub(in crate::agent) fn reread_later(&mut self, failure: &Failure) {
        if is_worth_another_try(failure) {
            self.out.start_timer(Timer::Reread, self.settings.reconnect_max);
        }
    }
}

impl PendingCommand {
    /// Whether the client gets the whole snapshot, changed or not.
    fn gets_full_report(&self) -> bool {
        match self.command() {
            Command::GetState | Command::Refresh => true,
            Command::Login { .. } | Command::MobileAgentLogin { .. } => {
                self.is_reread_meanwhile() || self.is_deciding()
            }
            _ => self.is_taken_as_accepted(),
        }
    }
}

fn dialog_ids(update: &Update) -> Vec<String> {
    match &update.payload {
        Payload::Dialog(dialog) => vec![dialog.id.clone()],
        Payload::Dialogs(dialogs) => dialogs.iter().map(|dialog| dialog.id.clone()).collect(),
        _ => Vec::new(),
    }
}

/// Refused credentials are never tried again, because five refusals in a row lock the account.
fn is_worth_another_try(failure: &Failure) -> bool {
    // Finesse may stand behind a proxy's 401, and count it as a wrong password.
    !matches!(
        failure,
        Failure::Refused { status: 401 | 403 | 404, .. }
            | Failure::Proxy { status: 401 }
            | Failure::TokenEnded
    )
}

fn unexpected() -> Failure {
    Failure::Unreadable { status: 200, reason: "another answer than the one asked for".to_owned() }
}
