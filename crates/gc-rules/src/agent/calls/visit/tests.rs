//! The rules of visits, for agent 1001 at extension 2001.

mod ends;
mod events;
mod kinds;

use finesse_types::UserState;
use finesse_types::{CallVariable, MediaProperties};
use gc_events::Dialect;
use jiff::tz::TimeZone;

use super::*;

struct Watcher {
    tracked: Option<TrackedCall>,
    state: UserState,
    reread: bool,
    of_preview: bool,
    makes_leg: bool,
    outbound_text: &'static str,
}

impl Watcher {
    fn new() -> Self {
        Self {
            tracked: None,
            state: UserState::Ready,
            reread: false,
            of_preview: false,
            makes_leg: false,
            outbound_text: "",
        }
    }

    fn observe(&mut self, presence: Presence, dialog: Dialog) -> Observation {
        let view = Perspective {
            agent_id: "1001",
            extension: "2001",
            user_state: Some(&self.state),
            zone: &TimeZone::UTC,
            outbound_text: self.outbound_text,
            reread: self.reread,
            of_preview: self.of_preview,
            makes_leg: self.makes_leg,
            is_that_leg: self.makes_leg,
            leg: None,
        };
        self.tracked.get_or_insert_with(|| TrackedCall::new(dialog.clone())).observe(presence, dialog, &view)
    }

    fn sees(&mut self, dialog: Dialog) -> Vec<String> {
        emitted(&self.observe(Presence::Present, dialog))
    }

    fn sees_it_leave(&mut self, dialog: Dialog) -> Vec<String> {
        emitted(&self.observe(Presence::Gone, dialog))
    }
}

/// The events, in short: `InboundCall ACTIVE`, `NewInboundCall`, `Error BAD_DESTINATION`.
fn emitted(observation: &Observation) -> Vec<String> {
    let short = |event: &Event| match event {
        Event::InboundCall(call) | Event::ConsultCall(call) => {
            format!("{} {}", event.type_name(Dialect::Gc4412), call.state)
        }
        Event::Error(error) => format!("Error {}", error.code),
        other => other.type_name(Dialect::Gc4412).to_owned(),
    };
    let event = observation.event.iter().filter(|_| !observation.only_as_answer);
    observation.before.iter().chain(event).map(short).collect()
}

/// A call from the customer 5550100, type OTHER_IN: `call("ACTIVE", "HELD", 3)`, the change at 08:00:03.
fn call(state: &str, own: &str, second: u8) -> Dialog {
    Dialog {
        id: "77".into(),
        state: DialogState::from(state),
        from_address: "5550100".into(),
        to_address: "2001".into(),
        media: MediaProperties { call_type: "OTHER_IN".into(), ..MediaProperties::default() },
        participants: vec![party("5550100", "ACTIVE", 0), party("2001", own, second)],
        ..Dialog::default()
    }
}

fn party(address: &str, state: &str, second: u8) -> Participant {
    let telephone = address.len() == 4;
    Participant {
        media_address: address.into(),
        media_address_type: if telephone { "AGENT_DEVICE".into() } else { String::new() },
        state: ParticipantState::from(state),
        state_change_time: format!("2026-03-02T08:00:{second:02}.000Z"),
        ..Participant::default()
    }
}

fn typed(call_type: &str, dialog: Dialog) -> Dialog {
    Dialog { media: MediaProperties { call_type: call_type.into(), ..dialog.media.clone() }, ..dialog }
}

fn from(address: &str, dialog: Dialog) -> Dialog {
    Dialog { from_address: address.into(), ..dialog }
}
