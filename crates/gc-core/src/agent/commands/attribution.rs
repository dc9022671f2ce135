//! Which command an observation belongs to: the one place that decides (docs/sessions.md, "Whose effect").

use finesse_types::Dialog;

use super::effect::{Change, Effect, goes_to};
use super::{Commands, PendingCommand};
use crate::agent::Agent;
use crate::agent::calls::Observation;
use crate::request_id::{RequestId, SentFor};
use crate::{AskId, CommandId};

/// Where an observation comes from. That says whose it may be, before what it shows does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::agent) enum Origin {
    /// A notification that echoes no request: of whichever command has this effect.
    Unnamed,
    /// A notification that echoes this request of a pending command: of no other command.
    Command(CommandId, AskId),
    /// It echoes the request that puts the agent back as it was before the link was lost.
    Recovery,
    /// It echoes the sign-out that waited for a call's end.
    SignOut,
    /// It echoes a request of another agent of this connector.
    Colleague(String),
    /// It echoes what is nobody's here: another program's request, or one of a command that has ended.
    Foreign,
    /// A re-read, of which this was the first request: of commands that were sent before it.
    Snapshot(AskId),
}

/// What became of a dialog, and whose it is.
pub(in crate::agent) struct Attributed {
    pub(in crate::agent) dialog: String,
    pub(in crate::agent) seen: Observation,
    /// The pending command whose request it echoes.
    pub(in crate::agent) echo: Option<CommandId>,
    /// The commands that have had their effect by it.
    pub(in crate::agent) met: Vec<CommandId>,
}

impl Origin {
    /// The pending command whose request is echoed.
    pub(in crate::agent) fn echo(&self) -> Option<&CommandId> {
        match self {
            Self::Command(id, _) => Some(id),
            _ => None,
        }
    }

    /// It says whose it is.
    pub(in crate::agent) fn is_named(&self) -> bool {
        !matches!(self, Self::Unnamed | Self::Snapshot(_))
    }

    fn may_be_of(&self, pending: &PendingCommand) -> bool {
        match self {
            Self::Unnamed => true,
            Self::Command(id, _) => pending.id() == id,
            Self::Snapshot(first) => pending.awaited().is_some_and(|sent| sent.ask < *first),
            Self::Recovery | Self::SignOut | Self::Colleague(_) | Self::Foreign => false,
        }
    }
}

impl Commands {
    /// The commands that wait for an effect and may have it by an observation of this origin.
    pub(in crate::agent) fn awaiting(&self, origin: &Origin) -> impl Iterator<Item = &PendingCommand> {
        self.iter().filter(move |pending| pending.awaited().is_some() && origin.may_be_of(pending))
    }

    /// Of these, those whose effect the change is.
    pub(in crate::agent) fn met_by(&self, change: &Change<'_>, origin: &Origin) -> Vec<CommandId> {
        let is_met = |pending: &&PendingCommand| {
            let effect = pending.effect().filter(|effect| **effect != Effect::SignedIn);
            effect.is_some_and(|effect| effect.is_met_by(change))
        };
        self.awaiting(origin).filter(is_met).map(|pending| pending.id().clone()).collect()
    }

    /// The same for a look at a dialog, which begins by one command: the one whose number it shows, else the
    /// oldest; and those of which it is an echo that is enough.
    fn met_by_dialog(&self, dialog: &Dialog, seen: &Observation, origin: &Origin) -> Vec<CommandId> {
        let mut met = self.met_by(&Change::Dialog { dialog, seen }, origin);
        let begins = |id: &CommandId| self.get(id).is_some_and(PendingCommand::begins_a_call);
        let calls = |id: &&CommandId| self.get(id).is_some_and(|pending| pending.calls_where(dialog));
        let mut beginners = met.iter().filter(|id| begins(id));
        let one = beginners.clone().find(calls).or_else(|| beginners.next()).cloned();
        met.retain(|id| !begins(id) || one.as_ref() == Some(id));
        if let Origin::Command(id, ask) = origin
            && !met.contains(id)
            && self.get(id).is_some_and(|pending| pending.is_met_by_echo(*ask, dialog, seen))
        {
            met.push(id.clone());
        }
        met
    }

