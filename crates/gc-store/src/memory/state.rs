//! The state of an outbox in memory: the log, and the contents that belong to its numbers.

use std::{collections::VecDeque, sync::Arc};

use uuid::Uuid;

use crate::{
    Bounds, Claim, ClaimToken, ClientKey, Counts, DeadLetter, Entry, JournalError, Page, Record, Settlement,
    log::{Effect, Letter, Log, say_lost, say_numbered},
};

pub(super) struct OutboxState {
    pub(super) client: ClientKey,
    pub(super) log: Log,
    /// All that the log holds, in order.
    pub(super) entries: VecDeque<Entry>,
    pub(super) letters: VecDeque<DeadLetter>,
    /// Another outbox goes on where this one was.
    pub(super) is_over: bool,
}

impl OutboxState {
    pub(super) fn new(client: ClientKey, bounds: Bounds) -> Self {
        let (entries, letters) = (VecDeque::new(), VecDeque::new());
        Self { client, log: Log::new(bounds), entries, letters, is_over: false }
    }

    pub(super) fn append(&mut self, record: Arc<Record>) {
        let mut effects = Vec::new();
        let sequence = self.log.append(record.message.size(), &mut effects);
        say_numbered(sequence, &record);
        self.entries.push_back(Entry { sequence, record });
        self.carry_out(effects);
    }

    /// Gives up the oldest entry that waits; false if it is the last one, which stays.
    pub(super) fn shed(&mut self) -> bool {
        let mut effects = Vec::new();
        let any = self.log.shed(&mut effects);
        self.carry_out(effects);
        any
    }

    /// Lets go of the oldest delivered entry, or else of the oldest dead letter; false if there is none.
    pub(super) fn forget_past(&mut self) -> bool {
        let mut effects = Vec::new();
        let any = self.log.forget_past(&mut effects);
        self.carry_out(effects);
        any
    }

    pub(super) fn read(&self, after: u64, max: usize) -> Page {
        let oldest = self.log.oldest();
        let seen = usize::try_from(after.saturating_add(1).saturating_sub(oldest)).unwrap_or(usize::MAX);
        let unseen = self.entries.range(seen.min(self.entries.len())..);
        Page { oldest, entries: unseen.take(max).cloned().collect() }
    }

    pub(super) fn claim(&mut self, sender: Uuid) -> Claim {
        self.log.claim(sender)
    }

    pub(super) fn settle(&mut self, token: ClaimToken, settlement: &Settlement) -> Result<(), JournalError> {
        let mut effects = Vec::new();
        self.log.settle(token, settlement, &mut effects)?;
        self.carry_out(effects);
        Ok(())
    }

    pub(super) fn dead_letters(&self) -> Vec<DeadLetter> {
        self.letters.iter().cloned().collect()
    }

    pub(super) fn counts(&self) -> Counts {
        self.log.counts()
    }

    pub(super) fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Bury { letter, reason } => {
                    let Letter { number, sequence } = letter;
                    let buried = self.entry(sequence).map(|entry| DeadLetter { number, entry, reason });
                    self.letters.extend(buried);
                }
                Effect::Recover { letter } => _ = self.take_letter(letter),
                Effect::Say(report) => report.log(&self.client),
                Effect::Lose { letter } => {
                    if let Some(DeadLetter { entry, .. }) = self.take_letter(letter) {
                        say_lost(&self.client, entry.sequence, &entry);
                    }
                }
                Effect::Release { up_to } => {
                    while self.entries.front().is_some_and(|entry| entry.sequence <= up_to) {
                        self.entries.pop_front();
                    }
                }
            }
        }
    }

    fn entry(&self, sequence: u64) -> Option<Entry> {
        let oldest = self.entries.front()?.sequence;
        self.entries.get(usize::try_from(sequence.checked_sub(oldest)?).ok()?).cloned()
    }

    fn take_letter(&mut self, letter: Letter) -> Option<DeadLetter> {
        let place = self.letters.iter().position(|known| known.number == letter.number)?;
        self.letters.remove(place)
    }
}

#[cfg(test)]
mod tests;
