//! The thread that reads what is not in memory, so that no task waits for the disk.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        mpsc::{Receiver, Sender},
    },
};

use redb::Database;

use super::{
    calls::{Job, Sight},
    fault::Fault,
    file,
};
use crate::{JournalError, Page, stored::Look};

/// Reads until the journal is dropped.
pub(super) fn run(sights: &Receiver<Sight>, jobs: &Sender<Job>) {
    let mut database = None;
    // Whether anybody waits for an answer is their affair.
    while let Ok(sight) = sights.recv() {
        match sight {
            Sight::Look(Look::Page { epoch, after, max, oldest_held, answer, last: _ }) => {
                let page =
                    read(database.as_deref(), jobs, |database| file::page(database, epoch, after, max));
                let page =
                    page.map(|(oldest, entries)| Page { oldest: oldest.unwrap_or(oldest_held), entries });
                let _ = answer.send(page);
            }
            Sight::Look(Look::DeadLetters { epoch, answer }) => {
                let letters = read(database.as_deref(), jobs, |database| file::dead_letters(database, epoch));
                let _ = answer.send(letters);
            }
            Sight::Open(opened) => database = Some(opened),
            Sight::Close(closed) => {
                database = None;
                let _ = closed.send(());
            }
            Sight::Stop => return,
        }
    }
}

fn read<T>(
    database: Option<&Database>,
    jobs: &Sender<Job>,
    read: impl FnOnce(&Database) -> Result<T, Fault>,
) -> Result<T, JournalError> {
    let Some(database) = database else { return Err(JournalError::Superseded) };
    // A damaged file is not to end the service, whatever the database makes of it.
    let result = catch_unwind(AssertUnwindSafe(|| read(database)));
    let panicked = || Err(Fault::Damaged("the database panicked".to_owned()));
    result.unwrap_or_else(|_| panicked()).map_err(|error| {
        let _ = jobs.send(Job::Broken(error.to_string()));
        JournalError::Failed(Arc::new(error))
    })
}
