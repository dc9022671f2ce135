//! One client's outbox in the file, as a client and its sender hold it.

use std::sync::Arc;

use futures_util::{FutureExt, future::ready};
use gc_environment::Watcher;
use uuid::Uuid;

use super::{
    calls::{Calls, Job, Look},
    shown::Shown,
};
use crate::{Answer, Claim, Counts, DeadLetter, Epoch, JournalError, Outbox, Page, Settlement, Token};

pub(super) struct DiskOutbox {
    shown: Arc<Shown>,
    calls: Calls,
}

impl DiskOutbox {
    pub(super) fn new(shown: Arc<Shown>, calls: Calls) -> Self {
        Self { shown, calls }
    }

    /// Hands a call over, as long as no other outbox goes on.
    fn unless_over<T: Send + 'static>(&self, call: impl FnOnce(&Shown) -> Answer<T>) -> Answer<T> {
        match self.shown.present().superseded {
            true => ready(Err(JournalError::Superseded)).boxed(),
            false => call(&self.shown),
        }
    }
}

impl Outbox for DiskOutbox {
    fn epoch(&self) -> Epoch {
        self.shown.epoch
    }

    fn counts(&self) -> Watcher<Counts> {
        self.shown.counts()
    }

    fn read(&self, after: u64, max: usize) -> Answer<Page> {
        self.unless_over(|shown| {
            if let Some(page) = shown.recent(after, max) {
                return ready(Ok(page)).boxed();
            }
            let (epoch, oldest_held) = (shown.epoch, shown.oldest_held());
            self.calls.look(|answer| Look::Page { epoch, after, max, oldest_held, answer })
        })
    }

    fn claim(&self, sender: Uuid) -> Answer<Claim> {
        self.unless_over(|shown| {
            let (client, epoch) = (shown.client.clone(), shown.epoch);
            self.calls.ask(|answer| Job::Claim { client, epoch, sender, answer })
        })
    }

    fn settle(&self, token: Token, settlement: Settlement) -> Answer<()> {
        self.unless_over(|shown| {
            let (client, epoch) = (shown.client.clone(), shown.epoch);
            self.calls.ask(|answer| Job::Settle { client, epoch, token, settlement, answer })
        })
    }

    fn dead_letters(&self) -> Answer<Vec<DeadLetter>> {
        self.unless_over(|shown| {
            if shown.present().dead_letters == 0 {
                return ready(Ok(Vec::new())).boxed();
            }
            self.calls.look(|answer| Look::DeadLetters { epoch: shown.epoch, answer })
        })
    }
}
