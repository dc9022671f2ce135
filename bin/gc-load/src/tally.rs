//! Counts of events.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::order::Arrival;

/// What arrived, and what did not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tally {
    /// Events, without duplicates.
    pub(crate) received: u64,
    /// Duplicate events: the same number and the same id.
    pub(crate) repeated: u64,
    /// Numbers that were skipped, and did not come later.
    pub(crate) missing: u64,
    /// Events that came after a later one of the same agent.
    pub(crate) out_of_order: u64,
    /// Events with the number of another one, and events that came again with another number.
    pub(crate) renumbered: u64,
    /// Outboxes that began while events of another one were expected.
    pub(crate) new_epochs: u64,
    /// Events that this version of gc-protocol cannot read.
    pub(crate) unreadable: u64,
    /// Errors without a command, by code.
    #[serde(rename = "unasked")]
    pub(crate) unsolicited: BTreeMap<String, u64>,
    /// States in which an agent is not signed in, wanted ones included.
    #[serde(skip)]
    pub(crate) signed_out: u64,
}

impl Tally {
    pub(crate) fn count(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::New { skipped } => self.missing += skipped,
            Arrival::NewEpoch => self.new_epochs += 1,
            Arrival::Late { in_order } => {
                self.missing = self.missing.saturating_sub(1);
                self.out_of_order += u64::from(!in_order);
            }
            Arrival::Renumbered => self.renumbered += 1,
            Arrival::Repeated => {
                self.repeated += 1;
                return;
            }
        }
        self.received += 1;
    }

    /// What was counted since then. Of codes, all.
    pub(crate) fn since(self, before: &Self) -> Self {
        Self {
            received: self.received.saturating_sub(before.received),
            repeated: self.repeated.saturating_sub(before.repeated),
            missing: self.missing.saturating_sub(before.missing),
            out_of_order: self.out_of_order.saturating_sub(before.out_of_order),
            renumbered: self.renumbered.saturating_sub(before.renumbered),
            new_epochs: self.new_epochs.saturating_sub(before.new_epochs),
            unreadable: self.unreadable.saturating_sub(before.unreadable),
            unsolicited: self.unsolicited,
            signed_out: self.signed_out.saturating_sub(before.signed_out),
        }
    }

    /// Whether nothing was lost, renumbered or out of order. Duplicates are allowed: whoever does not acknowledge an event gets it again.
    pub(crate) fn is_whole(&self) -> bool {
        [self.missing, self.out_of_order, self.renumbered, self.new_epochs] == [0; 4]
    }
}
