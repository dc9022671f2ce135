//! Every dialog of one agent.

use std::collections::{BTreeMap, VecDeque};

use finesse_types::{Dialog, ParticipantState};

use super::visit::{How, Known, Seen, Viewer};

/// Ended dialogs that are kept, so that what comes late is not taken for a new call.
const REMEMBERED: usize = 16;

/// The dialogs of one agent, by id.
#[derive(Debug, Default)]
pub(super) struct Dialogs {
    known: BTreeMap<String, Known>,
    /// Those that have left, oldest first.
    left: VecDeque<String>,
}

impl Dialogs {
    /// Takes in what Finesse says about one dialog.
    pub(super) fn look(&mut self, how: How, dialog: Dialog, viewer: &Viewer<'_>) -> Seen {
        let of_preview = self.names_preview(&dialog);
        let id = dialog.id.clone();
        let known = self.known.entry(id.clone()).or_insert_with(|| Known::new(dialog.clone()));
        let mut seen = known.look(how, dialog, &Viewer { of_preview, ..*viewer });
        // The seed shows equal events of a reservation one after the other; all of them are sent.
        seen.repeat &= !(known.is_preview() || of_preview);
        if known.gone && !self.left.contains(&id) {
            self.left.push_back(id);
            self.forget_oldest();
        }
        seen
    }

    fn names_preview(&self, dialog: &Dialog) -> bool {
        dialog.associated_dialog_id().and_then(|id| self.known.get(id)).is_some_and(Known::is_preview)
    }

    fn forget_oldest(&mut self) {
        if self.left.len() > REMEMBERED
            && let Some(oldest) = self.left.pop_front()
            && self.known.get(&oldest).is_some_and(|known| known.gone)
        {
            self.known.remove(&oldest);
        }
    }

    /// The agent made a leg of its own from a call: the call's `associatedDialogId` until it ends.
    pub(super) fn note_leg(&mut self, from: &str, leg: String) {
        if let Some(known) = self.known.get_mut(from).filter(|known| known.is_open()) {
            known.leg = Some(leg);
        }
    }

    /// A dialog as Finesse told it last, whether it has left or not.
    pub(super) fn dialog(&self, id: &str) -> Option<&Dialog> {
        self.known.get(id).map(|known| &known.dialog)
    }

    /// A dialog that Finesse has not taken back yet.
    pub(super) fn get(&self, id: &str) -> Option<&Known> {
        self.known.get(id).filter(|known| !known.gone)
    }

    /// Finesse never told of it, or long ago.
    pub(super) fn is_unheard_of(&self, id: &str) -> bool {
        !self.known.contains_key(id)
    }

    /// The dialogs with an open visit.
    pub(super) fn open(&self) -> impl Iterator<Item = &Known> {
        self.known.values().filter(|known| known.is_open())
    }

    /// What a snapshot without them says of the dialogs known so far: they have left, with their last
    /// participants, all DROPPED, times unchanged.
    pub(super) fn missing_from(&self, snapshot: &[Dialog]) -> Vec<Dialog> {
        let missing = self
            .known
            .values()
            .filter(|known| !known.gone && snapshot.iter().all(|dialog| dialog.id != known.dialog.id));
        missing
            .map(|known| {
                let mut dialog = known.dialog.clone();
                for participant in &mut dialog.participants {
                    participant.state = ParticipantState::Dropped;
                }
                dialog
            })
            .collect()
    }

    /// Forgets everything: a new owner is told afresh.
    pub(super) fn clear(&mut self) {
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

    fn look(dialogs: &mut Dialogs, how: How, dialog: Dialog) -> Seen {
        let viewer = Viewer {
            agent_id: "1001",
            extension: "2001",
            user_state: None,
            zone: &TimeZone::UTC,
            outbound_text: "",
            reread: false,
            of_preview: false,
            makes_leg: false,
        };
        dialogs.look(how, dialog, &viewer)
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
            assert_eq!(look(&mut dialogs, How::Seen, each.clone()).repeat, repeat, "{}", each.id);
        }
    }

    #[test]
    fn a_leg_belongs_to_the_call_until_that_ends() {
        let mut dialogs = Dialogs::default();
        let shown = |seen: &Seen| match seen.events.last() {
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
        assert_eq!((back.began, shown(&back)), (true, None));
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
