//! One dialog's visit to an agent: from the first sight of the agent in it to the one DROPPED
//! (docs/calls.md).
//!
//! Finesse repeats dialogs, deletes them in odd states and brings them back after a transfer. A visit is
//! what the client sees of that: it begins once, has one kind, and ends once.

use finesse_types::{Dialog, DialogState, Participant, ParticipantState, UserState};
use gc_events::{Call, ErrorCode, ErrorEvent, Event};
use jiff::tz::TimeZone;

use super::kind::Kind;
use crate::time::{is_newer, newest};
use crate::{CommandId, render};

/// What Finesse says about a dialog of the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::agent) enum How {
    /// It is there or has changed: POST or PUT, or it stands in a snapshot.
    Seen,
    /// It has left the agent: DELETE, or it is missing from a snapshot.
    Left,
}

/// Through whose eyes a dialog is looked at.
#[derive(Clone, Copy, Debug)]
pub(in crate::agent) struct Perspective<'a> {
    pub agent_id: &'a str,
    pub extension: &'a str,
    pub user_state: Option<&'a UserState>,
    pub zone: &'a TimeZone,
    /// For the status bar, when a campaign's customer is on the line; may be empty.
    pub outbound_text: &'a str,
    /// The dialog stands in a re-read, so its beginning was not watched.
    pub reread: bool,
    /// `associatedDialogUri` names a preview reservation of this agent.
    pub of_preview: bool,
    /// A command of the agent makes a leg: it asks somebody, or hands a call over.
    pub makes_leg: bool,
    /// The dialog is that leg: it echoes the command's request, or names its call or its number.
    pub is_that_leg: bool,
    /// The leg that the same snapshot shows for this call.
    pub leg: Option<&'a str>,
}

/// A visit that is open.
#[derive(Clone, Debug)]
struct Visit {
    kind: Kind,
    /// The event state last told.
    state: String,
    /// The newest change of the agent's own participant.
    newest: String,
    /// The last event, for repeats; one that was left out while ringing counts.
    last: Option<Event>,
    bad_destination_told: bool,
    customer_told: bool,
    /// The command that began it, also when that has ended.
    begun_by: Option<CommandId>,
}

/// What is known of one dialog.
#[derive(Clone, Debug)]
pub(in crate::agent) struct TrackedCall {
    /// As Finesse told it last.
    pub dialog: Dialog,
    /// DELETE was seen; kept so that what comes late is not taken for a new call.
    pub gone: bool,
    /// The leg that the agent made from this call.
    pub leg: Option<String>,
    visit: Option<Visit>,
    /// The newest change of the agent's own participant in the visit that ended last.
    ended: Option<String>,
}

/// What a look at a dialog brought.
#[derive(Debug, Default)]
pub(in crate::agent) struct Observation {
    /// What comes before the call's own event: its announcement, an error, a text for the status bar.
    pub before: Vec<Event>,
    /// The call's own event.
    pub event: Option<Event>,
    /// That event is sent only where it answers a command: it repeats the one before, or the dialer's call
    /// still rings.
    pub only_as_answer: bool,
    /// A visit began, of this kind.
    pub began: Option<Kind>,
    /// A visit of this kind is open, the agent's first in the dialog, and no command is known to have begun it.
    pub unmade: Option<Kind>,
    /// The agent was in the dialog before this visit.
    pub returned: bool,
    /// The visit ended.
    pub ended: bool,
    /// The agent's own participant.
    pub own: Option<ParticipantState>,
    /// The command that began the visit.
    pub begun_by: Option<CommandId>,
}

impl TrackedCall {
    pub(in crate::agent) fn new(dialog: Dialog) -> Self {
        Self { dialog, gone: false, leg: None, visit: None, ended: None }
    }

    /// A visit is open.
    pub(in crate::agent) fn is_open(&self) -> bool {
        self.visit.is_some()
    }

    /// The dialog is a preview reservation, its visit open or over.
    pub(in crate::agent) fn is_preview(&self) -> bool {
        self.dialog.media.call_type.is_preview()
    }

    /// The state as the client knows it, or Finesse's own where no visit is open.
    pub(in crate::agent) fn state(&self, view: &Perspective<'_>) -> String {
        match (&self.visit, self.own(view)) {
            (Some(visit), _) => visit.state.clone(),
            (None, Some(own)) => own.state.to_string(),
            (None, None) => self.dialog.state.to_string(),
        }
    }

    /// The current state of an open visit, told again.
    pub(in crate::agent) fn again(&self, view: &Perspective<'_>) -> Option<Event> {
        let visit = self.visit.as_ref()?;
        Some(visit.kind.event(self.call(self.own(view), &visit.state, view)))
    }

