//! What writes: what has gathered is committed together, and nothing is answered before its commit is acknowledged.

use std::{sync::Arc, time::Duration};

use gc_environment::{Environment, Watched};
use gc_group::RENEWAL;
use gc_net::{Backoff, Jitter};
use gc_store::{
    Health, JournalError,
    stored::{Call, Ledger, Outcome, Plan, Write},
};
use tokio::{
    select,
    sync::mpsc::UnboundedReceiver,
    time::{Instant, sleep, sleep_until},
};
use tokio_util::sync::CancellationToken;

use crate::{
    address::Address,
    fault::Fault,
    hold::{self, Hold},
    link::{Link, fence, lineage},
    load,
    statement::{Statement, transact},
    ways::Job,
    writes::statements,
};

/// At most so many calls are committed together.
const GROUP: usize = 64;
/// A commit that takes longer counts as an outage. It goes on.
const SLOW: Duration = Duration::from_secs(5);
const FIRST_DELAY: Duration = Duration::from_millis(100);
const MAX_DELAY: Duration = Duration::from_secs(3);

pub(crate) struct Writer {
    pub(crate) address: Address,
    pub(crate) environment: Arc<dyn Environment>,
    pub(crate) ledger: Ledger,
    pub(crate) link: Link,
    pub(crate) hold: Hold,
    pub(crate) health: Arc<Watched<Health>>,
    /// What is not committed by then is given up.
    pub(crate) give_up: CancellationToken,
}

/// Why nothing more can be written.
#[derive(Debug, thiserror::Error)]
enum Over {
    #[error("another connector has taken the store")]
    Taken,
    #[error("the database has acknowledged nothing in time: another connector may lead soon")]
    Late,
    #[error("the database has lost what it had acknowledged")]
    Lost,
    #[error("what is to be kept cannot be written: {0}")]
    Unwritable(#[from] serde_json::Error),
    #[error("the store cannot be read any more: {0}")]
    Unreadable(String),
    #[error("PostgreSQL was away until the end")]
    GivenUp,
}

impl Writer {
    /// Commits until the journal is dropped, or nothing more can be written.
    pub(crate) async fn run(mut self, mut jobs: UnboundedReceiver<Job>) {
        let mut next = Vec::with_capacity(GROUP);
        let mut renewed = Instant::now();
        loop {
            select! {
                // The lease first: so long after the last commit, an empty one renews it, however much is refused meanwhile.
                biased;
                () = sleep_until(renewed + RENEWAL) => {}
                count = jobs.recv_many(&mut next, GROUP) => if count == 0 { break },
            }
            let stop = next.iter().position(|job| matches!(job, Job::Stop));
            let until = stop.unwrap_or(next.len());
            let group: Vec<_> = next.drain(..until).filter_map(Job::call).collect();
            next.clear();
            let commits = self.hold.commits;
            if self.commit(group, jobs.len()).await.is_err() {
                return;
            }
            if self.hold.commits > commits {
                renewed = Instant::now();
            }
            if stop.is_some() {
                break;
            }
        }
        if let Err(fault) = hold::release(&self.link.client, &self.hold.holder).await {
            tracing::warn!(error = %fault, "the store could not be released: another connector can take it in {}", crate::link::LEASE);
        }
    }

    /// Commits a group, and answers its calls. An empty one renews the lease. `waiting`: how many more there are.
    async fn commit(&mut self, group: Vec<Call>, waiting: usize) -> Result<(), Over> {
        let committed = match self.commit_whole(&group).await {
            Ok(committed) => committed,
            Err(over) => {
                // Whoever waits finds the journal closed after that, and why.
                self.ends(&over, waiting).await;
                return Err(over);
            }
        };
        match committed {
            Ok(outcomes) => {
                group.into_iter().zip(outcomes).for_each(|(call, outcome)| call.answer(outcome));
            }
            // Each for itself: it concerns one of them, and the others are committed.
            Err(_) if group.len() > 1 => {
                for call in group {
                    Box::pin(self.commit(vec![call], waiting)).await?;
                }
            }
            Err(fault) => {
                tracing::error!(store = %self.address, error = %fault, "the store refuses what it was given");
                let fault = Arc::new(fault);
                for call in group {
                    call.answer(Outcome::Done(Err(JournalError::Refused(Arc::clone(&fault) as _))));
                }
            }
        }
        Ok(())
    }

