//! What follows the end of an attempt.

use std::time::Duration;

use tokio::time::Instant;

use super::{Done, Ended, Running};
use crate::{
    Attempt, Callback, Cursor, Entry, Failure, JournalError, Order, Reason, Rest,
    client::Removal,
    report::{Attempts, Line},
    retries::Next,
};

impl Running<'_> {
    pub(super) async fn done(&mut self, done: Done) -> Result<(), JournalError> {
        let Done::Attempt(ended) = done else {
            self.window.end();
            return Ok(());
        };
        let Ended { entry, callback, pass, attempt, elapsed } = *ended;
        let now = Instant::now();
        let failure = match &attempt {
            Attempt::Retry { failure, .. } | Attempt::Dead { failure } => Some(failure),
            Attempt::Delivered(_) => None,
        };
        self.task.activity.attempted(failure);
        self.task.measures.attempt_times.add(elapsed);
        let ends = |result| self.task.measures.attempts.add(&result, 1);
        pass.ends(failure, now, |failures| self.retries.nominal(failures));
        match attempt {
            Attempt::Delivered(rest) => {
                ends("delivered");
                self.delivered(&entry, &callback, rest, elapsed, now);
            }
            Attempt::Retry { failure, after } => {
                let next = self.retries.after(entry.sequence, &failure, after);
                ends(if matches!(next, Next::GiveUp) { "refused" } else { "failed" });
                let line = self.report.failed(&failure, now);
                self.log(line, &callback, Some(&failure));
                tracing::debug!(client = %self.task.client, sequence = entry.sequence,
                    event_type = entry.message.event_type, dialog_id = entry.message.dialog_id, %failure, ?elapsed,
                    %next, "event not delivered");
                self.follow(next, &entry, &failure, now);
                self.window.end();
                self.expire(&failure).await?;
            }
            Attempt::Dead { failure } => {
                ends("refused");
                self.refuse(&entry, failure);
                self.window.end();
            }
        }
        Ok(())
    }

    fn delivered(&mut self, entry: &Entry, callback: &Callback, rest: Rest, elapsed: Duration, now: Instant) {
        let (client, sequence) = (&self.task.client, entry.sequence);
        tracing::debug!(%client, sequence, event_type = entry.message.event_type,
            dialog_id = entry.message.dialog_id, ?elapsed, "event delivered");
        let since = self.task.environment.now().duration_since(entry.at);
        self.task.measures.end_to_end.add(since.unwrap_or_default());
        self.pause = None;
        self.retries.settle(sequence);
        let line = self.report.delivered(now);
        self.log(line, callback, None);
        let waiting = self.counts.peek().undelivered;
        if matches!(self.task.order, Order::Client) && self.report.is_slow(elapsed, waiting, now) {
            tracing::warn!(client = %self.task.client, %callback, ?elapsed, waiting,
                "the receiver is slow and takes one event at a time: with callback.order = \"agent\" it gets those of \
                 different agents at the same time");
        }
        if !self.window.settle(sequence) {
            self.recover(sequence);
        }
        match rest.into_future() {
            None => self.window.end(),
            Some(rest) => self.under_way.push(async {
                rest.await;
                Done::Rest
            }),
        }
    }

    fn follow(&mut self, next: Next, entry: &Entry, failure: &Failure, now: Instant) {
        self.pause = None;
        match next {
            Next::Retry(delay) => _ = self.window.retry(entry.sequence, now + delay),
            Next::Pause(delay) => {
                let waits = self.window.retry(entry.sequence, now + delay);
                self.pause = waits.then_some(now + delay);
            }
            Next::GiveUp => self.refuse(entry, failure.clone()),
        }
    }

    /// A live stream has handed the entry out.
    pub(super) fn handed_out(&mut self, Cursor { epoch, sequence }: Cursor) {
        if epoch != self.task.outbox.epoch() {
            return;
        }
        if self.window.settled().contains(sequence) {
            self.recover(sequence);
        }
        self.window.advance(sequence);
    }

    /// An entry has arrived that was settled before: the journal may have given it up.
    fn recover(&mut self, sequence: u64) {
        if self.counts.peek().dead_letters > 0 {
            self.settler.arrived(sequence);
        }
    }

    /// These are dead letters no more.
    pub(super) fn remove(&mut self, removal: Removal) {
        match removal.epoch == self.task.outbox.epoch() {
            true => self.settler.removed(removal.letters),
            // One that is over, of which whoever waits sees that; or the next one.
            false => self.task.early.push(removal),
        }
    }

    /// The receiver will never take this entry.
    fn refuse(&mut self, entry: &Entry, failure: Failure) {
        self.bury(std::slice::from_ref(entry), &Reason::Refused(failure));
        self.window.settle(entry.sequence);
    }

    /// The receiver has just failed: whatever is too old has had its time. True if there was anything.
    async fn expire(&mut self, failure: &Failure) -> Result<bool, JournalError> {
        let mut any = false;
        loop {
            let now = Instant::now();
            let expired = self.window.give_up(|entry| self.ages.is_too_old(entry, now));
            if expired.is_empty() {
                return Ok(any);
            }
            any = true;
            self.bury(&expired, &Reason::Expired(failure.clone()));
            self.fill().await?;
        }
    }

    /// A failed probe of the host counts for every client that waits for it.
    pub(super) async fn expire_behind_outage(&mut self) -> Result<bool, JournalError> {
        match &self.blocked {
            Some(blocked) => {
                let failure = blocked.outage.failure.clone();
                self.expire(&failure).await
            }
            None => Ok(false),
        }
    }

    fn bury(&mut self, entries: &[Entry], reason: &Reason) {
        for entry in entries {
            tracing::debug!(client = %self.task.client, sequence = entry.sequence, id = %entry.id, %reason,
                "event became a dead letter");
            self.retries.settle(entry.sequence);
            self.settler.dead(entry.sequence, reason.clone());
        }
        let count = u64::try_from(entries.len()).unwrap_or(u64::MAX);
        let kind = match reason {
            Reason::Expired(_) => "expired",
            Reason::Refused(_) => "refused",
            Reason::Overflow => "overflow",
        };
        self.task.measures.dead_letters.add(&kind, count);
        if let Some(events) = self.report.given_up(count, Instant::now()) {
            let last = entries.last().map(|entry| entry.sequence);
            tracing::error!(client = %self.task.client, events, last, %reason, "events became dead letters");
        }
    }

    pub(super) fn log_due(&mut self) {
        let (line, letters) = self.report.take_due(Instant::now());
        if let Some(callback) = self.target.as_ref().map(|target| target.callback.clone()) {
            self.log(line, &callback, None);
        }
        if let Some(events) = letters {
            tracing::error!(client = %self.task.client, events, "events became dead letters in the last minute");
        }
    }

    fn log(&self, line: Option<Line>, callback: &Callback, failure: Option<&Failure>) {
        let (client, waiting) = (&self.task.client, self.counts.peek().undelivered);
        match line {
            None => {}
            Some(Line::Fails) => {
                let failure = failure.map(tracing::field::display);
                tracing::warn!(%client, %callback, failure, waiting, "callback fails");
            }
            Some(Line::StillFails { attempts: Attempts { failed, delivered }, last }) => {
                tracing::warn!(%client, %callback, failure = %last, failed, delivered, waiting, "callback still fails");
            }
            Some(Line::WorksAgain { attempts: Attempts { failed, delivered }, after }) => {
                tracing::info!(%client, %callback, failed, delivered, waiting, ?after, "callback works again");
            }
        }
    }
}