    /// What Finesse lets the agent do with the call now.
    pub(in crate::agent) fn controls(&self, view: &Perspective<'_>) -> Vec<String> {
        self.own(view).map(|own| own.actions.clone()).unwrap_or_default()
    }

    fn own(&self, view: &Perspective<'_>) -> Option<&Participant> {
        own(&self.dialog, view.extension, self.is_leg(view))
    }

    /// The dialog is the agent's own leg, or may be about to become it.
    fn is_leg(&self, view: &Perspective<'_>) -> bool {
        match &self.visit {
            Some(visit) => visit.kind == Kind::Consult,
            None => view.is_that_leg,
        }
    }

    /// The dialog is the agent's own leg, or becomes it by what Finesse shows now.
    pub(in crate::agent) fn is_or_becomes_leg(&self, dialog: &Dialog, view: &Perspective<'_>) -> bool {
        match &self.visit {
            Some(visit) => visit.kind == Kind::Consult,
            None => {
                self.begins_with(dialog, view).is_some_and(|own| Kind::of(dialog, own, view) == Kind::Consult)
            }
        }
    }

    /// The agent's participant, if a visit would begin with what Finesse shows now.
    pub(in crate::agent) fn begins_with<'a>(
        &self,
        dialog: &'a Dialog,
        view: &Perspective<'_>,
    ) -> Option<&'a Participant> {
        let own = own(dialog, view.extension, self.is_leg(view));
        self.begins(How::Seen, own, &self.event_state(How::Seen, dialog, own))
    }

    /// The agent talked and rings again: the call came back, and nobody reported that it had left.
    pub(in crate::agent) fn rings_again(&self, dialog: &Dialog, view: &Perspective<'_>) -> bool {
        use ParticipantState::{Active, Alerting, Held};
        let Some(visit) = &self.visit else { return false };
        let talked = self.own(view).is_some_and(|own| matches!(own.state, Active | Held));
        let now = own(dialog, view.extension, self.is_leg(view));
        let rings =
            |own: &Participant| own.state == Alerting && is_newer(&own.state_change_time, &visit.newest);
        talked && now.is_some_and(rings)
    }

    /// The dialog as one that is absent: its last participants, all DROPPED, times unchanged.
    pub(in crate::agent) fn as_absent(&self) -> Dialog {
        let mut dialog = self.dialog.clone();
        for participant in &mut dialog.participants {
            participant.state = ParticipantState::Dropped;
        }
        dialog
    }

    /// A command began the visit.
    pub(in crate::agent) fn note_maker(&mut self, command: &CommandId) {
        if let Some(visit) = &mut self.visit {
            visit.begun_by = Some(command.clone());
        }
    }

    fn call(&self, own: Option<&Participant>, state: &str, view: &Perspective<'_>) -> Call {
        let mut call = render::call(&self.dialog, own, state, view.agent_id, view.zone);
        if call.associated_dialog_id.is_none() {
            call.associated_dialog_id.clone_from(&self.leg);
        }
        call
    }

    /// Takes in what Finesse says now.
    pub(in crate::agent) fn look(
        &mut self,
        how: How,
        mut dialog: Dialog,
        view: &Perspective<'_>,
    ) -> Observation {
        let late = self.gone && how == How::Seen;
        if dialog.media.call_type.is_unknown() {
            // UCCX forgets the call type in a failover.
            dialog.media.call_type = self.dialog.media.call_type.clone();
        }
        let own = own(&dialog, view.extension, self.is_leg(view)).cloned();
        let state = self.event_state(how, &dialog, own.as_ref());
        let mut seen =
            Observation { own: own.as_ref().map(|own| own.state.clone()), ..Observation::default() };
        let begins = self.begins(how, own.as_ref(), &state);
        if late && begins.is_none() {
            return seen;
        }
        self.dialog = dialog;
        self.gone = how == How::Left;
        if let Some(own) = begins {
            let kind = Kind::of(&self.dialog, own, view);
            seen.began = Some(kind);
            seen.returned = self.ended.is_some();
            self.visit = Some(Visit {
                kind,
                state: state.clone(),
                newest: String::new(),
                last: None,
                bad_destination_told: false,
                customer_told: false,
                begun_by: None,
            });
        }
        if let Some(leg) = view.leg.filter(|_| self.visit.is_some()) {
            self.leg = Some(leg.to_owned());
        }
        let call = self.call(own.as_ref(), &state, view);
        let exempt = self.is_preview() || view.of_preview;
        let Some(visit) = self.visit.as_mut() else {
            if state == "DROPPED" {
                self.note_end(own.as_ref());
            }
            return seen;
        };
        if let Some(own) = &own {
            visit.newest = newest([visit.newest.as_str(), &own.state_change_time].into_iter()).to_owned();
        }
        visit.state.clone_from(&state);
        seen.begun_by.clone_from(&visit.begun_by);
        seen.unmade = Some(visit.kind).filter(|_| visit.begun_by.is_none() && self.ended.is_none());
        seen.before.extend(seen.began.and_then(|kind| kind.announcement(call.clone())));
        if state == "FAILED" && !visit.bad_destination_told && has_bad_destination(&self.dialog) {
            visit.bad_destination_told = true;
            seen.before.push(bad_destination(view.agent_id, &self.dialog.id));
        }
        if state == "ACTIVE" && !visit.customer_told && is_with_customer(&self.dialog, view) {
            visit.customer_told = true;
            if !view.outbound_text.is_empty() {
                seen.before.push(render::status_bar(view.outbound_text, view.agent_id));
            }
        }
        let event = visit.kind.event(call);
        let rings = state == "ALERTING";
        let announced = seen.began.is_some_and(Kind::is_announced);
        let repeats = visit.last.as_ref() == Some(&event) && !exempt;
        seen.only_as_answer = repeats || (rings && visit.kind == Kind::Dialer);
        visit.last = Some(event.clone());
        seen.event = Some(event).filter(|_| !(rings && announced));
        if state == "DROPPED" {
            self.ended = Some(visit.newest.clone());
            (self.visit, self.leg) = (None, None);
            seen.ended = true;
        }
        seen
    }

    /// The agent is out of the dialog without a visit; what comes late is no call either.
    fn note_end(&mut self, own: Option<&Participant>) {
        let ended = self.ended.take().unwrap_or_default();
        let left = own.map(|own| own.state_change_time.as_str()).unwrap_or_default();
        self.ended = Some(newest([ended.as_str(), left].into_iter()).to_owned());
    }

    /// The participant with whom a visit would begin now.
    fn begins<'a>(&self, how: How, own: Option<&'a Participant>, state: &str) -> Option<&'a Participant> {
        use ParticipantState::{Accepted, Active, Alerting, Failed, Held, Initiated, Initiating};
        let own = own?;
        let live = matches!(own.state, Initiating | Initiated | Alerting | Active | Accepted | Held | Failed);
        // After a visit has ended only a newer change is a new one: transferred back.
        let fresh = self.ended.as_ref().is_none_or(|ended| is_newer(&own.state_change_time, ended));
        let begins = self.visit.is_none() && how == How::Seen && state != "DROPPED" && live && fresh;
        begins.then_some(own)
    }

    fn event_state(&self, how: How, dialog: &Dialog, own: Option<&Participant>) -> String {
        use ParticipantState::{Alerting, Dropped, Failed, Held, WrapUp};
        let over = how == How::Left || dialog.state == DialogState::Dropped;
        match own.map(|own| &own.state) {
            _ if over => "DROPPED".to_owned(),
            Some(Dropped | WrapUp) => "DROPPED".to_owned(),
            Some(state @ (Held | Alerting | Failed)) => state.to_string(),
            Some(_) => dialog.state.to_string(),
            None => match &self.visit {
                Some(visit) => visit.state.clone(),
                None => dialog.state.to_string(),
            },
        }
    }
}

