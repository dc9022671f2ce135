//! One dialog's visit to an agent: from the first observation of the agent in the dialog to its one DROPPED
//! (docs/calls.md).
//!
//! Finesse repeats dialogs, deletes them in unexpected states and brings them back after a transfer. A visit is what
//! the client sees of that: it begins once, has one kind, and ends once.

use finesse_types::{Dialog, DialogState, MediaProperties, Participant, ParticipantState};
use gc_events::{Call, Dialect, ErrorCode, ErrorEvent, Event};
use serde::{Deserialize, Serialize};

use super::kind::Kind;
use super::perspective::Perspective;
use crate::time::{is_newer, newest};
use crate::{CommandId, render};

/// Whether Finesse shows a dialog of the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::agent) enum Presence {
    /// It is new or has changed: a POST, a PUT, or part of a snapshot.
    Present,
    /// It has left the agent: a DELETE, or missing from a snapshot.
    Gone,
}

/// An open visit.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Visit {
    kind: Kind,
    /// The state in the last event.
    state: String,
    /// The time of the newest change of the agent's own participant.
    newest: String,
    /// The last event, to recognise repeats. An event that was not emitted while the call rang counts too.
    #[serde(with = "crate::event_json")]
    last: Option<Event>,
    /// `last` was kept for a restart: it has only what clients see of it.
    #[serde(skip, default = "yes")]
    last_was_kept: bool,
    bad_destination_reported: bool,
    customer_reported: bool,
    /// The command that began it, even after the command has ended.
    begun_by: Option<CommandId>,
}

/// One dialog and its visit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::agent) struct TrackedCall {
    /// As Finesse reported it last; without its details once it has left the agent.
    pub dialog: Dialog,
    /// It has left the agent; kept so that a late notification does not begin a new call.
    pub gone: bool,
    /// The leg that the agent made from this call.
    pub leg: Option<String>,
    visit: Option<Visit>,
    /// When the last visit ended: the newest change of the agent's own participant in it.
    ended: Option<String>,
}

/// What a notification or a snapshot shows of a dialog.
#[derive(Debug, Default)]
pub(in crate::agent) struct Observation {
    /// The events before the call's own event: its announcement, an error, a text for the status bar.
    pub before: Vec<Event>,
    /// The call's own event.
    pub event: Option<Event>,
    /// The call's own event is emitted only if it answers a command, because it repeats the one before, or because a
    /// dialer's call still rings.
    pub only_as_answer: bool,
    /// The kind of the visit that began.
    pub began: Option<Kind>,
    /// The kind of the visit that is open, or that has just ended.
    pub kind: Option<Kind>,
    /// The agent has visited the dialog before.
    pub returned: bool,
    /// The visit ended.
    pub ended: bool,
    /// The state of the agent's own participant.
    pub own: Option<ParticipantState>,
    /// The command that began the visit.
    pub begun_by: Option<CommandId>,
}

impl Visit {
    /// Whether clients would see the same event as the last one.
    fn was_emitted(&self, event: &Event) -> bool {
        let json = |event: &Event| event.to_json(Dialect::Gc4412);
        let is_last = |last: &Event| last == event || (self.last_was_kept && json(last) == json(event));
        self.last.as_ref().is_some_and(is_last)
    }
}

impl TrackedCall {
    pub(in crate::agent) fn new(dialog: Dialog) -> Self {
        Self { dialog, gone: false, leg: None, visit: None, ended: None }
    }

    /// Whether a visit is open.
    pub(in crate::agent) fn is_open(&self) -> bool {
        self.visit.is_some()
    }

    /// Whether the dialog is a preview reservation, its visit open or over.
    pub(in crate::agent) fn is_preview(&self) -> bool {
        self.dialog.media.call_type.is_preview()
    }

    /// The state in the last event, or Finesse's own state if no visit is open.
    pub(in crate::agent) fn state(&self, view: &Perspective<'_>) -> String {
        match (&self.visit, self.own(view)) {
            (Some(visit), _) => visit.state.clone(),
            (None, Some(own)) => own.state.to_string(),
            (None, None) => self.dialog.state.to_string(),
        }
    }

    /// The event of an open visit in its current state.
    pub(in crate::agent) fn current_event(&self, view: &Perspective<'_>) -> Option<Event> {
        let visit = self.visit.as_ref()?;
        Some(visit.kind.event(self.call(self.own(view), &visit.state, view)))
    }

