//! What is asked of the two threads, and the way there.

use std::sync::{Arc, mpsc};

use redb::Database;

use crate::{
    Answer,
    stored::{Call, Look, Reply, Ways, ask},
};

/// The way to the two threads. A thread that is gone answers itself: the journal is closed.
#[derive(Clone)]
pub(super) struct Calls {
    pub(super) jobs: mpsc::Sender<Job>,
    pub(super) sights: mpsc::Sender<Sight>,
}

/// What the writer does.
pub(super) enum Job {
    Call(Call),
    /// The file could not be read.
    Broken(String),
    /// The disk may work again.
    Recover(Reply<()>),
    Stop,
}

/// What the reader does.
pub(super) enum Sight {
    Look(Look),
    /// From now on this is read.
    Open(Arc<Database>),
    /// The file has failed. It is not held any more when this is answered.
    Close(mpsc::Sender<()>),
    Stop,
}

impl Calls {
    /// Tries the disk.
    pub(super) fn recover(&self) -> Answer<()> {
        ask(|answer| _ = self.jobs.send(Job::Recover(answer)))
    }
}

impl Ways for Calls {
    fn call(&self, call: Call) {
        let _ = self.jobs.send(Job::Call(call));
    }

    fn look(&self, look: Look) {
        let _ = self.sights.send(Sight::Look(look));
    }
}
