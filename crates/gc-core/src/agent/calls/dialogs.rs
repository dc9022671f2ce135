//! Every dialog of one agent.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use finesse_types::{Dialog, ParticipantState};

use super::visit::{How, Observation, Perspective, TrackedCall};
use crate::CommandId;

/// Ended dialogs that are kept, so that what comes late is not taken for a new call.
const REMEMBERED: usize = 16;

/// The dialogs of one agent, by id.
#[derive(Debug, Default)]
pub(in crate::agent) struct Dialogs {
    known: BTreeMap<String, TrackedCall>,
    /// Those that have left, oldest first.
    left: VecDeque<String>,
}

impl Dialogs {
    /// Takes in what Finesse says about one dialog.
    pub(in crate::agent) fn look(&mut self, how: How, dialog: Dialog, view: &Perspective<'_>) -> Observation {
        let of_preview = self.names_preview(&dialog);
        let id = dialog.id.clone();
        let known = self.known.entry(id.clone()).or_insert_with(|| TrackedCall::new(dialog.clone()));
        let seen = known.look(how, dialog, &Perspective { of_preview, ..*view });
        if known.gone && !self.left.contains(&id) {
            self.left.push_back(id);
            self.forget_oldest();
        }
        seen
    }

    fn names_preview(&self, dialog: &Dialog) -> bool {
        dialog.associated_dialog_id().and_then(|id| self.known.get(id)).is_some_and(TrackedCall::is_preview)
    }

    fn forget_oldest(&mut self) {
        if self.left.len() > REMEMBERED
            && let Some(oldest) = self.left.pop_front()
            && self.known.get(&oldest).is_some_and(|known| known.gone)
        {
            self.known.remove(&oldest);
        }
    }

    /// Whether a dialog is the agent's own leg, or becomes it by what Finesse shows now.
    pub(in crate::agent) fn is_or_becomes_leg(&self, dialog: &Dialog, view: &Perspective<'_>) -> bool {
        let view = Perspective { of_preview: self.names_preview(dialog), ..*view };
        match self.known.get(&dialog.id) {
            Some(known) => known.is_or_becomes_leg(dialog, &view),
            None => TrackedCall::new(dialog.clone()).is_or_becomes_leg(dialog, &view),
        }
    }

    /// Whether the agent would begin a visit by what Finesse shows now, and the agent's state in it.
    pub(in crate::agent) fn begins_with(
        &self,
        dialog: &Dialog,
        view: &Perspective<'_>,
    ) -> Option<ParticipantState> {
        let own = match self.known.get(&dialog.id) {
            Some(known) => known.begins_with(dialog, view),
            None => TrackedCall::new(dialog.clone()).begins_with(dialog, view),
        };
        own.map(|own| own.state.clone())
    }

    /// A call that the agent was in comes back and rings: how it is, had it been absent meanwhile.
    pub(in crate::agent) fn left_before(&self, dialog: &Dialog, view: &Perspective<'_>) -> Option<Dialog> {
        let known = self.known.get(&dialog.id).filter(|known| known.rings_again(dialog, view));
        known.map(TrackedCall::as_absent)
    }

    /// A command began the visit of a dialog.
    pub(in crate::agent) fn note_maker(&mut self, dialog: &str, command: &CommandId) {
        if let Some(known) = self.known.get_mut(dialog) {
            known.note_maker(command);
        }
    }

    /// The agent made a leg of its own from a call: the call's `associatedDialogId` until it ends.
    pub(in crate::agent) fn note_leg(&mut self, from: &str, leg: String) {
        if let Some(known) = self.known.get_mut(from).filter(|known| known.is_open()) {
            known.leg = Some(leg);
        }
    }

    /// A dialog as Finesse told it last, whether it has left or not.
    pub(in crate::agent) fn dialog(&self, id: &str) -> Option<&Dialog> {
        self.known.get(id).map(|known| &known.dialog)
    }

    /// A dialog that Finesse has not taken back yet.
    pub(in crate::agent) fn get(&self, id: &str) -> Option<&TrackedCall> {
        self.known.get(id).filter(|known| !known.gone)
    }

    /// Finesse never told of it, or long ago.
    pub(in crate::agent) fn is_unheard_of(&self, id: &str) -> bool {
        !self.known.contains_key(id)
    }