    /// What the calls have come to. The error inside is a refusal: nothing is changed.
    async fn commit_whole(&mut self, group: &[Call]) -> Result<Result<Vec<Outcome>, Fault>, Over> {
        let plan = self.ledger.plan(group);
        // What is opened is not written before it holds something.
        if group.is_empty() || !plan.writes().is_empty() {
            let with_batch = group.iter().any(|call| matches!(call, Call::Append { .. }));
            if let Err(refusal) = self.write(plan.writes(), with_batch).await? {
                self.begin_again(plan).await?;
                return Ok(Err(refusal));
            }
        }
        Ok(Ok(self.ledger.publish(group, plan)))
    }

    /// Reads what the database holds: the ledger has decided what was not written.
    async fn begin_again(&mut self, unwritten: Plan) -> Result<(), Over> {
        let mut backoff = Backoff::new(FIRST_DELAY, MAX_DELAY, Jitter::Full, Arc::clone(&self.environment));
        loop {
            let fault = match self.look().await? {
                Ok(_) => match self.read_again().await {
                    Ok(found) => {
                        self.ledger.begin_again(unwritten, found);
                        return Ok(());
                    }
                    Err(fault @ (Fault::Damaged(_) | Fault::Record(_))) => {
                        return Err(Over::Unreadable(fault.to_string()));
                    }
                    Err(fault) => fault,
                },
                Err(fault) => fault,
            };
            self.is_away(&fault);
            self.wait(&mut backoff).await?;
        }
    }

    /// The outboxes as the database has them. It may take longer than the lease.
    async fn read_again(&self) -> Result<Vec<load::Resumed>, Fault> {
        let keep = async {
            match Link::open(&self.address).await {
                Ok(link) => self.hold.keep(&link.client).await,
                Err(fault) => fault,
            }
        };
        select! {
            biased;
            found = load::found(&self.link.client, self.ledger.bounds()) => found,
            fault = keep => Err(fault),
        }
    }

    /// Writes until the database has acknowledged it, however often it goes away meanwhile, or refuses it, which is the error inside.
    async fn write(&mut self, writes: &[Write], with_batch: bool) -> Result<Result<(), Fault>, Over> {
        let all = statements(writes)?;
        let mut backoff = Backoff::new(FIRST_DELAY, MAX_DELAY, Jitter::Full, Arc::clone(&self.environment));
        // What the database has, as far as it says so. It counts once a later commit is acknowledged: a server that takes
        // over from this one may not have it.
        let mut said = self.hold.commits;
        loop {
            let is_there = said > self.hold.commits;
            let fault = match self.attempt(if is_there { &[] } else { &all }, said, with_batch).await? {
                Ok(()) => {
                    self.hold.commits = said + 1;
                    self.works(with_batch);
                    return Ok(Ok(()));
                }
                Err(fault) if fault.is_refusal() => return Ok(Err(fault)),
                Err(fault) => fault,
            };
            self.is_away(&fault);
            said = loop {
                self.wait(&mut backoff).await?;
                match self.look().await? {
                    Ok(commits) => break commits,
                    Err(fault) => self.is_away(&fault),
                }
            };
        }
    }

