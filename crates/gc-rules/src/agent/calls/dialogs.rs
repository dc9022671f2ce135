//! All dialogs of one agent.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use finesse_types::{Dialog, ParticipantState};
use serde::{Deserialize, Serialize};

use super::perspective::Perspective;
use super::visit::{Observation, Presence, TrackedCall};
use crate::CommandId;

/// How many ended dialogs are kept, so that a late notification does not begin a new call.
const REMEMBERED: usize = 16;

/// The dialogs of one agent, by id.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(in crate::agent) struct Dialogs {
    /// Boxed, because a map makes room for eleven at once, and most agents have one.
    tracked: BTreeMap<String, Box<TrackedCall>>,
    /// The dialogs that are gone, oldest first.
    left: VecDeque<String>,
}

impl Dialogs {
    /// Records what Finesse reports about one dialog.
    pub(in crate::agent) fn observe(
        &mut self,
        presence: Presence,
        dialog: Dialog,
        view: &Perspective<'_>,
    ) -> Observation {
        let of_preview = self.names_preview(&dialog);
        let id = dialog.id.clone();
        let call =
            self.tracked.entry(id.clone()).or_insert_with(|| Box::new(TrackedCall::new(dialog.clone())));
        let observation = call.observe(presence, dialog, &Perspective { of_preview, ..*view });
        if call.gone && !self.left.contains(&id) {
            self.left.push_back(id);
            self.forget_oldest();
        }
        observation
    }

    fn names_preview(&self, dialog: &Dialog) -> bool {
        dialog
            .associated_dialog_id()
            .and_then(|id| self.tracked.get(id))
            .is_some_and(|call| call.is_preview())
    }

    fn forget_oldest(&mut self) {
        if self.left.len() > REMEMBERED
            && let Some(oldest) = self.left.pop_front()
            && self.tracked.get(&oldest).is_some_and(|call| call.gone)
        {
            self.tracked.remove(&oldest);
        }
    }

    /// Whether a dialog is the agent's own leg, or becomes it with what Finesse shows now.
    pub(in crate::agent) fn is_or_becomes_leg(&self, dialog: &Dialog, view: &Perspective<'_>) -> bool {
        let view = Perspective { of_preview: self.names_preview(dialog), ..*view };
        match self.tracked.get(&dialog.id) {
            Some(call) => call.is_or_becomes_leg(dialog, &view),
            None => TrackedCall::new(dialog.clone()).is_or_becomes_leg(dialog, &view),
        }
    }

    /// The agent's state in the dialog, if a visit would begin with what Finesse shows now.
    pub(in crate::agent) fn begins_with(
        &self,
        dialog: &Dialog,
        view: &Perspective<'_>,
    ) -> Option<ParticipantState> {
        let own = match self.tracked.get(&dialog.id) {
            Some(call) => call.begins_with(dialog, view),
            None => TrackedCall::new(dialog.clone()).begins_with(dialog, view),
        };
        own.map(|own| own.state.clone())
    }

    /// A call that the agent was in rings again: the dialog as if it had left in between.
    pub(in crate::agent) fn left_before(&self, dialog: &Dialog, view: &Perspective<'_>) -> Option<Dialog> {
        let call = self.tracked.get(&dialog.id).filter(|call| call.rings_again(dialog, view));
        call.map(|call| call.as_absent())
    }

    /// Records which command began the visit of a dialog.
    pub(in crate::agent) fn note_maker(&mut self, dialog: &str, command: &CommandId) {
        if let Some(call) = self.tracked.get_mut(dialog) {
            call.note_maker(command);
        }
    }

    /// Records the leg that the agent made from a call; it is the call's `associatedDialogId` until the call ends.
    pub(in crate::agent) fn note_leg(&mut self, from: &str, leg: String) {
        if let Some(call) = self.tracked.get_mut(from).filter(|call| call.is_open()) {
            call.leg = Some(leg);
        }
    }

    /// What was observed is done with.
    pub(in crate::agent) fn forget_details(&mut self, dialog: &str) {
        if let Some(call) = self.tracked.get_mut(dialog) {
            call.forget_details();
        }
    }

    /// A dialog as Finesse reported it last. Of one that is gone and done with only the type is known.
    pub(in crate::agent) fn dialog(&self, id: &str) -> Option<&Dialog> {
        self.tracked.get(id).map(|call| &call.dialog)
    }

    /// A dialog that is not gone.
    pub(in crate::agent) fn get(&self, id: &str) -> Option<&TrackedCall> {
        self.tracked.get(id).map(Box::as_ref).filter(|call| !call.gone)
    }

    /// Finesse has not reported it, or it ended too long ago to be remembered.
    pub(in crate::agent) fn is_unknown(&self, id: &str) -> bool {
        !self.tracked.contains_key(id)
    }

    /// All dialogs that are remembered.
    pub(in crate::agent) fn ids(&self) -> BTreeSet<String> {
        self.tracked.keys().cloned().collect()
    }

    /// The dialogs with an open visit.
    pub(in crate::agent) fn open(&self) -> impl Iterator<Item = &TrackedCall> {
        self.tracked.values().map(Box::as_ref).filter(|call| call.is_open())
    }

    /// The dialogs that are missing from a snapshot, as ended: their last participants are all DROPPED, with unchanged
    /// times.
    pub(in crate::agent) fn missing_from(&self, snapshot: &[Dialog]) -> Vec<Dialog> {
        let is_missing =
            |call: &&TrackedCall| !call.gone && snapshot.iter().all(|dialog| dialog.id != call.dialog.id);
        self.tracked.values().map(Box::as_ref).filter(is_missing).map(TrackedCall::as_absent).collect()
    }

