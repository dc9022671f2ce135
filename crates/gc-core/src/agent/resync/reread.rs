//! Reading Finesse again: the one way in which the client's view is made equal to Finesse's after anything
//! may have been missed, and in which a doubtful outcome is decided (docs/sessions.md, "Reading again").
//!
//! Notifications wait while the two GETs run. Then the snapshot is applied (`snapshot`), and then what waited,
//! unless the snapshot is newer.

use std::mem;

use finesse_types::{Answer, Dialog, Failure, Payload, Request, Update, User, UserState};
use gc_protocol::Command;

use super::snapshot::{Snapshot, Times};
use crate::agent::Agent;
use crate::agent::commands::PendingCommand;
use crate::agent::in_flight::Purpose;
use crate::errors::error_of;
use crate::{AskId, CommandId, Timer};

/// Why Finesse is read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::agent) enum ReadFor {
    /// Notifications may have been missed.
    Resync,
    /// Whether the agent was put back as it was before the link was lost.
    Recovery,
    /// A command needs it: to be told everything, or to be decided.
    Of(CommandId),
}

/// The re-reads of one agent.
#[derive(Debug, Default)]
pub(in crate::agent) struct Resync {
    round: Option<Round>,
    /// What the next re-read is for.
    next: Vec<ReadFor>,
    pause: ResyncPause,
    /// The cluster is out of service.
    out_of_service: bool,
    /// Finesse left the stream that is open.
    finesse_left: bool,
}

impl Resync {
    /// A new stream says anew whether Finesse is there.
    pub(in crate::agent) fn finesse_is_there(&mut self) {
        self.finesse_left = false;
    }

    /// A re-read is under way.
    pub(in crate::agent) fn is_reading(&self) -> bool {
        self.round.is_some()
    }

    /// What is known may be old: a resync is wanted or under way.
    pub(in crate::agent) fn is_due(&self) -> bool {
        let under_way = self.round.as_ref().is_some_and(|round| round.purposes.contains(&ReadFor::Resync));
        under_way || self.next.contains(&ReadFor::Resync)
    }

    /// The next re-read is for a resync, too.
    pub(in crate::agent) fn want(&mut self) {
        self.add(ReadFor::Resync);
    }

    fn add(&mut self, purpose: ReadFor) {
        if !self.next.contains(&purpose) {
            self.next.push(purpose);
        }
    }

    /// A notification waits for the end of a re-read; given back if there is none.
    pub(in crate::agent) fn make_wait(&mut self, update: Update) -> Option<Update> {
        match &mut self.round {
            Some(round) => {
                round.waiting.push(update);
                None
            }
            None => Some(update),
        }
    }
}

/// The pause between two re-reads for notifications that cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ResyncPause {
    /// The next one is made at once.
    #[default]
    Over,
    /// The next one waits for its end, if there was a reason meanwhile.
    Running { missed: bool },
}

/// One re-read under way.
#[derive(Debug)]
struct Round {
    first_ask: AskId,
    user: Option<Result<Box<User>, Failure>>,
    dialogs: Option<Result<Vec<Dialog>, Failure>>,
    /// Notifications that came meanwhile.
    waiting: Vec<Update>,
    purposes: Vec<ReadFor>,
}

impl Agent {
    /// Reads Finesse because notifications may have been missed.
    pub(in crate::agent) fn resync(&mut self) {
        self.read_for(ReadFor::Resync);
    }

    /// The same, and what a supervisor is told of the teams.
    pub(in crate::agent) fn reread_everything(&mut self) {
        self.resync();
        self.reread_teams();
    }

    /// Whether the cluster is in service. Back again it may have said what nobody heard; without a stream
    /// everything is read as soon as there is one.
    pub(in crate::agent) fn service_changed(&mut self, available: bool) {
        let was_out = std::mem::replace(&mut self.resync.out_of_service, !available);
        if was_out && available && self.session.stream_is_open() {
            self.missed();
        }
    }

    /// Whether Finesse is on the stream: the same.
    pub(in crate::agent) fn finesse_presence(&mut self, available: bool) {
        let had_left = std::mem::replace(&mut self.resync.finesse_left, !available);
        if had_left && available && self.session.stream_is_open() {
            self.missed();
        }
    }

