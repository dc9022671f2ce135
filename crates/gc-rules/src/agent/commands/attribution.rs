//! Which command an observation belongs to: the one place that decides (docs/sessions.md, "Whose effect").

use finesse_types::Dialog;

use super::effect::{Change, Effect, goes_to};
use super::{Commands, PendingCommand};
use crate::agent::Agent;
use crate::agent::calls::Observation;
use crate::request_id::{RequestId, SentFor};
use crate::{AskId, CommandId};

/// Where an observation comes from, which limits the commands that it may belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::agent) enum Origin {
    /// A notification that echoes no request. It may belong to any command.
    Unnamed,
    /// A notification that echoes this request of a pending command. It belongs to no other command.
    Command(CommandId, AskId),
    /// It echoes a request that restores the agent's state after the stream was lost.
    Recovery,
    /// It echoes the sign-out that waited for the end of a call.
    SignOut,
    /// It echoes a request of another agent of this connector.
    OtherAgent(String),
    /// It echoes another program's request, or the request of a command that has ended.
    Foreign,
    /// A re-read that began with this request. It may belong to commands that were sent before.
    Snapshot(AskId),
}

/// An observation of a dialog, and the commands that it belongs to.
pub(in crate::agent) struct Attributed {
    pub(in crate::agent) dialog: String,
    pub(in crate::agent) observation: Observation,
    /// The pending command whose request it echoes.
    pub(in crate::agent) echo: Option<CommandId>,
    /// The commands that have their effect with it.
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

    /// Whether it names a request.
    pub(in crate::agent) fn is_named(&self) -> bool {
        !matches!(self, Self::Unnamed | Self::Snapshot(_))
    }

    fn may_be_of(&self, pending: &PendingCommand) -> bool {
        match self {
            Self::Unnamed => true,
            Self::Command(id, _) => pending.id() == id,
            Self::Snapshot(first) => pending.awaited().is_some_and(|sent| sent.ask < *first),
            Self::Recovery | Self::SignOut | Self::OtherAgent(_) | Self::Foreign => false,
        }
    }
}

impl Commands {
    /// The commands that wait for an effect and may have it with an observation of this origin.
    pub(in crate::agent) fn awaiting(&self, origin: &Origin) -> impl Iterator<Item = &PendingCommand> {
        self.iter().filter(move |pending| pending.awaited().is_some() && origin.may_be_of(pending))
    }

    /// The commands among these whose effect the change is.
    pub(in crate::agent) fn met_by(&self, change: &Change<'_>, origin: &Origin) -> Vec<CommandId> {
        let is_met = |pending: &&PendingCommand| {
            pending.effect() != Some(&Effect::SignedIn) && pending.is_met_by(change)
        };
        self.awaiting(origin).filter(is_met).map(|pending| pending.id().clone()).collect()
    }

    /// The same for a dialog. A call is begun by one command only: by the one whose number it shows, otherwise by the
    /// oldest. The commands for which the echo alone is enough are included.
    fn met_by_dialog(&self, dialog: &Dialog, observation: &Observation, origin: &Origin) -> Vec<CommandId> {
        let mut met = self.met_by(&Change::Dialog { dialog, observation }, origin);
        let begins = |id: &CommandId| self.get(id).is_some_and(PendingCommand::begins_a_call);
        let calls = |id: &&CommandId| self.get(id).is_some_and(|pending| pending.calls_number_of(dialog));
        let mut beginners = met.iter().filter(|id| begins(id));
        let one = beginners.clone().find(calls).or_else(|| beginners.next()).cloned();
        met.retain(|id| !begins(id) || one.as_ref() == Some(id));
        if let Origin::Command(id, ask) = origin
            && !met.contains(id)
            && self.get(id).is_some_and(|pending| pending.is_met_by_echo(*ask, &dialog.id))
        {
            met.push(id.clone());
        }
        met
    }

