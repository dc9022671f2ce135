//! The thread that writes: what has gathered is committed together.

use std::{
    iter,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, mpsc::Receiver},
};

use redb::Error;
use uuid::Uuid;

use super::{Reply, fallback::Fallback, group::Disk, outbox::DiskOutbox};
use crate::{Batch, Claim, ClientKey, Epoch, JournalError, MemoryJournal, Settlement, Token};

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
    /// The file could not be read.
    Broken(String),
    /// The disk may work again.
    Recover {
        answer: Reply<()>,
    },
    Stop,
}

/// What a call comes to, once its group is committed.
pub(super) enum Outcome {
    Done(Result<(), JournalError>),
    Claimed(Claim),
}

/// Where everything is kept.
pub(super) enum Keeper {
    Disk(Disk),
    /// Since the disk has failed.
    Memory(MemoryJournal),
}

pub(super) struct Writer {
    pub(super) keeper: Keeper,
    pub(super) fallback: Fallback,
}

impl Writer {
    /// Commits until the journal is dropped.
    pub(super) fn run(mut self, jobs: &Receiver<Job>) {
        while let Ok(first) = jobs.recv() {
            let mut group: Vec<_> = iter::once(first).chain(jobs.try_iter()).take(GROUP).collect();
            let stop = group.iter().position(|job| matches!(job, Job::Stop));
            group.truncate(stop.unwrap_or(group.len()));
            self = self.commit(group);
            if stop.is_some() {
                return;
            }
        }
    }

    fn commit(mut self, mut group: Vec<Job>) -> Self {
        for job in &mut group {
            if let Job::Append { batch, .. } = job
                && self.fallback.has_successors()
            {
                *batch = self.fallback.readdressed(batch);
            }
        }
        if let Keeper::Disk(disk) = &mut self.keeper {
            // A damaged file is not to end the service, whatever the database makes of it.
            let committed = catch_unwind(AssertUnwindSafe(|| disk.commit(&group)));
            let panicked = || Err(Error::Corrupted("the database panicked".to_owned()));
            match committed.unwrap_or_else(|_| panicked()) {
                Ok(outcomes) => {
                    group.into_iter().zip(outcomes).for_each(|(job, outcome)| job.answer(outcome));
                    return self;
                }
                Err(error) => self.keeper = self.fallback.fail(self.keeper, &error),
            }
        }
        for job in group {
            match job {
                Job::Recover { answer } => {
                    let (keeper, recovered) = self.fallback.recover(self.keeper);
                    self.keeper = keeper;
                    let _ = answer.send(recovered);
                }
                job => {
                    let outcome = self.fallback.apply(&self.keeper, &job);
                    job.answer(outcome);
                }
            }
        }
        self
    }
}
impl Job {
    fn answer(self, outcome: Outcome) {
        // It does not matter if nobody waits for it.
        match (self, outcome) {
            (Self::Claim { answer, .. }, Outcome::Claimed(claim)) => _ = answer.send(Ok(claim)),
            (Self::Claim { answer, .. }, Outcome::Done(Err(error))) => _ = answer.send(Err(error)),
            (
                Self::Append { answer, .. }
                | Self::Settle { answer, .. }
                | Self::Forget { answer, .. }
                | Self::Recover { answer },
                Outcome::Done(done),
            ) => _ = answer.send(done),
            _ => {}
        }
    }
}
