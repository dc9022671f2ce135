//! Which entry may be on its way now: a window over the log, as a state machine without I/O.

use std::collections::{BTreeMap, BTreeSet};

use tokio::time::Instant;

use crate::{Entry, Message, Settled};

/// So many entries are held at once; the first one that cannot be settled holds up what is behind them.
const CAPACITY: usize = 64;

/// Which entries must not overtake each other.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Order {
    /// None overtakes any other: one is on its way at a time.
    Client,
    /// Those of one agent, and those of one dialog, stay in order.
    #[cfg_attr(not(test), expect(dead_code, reason = "no client can choose it yet"))]
    Agent {
        /// At most so many are on their way at a time.
        max_in_flight: usize,
    },
}

/// What two entries share when one must not overtake the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    Client,
    Agent(&'a str),
    Dialog(&'a str),
}

impl Order {
    fn keys(self, message: &Message) -> impl Iterator<Item = Key<'_>> {
        let keys = match self {
            Self::Client => [Some(Key::Client), None],
            Self::Agent { .. } => {
                let agent = message.agent_id.as_deref().map(Key::Agent);
                [agent, message.dialog_id.as_deref().map(Key::Dialog)]
            }
        };
        keys.into_iter().flatten()
    }

    fn max_in_flight(self) -> usize {
        match self {
            Self::Client => 1,
            Self::Agent { max_in_flight } => max_in_flight.max(1),
        }
    }
}

/// The unsettled entries from the oldest on, as far as they were read.
///
/// An entry may start when no earlier unsettled one shares a key with it; a barrier waits for all
/// earlier ones, and everything behind it waits for the barrier.
pub(crate) struct Window {
    order: Order,
    settled: Settled,
    /// The last number that was read into the window.
    read: u64,
    slots: BTreeMap<u64, Slot>,
    /// Attempts that are not over.
    in_flight: usize,
}

struct Slot {
    entry: Entry,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// To be tried, after a failure not before the time given.
    Waiting(Option<Instant>),
    /// An attempt is under way. If it fails, the next one may or may not follow at once.
    InFlight { again_at_once: bool },
}

impl Slot {
    fn is_in_flight(&self) -> bool {
        matches!(self.state, State::InFlight { .. })
    }
}

impl Window {
    pub(crate) fn new(order: Order, settled: Settled) -> Self {
        Self { order, settled, read: 0, slots: BTreeMap::new(), in_flight: 0 }
    }

    /// What is settled, as far as the window knows.
    pub(crate) fn settled(&self) -> &Settled {
        &self.settled
    }

    /// Where to read on: behind this number.
    pub(crate) fn position(&self) -> u64 {
        self.read.max(self.settled.prefix())
    }

    /// How many more entries it takes; none until it is half empty, since a page costs more than an entry.
    pub(crate) fn room(&self) -> usize {
        let room = CAPACITY.saturating_sub(self.slots.len());
        if room > CAPACITY / 2 { room } else { 0 }
    }

    /// Takes entries that were read behind [`Window::position`].
    pub(crate) fn fill(&mut self, entries: impl IntoIterator<Item = Entry>) {
        for entry in entries {
            self.read = self.read.max(entry.sequence);
            if !self.settled.contains(entry.sequence) {
                let slot = Slot { state: State::Waiting(None), entry };
                self.slots.insert(slot.entry.sequence, slot);
            }
        }
    }

    /// The next entry whose attempt may begin now. It is in flight until [`Window::end`] says otherwise.
    pub(crate) fn start(&mut self, now: Instant) -> Option<Entry> {
        if self.in_flight >= self.order.max_in_flight() {
            return None;
        }
        let sequence = self.startable(now)?;
        let slot = self.slots.get_mut(&sequence)?;
        slot.state = State::InFlight { again_at_once: false };
        self.in_flight += 1;
        Some(slot.entry.clone())
    }

    fn startable(&self, now: Instant) -> Option<u64> {
        let mut earlier = BTreeSet::new();
        for (position, (sequence, slot)) in self.slots.iter().enumerate() {
            let message = &slot.entry.message;
            let is_due = match slot.state {
                State::Waiting(not_before) => not_before.is_none_or(|time| time <= now),
                State::InFlight { .. } => false,
            };
            let is_free = if message.barrier {
                position == 0
            } else {
                !self.order.keys(message).any(|key| earlier.contains(&key))
            };
            if is_due && is_free {
                return Some(*sequence);
            }
            // Nothing passes a barrier, nor an entry whose key all share.
            if message.barrier || matches!(self.order, Order::Client) {
                return None;
            }
            earlier.extend(self.order.keys(message));
        }
        None
    }

    /// The earliest time at which an entry that failed may be tried again, if there is a place for it.
    pub(crate) fn next_retry(&self) -> Option<Instant> {
        let times = self.slots.values().filter_map(|slot| match slot.state {
            State::Waiting(not_before) => not_before,
            State::InFlight { .. } => None,
        });
        times.min().filter(|_| self.in_flight < self.order.max_in_flight())
    }

    /// Whatever waits for its next attempt need not wait any longer, and what is in flight need not
    /// wait if it fails.
    pub(crate) fn retry_now(&mut self) {
        for slot in self.slots.values_mut() {
            match &mut slot.state {
                State::Waiting(not_before) => *not_before = None,
                State::InFlight { again_at_once } => *again_at_once = true,
            }
        }
    }

    /// The entry has arrived or was given up: what waited for it may start. False if it had been
    /// settled already, while it was in flight.
    pub(crate) fn settle(&mut self, sequence: u64) -> bool {
        self.slots.remove(&sequence);
        let is_new = !self.settled.contains(sequence);
        self.settled.insert(sequence..=sequence);
        is_new
    }

    /// The entry's attempt failed; it may be tried again then.
    pub(crate) fn retry(&mut self, sequence: u64, not_before: Instant) {
        if self.settled.contains(sequence) {
            self.slots.remove(&sequence);
        } else if let Some(slot) = self.slots.get_mut(&sequence) {
            let at_once = slot.state == State::InFlight { again_at_once: true };
            slot.state = State::Waiting((!at_once).then_some(not_before));
        }
    }

    /// An attempt is over, its rest included: its place is free.
    pub(crate) fn end(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Everything up to this number was settled elsewhere. What is in flight stays until its attempt ends.
    pub(crate) fn advance(&mut self, up_to: u64) {
        if up_to <= self.settled.prefix() {
            return;
        }
        self.settled.insert(0..=up_to);
        let prefix = self.settled.prefix();
        self.slots.retain(|sequence, slot| *sequence > prefix || slot.is_in_flight());
    }

    /// Settles the waiting entries that are to be given up, and returns them.
    pub(crate) fn give_up(&mut self, unwanted: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        let waiting = self.slots.values().filter(|slot| !slot.is_in_flight());
        let given_up: Vec<_> =
            waiting.map(|slot| &slot.entry).filter(|entry| unwanted(entry)).cloned().collect();
        for entry in &given_up {
            self.settle(entry.sequence);
        }
        given_up
    }
}

#[cfg(test)]
mod tests;