    /// What Finesse allows the agent to do with the call now.
    pub(in crate::agent) fn controls(&self, view: &Perspective<'_>) -> Vec<String> {
        self.own(view).map(|own| own.actions.clone()).unwrap_or_default()
    }

    fn own(&self, view: &Perspective<'_>) -> Option<&Participant> {
        own(&self.dialog, view.extension, self.is_leg(view))
    }

    /// Whether the dialog is the agent's own leg, or may become it.
    fn is_leg(&self, view: &Perspective<'_>) -> bool {
        match &self.visit {
            Some(visit) => visit.kind == Kind::Consult,
            None => view.is_that_leg,
        }
    }

    /// Whether the dialog is the agent's own leg, or becomes it with what Finesse shows now.
    pub(in crate::agent) fn is_or_becomes_leg(&self, dialog: &Dialog, view: &Perspective<'_>) -> bool {
        match &self.visit {
            Some(visit) => visit.kind == Kind::Consult,
            None => {
                self.begins_with(dialog, view).is_some_and(|own| Kind::of(dialog, own, view) == Kind::Consult)
            }
        }
    }

    /// The agent's own participant, if a visit would begin with what Finesse shows now.
    pub(in crate::agent) fn begins_with<'a>(
        &self,
        dialog: &'a Dialog,
        view: &Perspective<'_>,
    ) -> Option<&'a Participant> {
        let own = own(dialog, view.extension, self.is_leg(view));
        self.begins(Presence::Present, own, &self.event_state(Presence::Present, dialog, own))
    }

    /// Whether the agent talked and now rings again: the call came back, and its end was not reported.
    pub(in crate::agent) fn rings_again(&self, dialog: &Dialog, view: &Perspective<'_>) -> bool {
        use ParticipantState::{Active, Alerting, Held};
        let Some(visit) = &self.visit else { return false };
        let talked = self.own(view).is_some_and(|own| matches!(own.state, Active | Held));
        let now = own(dialog, view.extension, self.is_leg(view));
        let rings =
            |own: &Participant| own.state == Alerting && is_newer(&own.state_change_time, &visit.newest);
        talked && now.is_some_and(rings)
    }

    /// The dialog as an ended one: its last participants are all DROPPED, with unchanged times.
    pub(in crate::agent) fn as_absent(&self) -> Dialog {
        let mut dialog = self.dialog.clone();
        for participant in &mut dialog.participants {
            participant.state = ParticipantState::Dropped;
        }
        dialog
    }

    /// Of a dialog that has left the agent only its type and the end of the visit are still of use. An agent has several of them, and what
    /// is kept for a restart has them all.
    pub(in crate::agent) fn forget_details(&mut self) {
        if self.gone {
            let Dialog { id, media: MediaProperties { call_type, .. }, .. } =
                std::mem::take(&mut self.dialog);
            let media = MediaProperties { call_type, ..MediaProperties::default() };
            self.dialog = Dialog { id, media, ..Dialog::default() };
        }
    }

    /// Records which command began the visit.
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

    /// Records what Finesse reports now.
    pub(in crate::agent) fn observe(
        &mut self,
        presence: Presence,
        mut dialog: Dialog,
        view: &Perspective<'_>,
    ) -> Observation {
        let late = self.gone && presence == Presence::Present;
        if dialog.media.call_type.is_unknown() {
            // UCCX loses the call type in a failover.
            dialog.media.call_type = self.dialog.media.call_type.clone();
        }
        let own = own(&dialog, view.extension, self.is_leg(view)).cloned();
        let state = self.event_state(presence, &dialog, own.as_ref());
        let mut observation =
            Observation { own: own.as_ref().map(|own| own.state.clone()), ..Observation::default() };
        let begins = self.begins(presence, own.as_ref(), &state);
        if late && begins.is_none() {
            return observation;
        }
        self.dialog = dialog;
        self.gone = presence == Presence::Gone;
        if let Some(own) = begins {
            let kind = Kind::of(&self.dialog, own, view);
            observation.began = Some(kind);
            observation.returned = self.ended.is_some();
            self.visit = Some(Visit {
                kind,
                state: state.clone(),
                newest: String::new(),
                last: None,
                last_was_kept: false,
                bad_destination_reported: false,
                customer_reported: false,
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
            return observation;
        };
        if let Some(own) = &own {
            visit.newest = newest([visit.newest.as_str(), &own.state_change_time].into_iter()).to_owned();
        }
        visit.state.clone_from(&state);
        observation.kind = Some(visit.kind);
        observation.begun_by.clone_from(&visit.begun_by);
        observation.before.extend(observation.began.and_then(|kind| kind.announcement(call.clone())));
        if state == "FAILED" && !visit.bad_destination_reported && has_bad_destination(&self.dialog) {
            visit.bad_destination_reported = true;
            observation.before.push(bad_destination(view.agent_id, &self.dialog.id));
        }
        if state == "ACTIVE" && !visit.customer_reported && is_with_customer(&self.dialog, view) {
            visit.customer_reported = true;
            if !view.outbound_text.is_empty() {
                observation.before.push(render::status_bar(view.outbound_text, view.agent_id));
            }
        }
        let event = visit.kind.event(call);
        let rings = state == "ALERTING";
        let announced = observation.began.is_some_and(Kind::is_announced);
        let repeats = visit.was_emitted(&event) && !exempt;
        observation.only_as_answer = repeats || (rings && visit.kind == Kind::Dialer);
        visit.last = Some(event.clone());
        visit.last_was_kept = false;
        observation.event = Some(event).filter(|_| !(rings && announced));
        if state == "DROPPED" {
            self.ended = Some(visit.newest.clone());
            (self.visit, self.leg) = (None, None);
            observation.ended = true;
        }
        observation
    }

    /// The agent has left the dialog without a visit; a late notification must not begin one either.
    fn note_end(&mut self, own: Option<&Participant>) {
        let ended = self.ended.take().unwrap_or_default();
        let of_anybody =
            || newest(self.dialog.participants.iter().map(|each| each.state_change_time.as_str()));
        let left = own.map_or_else(of_anybody, |own| own.state_change_time.as_str());
        self.ended = Some(newest([ended.as_str(), left].into_iter()).to_owned());
    }

    /// The agent's own participant, if a visit would begin now.
    fn begins<'a>(
        &self,
        presence: Presence,
        own: Option<&'a Participant>,
        state: &str,
    ) -> Option<&'a Participant> {
        use ParticipantState::{Accepted, Active, Alerting, Failed, Held, Initiated, Initiating};
        let own = own?;
        let live = matches!(own.state, Initiating | Initiated | Alerting | Active | Accepted | Held | Failed);
        // After the end of a visit only a newer change begins another one: the call was transferred back.
        let fresh = self.ended.as_ref().is_none_or(|ended| is_newer(&own.state_change_time, ended));
        let begins =
            self.visit.is_none() && presence == Presence::Present && state != "DROPPED" && live && fresh;
        begins.then_some(own)
    }

    fn event_state(&self, presence: Presence, dialog: &Dialog, own: Option<&Participant>) -> String {
        use ParticipantState::{Alerting, Dropped, Failed, Held, WrapUp};
        let over = presence == Presence::Gone || dialog.state == DialogState::Dropped;
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

/// The agent's own participant: the one at the agent's extension. In a consult leg from another telephone of the agent
/// it is the device that called.
fn own<'a>(dialog: &'a Dialog, extension: &str, consult: bool) -> Option<&'a Participant> {
    if extension.is_empty() {
        return None;
    }
    participant_at(dialog, extension).or_else(|| {
        let calling = participant_at(dialog, &dialog.from_address).filter(|_| consult)?;
        (calling.media_address_type == "AGENT_DEVICE").then_some(calling)
    })
}

/// The participant at an address. If there are several: a live one, otherwise one in wrap-up, otherwise a dropped one.
pub(in crate::agent) fn participant_at<'a>(dialog: &'a Dialog, address: &str) -> Option<&'a Participant> {
    let there = dialog.participants.iter().filter(|each| each.media_address == address);
    there.min_by_key(|each| match each.state {
        ParticipantState::Dropped => 2,
        ParticipantState::WrapUp => 1,
        _ => 0,
    })
}

/// Whether the agent is in a call with a campaign's customer: placed by the dialer, or after a preview reservation.
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

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests;
