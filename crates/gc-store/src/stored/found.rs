//! An outbox as it is found in a store when that is opened: what is in it must be what its log says.

use crate::{
    Bounds, ClientKey, Epoch, OutboxLine,
    log::{Facts, Letter, Log},
};

/// An outbox of which what it holds is read.
pub struct Found {
    client: ClientKey,
    epoch: Epoch,
    log: Log,
    /// The first number that must be held.
    first_needed: u64,
    next: Option<u64>,
    last: u64,
}

/// What an outbox has to hold is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Incomplete {
    /// Between entries.
    #[error("an entry before {sequence} of {client} is missing")]
    Before {
        /// The entry behind it.
        sequence: u64,
        /// Whose.
        client: ClientKey,
    },
    /// Before the first or behind the last one.
    #[error("entries of {0} are missing")]
    Missing(ClientKey),
}

impl Found {
    /// Begins with the outbox itself; its entries and its dead letters follow, in order.
    #[must_use]
    pub fn new(line: OutboxLine, bounds: Bounds) -> Self {
        let OutboxLine { client, epoch, last, settled, given_up, lost, token } = line;
        let first_needed = settled.prefix().saturating_add(1);
        let log = Log::resume(bounds, Facts { last, settled, given_up, lost, token });
        Self { client, epoch, log, first_needed, next: None, last }
    }

    /// The next entry that it holds.
    ///
    /// # Errors
    /// When one before it is missing.
    pub fn entry(&mut self, sequence: u64, size: usize) -> Result<(), Incomplete> {
        if self.next.is_some_and(|next| next != sequence) {
            return Err(Incomplete::Before { sequence, client: self.client.clone() });
        }
        self.next = Some(sequence.saturating_add(1));
        self.log.holds(sequence, size);
        Ok(())
    }

    /// The next dead letter that it holds.
    pub fn letter(&mut self, letter: Letter, size: usize) {
        self.log.holds_dead(letter, size);
    }

    /// The outbox with its log, when everything was read.
    ///
    /// # Errors
    /// When entries are missing.
    pub fn whole(self) -> Result<(ClientKey, Epoch, Log), Incomplete> {
        let behind = self.last.saturating_add(1);
        match self.next.unwrap_or(behind) == behind && self.log.oldest() <= self.first_needed {
            true => Ok((self.client, self.epoch, self.log)),
            false => Err(Incomplete::Missing(self.client)),
        }
    }
}