    /// Forgets everything, because all calls are reported again to a new owner.
    pub(in crate::agent) fn clear(&mut self) {
        self.tracked.clear();
        self.left.clear();
    }
}

#[cfg(test)]
mod tests {
    use finesse_types::{MediaProperties, Participant};
    use gc_events::Event;
    use jiff::tz::TimeZone;

    use super::*;

    fn dialog(id: &str, call_type: &str) -> Dialog {
        let own =
            Participant { media_address: "2001".into(), state: "ACTIVE".into(), ..Participant::default() };
        Dialog {
            id: id.into(),
            state: "ACTIVE".into(),
            media: MediaProperties { call_type: call_type.into(), ..MediaProperties::default() },
            participants: vec![own],
            ..Dialog::default()
        }
    }

    fn observe(dialogs: &mut Dialogs, presence: Presence, dialog: Dialog) -> Observation {
        let view = Perspective {
            agent_id: "1001",
            extension: "2001",
            user_state: None,
            zone: &TimeZone::UTC,
            outbound_text: "",
            reread: false,
            of_preview: false,
            makes_leg: false,
            is_that_leg: false,
            leg: None,
        };
        dialogs.observe(presence, dialog, &view)
    }

    #[test]
    fn repeated_events_of_a_preview_and_its_customer_call_are_reported() {
        let mut dialogs = Dialogs::default();
        let customer =
            Dialog { associated_dialog_uri: "/finesse/api/Dialog/1".into(), ..dialog("2", "OUTBOUND") };
        for (each, repeat) in
            [(dialog("1", "OUTBOUND_PREVIEW"), false), (customer, false), (dialog("3", "OUT"), true)]
        {
            observe(&mut dialogs, Presence::Present, each.clone());
            assert_eq!(
                observe(&mut dialogs, Presence::Present, each.clone()).only_as_answer,
                repeat,
                "{}",
                each.id
            );
        }
    }

    #[test]
    fn a_leg_is_associated_with_its_call_until_the_call_ends() {
        let mut dialogs = Dialogs::default();
        let shown = |observation: &Observation| match &observation.event {
            Some(Event::InboundCall(call)) => call.associated_dialog_id.clone(),
            other => panic!("{other:?}"),
        };
        let at = |second: &str, mut dialog: Dialog| {
            dialog.participants[0].state_change_time = format!("2026-03-02T08:00:{second}.000Z");
            dialog
        };
        observe(&mut dialogs, Presence::Present, at("01", dialog("1", "OTHER_IN")));
        dialogs.note_leg("1", "2".into());
        let leg = Some("2".to_owned());
        assert_eq!(shown(&observe(&mut dialogs, Presence::Present, at("02", dialog("1", "OTHER_IN")))), leg);
        assert_eq!(shown(&observe(&mut dialogs, Presence::Gone, at("03", dialog("1", "OTHER_IN")))), leg);
        let back = observe(&mut dialogs, Presence::Present, at("04", dialog("1", "TRANSFER")));
        assert_eq!((back.began.is_some(), shown(&back)), (true, None));
        dialogs.note_leg("3", "4".into());
        assert_eq!(shown(&observe(&mut dialogs, Presence::Present, at("05", dialog("3", "OUT")))), None);
    }

    #[test]
    fn only_the_newest_dialogs_that_are_gone_are_remembered() {
        let mut dialogs = Dialogs::default();
        for id in 0..100 {
            observe(&mut dialogs, Presence::Present, dialog(&id.to_string(), "OUT"));
            observe(&mut dialogs, Presence::Gone, dialog(&id.to_string(), "OUT"));
        }
        assert_eq!(dialogs.tracked.len(), REMEMBERED);
        assert!(dialogs.get("99").is_none() && dialogs.tracked.contains_key("99"));
    }

    #[test]
    fn of_a_dialog_that_is_gone_its_type_and_its_end_stay() {
        let mut dialogs = Dialogs::default();
        let at = |second: &str| {
            let mut dialog = dialog("1", "OTHER_IN");
            dialog.participants[0].state_change_time = format!("2026-03-02T08:00:{second}.000Z");
            dialog
        };
        observe(&mut dialogs, Presence::Present, at("01"));
        dialogs.forget_details("1");
        assert_eq!(dialogs.dialog("1"), Some(&at("01")));
        observe(&mut dialogs, Presence::Gone, at("02"));
        dialogs.forget_details("1");
        let left = dialogs.dialog("1").unwrap();
        assert_eq!((left.media.call_type.as_str(), left.participants.len()), ("OTHER_IN", 0));
        assert!(observe(&mut dialogs, Presence::Present, at("02")).began.is_none(), "it is late");
        let of_no_type = Dialog { media: MediaProperties::default(), ..at("03") };
        assert!(observe(&mut dialogs, Presence::Present, of_no_type).returned);
        assert_eq!(dialogs.dialog("1"), Some(&at("03")));
    }

    #[test]
    fn a_dialog_missing_from_a_snapshot_has_ended_with_all_participants_dropped() {
        let mut dialogs = Dialogs::default();
        observe(&mut dialogs, Presence::Present, dialog("1", "OUT"));
        observe(&mut dialogs, Presence::Present, dialog("2", "OUT"));
        let missing = dialogs.missing_from(&[dialog("2", "OUT")]);
        assert_eq!(missing.iter().map(|each| each.id.as_str()).collect::<Vec<_>>(), ["1"]);
        assert!(missing[0].participants.iter().all(|each| each.state == ParticipantState::Dropped));
    }
}
