//! A group of calls as one transaction.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use redb::{Database, Error};

use super::{
    change::Tables,
    lock,
    outbox::DiskOutbox,
    writer::{Job, Outcome},
};
use crate::{Batch, Bounds, ClientKey, Entry, Epoch, JournalError, Kept, Record, log::Log};

/// The outboxes that a group has changed, with what it appended to each.
pub(super) type Touched = BTreeMap<Epoch, Vec<Entry>>;

/// An outbox as the writer knows it: ahead of what is committed while a group is being written.
pub(super) struct Written {
    pub(super) outbox: Arc<DiskOutbox>,
    pub(super) log: Log,
}

/// The file, and what is known of the outboxes in it.
pub(super) struct Disk {
    pub(super) database: Arc<Database>,
    pub(super) bounds: Bounds,
    pub(super) outboxes: BTreeMap<Epoch, Written>,
    pub(super) kept: Arc<Mutex<Kept>>,
}

impl Disk {
    /// Commits a group, and gives what each call has come to. After a failure it is not known what is in the file.
    pub(super) fn commit(&mut self, group: &[Job]) -> Result<Vec<Outcome>, Error> {
        let (mut outcomes, mut touched) = (Vec::with_capacity(group.len()), Touched::new());
        let database = Arc::clone(&self.database);
        let writing = database.begin_write()?;
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
        self.publish(group, &outcomes, touched);
        Ok(outcomes)
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
                tables.carry_out(client, *epoch, effects, None)?;
            }
            Job::Forget { client, epoch, .. } => {
                epoch.map(|epoch| self.outboxes.remove(&epoch));
                tables.forget(client, *epoch)?;
            }
            Job::Broken(error) => return Err(Error::Io(std::io::Error::other(error.clone()))),
            Job::Recover { .. } | Job::Stop => {}
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
            tables.carry_out(&record.client, record.epoch, effects, None)?;
            touched.entry(record.epoch).or_default().push(entry);
        }
        batch.changes().try_for_each(|change| tables.change(change))?;
        Ok(Outcome::Done(Ok(())))
    }

    /// Shows what has been committed, before anybody gets an answer.
    fn publish(&self, group: &[Job], outcomes: &[Outcome], touched: Touched) {
        let mut kept = lock(&self.kept);
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
