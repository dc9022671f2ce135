//! Another connector takes over while this one still runs: it hears nothing of its store any more, and goes on until its lease is over.
//! From then on it does nothing that anybody sees, whatever its tasks still try.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use finesse_client::{Cluster, Link};
use futures_util::future::BoxFuture;
use gc_delivery::{Attempt, Callback, Entry, Sink};
use gc_group::{Lease, MARGIN, RENEWAL};
use gc_session::Leased;
use rand::RngExt;
use rand::seq::IndexedRandom;
use tokio::time::{Instant, sleep};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::AbortOnDropHandle;

use crate::plan::FaultPlan;
use crate::players::Player;
use crate::receivers::Receivers;
use crate::site::{Dice, Site};

/// So long after the next one has begun the old one's tasks go on. None: it ends with its lease.
const LINGERS: [Option<Duration>; 3] = [None, Some(Duration::from_secs(1)), Some(Duration::from_secs(25))];

/// By so many seconds the wall clock is wrong while a lease runs out.
const HOUR: i64 = 3600;

/// Who looks whether a connector still may do what it does.
#[derive(Clone)]
pub(crate) struct Watch {
    lease: Lease,
    end: CancellationToken,
    wrong: Arc<Mutex<Vec<String>>>,
}

impl Watch {
    /// Somebody sees this.
    pub(crate) fn acts(&self, what: &str) {
        if self.lease.is_over() {
            self.wrong.lock().unwrap().push(format!("after the end of its lease the old one {what}"));
        }
    }

    /// The end of its process, with which its connections break.
    pub(crate) fn end(&self) -> CancellationToken {
        self.end.clone()
    }
}

/// The lease of one life. It is renewed as long as the store is heard.
pub(crate) struct Tenure {
    lease: Lease,
    renewing: AbortOnDropHandle<()>,
    end: DropGuard,
}

impl Tenure {
    pub(crate) fn begin() -> Self {
        let lease = Lease::granted(Instant::now());
        let renewing = tokio::spawn({
            let lease = lease.clone();
            async move {
                loop {
                    sleep(RENEWAL).await;
                    lease.renewed(Instant::now());
                }
            }
        });
        let end = CancellationToken::new().drop_guard();
        Self { lease, renewing: AbortOnDropHandle::new(renewing), end }
    }

    pub(crate) fn watch(&self, wrong: &Arc<Mutex<Vec<String>>>) -> Watch {
        let (lease, end) = (self.lease.clone(), self.end.token().clone());
        Watch { lease, end, wrong: Arc::clone(wrong) }
    }

    /// The way to Finesse as long as the lease lasts, as the product has it.
    pub(crate) fn link(&self, cluster: Cluster, plan: &FaultPlan) -> Arc<dyn Link> {
        let inner: Arc<dyn Link> = Arc::new(cluster);
        match plan.heeds_its_lease {
            true => Arc::new(Leased { lease: self.lease.clone(), inner }),
            false => inner,
        }
    }

    /// The same for callbacks.
    pub(crate) fn sink(&self, receivers: &Arc<Receivers>, watch: Watch, plan: &FaultPlan) -> Arc<dyn Sink> {
        let inner = Arc::new(WatchedReceivers { watch, receivers: Arc::clone(receivers) });
        match plan.heeds_its_lease {
            true => Arc::new(Leased { lease: self.lease.clone(), inner }),
            false => inner,
        }
    }

    /// The store is not heard any more. Returns when the lease is over.
    pub(crate) async fn runs_out(&self) {
        self.renewing.abort();
        self.lease.over().await;
    }
}

/// The receivers, with somebody who looks.
struct WatchedReceivers {
    watch: Watch,
    receivers: Arc<Receivers>,
}

impl Sink for WatchedReceivers {
    fn deliver(&self, to: &Callback, entry: &Entry) -> BoxFuture<'static, Attempt> {
        let (watch, attempt) = (self.watch.clone(), self.receivers.deliver(to, entry));
        Box::pin(async move {
            watch.acts("begins to post");
            let attempt = attempt.await;
            watch.acts("has posted");
            attempt
        })
    }
}

impl FaultPlan {
    /// The same with crashes and, on a disk that does not fail, with takeovers among them. Nothing but a takeover takes a stream from
    /// another session then.
    pub(crate) fn with_takeovers(self) -> Self {
        let takeovers = self.dice(Dice::Takeovers).random_bool(0.5);
        match self.disk_fails {
            None if takeovers => Self { takes_over: true, conflict: 0, ..self },
            _ => self,
        }
    }
}

impl Player<'_> {
    /// Another one takes over.
    pub(crate) async fn is_overtaken(&mut self) {
        let lingers = *LINGERS.choose(&mut self.dice).unwrap();
        self.site.is_overtaken(lingers).await;
    }
}

impl Site {
    async fn is_overtaken(&self, lingers: Option<Duration>) {
        let cut_off = self.alive();
        self.journal.note("-- the store is not heard any more");
        // Its lease does not go by the wall clock.
        let jump = if lingers.is_some() { HOUR } else { -HOUR };
        self.clock.jumps(jump);
        cut_off.hears_no_store().await;
        self.clock.jumps(-jump);
        drop(cut_off);
        let old = self.ends();
        self.journal.note(format!("-- the lease is over; lingers: {lingers:?}"));
        self.mourns(&old);
        let old = lingers.map(|_| old);
        sleep(MARGIN).await;
        if let Some(old) = &old {
            // What it tries to write is refused from now on.
            old.is_fenced();
        }
        self.goes_on("another one goes on");
        if let Some(lingers) = lingers {
            sleep(lingers).await;
            self.journal.note("-- the old one ends");
        }
    }
}
