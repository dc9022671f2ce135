//! The thread that writes: what has gathered is committed together.

use std::{
    iter,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::Receiver,
};

use super::{
    calls::Job,
    fallback::{Fallback, Keeper},
    fault::Fault,
};

/// At most so many calls are committed together.
const GROUP: usize = 64;

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
            let place = &self.fallback.place;
            let committed = catch_unwind(AssertUnwindSafe(|| {
                place.check()?;
                disk.commit(&group)
            }));
            let panicked = || Err(Fault::Damaged("the database panicked".to_owned()));
            match committed.unwrap_or_else(|_| panicked()) {
                Ok(outcomes) => {
                    let any = group.iter().any(|job| matches!(job, Job::Append { .. }));
                    // Before anybody gets an answer: whoever has one may find the file changed, and that is noticed.
                    let in_place = self.fallback.committed(any);
                    group.into_iter().zip(outcomes).for_each(|(job, outcome)| job.answer(outcome));
                    if let Err(fault) = in_place {
                        self.keeper = self.fallback.fail(self.keeper, &fault);
                    }
                    return self;
                }
                Err(fault) => self.keeper = self.fallback.fail(self.keeper, &fault),
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