    /// Notifications may have been missed: Finesse is back, or sent one that cannot be read. One that comes
    /// again and again does not read Finesse as often.
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
        self.read_for(ReadFor::Of(id.clone()));
    }

    /// The same for a command to which what is being read now is new enough.
    pub(in crate::agent) fn reread_or_join(&mut self, id: &CommandId) {
        match &mut self.resync.round {
            Some(round) => round.purposes.push(ReadFor::Of(id.clone())),
            None => self.reread(id),
        }
    }

    /// Now, or as soon as the re-read under way is done: it may be too old for this purpose.
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
                self.resync.round =
                    Some(Round { first_ask, user: None, dialogs: None, waiting: Vec::new(), purposes });
            }
            _ => commands_of(&purposes).for_each(|id| self.end_without_session(id)),
        }
    }

    /// What one re-read can serve: only one command can get everything by it.
    fn purposes_of_one_round(&mut self) -> Vec<ReadFor> {
        let mut tellers = 0;
        let second = self.resync.next.iter().position(|purpose| {
            tellers += usize::from(self.gets_everything(purpose));
            tellers == 2
        });
        let later = self.resync.next.split_off(second.unwrap_or(self.resync.next.len()));
        mem::replace(&mut self.resync.next, later)
    }

    pub(in crate::agent) fn gets_everything(&self, purpose: &ReadFor) -> bool {
        let ReadFor::Of(id) = purpose else { return false };
        self.commands.get(id).is_some_and(PendingCommand::gets_everything)
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
                let (told, decided): (Vec<_>, Vec<_>) =
                    purposes.into_iter().partition(|purpose| self.gets_everything(purpose));
                commands_of(&told).for_each(|id| self.serve(id));
                for update in waiting {
                    let newer = times.newer(update, self.session.extension());
                    newer.into_iter().for_each(|update| self.apply_update(update));
                }
                // What waited may show an effect, too.
                commands_of(&decided).for_each(|id| self.serve(id));
            }
            (user, dialogs) => {
                let failure = user.err().or(dialogs.err()).unwrap_or_else(unexpected);
                self.round_failed(&failure, &purposes);
                // What waited cannot end a command that gets everything, and may end the others.
                let (told, decided): (Vec<_>, Vec<_>) =
                    purposes.into_iter().partition(|purpose| self.gets_everything(purpose));
                commands_of(&told).for_each(|id| self.undecided(id, &failure));
                waiting.into_iter().for_each(|update| self.apply_update(update));
                commands_of(&decided).for_each(|id| self.undecided(id, &failure));
            }
        }
        self.start_round();
    }

    /// A Login that this snapshot shows to have had its effect is told by it.
    fn with_login(&mut self, mut purposes: Vec<ReadFor>, user: &User, first_ask: AskId) -> Vec<ReadFor> {
        let shown = !self.session.is_signed_in() && user.state != UserState::Logout;
        let login = self.login_under_way().filter(|_| shown);
        if let Some(pending) = login.and_then(|id| self.commands.get_mut(&id))
            && pending.awaited().is_some_and(|sent| sent.ask < first_ask)
        {
            pending.decide(false);
            purposes.push(ReadFor::Of(pending.id().clone()));
        }
        purposes
    }

    /// Finesse could not be read: later, where nobody asks for it again.
    fn round_failed(&mut self, failure: &Failure, purposes: &[ReadFor]) {
        if purposes.contains(&ReadFor::Resync) {
            self.reread_later(failure);
        }
        // The agent may be signed in, though its Login ends with an error: once more, at once.
        let signs_in = |id: &CommandId| self.commands.get(id).is_some_and(PendingCommand::signs_in);
        if commands_of(purposes).any(signs_in) {
            self.resync.want();
        }
        if purposes.contains(&ReadFor::Recovery) {
            self.out.start_timer(Timer::Recovery, self.settings.reconnect_max);
        }
    }

    /// The command that needed what could not be read fails: by what made it doubtful, or by this.
    fn undecided(&mut self, id: &CommandId, failure: &Failure) {
        let sent = self.commands.get(id).and_then(PendingCommand::awaited);
        let doubt = sent.and_then(|sent| sent.doubt.clone());
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
    /// The client gets what Finesse shows, changed or not.
    fn gets_everything(&self) -> bool {
        match self.command() {
            Command::GetState | Command::Refresh => true,
            Command::Login { .. } | Command::MobileAgentLogin { .. } => {
                self.is_looking() || self.is_deciding()
            }
            _ => self.is_taken_as_accepted(),
        }
    }
}

/// The commands among the purposes.
pub(in crate::agent) fn commands_of(purposes: &[ReadFor]) -> impl Iterator<Item = &CommandId> {
    purposes.iter().filter_map(|purpose| match purpose {
        ReadFor::Of(id) => Some(id),
        ReadFor::Resync | ReadFor::Recovery => None,
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
