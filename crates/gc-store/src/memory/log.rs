//! The log of one client as a plain value.

use std::sync::Arc;

use uuid::Uuid;

use super::{Bounds, shelf::Shelf};
use crate::{
    Claim, ClientKey, Counts, DeadLetter, Entry, JournalError, Page, Reason, Record, Settled, Settlement,
    Token,
};

/// `kept` followed by `waiting` is the log: consecutive numbers, the last one `last`.
pub(super) struct Log {
    client: ClientKey,
    last: u64,
    settled: Settled,
    /// Entries up to the first one that is not settled, as far as they are still held.
    kept: Shelf<Entry>,
    /// All entries from that one on.
    waiting: Shelf<Entry>,
    dead: Shelf<DeadLetter>,
    lost: u64,
    token: Option<Token>,
}

impl Log {
    pub(super) fn new(client: ClientKey, bounds: Bounds) -> Self {
        Self {
            client,
            last: 0,
            settled: Settled::default(),
            kept: Shelf::new(bounds.replay),
            waiting: Shelf::new(bounds.undelivered),
            dead: Shelf::new(bounds.dead_letters),
            lost: 0,
            token: None,
        }
    }

    pub(super) fn append(&mut self, record: Arc<Record>) {
        self.last += 1;
        let entry = Entry { sequence: self.last, record };
        self.waiting.push(entry.message.size(), entry);
        while let Some(oldest) = self.waiting.overflow() {
            let sequence = oldest.sequence;
            tracing::error!(client = %self.client, sequence, id = %oldest.id,
                event_type = oldest.message.event_type, "event became a dead letter: too many are undelivered");
            self.settled.insert(sequence..=sequence);
            self.bury(oldest.clone(), Reason::Overflow);
            self.keep(oldest);
            self.sweep();
        }
    }

    pub(super) fn read(&self, after: u64, max: usize) -> Page {
        let first = self.kept.first().or(self.waiting.first());
        let oldest = first.map_or(self.last.saturating_add(1), |entry| entry.sequence);
        let seen = usize::try_from(after.saturating_add(1).saturating_sub(oldest)).unwrap_or(usize::MAX);
        let kept = self.kept.skip(seen);
        let waiting = self.waiting.skip(seen.saturating_sub(self.kept.len()));
        Page { oldest, entries: kept.chain(waiting).take(max).cloned().collect() }
    }

    pub(super) fn claim(&mut self, sender: Uuid) -> Claim {
        let number = self.token.map_or(0, |token| token.number).saturating_add(1);
        let token = Token { sender, number };
        self.token = Some(token);
        Claim { token, settled: self.settled.clone() }
    }

    pub(super) fn settle(&mut self, token: Token, settlement: Settlement) -> Result<(), JournalError> {
        if self.token != Some(token) {
            return Err(JournalError::Fenced);
        }
        let Settlement { settled, dead, arrived } = settlement;
        let highest = dead.iter().map(|(sequence, _)| *sequence).fold(settled.highest(), u64::max);
        if highest > self.last {
            return Err(JournalError::Ahead { highest, last: self.last });
        }
        for (sequence, reason) in dead {
            if let Some(entry) = self.undelivered(sequence).cloned() {
                self.settled.insert(sequence..=sequence);
                self.bury(entry, reason);
            }
        }
        self.settled.merge(&settled);
        for sequence in arrived {
            self.dead.remove(|letter| letter.entry.sequence == sequence);
        }
        self.sweep();
        Ok(())
    }

    pub(super) fn dead_letters(&self) -> Vec<DeadLetter> {
        self.dead.skip(0).cloned().collect()
    }

    pub(super) fn counts(&self) -> Counts {
        let count = |entries| u64::try_from(entries).unwrap_or(u64::MAX);
        Counts {
            last: self.last,
            settled: self.settled.prefix(),
            undelivered: self.settled.missing(self.last),
            dead_letters: count(self.dead.len()),
            lost: self.lost,
        }
    }

    fn undelivered(&self, sequence: u64) -> Option<&Entry> {
        let first = self.waiting.first()?.sequence;
        let before = usize::try_from(sequence.checked_sub(first)?).ok()?;
        self.waiting.get(before).filter(|_| !self.settled.contains(sequence))
    }

    fn bury(&mut self, entry: Entry, reason: Reason) {
        self.dead.push(entry.message.size(), DeadLetter { entry, reason });
        while let Some(DeadLetter { entry, .. }) = self.dead.overflow() {
            self.lost += 1;
            tracing::error!(client = %self.client, sequence = entry.sequence, id = %entry.id,
                event_type = entry.message.event_type, lost = self.lost,
                "dead letter was thrown away: too many");
        }
    }

    /// What is settled up to the first hole waits no longer.
    fn sweep(&mut self) {
        let prefix = self.settled.prefix();
        while let Some(entry) = self.waiting.pop_if(|entry| entry.sequence <= prefix) {
            self.keep(entry);
        }
    }

    fn keep(&mut self, entry: Entry) {
        self.kept.push(entry.message.size(), entry);
        while self.kept.overflow().is_some() {}
    }
}

#[cfg(test)]
mod tests;
