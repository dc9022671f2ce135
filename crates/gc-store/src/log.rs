//! The log of one client, as numbers and sizes: it decides, for every journal, what is held and what is given up.

use uuid::Uuid;

use crate::{
    Bounds, Claim, ClaimToken, ClientKey, Counts, JournalError, Reason, Record, Settled, Settlement,
    sized_queue::SizedQueue,
};

/// The log of one outbox. `kept` followed by `waiting` is the log: consecutive numbers, the last one `last`.
pub struct Log {
    last: u64,
    settled: Settled,
    /// Entries up to the first one that is not settled, as far as they are still held.
    kept: SizedQueue<()>,
    /// All entries from that one on.
    waiting: SizedQueue<()>,
    dead: SizedQueue<Letter>,
    /// How many were ever given up.
    given_up: u64,
    lost: u64,
    token: Option<ClaimToken>,
    /// There were too many since everything was settled last.
    overflow: Option<Overflow>,
}

/// What too many entries have led to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overflow {
    dead_letters: u64,
    lost: u64,
}

/// A line for the log: one when it begins, and one when it is over, however many entries there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    /// There are too many undelivered entries.
    Overflows,
    /// There are too many dead letters.
    LosesDeadLetters,
    /// Everything is delivered or given up again.
    IsOver(Overflow),
}

/// A dead letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Letter {
    /// [`crate::DeadLetter::number`].
    pub number: u64,
    /// The entry's number; 0 for an entry of another log.
    pub sequence: u64,
}

#[cfg(feature = "stored")]
impl Letter {
    /// The place of a dead letter in the log of this epoch.
    #[must_use]
    pub fn of(epoch: crate::Epoch, dead: &crate::DeadLetter) -> Self {
        let sequence = if dead.entry.epoch == epoch { dead.entry.sequence } else { 0 };
        Self { number: dead.number, sequence }
    }
}

/// What a change means for the contents, which whoever holds them carries out in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// An entry becomes a dead letter. It is still held as an entry.
    Bury {
        /// Its place.
        letter: Letter,
        /// Why it was given up.
        reason: Reason,
    },
    /// A dead letter is none any more: its entry arrived, or somebody has removed it.
    Recover {
        /// Which.
        letter: Letter,
    },
    /// A dead letter is thrown away: there are too many.
    Lose {
        /// Which.
        letter: Letter,
    },
    /// The entries up to this number are not held any more.
    Release {
        /// The last one.
        up_to: u64,
    },
    /// This is to be logged.
    Say(Report),
}

/// The log as a number of facts, from which it can be made again together with the sizes of its contents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The last number given.
    pub last: u64,
    /// What is delivered or given up.
    pub settled: Settled,
    /// How many entries were ever given up.
    pub given_up: u64,
    /// How many entries and dead letters are gone.
    pub lost: u64,
    /// The last claim.
    pub token: Option<ClaimToken>,
}

