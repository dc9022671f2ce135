//! A command that has no outcome yet.

use std::collections::BTreeSet;

use finesse_types::{Request, UserState};
use gc_events::ErrorCode;
use gc_protocol::Command;

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
    /// The next call control need not wait for this one any longer.
    past_lane: bool,
    /// It made the subscription of the team that it lists.
    subscribes: bool,
    /// What was done of it already, which its Error has to say.
    progress: Option<String>,
}

/// How far a command has come.
#[derive(Debug)]
enum Stage {
    /// Behind call control of the same device; nothing was sent yet.
    Queued,
    /// Something is found out first: the password checked, a list read, the stream opened.
    Preparing,
    /// Sent to Finesse; its effect is awaited.
    Sent(Sent),
    /// It has had its effect, and its outcome is about to be emitted.
    Met(Sent),
}

/// A change that was sent to Finesse.
#[derive(Debug)]
pub(in crate::agent) struct Sent {
    pub(in crate::agent) ask: AskId,
    pub(in crate::agent) request: Request,
    /// What makes it a success.
    pub(in crate::agent) effect: Effect,
    /// For a call that was not there before: the dialogs that were.
    before: BTreeSet<String>,
    /// What became of the request, if that is not known: what to say when no effect is seen.
    pub(in crate::agent) doubt: Option<(ErrorCode, String)>,
    check: Check,
}

/// What shows whether it had its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Check {
    /// A notification will. `shown_by_others`: somebody else's request brought about what it asks for, before
    /// its own was answered.
    Awaited { shown_by_others: bool },
    /// The same, and Finesse is read because it may show the effect already and need not report it.
    Looking,
    /// A re-read of Finesse decides. `as_accepted`: Finesse took it and never shows the effect, so the re-read
    /// reports the state as it is.
    Deciding { as_accepted: bool },
}

