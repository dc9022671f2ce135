//! The thread that reads what is not in memory, so that no task waits for the disk.

use std::sync::{Arc, mpsc::Receiver};

use redb::{Database, Error};

use super::{Reply, file};
use crate::{DeadLetter, Epoch, JournalError, Page};

/// What can be read.
pub(super) enum Look {
    Page {
        epoch: Epoch,
        after: u64,
        max: usize,
        /// The oldest number that is held, for an outbox of which there is nothing in the file.
        oldest_held: u64,
        answer: Reply<Page>,
    },
    DeadLetters {
        epoch: Epoch,
        answer: Reply<Vec<DeadLetter>>,
    },
    Stop,
}

pub(super) fn run(database: &Database, looks: &Receiver<Look>) {
    // Whether anybody waits for an answer is their affair.
    while let Ok(look) = looks.recv() {
        match look {
            Look::Page { epoch, after, max, oldest_held, answer } => {
                let page = file::page(database, epoch, after, max);
                let page =
                    page.map(|(oldest, entries)| Page { oldest: oldest.unwrap_or(oldest_held), entries });
                let _ = answer.send(page.map_err(failed));
            }
            Look::DeadLetters { epoch, answer } => {
                let _ = answer.send(file::dead_letters(database, epoch).map_err(failed));
            }
            Look::Stop => return,
        }
    }
}

pub(super) fn failed(error: Error) -> JournalError {
    JournalError::Failed(Arc::new(error))
}