impl Log {
    /// An empty log.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        Self::resume(bounds, Facts::default())
    }

    /// A log that goes on where another one was; [`Log::holds`] and [`Log::holds_dead`] say what it holds.
    pub(crate) fn resume(bounds: Bounds, facts: Facts) -> Self {
        let Facts { last, settled, given_up, lost, token } = facts;
        Self {
            last,
            settled,
            kept: SizedQueue::new(bounds.replay),
            waiting: SizedQueue::new(bounds.undelivered),
            dead: SizedQueue::new(bounds.dead_letters),
            given_up,
            lost,
            token,
            overflow: None,
        }
    }

    /// The next entry that it holds, in their order.
    #[cfg(feature = "stored")]
    pub(crate) fn holds(&mut self, sequence: u64, size: usize) {
        let is_kept = sequence <= self.settled.prefix();
        let queue = if is_kept { &mut self.kept } else { &mut self.waiting };
        queue.push(size, ());
    }

    /// The next dead letter that it holds, in their order.
    #[cfg(feature = "stored")]
    pub(crate) fn holds_dead(&mut self, letter: Letter, size: usize) {
        self.dead.push(size, letter);
    }

    /// The log as facts.
    #[cfg(any(test, feature = "stored"))]
    #[must_use]
    pub fn facts(&self) -> Facts {
        let Self { last, given_up, lost, token, .. } = *self;
        Facts { last, settled: self.settled.clone(), given_up, lost, token }
    }

    /// Appends an entry, and gives its number.
    pub(crate) fn append(&mut self, size: usize, effects: &mut Vec<Effect>) -> u64 {
        self.last += 1;
        self.waiting.push(size, ());
        while let Some((size, ())) = self.waiting.overflow() {
            self.overflow(size, effects);
        }
        self.last
    }

    /// The bytes of the entries that wait.
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.waiting.bytes()
    }

    /// The bytes of the delivered entries and the dead letters.
    pub(crate) fn past_bytes(&self) -> usize {
        self.kept.bytes().saturating_add(self.dead.bytes())
    }

    /// Lets go of the oldest delivered entry, or else of the oldest dead letter; false if there is none.
    pub(crate) fn forget_past(&mut self, effects: &mut Vec<Effect>) -> bool {
        if self.kept.pop().is_some() {
            effects.push(Effect::Release { up_to: self.oldest().saturating_sub(1) });
            return true;
        }
        self.dead.pop().is_some_and(|(_, letter)| {
            self.lose(letter, effects);
            true
        })
    }

    /// Gives up the oldest entry that waits; false if it is the last one, which stays.
    pub(crate) fn shed(&mut self, effects: &mut Vec<Effect>) -> bool {
        let oldest = if self.waiting.len() > 1 { self.waiting.pop() } else { None };
        oldest.is_some_and(|(size, ())| {
            self.overflow(size, effects);
            true
        })
    }

    /// The first of those that waited does so no more.
    fn overflow(&mut self, size: usize, effects: &mut Vec<Effect>) {
        let sequence = self.first_waiting().saturating_sub(1);
        self.settled.insert(sequence..=sequence);
        let overflow = self.overflow.get_or_insert_default();
        if overflow.dead_letters == 0 {
            effects.push(Effect::Say(Report::Overflows));
        }
        overflow.dead_letters += 1;
        self.bury(sequence, size, Reason::Overflow, effects);
        self.kept.push(size, ());
        self.sweep(effects);
    }

    /// Takes over a dead letter of another log, and gives its number in this.
    #[cfg(feature = "stored")]
    pub(crate) fn inherit(&mut self, size: usize, effects: &mut Vec<Effect>) -> u64 {
        let number = self.next_letter(size, 0).number;
        self.lose_what_is_too_much(effects);
        number
    }

    /// So many entries and dead letters are gone.
    #[cfg(feature = "stored")]
    pub(crate) fn lost(&mut self, count: u64) {
        self.lost = self.lost.saturating_add(count);
    }

    pub(crate) fn claim(&mut self, sender: Uuid) -> Claim {
        let number = self.token.map_or(0, |token| token.number).saturating_add(1);
        let token = ClaimToken { sender, number };
        self.token = Some(token);
        Claim { token, settled: self.settled.clone() }
    }

    pub(crate) fn settle(
        &mut self,
        token: ClaimToken,
        settlement: &Settlement,
        effects: &mut Vec<Effect>,
    ) -> Result<(), JournalError> {
        if self.token != Some(token) {
            return Err(JournalError::Fenced);
        }
        let Settlement { settled, dead, arrived, removed } = settlement;
        let highest = dead.iter().map(|(sequence, _)| *sequence).fold(settled.highest(), u64::max);
        if highest > self.last {
            return Err(JournalError::Ahead { highest, last: self.last });
        }
        for (sequence, reason) in dead {
            if let Some(size) = self.undelivered(*sequence) {
                self.settled.insert(*sequence..=*sequence);
                self.bury(*sequence, size, reason.clone(), effects);
            }
        }
        self.settled.merge(settled);
        for sequence in arrived.iter().filter(|sequence| **sequence > 0) {
            let recovered = self.dead.remove(|letter| letter.sequence == *sequence);
            effects.extend(recovered.map(|letter| Effect::Recover { letter }));
        }
        for number in removed {
            let gone = self.dead.remove(|letter| letter.number == *number);
            effects.extend(gone.map(|letter| Effect::Recover { letter }));
        }
        self.sweep(effects);
        if self.waiting.len() == 0 {
            effects.extend(self.overflow.take().map(|overflow| Effect::Say(Report::IsOver(overflow))));
        }
        Ok(())
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts {
            last: self.last,
            settled: self.settled.prefix(),
            undelivered: self.settled.missing(self.last),
            dead_letters: number(self.dead.len()),
            lost: self.lost,
            superseded: false,
        }
    }

    /// The oldest number that is held, or the next one to come.
    pub(crate) fn oldest(&self) -> u64 {
        self.first_waiting().saturating_sub(number(self.kept.len()))
    }

    fn first_waiting(&self) -> u64 {
        self.last.saturating_add(1).saturating_sub(number(self.waiting.len()))
    }

    /// The size of an entry that is undelivered.
    fn undelivered(&self, sequence: u64) -> Option<usize> {
        let before = usize::try_from(sequence.checked_sub(self.first_waiting())?).ok()?;
        self.waiting.size(before).filter(|_| !self.settled.contains(sequence))
    }

    fn bury(&mut self, sequence: u64, size: usize, reason: Reason, effects: &mut Vec<Effect>) {
        let letter = self.next_letter(size, sequence);
        effects.push(Effect::Bury { letter, reason });
        self.lose_what_is_too_much(effects);
    }

    fn next_letter(&mut self, size: usize, sequence: u64) -> Letter {
        self.given_up += 1;
        let letter = Letter { number: self.given_up, sequence };
        self.dead.push(size, letter);
        letter
    }

    fn lose_what_is_too_much(&mut self, effects: &mut Vec<Effect>) {
        while let Some((_, letter)) = self.dead.overflow() {
            self.lose(letter, effects);
        }
    }

    /// A dead letter is not held any more.
    fn lose(&mut self, letter: Letter, effects: &mut Vec<Effect>) {
        self.lost += 1;
        let overflow = self.overflow.get_or_insert_default();
        if overflow.lost == 0 {
            effects.push(Effect::Say(Report::LosesDeadLetters));
        }
        overflow.lost += 1;
        effects.push(Effect::Lose { letter });
    }

    /// What is settled up to the first hole waits no longer, and what is too much of it goes.
    fn sweep(&mut self, effects: &mut Vec<Effect>) {
        let prefix = self.settled.prefix();
        let oldest = self.oldest();
        while self.first_waiting() <= prefix
            && let Some((size, ())) = self.waiting.pop()
        {
            self.kept.push(size, ());
        }
        while self.kept.overflow().is_some() {}
        if self.oldest() > oldest {
            effects.push(Effect::Release { up_to: self.oldest() - 1 });
        }
    }
}

impl Report {
    /// A dead letter is logged when the journal itself gives the entry up; whoever settles logs the others.
    pub(crate) fn log(self, client: &ClientKey) {
        match self {
            Self::Overflows => tracing::error!(%client,
                "the oldest undelivered events become dead letters: there are too many"),
            Self::LosesDeadLetters => {
                tracing::error!(%client, "the oldest dead letters are thrown away: there are too many");
            }
            Self::IsOver(Overflow { dead_letters, lost }) => tracing::warn!(%client, dead_letters, lost,
                "every event is delivered or given up again; so many were too many"),
        }
    }
}

/// An entry has its number.
pub(crate) fn say_numbered(sequence: u64, record: &Record) {
    let Record { client, message, .. } = record;
    tracing::debug!(%client, sequence, event_type = message.event_type, agent_id = message.agent_id,
        dialog_id = message.dialog_id, command_id = message.command_id, "event emitted");
}

pub(crate) fn say_lost(client: &ClientKey, sequence: u64, record: &Record) {
    tracing::debug!(%client, sequence, id = %record.id, event_type = record.message.event_type,
        "dead letter was thrown away: too many");
}

fn number(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