    /// The pending command that makes a leg which this dialog may be, and whether the dialog shows that it is.
    pub(in crate::agent) fn maker_of_leg(
        &self,
        dialog: &Dialog,
        origin: &Origin,
    ) -> Option<(&PendingCommand, bool)> {
        let is_its = |pending: &&PendingCommand| {
            let named = dialog.associated_dialog_id();
            origin.echo() == Some(pending.id())
                || (named.is_some() && pending.makes_leg_from() == named)
                || pending.calls_where(dialog)
        };
        let makers = || self.awaiting(origin).filter(|pending| pending.makes_leg_from().is_some());
        match makers().find(is_its) {
            Some(maker) => Some((maker, true)),
            None => makers().next().map(|maker| (maker, false)),
        }
    }
}

impl PendingCommand {
    /// The dialog goes to the number that it calls.
    fn calls_where(&self, dialog: &Dialog) -> bool {
        self.number().is_some_and(|number| goes_to(dialog, number))
    }
}

impl Agent {
    pub(in crate::agent) fn origin(&self, request_id: Option<&str>) -> Origin {
        let Some(text) = request_id.filter(|text| !text.is_empty()) else { return Origin::Unnamed };
        let Some(RequestId { agent, sent_for, ask }) = RequestId::parse(text) else { return Origin::Foreign };
        if agent != self.id {
            return Origin::Colleague(agent);
        }
        match sent_for {
            SentFor::Command(id) if self.commands.get(&id).is_some() => Origin::Command(id, ask),
            SentFor::Recovery => Origin::Recovery,
            SentFor::SignOut => Origin::SignOut,
            SentFor::Command(_) | SentFor::Reading => Origin::Foreign,
        }
    }

    /// Decides whose a look at a dialog is. The commands that it ends wait for nothing any more, so that what
    /// else the same snapshot shows is not theirs.
    pub(in crate::agent) fn attribute(
        &mut self,
        dialog: String,
        seen: Observation,
        origin: &Origin,
    ) -> Attributed {
        let shown = self.calls.dialogs().dialog(&dialog);
        let by = |origin| shown.map(|shown| self.commands.met_by_dialog(shown, &seen, origin));
        let met = by(origin).unwrap_or_default();
        let others = if origin.is_named() { by(&Origin::Unnamed).unwrap_or_default() } else { Vec::new() };
        for id in &met {
            if let Some(pending) = self.commands.get_mut(id) {
                pending.meet();
            }
        }
        self.shown_by_others(&others, &met);
        let begins = |id: &&CommandId| self.commands.get(id).is_some_and(PendingCommand::begins_a_call);
        let maker = met.iter().find(begins).or_else(|| origin.echo().filter(|_| seen.began.is_some()));
        if let Some(maker) = maker {
            self.calls.note_maker(&dialog, maker);
        }
        Attributed { dialog, seen, echo: origin.echo().cloned(), met }
    }

    /// Another request brought about what these commands asked for: no effect of theirs, but Finesse need not
    /// report it once more. So it is read, as soon as their own requests are answered.
    pub(in crate::agent) fn shown_by_others(&mut self, ids: &[CommandId], but: &[CommandId]) {
        for id in ids.iter().filter(|id| !but.contains(id)) {
            let Some(pending) = self.commands.get_mut(id).filter(|pending| !pending.begins_a_call()) else {
                continue;
            };
            match pending.awaited() {
                Some(sent) if self.in_flight.is_out(sent.ask) => pending.note_shown_by_others(),
                _ => self.look_for_effect(id),
            }
        }
    }
}

/// The commands that an event answers: the one whose request it echoes, and those whose effect it is.
pub(in crate::agent) fn union(echo: Option<CommandId>, met: &[CommandId]) -> Vec<CommandId> {
    let others = met.iter().filter(|id| echo.as_ref() != Some(*id)).cloned();
    echo.clone().into_iter().chain(others).collect()
}

#[cfg(test)]
mod tests;
