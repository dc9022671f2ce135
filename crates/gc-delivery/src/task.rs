//! The delivery task of one client: its entries go to its callback, as many at once as their order allows.

use std::{future::pending, sync::Arc, time::Duration};

use gc_environment::{Environment, Watcher};
use gc_net::Backoff;
use tokio::{
    select,
    sync::mpsc,
    time::{Instant, sleep_until},
};
use uuid::Uuid;

use crate::{
    Attempt, Callback, ClientKey, Config, Counts, Cursor, Entry, Failure, Journal, JournalError, Outbox,
    Reason, Rest, Sink,
    ages::Ages,
    persist::{journal_backoff, persist},
    retries::{Next, Retries},
    settler::Settler,
    under_way::UnderWay,
    window::{Order, Window},
};

/// What a delivery task is made of. It lives as long as its client is known, and is ended by
/// dropping it: what was not settled stays in the outbox.
pub(crate) struct DeliveryTask {
    pub(crate) client: ClientKey,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) outbox: Arc<dyn Outbox>,
    /// Whose claim the outbox is.
    pub(crate) sender: Uuid,
    pub(crate) order: Order,
    /// Where to; it is sent anew with each Hello, which also ends a wait for the next attempt.
    pub(crate) callback: Watcher<Option<Callback>>,
    /// What streams have handed out to a client without a callback: delivered.
    pub(crate) handed_out: mpsc::UnboundedReceiver<Cursor>,
    pub(crate) sink: Arc<dyn Sink>,
    pub(crate) environment: Arc<dyn Environment>,
    pub(crate) config: Arc<Config>,
}

/// A task that has its claim.
struct Running<'a> {
    task: &'a mut DeliveryTask,
    counts: Watcher<Counts>,
    window: Window,
    settler: Settler,
    /// For the journal.
    backoff: Backoff,
    under_way: UnderWay<Done>,
    retries: Retries,
    ages: Ages,
    /// The receiver answered 410: until then nothing is tried, and then one entry at a time.
    pause: Option<Instant>,
    callback: Option<Callback>,
}

enum Done {
    Attempt { entry: Entry, callback: Callback, attempt: Attempt, elapsed: Duration },
    Rest,
}

impl DeliveryTask {
    /// Runs until the client is forgotten, or somebody else has claimed its outbox.
    pub(crate) async fn run(mut self) {
        loop {
            match self.deliver().await {
                // The journal's disk has failed, or works again.
                Err(JournalError::Superseded) => {
                    let mut counts = self.outbox.counts();
                    counts.until(|counts| counts.superseded.then_some(())).await;
                    self.outbox = self.journal.open(&self.client);
                }
                Err(error) => {
                    let (client, error) = (&self.client, &error as &dyn std::error::Error);
                    tracing::error!(%client, error, "delivery to the client ended");
                    return;
                }
                Ok(()) => return,
            }
        }
    }

    async fn deliver(&mut self) -> Result<(), JournalError> {
        let backoff = journal_backoff(&self.environment);
        let claim = persist(backoff.clone(), "claim", || self.outbox.claim(self.sender)).await?;
        let outbox = Arc::clone(&self.outbox);
        let mut counts = outbox.counts();
        let (found, wall) = (counts.get().last, self.environment.now());
        let mut running = Running {
            ages: Ages::new(self.config.max_age, found, Instant::now(), wall),
            retries: Retries::new(Arc::clone(&self.config), Arc::clone(&self.environment)),
            pause: None,
            counts,
            window: Window::new(self.order, claim.settled.clone()),
            settler: Settler::new(outbox, claim.token, claim.settled, backoff.clone()),
            backoff,
            under_way: UnderWay::new(),
            callback: self.callback.read(Clone::clone),
            task: self,
        };
        running.run().await
    }
}

