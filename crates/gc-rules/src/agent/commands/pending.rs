//! A command that has no outcome yet.

use std::collections::BTreeSet;

use finesse_types::{Request, UserState};
use gc_events::ErrorCode;
use gc_protocol::Command;

use super::attempt::Attempt;
use super::effect::{Change, Effect};
use super::route::route;
use crate::{AskId, ClientKey, CommandId};

/// A command without an outcome.
#[derive(Debug)]
pub(in crate::agent) struct PendingCommand {
    id: CommandId,
    client: ClientKey,
    command: Command,
    call_control: bool,
    stage: Stage,
    /// The next call control command does not wait for this one any longer.
    next_may_begin: bool,
    /// It has subscribed the team that it lists.
    subscribes: bool,
    /// What was done already, for the message of its error.
    progress: Option<String>,
    attempt: Attempt,
}

/// The stage of a command.
#[derive(Debug)]
enum Stage {
    /// Waiting for call control of the same device; nothing has been sent.
    Queued,
    /// Something is needed first, such as a password check, a list, or the stream.
    Preparing,
    /// Sent to Finesse; its effect is awaited.
    Sent(Sent),
    /// It has its effect, and its outcome is about to be emitted.
    Met(Sent),
}

/// A request that was sent to Finesse.
#[derive(Debug)]
pub(in crate::agent) struct Sent {
    pub(in crate::agent) ask: AskId,
    pub(in crate::agent) request: Request,
    /// What makes it a success.
    pub(in crate::agent) effect: Effect,
    /// The dialogs known before it was sent, if it begins a call.
    pub(super) before: BTreeSet<String>,
    /// The failure of a request that may have arrived. It is reported if no effect shows.
    pub(in crate::agent) doubt: Option<(ErrorCode, String)>,
    check: Check,
}

/// How the effect is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Check {
    /// By waiting for a notification. `shown_by_others`: another request has caused the same state, before this one was
    /// answered.
    Awaited { shown_by_others: bool },
    /// By waiting and by a re-read, because Finesse may show the effect already without reporting it.
    RereadMeanwhile,
    /// By a re-read, which decides. `as_accepted`: Finesse has accepted the request and never shows its effect, so it
    /// counts as successful.
    Deciding { as_accepted: bool },
}

impl PendingCommand {
    pub(in crate::agent) fn new(id: CommandId, client: ClientKey, command: Command, queued: bool) -> Self {
        let stage = if queued { Stage::Queued } else { Stage::Preparing };
        let call_control = route(&command).is_call_control();
        Self {
            id,
            client,
            command,
            call_control,
            stage,
            next_may_begin: false,
            subscribes: false,
            progress: None,
            attempt: Attempt::None,
        }
    }

    pub(in crate::agent) fn id(&self) -> &CommandId {
        &self.id
    }

    pub(in crate::agent) fn client(&self) -> &ClientKey {
        &self.client
    }

    pub(in crate::agent) fn command(&self) -> &Command {
        &self.command
    }

    pub(in crate::agent) fn is_queued(&self) -> bool {
        matches!(self.stage, Stage::Queued)
    }

    pub(in crate::agent) fn is_preparing(&self) -> bool {
        matches!(self.stage, Stage::Preparing)
    }

    /// Its turn has come.
    pub(super) fn prepare(&mut self) {
        self.stage = Stage::Preparing;
    }

    /// Its request has been sent. `before`: the dialogs known before that.
    pub(super) fn send(&mut self, ask: AskId, request: Request, effect: Effect, before: BTreeSet<String>) {
        let check = Check::Awaited { shown_by_others: false };
        self.stage = Stage::Sent(Sent { ask, request, effect, before, doubt: None, check });
    }

    /// Whether this change is the effect that it waits for. Its call may have begun in a snapshot that was requested
    /// before the command was sent. Such a snapshot decides nothing, so a later observation of the call counts.
    pub(super) fn is_met_by(&self, change: &Change<'_>) -> bool {
        let Some(sent) = self.awaited() else { return false };
        let is_new = match change {
            Change::Dialog { dialog, observation } if sent.effect.begins_a_call() => {
                observation.began.is_some()
                    || (observation.begun_by.is_none() && !sent.before.contains(&dialog.id))
            }
            _ => true,
        };
        is_new && sent.effect.is_met_by(change)
    }

