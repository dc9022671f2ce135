//! One dialog's visit to an agent: from the first sight of the agent in it to the one DROPPED
//! (docs/calls.md).
//!
//! Finesse repeats dialogs, deletes them in odd states and brings them back after a transfer. A visit is
//! what the client sees of that: it begins once, has one kind, and ends once.

use finesse_types::{Dialog, DialogState, Participant, ParticipantState, UserState};
use gc_events::{Call, ErrorCode, ErrorEvent, Event};
use jiff::tz::TimeZone;

use crate::render;
use crate::time::{is_newer, newest};

/// What Finesse says about a dialog of the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// It is there or has changed: POST or PUT, or it stands in a snapshot.
    Seen,
    /// It has left the agent: DELETE, or it is missing from a snapshot.
    Left,
}

/// Through whose eyes a dialog is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Viewer<'a> {
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
    /// The agent is making a leg of its own: asking somebody, or handing a call over.
    pub makes_leg: bool,
}

/// Which events a visit speaks in; fixed when it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Preview,
    Monitored,
    Consult,
    Dialer,
    Ringing,
    Plain,
}

impl Kind {
    /// The first match wins.
    fn of(dialog: &Dialog, own: &Participant, viewer: &Viewer<'_>) -> Self {
        let call_type = &dialog.media.call_type;
        let made_here = match viewer.reread {
            true => own.media_address == dialog.from_address,
            false => matches!(own.state, ParticipantState::Initiating | ParticipantState::Initiated),
        };
        let consults = call_type.is_consult()
            || (call_type.is_made_by_agent() && dialog.associated_dialog_id().is_some())
            || viewer.makes_leg;
        if call_type.is_preview() {
            Self::Preview
        } else if call_type.is_supervisor_monitor() && own.media_address != dialog.from_address {
            Self::Monitored
        } else if made_here && !call_type.is_outbound() && !viewer.of_preview && consults {
            Self::Consult
        } else if is_of_dialer(dialog, viewer) {
            Self::Dialer
        } else if own.state == ParticipantState::Alerting {
            Self::Ringing
        } else {
            Self::Plain
        }
    }

    /// The event that says once that the visit begins.
    fn announcement(self, call: Call) -> Option<Event> {
        match self {
            Self::Preview => Some(Event::NewOutboundPreviewCall(call)),
            Self::Monitored | Self::Ringing => Some(Event::NewInboundCall(call)),
            Self::Dialer => Some(Event::NewOutboundCall(call)),
            Self::Consult | Self::Plain => None,
        }
    }

    fn event(self, call: Call) -> Event {
        match self {
            Self::Consult => Event::ConsultCall(call),
            _ => Event::InboundCall(call),
        }
    }
}

/// A call that the dialer placed: progressive or predictive (also BLENDED_…), or, because UCCX does not say which and a
/// failover may take BAStatus away, any outbound call while the agent is reserved for one.
fn is_of_dialer(dialog: &Dialog, viewer: &Viewer<'_>) -> bool {
    let status = dialog.media.variable("BAStatus").unwrap_or_default().to_ascii_uppercase();
    let status = status.strip_prefix("BLENDED_").unwrap_or(&status);
    let dialled = status.starts_with("PROGRESSIVE") || status.starts_with("PREDICTIVE");
    let reserved = viewer.user_state == Some(&UserState::ReservedOutbound);
    dialog.media.call_type.is_outbound() && (dialled || reserved)
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
}

/// What is known of one dialog.
#[derive(Clone, Debug)]
pub(super) struct Known {
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
#[derive(Debug)]
pub(super) struct Seen {
    /// The events, in order.
    pub events: Vec<Event>,
    /// The last of them is equal to the one before it.
    pub repeat: bool,
    /// A visit began.
    pub began: bool,
    /// The visit ended.
    pub ended: bool,
    /// The agent's own participant.
    pub own: Option<ParticipantState>,
    /// The agent called.
    pub made_here: bool,
    /// The agent's own consult leg.
    pub is_leg: bool,
}

impl Seen {
    /// A look that brought nothing.
    pub(super) fn nothing() -> Self {
        Self {
            events: Vec::new(),
            repeat: false,
            began: false,
            ended: false,
            own: None,
            made_here: false,
            is_leg: false,
        }
    }
}

impl Known {
    pub(super) fn new(dialog: Dialog) -> Self {
        Self { dialog, gone: false, leg: None, visit: None, ended: None }
    }

    /// A visit is open.
    pub(super) fn is_open(&self) -> bool {
        self.visit.is_some()
    }

    /// The dialog is a preview reservation, its visit open or over.
    pub(super) fn is_preview(&self) -> bool {
        self.dialog.media.call_type.is_preview()
    }

    /// The state as the client knows it, or Finesse's own where no visit is open.
    pub(super) fn state(&self, viewer: &Viewer<'_>) -> String {
        match (&self.visit, self.own(viewer)) {
            (Some(visit), _) => visit.state.clone(),
            (None, Some(own)) => own.state.to_string(),
            (None, None) => self.dialog.state.to_string(),
        }
    }

    /// The current state of an open visit, told again.
    pub(super) fn again(&self, viewer: &Viewer<'_>) -> Option<Event> {
        let visit = self.visit.as_ref()?;
        Some(visit.kind.event(self.call(self.own(viewer), &visit.state, viewer)))
    }

