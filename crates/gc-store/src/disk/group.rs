//! A group of calls as one transaction.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use redb::Database;

use super::{
    calls::{Job, Outcome},
    change::Tables,
    fault::Fault,
    lock::lock,
    shown::Shown,
};
use crate::{
    Batch, Change, ClientKey, Entry, Epoch, JournalError, Kept, Record, StoreBounds,
    log::{Log, say_numbered},
    share::{enough, shares},
};

/// The outboxes that a group has changed, with what it appended to each.
pub(super) type Touched = BTreeMap<Epoch, Vec<Entry>>;

/// An outbox as the writer knows it: ahead of what is committed while a group is being written.
pub(super) struct Written {
    pub(super) shown: Arc<Shown>,
    pub(super) log: Log,
    /// The bytes of its undelivered entries, as they are in the sum of all.
    counted: usize,
}

impl Written {
    pub(super) fn new(shown: Arc<Shown>, log: Log) -> Self {
        Self { shown, log, counted: 0 }
    }
}

/// The file, and what is known of the outboxes in it.
pub(super) struct Disk {
    pub(super) database: Arc<Database>,
    bounds: StoreBounds,
    pub(super) outboxes: BTreeMap<Epoch, Written>,
    kept: Arc<Mutex<Kept>>,
    /// The undelivered entries of all outboxes, in bytes.
    undelivered: usize,
}

impl Disk {
    pub(super) fn new(
        database: Arc<Database>,
        bounds: StoreBounds,
        outboxes: BTreeMap<Epoch, Written>,
        kept: Arc<Mutex<Kept>>,
    ) -> Self {
        let mut disk = Self { database, bounds, outboxes, kept, undelivered: 0 };
        for written in disk.outboxes.values_mut() {
            written.counted = written.log.waiting_bytes();
            disk.undelivered += written.counted;
        }
        disk
    }

    /// Commits a group, and gives what each call has come to. After a failure it is not known what is in the file.
    pub(super) fn commit(&mut self, group: &[Job]) -> Result<Vec<Outcome>, Fault> {
        let (mut outcomes, mut touched) = (Vec::with_capacity(group.len()), Touched::new());
        let database = Arc::clone(&self.database);
        let writing = database.begin_write()?;
        let mut tables = Tables::open(&writing)?;
        for (job, before) in group.iter().zip(0..) {
            let outcome = match job {
                Job::Forget { client, epoch, .. } => {
                    let kept = self.kept_of(client, group.get(..before).unwrap_or_default());
                    self.forget(client, *epoch, &kept, &mut tables)?
                }
                job => self.apply(job, &mut tables, &mut touched)?,
            };
            outcomes.push(outcome);
        }
        self.enforce(&mut tables, &mut touched)?;
        for epoch in touched.keys() {
            // Unless it was forgotten in the same group.
            if let Some(Written { shown, log, .. }) = self.outboxes.get(epoch) {
                tables.outbox(&shown.client, *epoch, log)?;
            }
        }
        drop(tables);
        writing.commit()?;
        self.publish(group, &outcomes, touched);
        Ok(outcomes)
    }