    /// Its request, as long as it waits for the effect.
    pub(in crate::agent) fn awaited(&self) -> Option<&Sent> {
        match &self.stage {
            Stage::Sent(sent) => Some(sent),
            _ => None,
        }
    }

    fn awaited_mut(&mut self) -> Option<&mut Sent> {
        match &mut self.stage {
            Stage::Sent(sent) => Some(sent),
            _ => None,
        }
    }

    /// Its effect, once its request has been sent.
    pub(in crate::agent) fn effect(&self) -> Option<&Effect> {
        match &self.stage {
            Stage::Sent(sent) | Stage::Met(sent) => Some(&sent.effect),
            Stage::Queued | Stage::Preparing => None,
        }
    }

    /// Whether it waits only for a notification.
    pub(in crate::agent) fn is_only_awaited(&self) -> bool {
        self.awaited().is_some_and(|sent| matches!(sent.check, Check::Awaited { .. }))
    }

    pub(in crate::agent) fn is_reread_meanwhile(&self) -> bool {
        self.awaited().is_some_and(|sent| sent.check == Check::RereadMeanwhile)
    }

    pub(in crate::agent) fn is_deciding(&self) -> bool {
        self.awaited().is_some_and(|sent| matches!(sent.check, Check::Deciding { .. }))
    }

    /// Whether it succeeds with the re-read, whatever that shows.
    pub(in crate::agent) fn is_taken_as_accepted(&self) -> bool {
        self.awaited().is_some_and(|sent| sent.check == Check::Deciding { as_accepted: true })
    }

    /// Whether another request has caused the state that it asks for.
    pub(in crate::agent) fn is_shown_by_others(&self) -> bool {
        self.awaited().is_some_and(|sent| sent.check == Check::Awaited { shown_by_others: true })
    }

    pub(in crate::agent) fn note_shown_by_others(&mut self) {
        if let Some(sent) = self.awaited_mut()
            && matches!(sent.check, Check::Awaited { .. })
        {
            sent.check = Check::Awaited { shown_by_others: true };
        }
    }

    /// A re-read may show the effect. False if one is under way.
    pub(in crate::agent) fn begin_reread(&mut self) -> bool {
        match self.awaited_mut() {
            Some(sent) if matches!(sent.check, Check::Awaited { .. }) => {
                sent.check = Check::RereadMeanwhile;
                true
            }
            _ => false,
        }
    }

    /// The re-read did not show the effect, so it continues to wait.
    pub(in crate::agent) fn keep_waiting(&mut self) {
        if let Some(sent) = self.awaited_mut() {
            sent.check = Check::Awaited { shown_by_others: false };
        }
    }

    /// A re-read decides.
    pub(in crate::agent) fn decide(&mut self, as_accepted: bool) {
        if let Some(sent) = self.awaited_mut() {
            sent.check = Check::Deciding { as_accepted };
        }
    }

    /// It is unknown whether its request arrived.
    pub(super) fn note_doubt(&mut self, code: ErrorCode, text: String) {
        if let Some(sent) = self.awaited_mut() {
            sent.doubt = Some((code, text));
        }
    }

    /// It has its effect, so no later observation belongs to it.
    pub(super) fn meet(&mut self) {
        self.stage = match std::mem::replace(&mut self.stage, Stage::Preparing) {
            Stage::Sent(sent) => Stage::Met(sent),
            other => other,
        };
    }

    pub(in crate::agent) fn attempt(&self) -> Attempt {
        self.attempt
    }

    pub(in crate::agent) fn request_attempt(&mut self, asks: bool) {
        self.attempt = Attempt::Requested { asks };
    }

    pub(in crate::agent) fn waits_for_attempt(&self) -> bool {
        matches!(self.attempt, Attempt::Requested { .. })
    }

    pub(in crate::agent) fn allow_attempt(&mut self) {
        if let Attempt::Requested { asks } = self.attempt {
            self.attempt = Attempt::Allowed { asks };
        }
    }

    /// What was done already.
    pub(in crate::agent) fn progress(&self) -> Option<&str> {
        self.progress.as_deref()
    }