    /// What Finesse lets the agent do with the call now.
    pub(super) fn controls(&self, viewer: &Viewer<'_>) -> Vec<String> {
        self.own(viewer).map(|own| own.actions.clone()).unwrap_or_default()
    }

    fn own(&self, viewer: &Viewer<'_>) -> Option<&Participant> {
        own(&self.dialog, viewer.extension, self.is_leg(viewer))
    }

    /// The dialog is the agent's own leg, or may be about to become it.
    fn is_leg(&self, viewer: &Viewer<'_>) -> bool {
        match &self.visit {
            Some(visit) => visit.kind == Kind::Consult,
            None => viewer.makes_leg,
        }
    }

    fn call(&self, own: Option<&Participant>, state: &str, viewer: &Viewer<'_>) -> Call {
        let mut call = render::call(&self.dialog, own, state, viewer.agent_id, viewer.zone);
        if call.associated_dialog_id.is_none() {
            call.associated_dialog_id.clone_from(&self.leg);
        }
        call
    }

    /// Takes in what Finesse says now.
    pub(super) fn look(&mut self, how: How, mut dialog: Dialog, viewer: &Viewer<'_>) -> Seen {
        let late = self.gone && how == How::Seen;
        if dialog.media.call_type.is_unknown() {
            // UCCX forgets the call type in a failover.
            dialog.media.call_type = self.dialog.media.call_type.clone();
        }
        let own = own(&dialog, viewer.extension, self.is_leg(viewer)).cloned();
        let state = self.event_state(how, &dialog, own.as_ref());
        let mut seen = Seen {
            own: own.as_ref().map(|own| own.state.clone()),
            made_here: own.as_ref().is_some_and(|own| {
                own.media_address == dialog.from_address && own.state != ParticipantState::Alerting
            }),
            ..Seen::nothing()
        };
        let begins = self.begins(how, own.as_ref(), &state);
        if late && begins.is_none() {
            return seen;
        }
        self.dialog = dialog;
        self.gone = how == How::Left;
        if let Some(own) = begins {
            let kind = Kind::of(&self.dialog, own, viewer);
            (seen.began, seen.is_leg) = (true, kind == Kind::Consult);
            seen.events.extend(kind.announcement(self.call(Some(own), &state, viewer)));
            self.visit = Some(Visit {
                kind,
                state: state.clone(),
                newest: String::new(),
                last: None,
                bad_destination_told: false,
                customer_told: false,
            });
        }
        let announced = !seen.events.is_empty();
        let call = self.call(own.as_ref(), &state, viewer);
        let Some(visit) = self.visit.as_mut() else {
            if self.gone {
                self.note_end(own.as_ref());
            }
            return seen;
        };
        if let Some(own) = &own {
            visit.newest = newest([visit.newest.as_str(), &own.state_change_time].into_iter()).to_owned();
        }
        visit.state.clone_from(&state);
        if state == "FAILED" && !visit.bad_destination_told && has_bad_destination(&self.dialog) {
            visit.bad_destination_told = true;
            seen.events.push(bad_destination(viewer.agent_id));
        }
        if state == "ACTIVE" && !visit.customer_told && is_with_customer(&self.dialog, viewer) {
            visit.customer_told = true;
            if !viewer.outbound_text.is_empty() {
                seen.events.push(render::status_bar(viewer.outbound_text, viewer.agent_id));
            }
        }
        let event = visit.kind.event(call);
        seen.repeat = visit.last.as_ref() == Some(&event);
        let left_out = state == "ALERTING" && (announced || visit.kind == Kind::Dialer);
        visit.last = Some(event.clone());
        if !left_out {
            seen.events.push(event);
        }
        if state == "DROPPED" {
            self.ended = Some(visit.newest.clone());
            (self.visit, self.leg) = (None, None);
            seen.ended = true;
        }
        seen
    }

    /// The dialog left without a visit; what comes late is no call either.
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

/// The agent's own participant: the one at the agent's extension (of several the one that has not dropped),
/// or, in a consult leg seen from a shared device, the agent device that called.
fn own<'a>(dialog: &'a Dialog, extension: &str, consult: bool) -> Option<&'a Participant> {
    let at = |address: &str| {
        let mut found =
            dialog.participants.iter().filter(|each| each.media_address == address).collect::<Vec<_>>();
        found.sort_by_key(|each| each.state == ParticipantState::Dropped);
        found.first().copied()
    };
    if extension.is_empty() {
        return None;
    }
    at(extension).or_else(|| {
        let calling = at(&dialog.from_address).filter(|_| consult)?;
        (calling.media_address_type == "AGENT_DEVICE").then_some(calling)
    })
}

/// A campaign's customer and the agent, in a call of the dialer or in the one that follows a reservation.
fn is_with_customer(dialog: &Dialog, viewer: &Viewer<'_>) -> bool {
    let call_type = &dialog.media.call_type;
    viewer.of_preview || (call_type.is_outbound() && !call_type.is_preview())
}

fn has_bad_destination(dialog: &Dialog) -> bool {
    dialog.participants.iter().any(|each| each.state_cause == "BAD_DESTINATION")
}

fn bad_destination(agent_id: &str) -> Event {
    Event::Error(ErrorEvent::of_agent(ErrorCode::BadDestination, agent_id))
}

#[cfg(test)]
mod tests;