    /// The pending command whose leg this dialog may be, and whether the dialog shows that it is.
    pub(in crate::agent) fn maker_of_leg(
        &self,
        dialog: &Dialog,
        origin: &Origin,
    ) -> Option<(&PendingCommand, bool)> {
        let is_its = |pending: &&PendingCommand| {
            let named = dialog.associated_dialog_id();
            origin.echo() == Some(pending.id())
                || (named.is_some() && pending.makes_leg_from() == named)
                || pending.calls_number_of(dialog)
        };
        let makes_leg = |pending: &&PendingCommand| pending.makes_leg_from().is_some();
        let makers = || self.awaiting(origin).filter(makes_leg);
        // A snapshot may show the leg of a command that was sent during the re-read.
        let named = match origin {
            Origin::Snapshot(_) => self.awaiting(&Origin::Unnamed).filter(makes_leg).find(is_its),
            _ => makers().find(is_its),
        };
        match named {
            Some(maker) => Some((maker, true)),
            None => makers().next().map(|maker| (maker, false)),
        }
    }
}

impl PendingCommand {
    /// Whether the dialog goes to the number that it calls.
    fn calls_number_of(&self, dialog: &Dialog) -> bool {
        self.number().is_some_and(|number| goes_to(dialog, number))
    }
}

impl Agent {
    pub(in crate::agent) fn origin(&self, request_id: Option<&str>) -> Origin {
        let Some(text) = request_id.filter(|text| !text.is_empty()) else { return Origin::Unnamed };
        let Some(RequestId { agent, sent_for, ask }) = RequestId::parse(text) else { return Origin::Foreign };
        if agent != self.name_in_requests() {
            let colleague = match &self.settings.cluster {
                Some(cluster) => agent.strip_prefix(cluster.as_str()).and_then(|rest| rest.strip_prefix('/')),
                None => Some(agent.as_str()),
            };
            return colleague.map_or(Origin::Foreign, |agent| Origin::OtherAgent(agent.to_owned()));
        }
        match sent_for {
            SentFor::Command(id) if self.commands.get(&id).is_some() => Origin::Command(id, ask),
            SentFor::Recovery => Origin::Recovery,
            SentFor::SignOut => Origin::SignOut,
            SentFor::Command(_) | SentFor::Reading => Origin::Foreign,
        }
    }

    /// Decides which commands an observation belongs to. These are then no longer waiting, so that nothing else in the
    /// same snapshot belongs to them.
    pub(in crate::agent) fn attribute(
        &mut self,
        dialog: String,
        mut observation: Observation,
        origin: &Origin,
    ) -> Attributed {
        let shown = self.calls.dialogs().dialog(&dialog);
        let by = |origin| shown.map(|shown| self.commands.met_by_dialog(shown, &observation, origin));
        let met = by(origin).unwrap_or_default();
        let others = if origin.is_named() { by(&Origin::Unnamed).unwrap_or_default() } else { Vec::new() };
        for id in &met {
            if let Some(pending) = self.commands.get_mut(id) {
                pending.meet();
            }
        }
        self.shown_by_others(&others, &met);
        let begins = |id: &&CommandId| self.commands.get(id).is_some_and(PendingCommand::begins_a_call);
        // One notification may contain two changes of a call, and the first may have ended the command.
        let echo = origin.echo().filter(|id| self.commands.get(id).is_some()).cloned();
        let maker = met.iter().find(begins).or(echo.as_ref().filter(|_| observation.began.is_some()));
        if let Some(maker) = maker {
            self.calls.note_maker(&dialog, maker);
            observation.begun_by = Some(maker.clone());
        }
        Attributed { dialog, observation, echo, met }
    }

    /// The state that these commands ask for was caused by another request. This is not their effect, but Finesse may not
    /// report the state again. So it is read as soon as their own requests are answered.
    pub(in crate::agent) fn shown_by_others(&mut self, ids: &[CommandId], except: &[CommandId]) {
        for id in ids.iter().filter(|id| !except.contains(id)) {
            let Some(pending) = self.commands.get_mut(id).filter(|pending| !pending.begins_a_call()) else {
                continue;
            };
            match pending.awaited() {
                Some(sent) if self.in_flight.is_unanswered(sent.ask) => pending.note_shown_by_others(),
                _ => self.reread_for_effect(id),
            }
        }
    }
}

/// The commands that an event answers: the one whose request it echoes, then those whose effect it is.
pub(in crate::agent) fn union(echo: Option<CommandId>, met: &[CommandId]) -> Vec<CommandId> {
    let others = met.iter().filter(|id| echo.as_ref() != Some(*id)).cloned();
    echo.clone().into_iter().chain(others).collect()
}

#[cfg(test)]
mod tests;
