//! The thread that writes: what has gathered is committed as one transaction.

use std::{
    collections::BTreeMap,
    iter,
    sync::{Arc, Mutex, PoisonError, mpsc::Receiver},
};

use redb::{Database, Error};
use uuid::Uuid;

use super::{Reply, change::Tables, outbox::DiskOutbox, reader::failed};
use crate::{
    Batch, Bounds, Claim, ClientKey, Entry, Epoch, JournalError, Kept, Record, Settlement, Token, log::Log,
};

/// At most so many calls are committed together.
const GROUP: usize = 64;

/// A call that changes something.
pub(super) enum Job {
    /// An outbox is new. It is in the file from its first change on.
    Open(Arc<DiskOutbox>),
    Append {
        batch: Batch,
        answer: Reply<()>,
    },
    Claim {
        client: ClientKey,
        epoch: Epoch,
        sender: Uuid,
        answer: Reply<Claim>,
    },
    Settle {
        client: ClientKey,
        epoch: Epoch,
        token: Token,
        settlement: Settlement,
        answer: Reply<()>,
    },
    Forget {
        client: ClientKey,
        epoch: Option<Epoch>,
        answer: Reply<()>,
    },
    Stop,
}

/// What a call comes to, once its group is committed.
enum Outcome {
    Done(Result<(), JournalError>),
    Claimed(Claim),
}

/// The outboxes that a group has changed, with what it appended to each.
type Touched = BTreeMap<Epoch, Vec<Entry>>;

/// An outbox as the writer knows it: ahead of what is committed while a group is being written.
pub(super) struct Written {
    pub(super) outbox: Arc<DiskOutbox>,
    pub(super) log: Log,
}

pub(super) struct Writer {
    database: Arc<Database>,
    bounds: Bounds,
    outboxes: BTreeMap<Epoch, Written>,
    kept: Arc<Mutex<Kept>>,
    /// After a failure it is not known what is in the file, so nothing more is written.
    failure: Option<JournalError>,
}

impl Writer {
    pub(super) fn new(
        database: Arc<Database>,
        bounds: Bounds,
        outboxes: Vec<Written>,
        kept: Arc<Mutex<Kept>>,
    ) -> Self {
        let outboxes = outboxes.into_iter().map(|written| (written.outbox.epoch, written)).collect();
        Self { database, bounds, outboxes, kept, failure: None }
    }

    /// Commits until the journal is dropped.
    pub(super) fn run(mut self, jobs: &Receiver<Job>) {
        while let Ok(first) = jobs.recv() {
            let mut group: Vec<_> = iter::once(first).chain(jobs.try_iter()).take(GROUP).collect();
            let stop = group.iter().position(|job| matches!(job, Job::Stop));
            group.truncate(stop.unwrap_or(group.len()));
            self.commit(group);
            if stop.is_some() {
                return;
            }
        }
    }

    fn commit(&mut self, group: Vec<Job>) {
        let written = match &self.failure {
            None => self.write(&group).map_err(failed),
            Some(failure) => Err(failure.clone()),
        };
        match written {
            Ok((outcomes, touched)) => {
                self.publish(&group, &outcomes, touched);
                group.into_iter().zip(outcomes).for_each(|(job, outcome)| job.answer(outcome));
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the store failed");
                group.into_iter().for_each(|job| job.answer(Outcome::Done(Err(error.clone()))));
                self.failure = Some(error);
            }
        }
    }

    fn write(&mut self, group: &[Job]) -> Result<(Vec<Outcome>, Touched), Error> {
        let (mut outcomes, mut touched) = (Vec::with_capacity(group.len()), Touched::new());
        let writing = self.database.begin_write()?;
        let mut tables = Tables::open(&writing)?;
        for job in group {
            outcomes.push(self.apply(job, &mut tables, &mut touched)?);
        }
        for epoch in touched.keys() {
            // Unless it was forgotten in the same group.
            if let Some(Written { outbox, log }) = self.outboxes.get(epoch) {
                tables.outbox(&outbox.client, *epoch, log)?;
            }
        }
        drop(tables);
        writing.commit()?;
        Ok((outcomes, touched))
    }

