//! A call and its parties; Finesse's terms are dialog and participants.

use jiff::Timestamp;

use super::call_type::{CallType, DialogState, PartyState};
use super::campaign::Outbound;
use super::data::Variables;

/// A participant.
#[derive(Clone, Debug)]
pub(crate) struct Party {
    /// Extension or number.
    pub(crate) address: String,
    /// The agent at this extension; `None` for customers and unattended telephones.
    pub(crate) user: Option<String>,
    /// Whether it is a telephone of this contact centre.
    pub(crate) device: bool,
    pub(crate) state: PartyState,
    pub(crate) cause: &'static str,
    pub(crate) start: Timestamp,
    pub(crate) changed: Timestamp,
    pub(crate) call_type: CallType,
    /// Which wrap-up setting applies: incoming, outgoing, or none. Conferences and transfers of the call do not change
    /// it.
    pub(crate) incoming: Option<bool>,
    /// The agent has been notified of the call (POST), but not yet of its end (DELETE).
    pub(crate) shown: bool,
    /// The monitored agent in a supervisor's monitor call, who has no control over it.
    pub(crate) passive: bool,
}

impl Party {
    pub(crate) fn enter(&mut self, state: PartyState, now: Timestamp) {
        self.state = state;
        self.changed = now;
    }

    /// Changes the party's call type on joining a transfer or conference. For a consulted party the call counts as
    /// incoming; not so for a supervisor who barges in.
    pub(super) fn join(&mut self, call_type: CallType) {
        if matches!(self.call_type, CallType::Consult | CallType::ConsultOffered) && self.incoming.is_none() {
            self.incoming = Some(true);
        }
        self.call_type = call_type;
    }

    pub(crate) fn is(&self, user: &str) -> bool {
        self.user.as_deref() == Some(user)
    }
}

/// A call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) id: String,
    /// Counts the calls of the day (`callKeyCallId`).
    pub(crate) number: u64,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) dnis: String,
    pub(crate) state: DialogState,
    pub(crate) parties: Vec<Party>,
    pub(crate) variables: Variables,
    pub(crate) wrap_up_reason: Option<String>,
    pub(crate) wrap_up_items: Vec<String>,
    /// The held call that this one is a consultation about (`associatedDialogUri`).
    pub(crate) associated: Option<String>,
    /// The call that was merged into this one (`secondaryId`).
    pub(crate) secondary: Option<String>,
    /// The call that a supervisor monitors with this one.
    pub(crate) monitors: Option<String>,
    /// The agent who created the conference.
    pub(crate) controller: Option<String>,
    /// The campaign it belongs to.
    pub(crate) outbound: Option<Outbound>,
    /// The id of the queue it came through.
    pub(crate) queue: Option<String>,
    /// Its recording is paused.
    pub(crate) recording_paused: bool,
    /// Counts offers to agents, so that the timer of an earlier offer is recognized.
    pub(crate) offers: u64,
}

impl Call {
    /// The party of a user: the live one if there are several.
    pub(crate) fn party(&self, user: &str) -> Option<&Party> {
        let mut own = self.parties.iter().filter(|party| party.is(user));
        own.clone().find(|party| party.state.is_live()).or_else(|| own.next())
    }

    pub(crate) fn party_mut(&mut self, user: &str) -> Option<&mut Party> {
        let live = self.parties.iter().any(|party| party.is(user) && party.state.is_live());
        self.parties.iter_mut().find(|party| party.is(user) && (party.state.is_live() || !live))
    }

    /// Counts an offer and returns its number.
    pub(super) fn count_offer(&mut self) -> u64 {
        self.offers += 1;
        self.offers
    }

    /// The agents who see this call.
    pub(crate) fn watchers(&self) -> Vec<String> {
        self.parties.iter().filter(|party| party.shown).filter_map(|party| party.user.clone()).collect()
    }
}
