//! What is asked of the two threads, and the way there.

use std::sync::{Arc, mpsc};

use futures_util::FutureExt;
use redb::Database;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::shown::Shown;
use crate::{Answer, Batch, Claim, ClientKey, DeadLetter, Epoch, JournalError, Page, Settlement, Token};

pub(super) type Reply<T> = oneshot::Sender<Result<T, JournalError>>;

/// The way to the two threads.
#[derive(Clone)]
pub(super) struct Calls {
    pub(super) jobs: mpsc::Sender<Job>,
    pub(super) looks: mpsc::Sender<Look>,
}

/// A call that changes something.
pub(super) enum Job {
    /// An outbox is new. It is in the file from its first change on.
    Open(Arc<Shown>),
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
    /// From now on this is read.
    Open(Arc<Database>),
    /// The file has failed. It is not held any more when this is answered.
    Close(mpsc::Sender<()>),
    Stop,
}

impl Calls {
    /// Hands a call to the writer; the answer comes with its commit.
    pub(super) fn ask<T: Send + 'static>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Answer<T> {
        let (reply, answer) = oneshot::channel();
        let _ = self.jobs.send(job(reply));
        async { answer.await.unwrap_or(Err(JournalError::Closed)) }.boxed()
    }

    /// Hands a look to the reader.
    pub(super) fn look<T: Send + 'static>(&self, look: impl FnOnce(Reply<T>) -> Look) -> Answer<T> {
        let (reply, answer) = oneshot::channel();
        let _ = self.looks.send(look(reply));
        async { answer.await.unwrap_or(Err(JournalError::Closed)) }.boxed()
    }
}

impl Job {
    pub(super) fn answer(self, outcome: Outcome) {
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
