//! The kind of a visit decides which events report it (docs/calls.md, "Kinds").

use finesse_types::{Dialog, Participant, ParticipantState, UserState};
use gc_events::{Call, Event};
use serde::{Deserialize, Serialize};

use super::perspective::Perspective;

/// Which events report a visit. Fixed when the visit begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::agent) enum Kind {
    Preview,
    Monitored,
    Consult,
    Dialer,
    Ringing,
    Plain,
}

impl Kind {
    /// The first rule that matches applies.
    pub(in crate::agent) fn of(dialog: &Dialog, own: &Participant, view: &Perspective<'_>) -> Self {
        let call_type = &dialog.media.call_type;
        let made_here = match view.reread {
            true => own.media_address == dialog.from_address,
            false => matches!(own.state, ParticipantState::Initiating | ParticipantState::Initiated),
        };
        let consults = call_type.is_consult()
            || (call_type.is_made_by_agent() && dialog.associated_dialog_id().is_some())
            || view.makes_leg;
        if call_type.is_preview() {
            Self::Preview
        } else if call_type.is_supervisor_monitor() && own.media_address != dialog.from_address {
            Self::Monitored
        } else if made_here && !call_type.is_outbound() && !view.of_preview && consults {
            Self::Consult
        } else if is_of_dialer(dialog, view) {
            Self::Dialer
        } else if own.state == ParticipantState::Alerting {
            Self::Ringing
        } else {
            Self::Plain
        }
    }

    /// Whether the beginning of the visit has an event of its own.
    pub(in crate::agent) fn is_announced(self) -> bool {
        !matches!(self, Self::Consult | Self::Plain)
    }

    /// The event that announces the visit, once.
    pub(in crate::agent) fn announcement(self, call: Call) -> Option<Event> {
        match self {
            Self::Preview => Some(Event::NewOutboundPreviewCall(call)),
            Self::Monitored | Self::Ringing => Some(Event::NewInboundCall(call)),
            Self::Dialer => Some(Event::NewOutboundCall(call)),
            Self::Consult | Self::Plain => None,
        }
    }

    pub(in crate::agent) fn event(self, call: Call) -> Event {
        match self {
            Self::Consult => Event::ConsultCall(call),
            _ => Event::InboundCall(call),
        }
    }
}

/// Whether the dialer placed the call: BAStatus is progressive or predictive (also BLENDED_…), or the agent is reserved
/// for an outbound call. UCCX does not distinguish these, and a failover may lose BAStatus.
fn is_of_dialer(dialog: &Dialog, view: &Perspective<'_>) -> bool {
    let status = dialog.media.variable("BAStatus").unwrap_or_default().to_ascii_uppercase();
    let status = status.strip_prefix("BLENDED_").unwrap_or(&status);
    let dialled = status.starts_with("PROGRESSIVE") || status.starts_with("PREDICTIVE");
    let reserved = view.user_state == Some(&UserState::ReservedOutbound);
    dialog.media.call_type.is_outbound() && (dialled || reserved)
}
