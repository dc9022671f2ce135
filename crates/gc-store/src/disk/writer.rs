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
use crate::stored::Call;

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

    fn commit(mut self, jobs: Vec<Job>) -> Self {
        let (mut group, mut broken, mut recoveries) = (Vec::with_capacity(jobs.len()), None, Vec::new());
        for job in jobs {
            match job {
                Job::Call(Call::Append { batch, answer }) if self.fallback.has_successors() => {
                    group.push(Call::Append { batch: self.fallback.readdressed(&batch), answer });
                }
                Job::Call(call) => group.push(call),
                Job::Broken(fault) => broken = Some(fault),
                Job::Recover(answer) => recoveries.push(answer),
                Job::Stop => {}
            }
        }
        if let Keeper::Disk(disk) = &mut self.keeper {
            // A damaged file is not to end the service, whatever the database makes of it.
            let place = &self.fallback.place;
            let committed = catch_unwind(AssertUnwindSafe(|| {
                if let Some(fault) = broken {
                    return Err(Fault::Unreadable(fault));
                }
                place.check()?;
                disk.commit(&group)
            }));
            let panicked = || Err(Fault::Damaged("the database panicked".to_owned()));
            match committed.unwrap_or_else(|_| panicked()) {
                Ok(outcomes) => {
                    let any = group.iter().any(|call| matches!(call, Call::Append { .. }));
                    // Before anybody gets an answer: whoever has one may find the file changed, and that is noticed.
                    let in_place = self.fallback.committed(any);
                    group.into_iter().zip(outcomes).for_each(|(call, outcome)| call.answer(outcome));
                    // It works.
                    recoveries.into_iter().for_each(|answer| _ = answer.send(Ok(())));
                    if let Err(fault) = in_place {
                        self.keeper = self.fallback.fail(self.keeper, &fault);
                    }
                    return self;
                }
                Err(fault) => self.keeper = self.fallback.fail(self.keeper, &fault),
            }
        }
        for call in group {
            let outcome = self.fallback.apply(&self.keeper, &call);
            call.answer(outcome);
        }
        for answer in recoveries {
            let (keeper, recovered) = self.fallback.recover(self.keeper);
            self.keeper = keeper;
            let _ = answer.send(recovered);
        }
        self
    }
}