    pub(in crate::agent) fn note_progress(&mut self, text: String) {
        self.progress = Some(text);
    }

    pub(super) fn lets_next_begin(&self) -> bool {
        self.next_may_begin
    }

    pub(super) fn let_next_begin(&mut self) {
        self.next_may_begin = true;
    }

    /// Whether it has subscribed the team that it lists.
    pub(in crate::agent) fn subscribes(&self) -> bool {
        self.subscribes
    }

    pub(in crate::agent) fn note_subscribes(&mut self) {
        self.subscribes = true;
    }

    /// Whether it is a Connect or a Login.
    pub(super) fn is_set_up(&self) -> bool {
        is_set_up(&self.command)
    }

    /// Whether it is call control, of which a device takes one at a time.
    pub(in crate::agent) fn is_call_control(&self) -> bool {
        self.call_control
    }

    /// The call from which it makes a leg, for a consultation or a transfer.
    pub(in crate::agent) fn makes_leg_from(&self) -> Option<&str> {
        self.awaited()?;
        match &self.command {
            Command::ConsultCall { dialog_id, .. } | Command::TransferSst { dialog_id, .. } => {
                Some(dialog_id)
            }
            _ => None,
        }
    }

    /// Whether it begins a call.
    pub(in crate::agent) fn begins_a_call(&self) -> bool {
        self.effect().is_some_and(Effect::begins_a_call)
    }

    /// The number that it calls.
    pub(in crate::agent) fn number(&self) -> Option<&str> {
        match &self.command {
            Command::MakeCall { number }
            | Command::ConsultCall { number, .. }
            | Command::TransferSst { number, .. } => Some(number),
            Command::SilentMonitor { agent_extension } | Command::BargeIn { agent_extension, .. } => {
                Some(agent_extension)
            }
            _ => None,
        }
    }

    /// Whether no event reports its success.
    pub(in crate::agent) fn is_silent(&self) -> bool {
        matches!(self.command, Command::Wrapup { .. })
    }

    /// Whether an echo of this request is its effect, because Finesse may write the value differently.
    pub(super) fn is_met_by_echo(&self, ask: AskId, dialog: &str) -> bool {
        let stays = |effect: &Effect| effect.stays() || matches!(effect, Effect::NoCallback(_));
        let is_its =
            |sent: &Sent| sent.ask == ask && stays(&sent.effect) && sent.effect.dialog() == Some(dialog);
        self.awaited().is_some_and(is_its)
    }

    /// Whether it is a Login that has been sent.
    pub(in crate::agent) fn signs_in(&self) -> bool {
        self.effect() == Some(&Effect::SignedIn)
    }

    /// Whether it was sent to take the agent out of a call.
    pub(in crate::agent) fn leaves_call(&self) -> bool {
        matches!(self.effect(), Some(Effect::Left(_)))
    }

    pub(in crate::agent) fn signs_out(&self) -> bool {
        matches!(self.effect(), Some(Effect::State(UserState::Logout, _)))
    }

    /// Whether the command acts on the object that an asynchronous error names as its source
    /// (`/finesse/api/Dialog/{id}` or `/finesse/api/User/{id}…`).
    pub(in crate::agent) fn acts_on(&self, source: &str) -> bool {
        let on_dialog = source.rsplit_once("/Dialog/").map(|(_, id)| id);
        match self.effect() {
            Some(effect) if effect.begins_a_call() => match self.makes_leg_from() {
                Some(dialog) => on_dialog == Some(dialog),
                None => on_dialog.is_none(),
            },
            Some(effect) if effect.dialog().is_some() => on_dialog == effect.dialog(),
            Some(Effect::Member(member, _)) => source.rsplit('/').next() == Some(member),
            Some(_) => on_dialog.is_none() && !source.ends_with("/Dialogs"),
            None => false,
        }
    }
}

pub(super) fn is_set_up(command: &Command) -> bool {
    matches!(command, Command::Connect { .. }) || signs_in(command)
}

pub(super) fn signs_in(command: &Command) -> bool {
    matches!(command, Command::Login { .. } | Command::MobileAgentLogin { .. })
}