impl Running<'_> {
    async fn run(&mut self) -> Result<(), JournalError> {
        loop {
            self.look()?;
            if let Some(callback) = self.callback.clone() {
                self.fill().await?;
                self.start(&callback);
            }
            let has_callback = self.callback.is_some();
            let retry = self.next_attempt().filter(|_| has_callback);
            // What has ended comes before what may begin.
            select! {
                biased;
                noted = self.settler.noted() => noted?,
                done = self.under_way.next() => self.done(done).await?,
                Some(cursor) = self.task.handed_out.recv(), if !has_callback => self.handed_out(cursor),
                () = self.task.callback.changed() => {}
                () = self.counts.changed() => {}
                () = sleep_until_some(retry) => {}
            }
        }
    }

    /// Takes in what has changed outside, notes what is settled, and says where entries go.
    fn look(&mut self) -> Result<(), JournalError> {
        // Read before what streams have handed out: a callback that came after that does not get it. Each read marks a
        // change as seen, so one that comes in between is seen by the next round.
        while self.task.callback.has_changed() {
            self.callback = self.task.callback.read(Clone::clone);
            self.window.retry_now();
            self.retries.reset();
            self.pause = None;
        }
        let Counts { settled, last, superseded, .. } = self.counts.peek();
        if superseded {
            return Err(JournalError::Superseded);
        }
        self.ages.seen(last, Instant::now());
        self.window.advance(settled);
        while let Ok(cursor) = self.task.handed_out.try_recv() {
            self.handed_out(cursor);
        }
        self.settler.note(self.window.settled())?;
        // Marked as seen after the note, which so is no news of its own.
        let settled = self.counts.get().settled;
        self.window.advance(settled);
        self.retries.advance(settled);
        Ok(())
    }

    /// Reads on, if there is more and the window has room for it.
    async fn fill(&mut self) -> Result<(), JournalError> {
        let (after, room) = (self.window.position(), self.window.room());
        if room == 0 || self.counts.peek().last <= after {
            return Ok(());
        }
        let read = || self.task.outbox.read(after, room);
        let page = persist(self.backoff.clone(), "read", read).await?;
        self.window.fill(page.entries);
        Ok(())
    }

    /// Begins every attempt that may begin now.
    fn start(&mut self, callback: &Callback) {
        let now = Instant::now();
        while self.may_start(now)
            && let Some(entry) = self.window.start(now)
        {
            let attempt = self.task.sink.deliver(callback, &entry);
            let callback = callback.clone();
            self.under_way.push(async move {
                let attempt = attempt.await;
                let elapsed = now.elapsed();
                Done::Attempt { entry, callback, attempt, elapsed }
            });
        }
    }

    fn may_start(&self, now: Instant) -> bool {
        self.pause.is_none_or(|until| until <= now && !self.window.is_busy())
    }

    /// When something that waits is to be tried again.
    fn next_attempt(&self) -> Option<Instant> {
        match self.pause {
            Some(_) if self.window.is_busy() => None,
            // Once it has passed, whatever could be tried has been.
            Some(until) if until > Instant::now() => Some(until),
            _ => self.window.next_retry(),
        }
    }

    async fn done(&mut self, done: Done) -> Result<(), JournalError> {
        let Done::Attempt { entry, callback, attempt, elapsed } = done else {
            self.window.end();
            return Ok(());
        };
        let (client, sequence, event_type) = (&self.task.client, entry.sequence, &entry.message.event_type);
        match attempt {
            Attempt::Delivered(rest) => {
                tracing::debug!(%client, sequence, event_type, ?elapsed, "event delivered");
                self.pause = None;
                self.retries.settle(sequence);
                self.delivered(sequence, rest);
            }
            Attempt::Retry { failure, after } => {
                let next = self.retries.after(sequence, &failure, after);
                let failures = self.retries.attempts(sequence);
                tracing::warn!(%client, sequence, event_type, %callback, %failure, failures, ?elapsed, ?next,
                    "event not delivered");
                match next {
                    Next::Retry(delay) => {
                        self.pause = None;
                        self.window.retry(sequence, Instant::now() + delay);
                    }
                    Next::Pause(delay) => {
                        let until = Instant::now() + delay;
                        let waits = self.window.retry(sequence, until);
                        self.pause = waits.then_some(until);
                    }
                    Next::GiveUp => {
                        self.pause = None;
                        self.refuse(&entry, failure.clone());
                    }
                }
                self.window.end();
                self.expire(&failure).await?;
            }
            Attempt::Dead { failure } => {
                self.refuse(&entry, failure);
                self.window.end();
            }
        }
        Ok(())
    }

    /// The receiver will never take this entry.
    fn refuse(&mut self, entry: &Entry, failure: Failure) {
        self.bury(entry, Reason::Refused(failure));
        self.window.settle(entry.sequence);
        self.retries.settle(entry.sequence);
    }

    fn delivered(&mut self, sequence: u64, rest: Rest) {
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

    fn handed_out(&mut self, Cursor { epoch, sequence }: Cursor) {
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

    /// The receiver has just refused: whatever is too old has had its time.
    async fn expire(&mut self, failure: &Failure) -> Result<(), JournalError> {
        loop {
            let now = Instant::now();
            let expired = self.window.give_up(|entry| self.ages.is_too_old(entry, now));
            if expired.is_empty() {
                return Ok(());
            }
            for entry in &expired {
                self.retries.settle(entry.sequence);
                self.bury(entry, Reason::Expired(failure.clone()));
            }
            self.fill().await?;
        }
    }

    fn bury(&mut self, entry: &Entry, reason: Reason) {
        tracing::error!(client = %self.task.client, sequence = entry.sequence, id = %entry.id,
            event_type = entry.message.event_type, ?reason, "event became a dead letter");
        self.settler.dead(entry.sequence, reason);
    }
}

async fn sleep_until_some(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}

#[cfg(test)]
mod tests;