    fn apply(&mut self, job: &Job, tables: &mut Tables<'_>, touched: &mut Touched) -> Result<Outcome, Fault> {
        match job {
            Job::Open(shown) => {
                let log = Log::new(self.bounds.outbox);
                self.outboxes.insert(shown.epoch, Written::new(Arc::clone(shown), log));
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
            Job::Broken(fault) => return Err(Fault::Unreadable(fault.clone())),
            Job::Forget { .. } | Job::Recover { .. } | Job::Stop => {}
        }
        Ok(Outcome::Done(Ok(())))
    }

    fn forget(
        &mut self,
        client: &ClientKey,
        epoch: Option<Epoch>,
        kept: &[Change],
        tables: &mut Tables<'_>,
    ) -> Result<Outcome, Fault> {
        if let Some(gone) = epoch.and_then(|epoch| self.outboxes.remove(&epoch)) {
            self.undelivered -= gone.counted;
        }
        tables.forget(client, epoch)?;
        kept.iter().try_for_each(|over| tables.change(over))?;
        Ok(Outcome::Done(Ok(())))
    }

    /// What removes the sessions and commands of a client that are kept after these jobs.
    fn kept_of(&self, client: &ClientKey, jobs: &[Job]) -> Vec<Change> {
        let mut kept = Kept::default();
        {
            let committed = lock(&self.kept);
            let sessions = committed.sessions.values().filter(|session| session.owner == *client);
            sessions.cloned().for_each(|session| kept.apply(Change::Session(session)));
            let commands = committed.commands.values().filter(|command| command.client == *client);
            commands.cloned().for_each(|command| kept.apply(Change::Command(command)));
        }
        for job in jobs {
            match job {
                Job::Append { batch, .. } => batch.changes().cloned().for_each(|change| kept.apply(change)),
                Job::Forget { client, .. } => kept.forget(client),
                _ => {}
            }
        }
        let sessions = kept.sessions.into_values().filter(|session| session.owner == *client);
        let commands = kept.commands.into_keys().filter(|key| key.client == *client);
        let over = sessions.map(|session| Change::SessionOver(session.agent));
        over.chain(commands.map(Change::CommandOver)).collect()
    }

    fn append(
        &mut self,
        batch: &Batch,
        tables: &mut Tables<'_>,
        touched: &mut Touched,
    ) -> Result<Outcome, Fault> {
        let is_there = |record: &Record| {
            self.outboxes.get(&record.epoch).is_some_and(|written| written.shown.client == record.client)
        };
        if let Some(record) = batch.records().find(|record| !is_there(record)) {
            return Ok(no_outbox(&record.client));
        }
        for record in batch.records() {
            let Some(Written { log, .. }) = self.outboxes.get_mut(&record.epoch) else { continue };
            let mut effects = Vec::new();
            let sequence = log.append(record.message.size(), &mut effects);
            say_numbered(sequence, record);
            let entry = Entry { sequence, record: Arc::clone(record) };
            tables.append(record.epoch, &entry)?;
            tables.carry_out(&record.client, record.epoch, effects, None)?;
            touched.entry(record.epoch).or_default().push(entry);
        }
        batch.changes().try_for_each(|change| tables.change(change))?;
        Ok(Outcome::Done(Ok(())))
    }

    /// Over the limit, the oldest undelivered entries of the largest outboxes become dead letters.
    fn enforce(&mut self, tables: &mut Tables<'_>, touched: &mut Touched) -> Result<(), Fault> {
        for epoch in touched.keys() {
            // Unless it was forgotten in the same group.
            let Some(written) = self.outboxes.get_mut(epoch) else { continue };
            self.undelivered = self.undelivered + written.log.waiting_bytes() - written.counted;
            written.counted = written.log.waiting_bytes();
        }
        let limit = self.bounds.on_disk;
        if self.undelivered <= limit {
            return Ok(());
        }
        let mut largest: Vec<_> = self.outboxes.iter_mut().collect();
        let sizes: Vec<_> = largest.iter().map(|(_, written)| written.counted).collect();
        for (place, share) in shares(&sizes, enough(limit)) {
            let Some((epoch, written)) = largest.get_mut(place) else { continue };
            let mut effects = Vec::new();
            while written.log.waiting_bytes() > share && written.log.shed(&mut effects) {}
            self.undelivered = self.undelivered + written.log.waiting_bytes() - written.counted;
            written.counted = written.log.waiting_bytes();
            tables.carry_out(&written.shown.client, **epoch, effects, None)?;
            touched.entry(**epoch).or_default();
        }
        Ok(())
    }

    /// Shows what has been committed, before anybody gets an answer.
    fn publish(&self, group: &[Job], outcomes: &[Outcome], touched: Touched) {
        let mut kept = lock(&self.kept);
        for (job, outcome) in group.iter().zip(outcomes) {
            match (job, outcome) {
                (Job::Append { batch, .. }, Outcome::Done(Ok(()))) => {
                    batch.changes().cloned().for_each(|change| kept.apply(change));
                }
                (Job::Forget { client, .. }, _) => kept.forget(client),
                _ => {}
            }
        }
        drop(kept);
        for (epoch, appended) in touched {
            if let Some(Written { shown, log, .. }) = self.outboxes.get(&epoch) {
                shown.publish(log, appended);
            }
        }
    }
}

fn no_outbox(client: &ClientKey) -> Outcome {
    Outcome::Done(Err(JournalError::NoOutbox(client.clone())))
}
