//! What is asked of a journal that writes in one place and reads in another, and the way there.

use std::sync::Arc;

use futures_util::FutureExt;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{Forgotten, Shown};
use crate::{Answer, Batch, Claim, ClaimToken, ClientKey, DeadLetter, Epoch, JournalError, Page, Settlement};

/// Where an answer goes. It does not matter if nobody waits for it.
pub type Reply<T> = oneshot::Sender<Result<T, JournalError>>;

/// A call that changes something.
pub enum Call {
    /// An outbox is new. It is in the store from its first change on.
    Open(Arc<Shown>),
    /// [`crate::Journal::append`].
    Append {
        /// What is appended.
        batch: Batch,
        /// The answer.
        answer: Reply<()>,
    },
    /// [`crate::Outbox::claim`].
    Claim {
        /// Whose outbox.
        client: ClientKey,
        /// The outbox.
        epoch: Epoch,
        /// Who claims it.
        sender: Uuid,
        /// The answer.
        answer: Reply<Claim>,
    },
    /// [`crate::Outbox::settle`].
    Settle {
        /// Whose outbox.
        client: ClientKey,
        /// The outbox.
        epoch: Epoch,
        /// Of whom.
        token: ClaimToken,
        /// What is settled.
        settlement: Settlement,
        /// The answer.
        answer: Reply<()>,
    },
    /// [`crate::Journal::forget`].
    Forget {
        /// Whom.
        forgotten: Forgotten,
        /// The answer.
        answer: Reply<()>,
    },
}

/// What a call comes to, once its group is committed.
#[derive(Debug)]
pub enum Outcome {
    /// It is done, or refused.
    Done(Result<(), JournalError>),
    /// The claim was made.
    Claimed(Claim),
}

/// What can be read.
pub enum Look {
    /// [`crate::Outbox::read`].
    Page {
        /// The outbox.
        epoch: Epoch,
        /// Behind this number,
        after: u64,
        /// and up to this one, the last of which the commit is known,
        last: u64,
        /// at most so many.
        max: usize,
        /// The oldest number that is held, for an outbox of which there is nothing in the store.
        oldest_held: u64,
        /// The answer.
        answer: Reply<Page>,
    },
    /// [`crate::Outbox::dead_letters`].
    DeadLetters {
        /// The outbox.
        epoch: Epoch,
        /// The answer.
        answer: Reply<Vec<DeadLetter>>,
    },
}

/// The ways into a journal. Whatever is handed over is carried out in this order, or dropped when the journal has ended.
pub trait Ways: Send + Sync + 'static {
    /// Hands over a call.
    fn call(&self, call: Call);

    /// Hands over a look.
    fn look(&self, look: Look);
}

/// The answer to what is handed over with its reply; a reply that is dropped says that the journal is closed.
pub fn ask<T: Send + 'static>(hand_over: impl FnOnce(Reply<T>)) -> Answer<T> {
    let (reply, answer) = oneshot::channel();
    hand_over(reply);
    async { answer.await.unwrap_or(Err(JournalError::Closed)) }.boxed()
}

impl Call {
    /// Answers it.
    pub fn answer(self, outcome: Outcome) {
        match (self, outcome) {
            (Self::Claim { answer, .. }, Outcome::Claimed(claim)) => _ = answer.send(Ok(claim)),
            (Self::Claim { answer, .. }, Outcome::Done(Err(error))) => _ = answer.send(Err(error)),
            (Self::Append { answer, .. } | Self::Settle { answer, .. }, Outcome::Done(done)) => {
                _ = answer.send(done);
            }
            (Self::Forget { forgotten, answer }, Outcome::Done(done)) => {
                if done.is_err() {
                    forgotten.put_back();
                }
                let _ = answer.send(done);
            }
            // Nobody waits for the first; the others are no answers to each other, and whoever waits learns that there is none.
            (Self::Open(_), _)
            | (Self::Claim { .. }, Outcome::Done(Ok(())))
            | (Self::Append { .. } | Self::Settle { .. } | Self::Forget { .. }, Outcome::Claimed(_)) => {}
        }
    }
}