/// The agent's own participant: the one at the agent's extension, or, in a consult leg seen from a shared
/// device, the agent device that called.
fn own<'a>(dialog: &'a Dialog, extension: &str, consult: bool) -> Option<&'a Participant> {
    if extension.is_empty() {
        return None;
    }
    participant_at(dialog, extension).or_else(|| {
        let calling = participant_at(dialog, &dialog.from_address).filter(|_| consult)?;
        (calling.media_address_type == "AGENT_DEVICE").then_some(calling)
    })
}

/// The participant at an address; of several a live one, then one in wrap-up, then one that has dropped.
pub(in crate::agent) fn participant_at<'a>(dialog: &'a Dialog, address: &str) -> Option<&'a Participant> {
    let there = dialog.participants.iter().filter(|each| each.media_address == address);
    there.min_by_key(|each| match each.state {
        ParticipantState::Dropped => 2,
        ParticipantState::WrapUp => 1,
        _ => 0,
    })
}

/// A campaign's customer and the agent, in a call of the dialer or in the one that follows a reservation.
fn is_with_customer(dialog: &Dialog, view: &Perspective<'_>) -> bool {
    let call_type = &dialog.media.call_type;
    view.of_preview || (call_type.is_outbound() && !call_type.is_preview())
}

fn has_bad_destination(dialog: &Dialog) -> bool {
    dialog.participants.iter().any(|each| each.state_cause == "BAD_DESTINATION")
}

fn bad_destination(agent_id: &str, dialog: &str) -> Event {
    Event::Error(ErrorEvent::of_agent(ErrorCode::BadDestination, agent_id).of_dialog(dialog))
}

#[cfg(test)]
mod tests;