impl PendingCommand {
    pub(in crate::agent) fn new(id: CommandId, client: ClientKey, command: Command, queued: bool) -> Self {
        let stage = if queued { Stage::Queued } else { Stage::Preparing };
        let call_control = route(&command).is_call_control();
        Self { id, client, command, call_control, stage, past_lane: false, subscribes: false, progress: None }
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

    /// Its change is sent; its effect is awaited from now on.
    /// `before`: the dialogs that are known then.
    pub(super) fn send(&mut self, ask: AskId, request: Request, effect: Effect, before: BTreeSet<String>) {
        let check = Check::Awaited { shown_by_others: false };
        self.stage = Stage::Sent(Sent { ask, request, effect, before, doubt: None, check });
    }

    /// Whether this change is the effect that is awaited. A call may have begun in a snapshot that could not
    /// show whose it is, because it was asked for before the command was sent; then what comes later shows it.
    pub(super) fn is_met_by(&self, change: &Change<'_>) -> bool {
        let Some(sent) = self.awaited() else { return false };
        let is_new = match change {
            Change::Dialog { dialog, seen } if sent.effect.begins_a_call() => {
                seen.began.is_some() || (seen.begun_by.is_none() && !sent.before.contains(&dialog.id))
            }
            _ => true,
        };
        is_new && sent.effect.is_met_by(change)
    }

    /// The change that was sent and whose effect has not been seen.
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

    /// What makes it a success, once it was sent.
    pub(in crate::agent) fn effect(&self) -> Option<&Effect> {
        match &self.stage {
            Stage::Sent(sent) | Stage::Met(sent) => Some(&sent.effect),
            Stage::Queued | Stage::Preparing => None,
        }
    }

    /// It waits for nothing but a notification.
    pub(in crate::agent) fn is_only_awaited(&self) -> bool {
        self.awaited().is_some_and(|sent| matches!(sent.check, Check::Awaited { .. }))
    }

    pub(in crate::agent) fn is_looking(&self) -> bool {
        self.awaited().is_some_and(|sent| sent.check == Check::Looking)
    }

    pub(in crate::agent) fn is_deciding(&self) -> bool {
        self.awaited().is_some_and(|sent| matches!(sent.check, Check::Deciding { .. }))
    }

    /// The re-read that decides reports the state as it is.
    pub(in crate::agent) fn is_taken_as_accepted(&self) -> bool {
        self.awaited().is_some_and(|sent| sent.check == Check::Deciding { as_accepted: true })
    }

    /// Somebody else's request brought about what it asks for.
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

    /// A re-read may show the effect. False if one decides already.
    pub(in crate::agent) fn look(&mut self) -> bool {
        match self.awaited_mut() {
            Some(sent) if matches!(sent.check, Check::Awaited { .. }) => {
                sent.check = Check::Looking;
                true
            }
            _ => false,
        }
    }

    /// The re-read did not show it: the command goes on waiting.
    pub(in crate::agent) fn await_on(&mut self) {
        if let Some(sent) = self.awaited_mut() {
            sent.check = Check::Awaited { shown_by_others: false };
        }
    }

    /// A re-read decides from now on.
    pub(in crate::agent) fn decide(&mut self, as_accepted: bool) {
        if let Some(sent) = self.awaited_mut() {
            sent.check = Check::Deciding { as_accepted };
        }
    }

    /// It is not known whether the change arrived.
    pub(super) fn note_doubt(&mut self, code: ErrorCode, text: String) {
        if let Some(sent) = self.awaited_mut() {
            sent.doubt = Some((code, text));
        }
    }

    /// It has had its effect: nothing else is its.
    pub(super) fn meet(&mut self) {
        self.stage = match std::mem::replace(&mut self.stage, Stage::Preparing) {
            Stage::Sent(sent) => Stage::Met(sent),
            other => other,
        };
    }

    /// What was done of it already.
    pub(in crate::agent) fn progress(&self) -> Option<&str> {
        self.progress.as_deref()
    }

    pub(in crate::agent) fn note_progress(&mut self, text: String) {
        self.progress = Some(text);
    }

    pub(super) fn is_past_lane(&self) -> bool {
        self.past_lane
    }

    pub(super) fn move_past_lane(&mut self) {
        self.past_lane = true;
    }

    /// It made the subscription of the team that it lists.
    pub(in crate::agent) fn subscribes(&self) -> bool {
        self.subscribes
    }

    pub(in crate::agent) fn note_subscribes(&mut self) {
        self.subscribes = true;
    }

    /// Connect, or a Login.
    pub(super) fn is_set_up(&self) -> bool {
        is_set_up(&self.command)
    }

    /// Call control of the agent's device: one at a time.
    pub(in crate::agent) fn is_call_control(&self) -> bool {
        self.call_control
    }

    /// The call from which the agent is making a leg of its own: to ask somebody, or to hand the call over.
    pub(in crate::agent) fn makes_leg_from(&self) -> Option<&str> {
        self.awaited()?;
        match &self.command {
            Command::ConsultCall { dialog_id, .. } | Command::TransferSst { dialog_id, .. } => {
                Some(dialog_id)
            }
            _ => None,
        }
    }

    /// It asks for a call that was not there before.
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

    /// No event reports its success.
    pub(in crate::agent) fn is_silent(&self) -> bool {
        matches!(self.command, Command::Wrapup { .. })
    }

    /// An echo of this request is success enough: Finesse may write the value in another way.
    pub(super) fn is_met_by_echo(&self, ask: AskId, dialog: &str) -> bool {
        let stays = |effect: &Effect| effect.stays() || matches!(effect, Effect::NoCallback(_));
        let is_its =
            |sent: &Sent| sent.ask == ask && stays(&sent.effect) && sent.effect.dialog() == Some(dialog);
        self.awaited().is_some_and(is_its)
    }

    /// A Login that was sent.
    pub(in crate::agent) fn signs_in(&self) -> bool {
        self.effect() == Some(&Effect::SignedIn)
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
