//! What the delivery has measured since the start, and how it is now: plain values, without the names of clients.

use std::{collections::BTreeMap, time::Duration};

use gc_measure::{Counts, Histogram, Times};
use tokio::time::timeout;

use crate::{ClientKey, Delivery, JournalError};

/// Whoever asks how things are does not wait for a database that is away.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the delivery of all clients has measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeliveryMeasures {
    /// How many attempts have ended, by result: `delivered`, `failed` (another one follows) or `refused` (none does).
    pub attempts: BTreeMap<&'static str, u64>,
    /// How long attempts took.
    pub attempt_times: Histogram,
    /// How long it took from an event's emission until its callback has taken it.
    pub end_to_end: Histogram,
    /// How many events became dead letters, by reason: `expired` or `refused`. Those that the journal gave up because too
    /// many had gathered are not among them.
    pub dead_letters: BTreeMap<&'static str, u64>,
    /// How many dead letters there are now.
    pub dead_letters_kept: u64,
    /// How many hosts of callbacks cannot be reached now.
    pub breakers_open: u64,
    /// How long commits of the journal took.
    pub commit_times: Histogram,
    /// How many batches of events and changes are lost, because the journal refused them or could not append them.
    pub batches_lost: u64,
}

/// What waits for one client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// How many events.
    pub undelivered: u64,
    /// The age of the oldest, by the wall clock.
    pub oldest: Duration,
}

/// What is counted while it happens.
#[derive(Debug, Default)]
pub(crate) struct Measures {
    pub(crate) attempts: Counts<&'static str>,
    pub(crate) attempt_times: Times,
    pub(crate) end_to_end: Times,
    pub(crate) dead_letters: Counts<&'static str>,
}

impl Delivery {
    /// What was measured.
    #[must_use]
    pub fn measures(&self) -> DeliveryMeasures {
        let measures = &self.measures;
        DeliveryMeasures {
            attempts: measures.attempts.snapshot(),
            attempt_times: measures.attempt_times.snapshot(),
            end_to_end: measures.end_to_end.snapshot(),
            dead_letters: measures.dead_letters.snapshot(),
            dead_letters_kept: self.clients().values().map(|client| client.counts().dead_letters).sum(),
            breakers_open: self.breakers.count_open(),
            commit_times: self.writer.commit_times(),
            batches_lost: self.writer.failed(),
        }
    }

    /// What waits for each client that something waits for. One entry of each is read. While the journal has no database, or has not
    /// answered for a second, ages are not known: they are zero.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn backlogs(&self) -> Result<Vec<(ClientKey, Backlog)>, JournalError> {
        let clients: Vec<_> = self.clients().values().cloned().collect();
        let (now, mut backlogs, mut is_read) = (self.environment.now(), Vec::new(), true);
        for client in clients {
            let outbox = client.outbox();
            let counts = outbox.counts().get();
            if counts.undelivered == 0 {
                continue;
            }
            // Behind what is settled without a gap is the oldest that is not.
            let page = match is_read && !self.is_away() {
                true => timeout(PATIENCE, outbox.read(counts.settled, 1)).await.ok().transpose()?,
                false => None,
            };
            is_read = page.is_some();
            let oldest = page.and_then(|page| page.entries.into_iter().next());
            let age = oldest.and_then(|entry| now.duration_since(entry.at).ok()).unwrap_or_default();
            backlogs.push((client.key.clone(), Backlog { undelivered: counts.undelivered, oldest: age }));
        }
        Ok(backlogs)
    }
}