    fn apply(&mut self, job: &Job, tables: &mut Tables<'_>, touched: &mut Touched) -> Result<Outcome, Error> {
        match job {
            Job::Open(outbox) => {
                let log = Log::new(self.bounds);
                self.outboxes.insert(outbox.epoch, Written { outbox: Arc::clone(outbox), log });
            }
            Job::Append { batch, .. } => return self.append(batch, tables, touched),
            Job::Claim { client, epoch, sender, .. } => {
                let Some(Written { log, .. }) = self.outboxes.get_mut(epoch) else {
                    return Ok(no_outbox(client));
                };
                touched.entry(*epoch).or_default();
                return Ok(Outcome::Claimed(log.claim(*sender)));
            }
            Job::Settle { client, epoch, token, settlement, .. } => {
                let Some(Written { log, .. }) = self.outboxes.get_mut(epoch) else {
                    return Ok(no_outbox(client));
                };
                let mut effects = Vec::new();
                if let Err(error) = log.settle(*token, settlement, &mut effects) {
                    return Ok(Outcome::Done(Err(error)));
                }
                touched.entry(*epoch).or_default();
                tables.carry_out(client, *epoch, effects)?;
            }
            Job::Forget { client, epoch, .. } => {
                epoch.map(|epoch| self.outboxes.remove(&epoch));
                tables.forget(client, *epoch)?;
            }
            Job::Stop => {}
        }
        Ok(Outcome::Done(Ok(())))
    }

    fn append(
        &mut self,
        batch: &Batch,
        tables: &mut Tables<'_>,
        touched: &mut Touched,
    ) -> Result<Outcome, Error> {
        let is_there = |record: &Record| {
            self.outboxes.get(&record.epoch).is_some_and(|written| written.outbox.client == record.client)
        };
        if let Some(record) = batch.records().find(|record| !is_there(record)) {
            return Ok(no_outbox(&record.client));
        }
        for record in batch.records() {
            let Some(Written { log, .. }) = self.outboxes.get_mut(&record.epoch) else { continue };
            let mut effects = Vec::new();
            let sequence = log.append(record.message.size(), &mut effects);
            let entry = Entry { sequence, record: Arc::clone(record) };
            tables.append(record.epoch, &entry)?;
            tables.carry_out(&record.client, record.epoch, effects)?;
            touched.entry(record.epoch).or_default().push(entry);
        }
        batch.changes().try_for_each(|change| tables.change(change))?;
        Ok(Outcome::Done(Ok(())))
    }

    /// Shows what has been committed, before anybody gets an answer.
    fn publish(&self, group: &[Job], outcomes: &[Outcome], touched: Touched) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        for (job, outcome) in group.iter().zip(outcomes) {
            match (job, outcome) {
                (Job::Append { batch, .. }, Outcome::Done(Ok(()))) => {
                    batch.changes().cloned().for_each(|change| kept.apply(change));
                }
                (Job::Forget { client, .. }, _) => _ = kept.clients.remove(client),
                _ => {}
            }
        }
        drop(kept);
        for (epoch, appended) in touched {
            if let Some(Written { outbox, log }) = self.outboxes.get(&epoch) {
                outbox.publish(log, appended);
            }
        }
    }
}

fn no_outbox(client: &ClientKey) -> Outcome {
    Outcome::Done(Err(JournalError::NoOutbox(client.clone())))
}

impl Job {
    fn answer(self, outcome: Outcome) {
        // Whether anybody waits is their affair.
        match (self, outcome) {
            (Self::Claim { answer, .. }, Outcome::Claimed(claim)) => _ = answer.send(Ok(claim)),
            (Self::Claim { answer, .. }, Outcome::Done(Err(error))) => _ = answer.send(Err(error)),
            (
                Self::Append { answer, .. } | Self::Settle { answer, .. } | Self::Forget { answer, .. },
                Outcome::Done(done),
            ) => _ = answer.send(done),
            _ => {}
        }
    }
}
