//! One client's outbox in a store, as a client and its sender hold it.

use std::sync::Arc;

use futures_util::{FutureExt, future::ready};
use gc_environment::Watcher;
use uuid::Uuid;

use super::{Call, Look, Shown, Ways, ask};
use crate::{Answer, Claim, ClaimToken, Counts, DeadLetter, Epoch, JournalError, Outbox, Page, Settlement};

/// An outbox that is kept in a store.
pub struct StoredOutbox {
    shown: Arc<Shown>,
    ways: Arc<dyn Ways>,
}

impl StoredOutbox {
    /// The outbox of which this is shown; what is asked of it goes these ways.
    pub fn new(shown: Arc<Shown>, ways: Arc<dyn Ways>) -> Self {
        Self { shown, ways }
    }

    /// Hands a call over, as long as no other outbox goes on.
    fn unless_over<T: Send + 'static>(&self, call: impl FnOnce(&Shown) -> Answer<T>) -> Answer<T> {
        match self.shown.present().superseded {
            true => ready(Err(JournalError::Superseded)).boxed(),
            false => call(&self.shown),
        }
    }
}

impl Outbox for StoredOutbox {
    fn epoch(&self) -> Epoch {
        self.shown.epoch()
    }

    fn counts(&self) -> Watcher<Counts> {
        self.shown.counts()
    }

    fn read(&self, after: u64, max: usize) -> Answer<Page> {
        self.unless_over(|shown| {
            if let Some(page) = shown.recent(after, max) {
                return ready(Ok(page)).boxed();
            }
            let (epoch, oldest_held, last) = (shown.epoch(), shown.oldest_held(), shown.present().last);
            ask(|answer| self.ways.look(Look::Page { epoch, after, last, max, oldest_held, answer }))
        })
    }

    fn claim(&self, sender: Uuid) -> Answer<Claim> {
        self.unless_over(|shown| {
            let (client, epoch) = (shown.client().clone(), shown.epoch());
            ask(|answer| self.ways.call(Call::Claim { client, epoch, sender, answer }))
        })
    }

    fn settle(&self, token: ClaimToken, settlement: Settlement) -> Answer<()> {
        self.unless_over(|shown| {
            let (client, epoch) = (shown.client().clone(), shown.epoch());
            ask(|answer| self.ways.call(Call::Settle { client, epoch, token, settlement, answer }))
        })
    }

    fn dead_letters(&self) -> Answer<Vec<DeadLetter>> {
        self.unless_over(|shown| {
            if shown.present().dead_letters == 0 {
                return ready(Ok(Vec::new())).boxed();
            }
            ask(|answer| self.ways.look(Look::DeadLetters { epoch: shown.epoch(), answer }))
        })
    }
}