    /// One transaction. The error outside ends everything.
    async fn attempt(
        &mut self,
        all: &[Statement<'_>],
        known: u64,
        with_batch: bool,
    ) -> Result<Result<(), Fault>, Over> {
        if self.hold.is_over() {
            return Err(Over::Late);
        }
        let certain = self.hold.new_lineage.clone().filter(|_| with_batch);
        let (fence, sent) = (fence(self.hold.holder.id, known, certain), Instant::now());
        let give_up = self.give_up.clone();
        let mut transaction = std::pin::pin!(transact(&self.link.client, &fence, all));
        let mut slow = std::pin::pin!(sleep(SLOW));
        loop {
            select! {
                biased;
                result = &mut transaction => {
                    if result.is_ok() {
                        self.hold.lease.renewed(sent);
                    }
                    return Ok(result.map_err(Fault::of));
                }
                () = give_up.cancelled() => return Err(Over::GivenUp),
                () = &mut slow, if !slow.is_elapsed() => {
                    away(&self.health, format!("PostgreSQL has not answered for {SLOW:?}"));
                }
            }
        }
    }

    /// The commits that the store has now, over a new connection if the last one has ended.
    async fn look(&mut self) -> Result<Result<u64, Fault>, Over> {
        let give_up = self.give_up.clone();
        let held = select! {
            biased;
            held = self.ask() => held,
            () = give_up.cancelled() => return Err(Over::GivenUp),
        };
        let held = match held {
            Ok(held) => held,
            Err(fault) => return Ok(Err(fault)),
        };
        if held.commits < self.hold.commits {
            return Err(Over::Lost);
        }
        if held.holder != Some(self.hold.holder.id) {
            return Err(Over::Taken);
        }
        Ok(Ok(held.commits))
    }

    async fn ask(&mut self) -> Result<hold::Held, Fault> {
        if self.link.is_closed() {
            self.link = Link::open(&self.address).await?;
            // It may be another server. Nothing was lost if the next fence holds.
            self.hold.new_lineage = Some(lineage(&self.link.client).await?);
        }
        hold::look(&self.link.client).await
    }

    async fn wait(&self, backoff: &mut Backoff) -> Result<(), Over> {
        select! {
            // The end first: a try more would only delay it.
            biased;
            () = self.give_up.cancelled() => Err(Over::GivenUp),
            () = sleep(backoff.after_failure(None)) => Ok(()),
        }
    }

    /// Not if it has refused the fence: it is there, and the next look says who has the store instead, or which commit is not known.
    fn is_away(&self, fault: &Fault) {
        if !matches!(fault, Fault::Fenced | Fault::Late) {
            away(&self.health, fault.to_string());
        }
    }

    fn works(&mut self, with_batch: bool) {
        if with_batch {
            self.hold.new_lineage = None;
        }
        if self.health.read(|health| *health != Health::Working) {
            tracing::info!(store = %self.address, "PostgreSQL works again");
            self.health.replace(Health::Working);
        }
    }

    async fn ends(&mut self, over: &Over, waiting: usize) {
        let store = &self.address;
        match over {
            Over::GivenUp => tracing::error!(%store, waiting, "{over}: what it had not acknowledged is lost"),
            Over::Lost => {
                tracing::error!(%store, "{over}: the next start begins new epochs");
                let noted = hold::note_loss(&self.link.client, &self.hold).await;
                if let Err(fault) = noted {
                    tracing::error!(%store, error = %fault, "this could not be noted in the store");
                }
            }
            Over::Taken | Over::Late => {
                tracing::warn!(%store, "{over}: nothing more is kept here, and that one finds out again what was not");
            }
            Over::Unwritable(_) | Over::Unreadable(_) => {
                tracing::error!(%store, "{over}: nothing is kept any more");
            }
        }
        let goes_on_elsewhere = matches!(over, Over::Taken | Over::Late);
        self.health.replace(Health::Ended { reason: over.to_string(), goes_on_elsewhere });
    }
}

/// The database does not keep anything now. It is logged when it begins.
fn away(health: &Watched<Health>, reason: String) {
    if health.read(|health| *health == Health::Working) {
        tracing::error!(reason, "PostgreSQL is away: commands are refused, and events wait until it is back");
    }
    health.replace(Health::Away { reason });
}

impl Job {
    fn call(self) -> Option<Call> {
        match self {
            Self::Call(call) => Some(call),
            Self::Stop => None,
        }
    }
}
