//! Which command an observation belongs to: the one place that decides (docs/sessions.md, "Whose effect").

use finesse_types::Dialog;

use super::Agent;
use super::open::{Change, Effect, Open, Stage, goes_to};
use super::visit::Seen;
use crate::request_id::{RequestId, SentFor};
use crate::{AskId, CommandId};

/// Where an observation comes from. That says whose it may be, before what it shows does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A notification that echoes no request: of whichever command has this effect.
    Unnamed,
    /// A notification that echoes a request of this open command: of no other one.
    Command(CommandId),
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
pub(super) struct Observation {
    pub dialog: String,
    pub seen: Seen,
    /// The open command whose request it echoes.
    pub echo: Option<CommandId>,
    /// The commands that have had their effect by it.
    pub met: Vec<CommandId>,
}

impl Agent {
    pub(super) fn origin(&self, request_id: Option<&str>) -> Origin {
        let Some(text) = request_id.filter(|text| !text.is_empty()) else { return Origin::Unnamed };
        match RequestId::parse(text) {
            Some(RequestId { agent, .. }) if agent != self.id => Origin::Colleague(agent),
            Some(RequestId { sent_for: SentFor::Command(id), .. }) if self.open_command(&id).is_some() => {
                Origin::Command(id)
            }
            Some(RequestId { sent_for: SentFor::Recovery, .. }) => Origin::Recovery,
            Some(RequestId { sent_for: SentFor::SignOut, .. }) => Origin::SignOut,
            _ => Origin::Foreign,
        }
    }

    /// The commands that wait for an effect and may have it by an observation of this origin.
    pub(super) fn awaiting(&self, origin: &Origin) -> impl Iterator<Item = &Open> {
        self.open.iter().filter(move |open| open.stage.awaits_effect() && origin.may_be_of(open))
    }

    /// Of these, those whose effect the change is.
    pub(super) fn met_by(&self, change: &Change<'_>, origin: &Origin) -> Vec<CommandId> {
        let waiting = self.awaiting(origin).filter(|open| open.effect != Some(Effect::SignedIn));
        let met = waiting.filter(|open| open.effect.as_ref().is_some_and(|effect| effect.is_met_by(change)));
        met.map(|open| open.id.clone()).collect()
    }

    /// Decides whose a look at a dialog is. The commands that it ends wait for nothing any more, so that what
    /// else the same snapshot shows is not theirs.
    pub(super) fn attribute(&mut self, dialog: String, seen: Seen, origin: &Origin) -> Observation {
        let echo = origin.echo().cloned();
        let mut met = match self.dialogs.dialog(&dialog) {
            Some(shown) => {
                let mut met = self.met_by(&Change::Dialog { dialog: shown, seen: &seen }, origin);
                self.keep_one_beginner(&mut met, shown);
                met
            }
            None => Vec::new(),
        };
        let echoed = echo.iter().filter(|id| !met.contains(id)).cloned();
        let by_echo: Vec<_> = echoed.filter(|id| self.is_met_by_echo(id)).collect();
        met.extend(by_echo);
        for id in &met {
            self.set_stage(id, Stage::Met);
        }
        if let Some(shown) = self.dialogs.dialog(&dialog).filter(|_| origin.is_named()) {
            self.shown_by_others(
                &self.met_by(&Change::Dialog { dialog: shown, seen: &seen }, &Origin::Unnamed),
            );
        }
        let maker = met.iter().find(|id| self.open_command(id).is_some_and(Open::begins_a_call));
        if let Some(maker) = maker.or(echo.as_ref()).filter(|_| seen.began.is_some()) {
            self.dialogs.note_maker(&dialog, maker);
        }
        Observation { dialog, seen, echo, met }
    }

    /// A call begins by one command: the one whose number it shows, else the oldest.
    fn keep_one_beginner(&self, met: &mut Vec<CommandId>, dialog: &Dialog) {
        let begins = |id: &CommandId| self.open_command(id).is_some_and(Open::begins_a_call);
        let named = |id: &&CommandId| {
            begins(id) && self.open_command(id).and_then(Open::number).is_some_and(|it| goes_to(dialog, it))
        };
        let one = met.iter().find(named).or_else(|| met.iter().find(|id| begins(id))).cloned();
        met.retain(|id| !begins(id) || one.as_ref() == Some(id));
    }

    /// Finesse echoes the request in what it brought about, and where values may be written in another way that
    /// is success enough.
    fn is_met_by_echo(&self, id: &CommandId) -> bool {
        self.open_command(id).is_some_and(|open| open.stage.awaits_effect() && open.is_met_by_echo())
    }

    /// Another request brought about what these commands asked for: no effect of theirs, but Finesse need not
    /// report it once more. So it is read, as soon as their own requests are answered.
    pub(super) fn shown_by_others(&mut self, ids: &[CommandId]) {
        for id in ids {
            let answered =
                self.open_command(id).and_then(|open| open.ask).is_some_and(|ask| !self.is_out(ask));
            match self.open_mut(id).filter(|open| !open.begins_a_call()) {
                Some(_) if answered => self.look_for_effect(id),
                Some(open) => open.shown_by_others = true,
                None => {}
            }
        }
    }

    /// The open command that makes a leg which this dialog may be, and whether the dialog shows that it is.
    pub(super) fn maker_of_leg(&self, dialog: &Dialog, origin: &Origin) -> Option<(&Open, bool)> {
        let is_its = |open: &&Open| {
            origin.echo() == Some(&open.id)
                || dialog.associated_dialog_id().is_some_and(|id| open.makes_leg_from() == Some(id))
                || open.number().is_some_and(|number| goes_to(dialog, number))
        };
        let makers = || self.awaiting(origin).filter(|open| open.makes_leg_from().is_some());
        match makers().find(is_its) {
            Some(maker) => Some((maker, true)),
            None => makers().next().map(|maker| (maker, false)),
        }
    }
}

impl Origin {
    /// The open command whose request is echoed.
    pub(super) fn echo(&self) -> Option<&CommandId> {
        match self {
            Self::Command(id) => Some(id),
            _ => None,
        }
    }

    /// It says whose it is.
    pub(super) fn is_named(&self) -> bool {
        !matches!(self, Self::Unnamed | Self::Snapshot(_))
    }

    fn may_be_of(&self, open: &Open) -> bool {
        match self {
            Self::Unnamed => true,
            Self::Command(id) => open.id == *id,
            Self::Snapshot(first) => open.ask.is_some_and(|ask| ask < *first),
            Self::Recovery | Self::SignOut | Self::Colleague(_) | Self::Foreign => false,
        }
    }
}

#[cfg(test)]
mod tests;