    /// Every dialog that is remembered.
    pub(in crate::agent) fn ids(&self) -> BTreeSet<String> {
        self.known.keys().cloned().collect()
    }

    /// The dialogs with an open visit.
    pub(in crate::agent) fn open(&self) -> impl Iterator<Item = &TrackedCall> {
        self.known.values().filter(|known| known.is_open())
    }

    /// What a snapshot without them says of the dialogs known so far: they have left, with their last
    /// participants, all DROPPED, times unchanged.
    pub(in crate::agent) fn missing_from(&self, snapshot: &[Dialog]) -> Vec<Dialog> {
        let is_missing =
            |known: &&TrackedCall| !known.gone && snapshot.iter().all(|dialog| dialog.id != known.dialog.id);
        self.known.values().filter(is_missing).map(TrackedCall::as_absent).collect()
    }

    /// Forgets everything: a new owner is told afresh.
    pub(in crate::agent) fn clear(&mut self) {
        self.known.clear();
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

    fn look(dialogs: &mut Dialogs, how: How, dialog: Dialog) -> Observation {
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
        dialogs.look(how, dialog, &view)
    }

    #[test]
    fn repeats_of_a_preview_and_of_what_belongs_to_it_are_told() {
        let mut dialogs = Dialogs::default();
        let customer =
            Dialog { associated_dialog_uri: "/finesse/api/Dialog/1".into(), ..dialog("2", "OUTBOUND") };
        for (each, repeat) in
            [(dialog("1", "OUTBOUND_PREVIEW"), false), (customer, false), (dialog("3", "OUT"), true)]
        {
            look(&mut dialogs, How::Seen, each.clone());
            assert_eq!(look(&mut dialogs, How::Seen, each.clone()).only_as_answer, repeat, "{}", each.id);
        }
    }

    #[test]
    fn a_leg_belongs_to_the_call_until_that_ends() {
        let mut dialogs = Dialogs::default();
        let shown = |seen: &Observation| match &seen.event {
            Some(Event::InboundCall(call)) => call.associated_dialog_id.clone(),
            other => panic!("{other:?}"),
        };
        let at = |second: &str, mut dialog: Dialog| {
            dialog.participants[0].state_change_time = format!("2026-03-02T08:00:{second}.000Z");
            dialog
        };
        look(&mut dialogs, How::Seen, at("01", dialog("1", "OTHER_IN")));
        dialogs.note_leg("1", "2".into());
        let leg = Some("2".to_owned());
        assert_eq!(shown(&look(&mut dialogs, How::Seen, at("02", dialog("1", "OTHER_IN")))), leg);
        assert_eq!(shown(&look(&mut dialogs, How::Left, at("03", dialog("1", "OTHER_IN")))), leg);
        let back = look(&mut dialogs, How::Seen, at("04", dialog("1", "TRANSFER")));
        assert_eq!((back.began.is_some(), shown(&back)), (true, None));
        dialogs.note_leg("3", "4".into());
        assert_eq!(shown(&look(&mut dialogs, How::Seen, at("05", dialog("3", "OUT")))), None);
    }

    #[test]
    fn dialogs_that_left_are_remembered_for_a_while_and_not_for_ever() {
        let mut dialogs = Dialogs::default();
        for id in 0..100 {
            look(&mut dialogs, How::Seen, dialog(&id.to_string(), "OUT"));
            look(&mut dialogs, How::Left, dialog(&id.to_string(), "OUT"));
        }
        assert_eq!(dialogs.known.len(), REMEMBERED);
        assert!(dialogs.get("99").is_none() && dialogs.known.contains_key("99"));
    }

    #[test]
    fn what_a_snapshot_does_not_show_has_left_with_everybody_dropped() {
        let mut dialogs = Dialogs::default();
        look(&mut dialogs, How::Seen, dialog("1", "OUT"));
        look(&mut dialogs, How::Seen, dialog("2", "OUT"));
        let missing = dialogs.missing_from(&[dialog("2", "OUT")]);
        assert_eq!(missing.iter().map(|each| each.id.as_str()).collect::<Vec<_>>(), ["1"]);
        assert!(missing[0].participants.iter().all(|each| each.state == ParticipantState::Dropped));
    }
}
