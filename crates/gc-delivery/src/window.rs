//! Which entry may be on its way now: a window over the log, as a state machine without I/O.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tokio::time::Instant;

use crate::{Entry, Order, Settled};

/// The unsettled entries from the oldest on, as far as they were read.
///
/// An entry may start when no earlier unsettled one shares a key with it; a barrier waits for all
/// earlier ones, and everything behind it waits for the barrier.
pub(crate) struct Window {
    order: Order,
    settled: Settled,
    /// The last number that was read into the window.
    read: u64,
    /// In ascending order of their numbers.
    slots: VecDeque<Slot>,
    /// Entries that failed, and when each may be tried again. Usually empty.
    delayed: BTreeMap<u64, Instant>,
    /// Attempts that are not over.
    in_flight: usize,
}

struct Slot {
    entry: Entry,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// To be tried, after a failure not before its time.
    Waiting,
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
        Self { order, settled, read: 0, slots: VecDeque::new(), delayed: BTreeMap::new(), in_flight: 0 }
    }

    /// What is settled, as far as the window knows.
    pub(crate) fn settled(&self) -> &Settled {
        &self.settled
    }

    /// Where to read on: behind this number.
    pub(crate) fn position(&self) -> u64 {
        self.read.max(self.settled.prefix())
    }

    /// How many more entries fit. Zero until the window is half empty, because reading a page costs more than an entry.
    pub(crate) fn room(&self) -> usize {
        let capacity = self.order.capacity();
        let room = capacity.saturating_sub(self.slots.len());
        if room > capacity / 2 { room } else { 0 }
    }

    /// Takes entries that were read behind [`Window::position`].
    pub(crate) fn fill(&mut self, entries: impl IntoIterator<Item = Entry>) {
        let position = self.position();
        for entry in entries.into_iter().filter(|entry| entry.sequence > position) {
            self.read = entry.sequence;
            if !self.settled.contains(entry.sequence) {
                self.slots.push_back(Slot { state: State::Waiting, entry });
            }
        }
    }

    /// The next entry whose attempt may begin now. It is in flight until [`Window::end`] says otherwise.
    pub(crate) fn start(&mut self, now: Instant) -> Option<Entry> {
        if self.in_flight >= self.order.max_in_flight() {
            return None;
        }
        let position = self.startable(now)?;
        let slot = self.slots.get_mut(position)?;
        slot.state = State::InFlight { again_at_once: false };
        self.delayed.remove(&slot.entry.sequence);
        self.in_flight += 1;
        Some(slot.entry.clone())
    }

    /// Whether an attempt may begin now.
    pub(crate) fn may_start(&self, now: Instant) -> bool {
        self.in_flight < self.order.max_in_flight() && self.startable(now).is_some()
    }

    fn startable(&self, now: Instant) -> Option<usize> {
        let mut earlier = BTreeSet::new();
        for (position, slot) in self.slots.iter().enumerate() {
            let message = &slot.entry.message;
            let is_due = !slot.is_in_flight()
                && self.delayed.get(&slot.entry.sequence).is_none_or(|time| *time <= now);
            let is_free = if message.barrier {
                position == 0
            } else {
                !self.order.keys(message).any(|key| earlier.contains(&key))
            };
            if is_due && is_free {
                return Some(position);
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
        self.delayed.values().min().filter(|_| self.in_flight < self.order.max_in_flight()).copied()
    }

    /// Whatever waits for its next attempt need not wait any longer, and what is in flight need not
    /// wait if it fails.
    pub(crate) fn retry_now(&mut self) {
        self.delayed.clear();
        for slot in self.slots.iter_mut().filter(|slot| slot.is_in_flight()) {
            slot.state = State::InFlight { again_at_once: true };
        }
    }

    /// The entry has arrived or was given up: what waited for it may start. False if it had been
    /// settled already, while it was in flight.
    pub(crate) fn settle(&mut self, sequence: u64) -> bool {
        self.remove(sequence);
        let is_new = !self.settled.contains(sequence);
        self.settled.insert(sequence..=sequence);
        is_new
    }

    /// The entry's attempt failed; it may be tried again then. False if it need not wait, because everything was to be
    /// tried at once since the attempt began.
    pub(crate) fn retry(&mut self, sequence: u64, not_before: Instant) -> bool {
        if self.settled.contains(sequence) {
            self.remove(sequence);
        } else if let Some(slot) = self.find(sequence).and_then(|position| self.slots.get_mut(position)) {
            let waits = slot.state != (State::InFlight { again_at_once: true });
            slot.state = State::Waiting;
            if !waits {
                return false;
            }
            self.delayed.insert(sequence, not_before);
        }
        true
    }

    /// Whether an attempt is under way.
    pub(crate) fn has_attempts(&self) -> bool {
        self.in_flight > 0
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
        self.slots.retain(|slot| slot.entry.sequence > prefix || slot.is_in_flight());
        self.delayed.retain(|sequence, _| *sequence > prefix);
    }

    /// Settles the waiting entries that are to be given up, and returns them.
    pub(crate) fn give_up(&mut self, unwanted: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        let waiting = self.slots.iter().filter(|slot| !slot.is_in_flight());
        let given_up: Vec<_> =
            waiting.map(|slot| &slot.entry).filter(|entry| unwanted(entry)).cloned().collect();
        for entry in &given_up {
            self.settle(entry.sequence);
        }
        given_up
    }

    fn find(&self, sequence: u64) -> Option<usize> {
        self.slots.binary_search_by_key(&sequence, |slot| slot.entry.sequence).ok()
    }

    fn remove(&mut self, sequence: u64) {
        self.find(sequence).and_then(|position| self.slots.remove(position));
        self.delayed.remove(&sequence);
    }
}

#[cfg(test)]
mod tests;
