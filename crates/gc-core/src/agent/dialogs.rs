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
