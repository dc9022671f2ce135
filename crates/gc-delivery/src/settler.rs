//! Records in the journal what is settled.

use std::{future::pending, sync::Arc};

use futures_util::FutureExt;
use gc_net::Backoff;
use tokio::time::sleep;

use crate::{
    Answer, ClaimToken, JournalError, Outbox, Reason, Settled, Settlement, persist::after_journal_failure,
};

/// Records in the journal what is settled. Deliveries do not wait for it: one note is written at a time, and what is
/// settled meanwhile goes into the next one, so a slow disk causes fewer notes and not slower deliveries. After a crash,
/// entries that were not noted are delivered again.
pub(crate) struct Settler {
    outbox: Arc<dyn Outbox>,
    token: ClaimToken,
    backoff: Backoff,
    noted: Settled,
    dead: Vec<(u64, Reason)>,
    arrived: Vec<u64>,
    removed: Vec<u64>,
    under_way: Option<Note>,
}

struct Note {
    settlement: Settlement,
    answer: Answer<()>,
}

impl Settler {
    pub(crate) fn new(outbox: Arc<dyn Outbox>, token: ClaimToken, noted: Settled, backoff: Backoff) -> Self {
        let (dead, arrived, removed) = Default::default();
        Self { outbox, token, backoff, noted, dead, arrived, removed, under_way: None }
    }

    /// The entry was given up.
    pub(crate) fn dead(&mut self, sequence: u64, reason: Reason) {
        self.dead.push((sequence, reason));
    }

    /// The entry has arrived, and may be a dead letter of the journal's own making.
    pub(crate) fn arrived(&mut self, sequence: u64) {
        self.arrived.push(sequence);
    }

    /// These dead letters are to be there no more.
    pub(crate) fn removed(&mut self, numbers: Vec<u64>) {
        self.removed.extend(numbers);
    }

    /// Begins a note of what is new, unless one is on its way.
    ///
    /// # Errors
    /// When the journal has failed permanently.
    pub(crate) fn note(&mut self, settled: &Settled) -> Result<(), JournalError> {
        let about_letters = [self.dead.is_empty(), self.arrived.is_empty(), self.removed.is_empty()];
        let is_new = *settled != self.noted || about_letters.contains(&false);
        if self.under_way.is_some() || !is_new {
            return Ok(());
        }
        let settlement = Settlement {
            settled: settled.clone(),
            dead: std::mem::take(&mut self.dead),
            arrived: std::mem::take(&mut self.arrived),
            removed: std::mem::take(&mut self.removed),
        };
        let answer = self.outbox.settle(self.token, settlement.clone());
        self.under_way = Some(Note { settlement, answer });
        // The journal in memory answers immediately, so the task does not need to be woken for it.
        self.noted().now_or_never().unwrap_or(Ok(()))
    }

    /// Ends when the note on its way has been made. Without one it does not end.
    pub(crate) async fn noted(&mut self) -> Result<(), JournalError> {
        loop {
            let result = match &mut self.under_way {
                Some(note) => (&mut note.answer).await,
                None => pending().await,
            };
            let Some(Note { settlement, .. }) = self.under_way.take() else { continue };
            match result {
                Ok(()) => {
                    self.backoff.reset();
                    self.noted = settlement.settled;
                    return Ok(());
                }
                Err(error) if error.may_pass() => {
                    let (outbox, token, again) = (Arc::clone(&self.outbox), self.token, settlement.clone());
                    let delay = after_journal_failure(&mut self.backoff, "settle", &error);
                    let answer = async move {
                        sleep(delay).await;
                        outbox.settle(token, again).await
                    };
                    self.under_way = Some(Note { settlement, answer: Box::pin(answer) });
                }
                Err(error) => return Err(error),
            }
        }
    }
}
