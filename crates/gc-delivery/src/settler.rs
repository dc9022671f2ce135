//! The notes that a sender makes in the journal.

use std::{future::pending, sync::Arc};

use crate::{Answer, JournalError, Outbox, Reason, Settled, Settlement, Token, backoff::Backoff};

/// Writes down what is settled, beside the deliveries: none of them waits for a note. One note is on
/// its way at a time; what is settled meanwhile goes with the next, so that a slow disk makes fewer
/// notes and not slower deliveries. What a crash leaves unnoted is delivered again.
pub(crate) struct Settler {
    outbox: Arc<dyn Outbox>,
    token: Token,
    backoff: Backoff,
    noted: Settled,
    dead: Vec<(u64, Reason)>,
    arrived: Vec<u64>,
    under_way: Option<Answer<Settled>>,
}

impl Settler {
    pub(crate) fn new(outbox: Arc<dyn Outbox>, token: Token, noted: Settled, backoff: Backoff) -> Self {
        Self { outbox, token, backoff, noted, dead: Vec::new(), arrived: Vec::new(), under_way: None }
    }

    /// The entry was given up.
    pub(crate) fn dead(&mut self, sequence: u64, reason: Reason) {
        self.dead.push((sequence, reason));
    }

    /// The entry has arrived, and may be a dead letter of the journal's own making.
    pub(crate) fn arrived(&mut self, sequence: u64) {
        self.arrived.push(sequence);
    }

    /// Begins a note of what is new, unless one is on its way.
    pub(crate) fn note(&mut self, settled: &Settled) {
        let is_new = *settled != self.noted || !self.dead.is_empty() || !self.arrived.is_empty();
        if self.under_way.is_some() || !is_new {
            return;
        }
        let settlement = Settlement {
            settled: settled.clone(),
            dead: std::mem::take(&mut self.dead),
            arrived: std::mem::take(&mut self.arrived),
        };
        let (outbox, token, backoff) = (Arc::clone(&self.outbox), self.token, self.backoff.clone());
        self.under_way = Some(Box::pin(async move {
            backoff.persist("settle", || outbox.settle(token, settlement.clone())).await?;
            Ok(settlement.settled)
        }));
    }

    /// Ends when the note on its way has been made. Without one it does not end.
    pub(crate) async fn noted(&mut self) -> Result<(), JournalError> {
        let result = match &mut self.under_way {
            Some(under_way) => under_way.await,
            None => pending().await,
        };
        self.under_way = None;
        self.noted = result?;
        Ok(())
    }
}
