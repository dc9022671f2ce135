//! The delivery task of one client: its entries go to its callback, as many at once as their order allows.

mod outcomes;

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
    Attempt, Callback, ClientKey, Counts, Cursor, Entry, Journal, JournalError, Order, Outbox, Sink,
    activity::Activity,
    ages::Ages,
    breaker::{Admission, Breaker, Breakers, Changes, Outage, Pass},
    client::Removal,
    config::Current,
    measures::Measures,
    persist::{journal_backoff, persist},
    report::Report,
    retries::Retries,
    settler::Settler,
    under_way::UnderWay,
    window::Window,
};

/// The state of a delivery task. The task lives as long as its client is known. It may be dropped at any time: what is
/// not settled stays in the outbox.
pub(crate) struct DeliveryTask {
    pub(crate) client: ClientKey,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) outbox: Arc<dyn Outbox>,
    /// The sender in whose name the outbox is claimed.
    pub(crate) sender: Uuid,
    pub(crate) order: Order,
    /// The client's callback. Each Hello sends it again, which also ends the wait for the next attempt.
    pub(crate) callback: Watcher<Option<Callback>>,
    /// What streams have handed out to a client without a callback: delivered.
    pub(crate) handed_out: mpsc::UnboundedReceiver<Cursor>,
    /// Dead letters that are to be dead letters no more.
    pub(crate) removed: mpsc::UnboundedReceiver<Removal>,
    /// Those of an outbox that the task does not know yet: whoever wants them removed saw it first.
    pub(crate) early: Vec<Removal>,
    pub(crate) activity: Arc<Activity>,
    pub(crate) sink: Arc<dyn Sink>,
    pub(crate) breakers: Arc<Breakers>,
    pub(crate) measures: Arc<Measures>,
    pub(crate) environment: Arc<dyn Environment>,
    pub(crate) config: Current,
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
    target: Option<Target>,
    /// The host of the callback cannot be reached: until then, or until the breaker changes, nothing is tried.
    blocked: Option<Blocked>,
    report: Report,
}

/// Where entries go, and the breaker of its host.
struct Target {
    callback: Callback,
    breaker: Arc<Breaker>,
    changes: Changes,
}

struct Blocked {
    outage: Outage,
    until: Option<Instant>,
}

enum Done {
    Attempt(Box<Ended>),
    Rest,
}

/// An attempt that has ended.
struct Ended {
    entry: Entry,
    callback: Callback,
    pass: Pass,
    attempt: Attempt,
    elapsed: Duration,
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
            ages: Ages::new(self.config.get().max_age, found, Instant::now(), wall),
            retries: Retries::new(self.config.clone(), Arc::clone(&self.environment)),
            pause: None,
            counts,
            window: Window::new(self.order, claim.settled.clone()),
            settler: Settler::new(outbox, claim.token, claim.settled, backoff.clone()),
            backoff,
            under_way: UnderWay::new(),
            target: None,
            blocked: None,
            report: Report::default(),
            task: self,
        };
        running.aim();
        std::mem::take(&mut running.task.early).into_iter().for_each(|removal| running.remove(removal));
        running.run().await
    }
}

impl Running<'_> {
    async fn run(&mut self) -> Result<(), JournalError> {
        loop {
            self.apply_changes()?;
            if self.target.is_some() {
                self.fill().await?;
                self.start();
            }
            if self.expire_behind_outage().await? {
                continue;
            }
            let has_callback = self.target.is_some();
            let retry = self.next_attempt().filter(|_| has_callback);
            // What has ended comes before what may begin.
            select! {
                biased;
                noted = self.settler.noted() => noted?,
                done = self.under_way.next() => self.done(done).await?,
                Some(cursor) = self.task.handed_out.recv(), if !has_callback => self.handed_out(cursor),
                Some(removal) = self.task.removed.recv() => self.remove(removal),
                () = self.task.callback.changed() => {}
                () = self.counts.changed() => {}
                () = changed(self.target.as_ref().filter(|_| self.blocked.is_some())) => {}
                () = sleep_until_some(retry) => {}
                () = sleep_until_some(self.report.due()) => self.log_due(),
            }
        }
    }

    /// Applies outside changes, records what is settled, and returns where entries go.
    fn apply_changes(&mut self) -> Result<(), JournalError> {
        // Read before what streams have handed out: a callback that came after that does not get it. Each read marks a
        // change as seen, so one that comes in between is seen by the next round.
        while self.task.callback.has_changed() {
            self.aim();
            self.window.retry_now();
            self.retries.reset();
            self.pause = None;
        }
        let Counts { settled, last, superseded, .. } = self.counts.peek();
        if superseded {
            return Err(JournalError::Superseded);
        }
        self.ages.observe(last, Instant::now());
        self.window.advance(settled);
        while let Ok(cursor) = self.task.handed_out.try_recv() {
            self.handed_out(cursor);
        }
        self.settler.note(self.window.settled())?;
        // Marked as seen after the note, so that the note itself is not treated as a change.
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

    /// Takes the present callback. Whoever names it says that somebody is there.
    fn aim(&mut self) {
        let callback = self.task.callback.read(Clone::clone);
        self.target = callback.map(|callback| {
            let breaker = self.task.breakers.of(&callback);
            breaker.probe_now(Instant::now());
            Target { changes: breaker.watch(), callback, breaker }
        });
    }

    /// Begins every attempt that may begin now.
    fn start(&mut self) {
        let now = Instant::now();
        self.blocked = None;
        while self.may_start(now)
            && let Some(Target { callback, breaker, changes }) = &mut self.target
        {
            changes.see();
            // A client without an entry to send does not use up the probe.
            if !breaker.is_closed() && !self.window.may_start(now) {
                return;
            }
            let pass = match breaker.admit(now) {
                Admission::Granted(pass) => pass,
                Admission::Refused { outage, until } => {
                    self.blocked = Some(Blocked { outage, until });
                    return;
                }
            };
            let Some(entry) = self.window.start(now) else { return };
            let attempt = self.task.sink.deliver(callback, &entry);
            let callback = callback.clone();
            self.under_way.push(async move {
                let attempt = attempt.await;
                let elapsed = now.elapsed();
                Done::Attempt(Box::new(Ended { entry, callback, pass, attempt, elapsed }))
            });
        }
    }

    fn may_start(&self, now: Instant) -> bool {
        self.pause.is_none_or(|until| until <= now && !self.window.has_attempts())
    }

    /// When something that waits is to be tried again.
    fn next_attempt(&self) -> Option<Instant> {
        if let Some(blocked) = &self.blocked {
            return blocked.until;
        }
        match self.pause {
            Some(_) if self.window.has_attempts() => None,
            // Once it has passed, whatever could be tried has been.
            Some(until) if until > Instant::now() => Some(until),
            _ => self.window.next_retry(),
        }
    }
}

async fn changed(target: Option<&Target>) {
    match target {
        Some(target) => target.changes.changed().await,
        None => pending().await,
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
