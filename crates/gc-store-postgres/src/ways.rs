//! The way to the writer and the reader.

use gc_store::stored::{Call, Look, Ways};
use tokio::sync::mpsc::UnboundedSender;

/// What the writer does.
pub(crate) enum Job {
    Call(Call),
    /// Everything before is committed, and then no more.
    Stop,
}

/// Both are unbounded: whoever hands over bounds what it hands over (`gc-delivery`, `writer.rs`).
pub(crate) struct Channels {
    pub(crate) jobs: UnboundedSender<Job>,
    pub(crate) looks: UnboundedSender<Look>,
}

impl Ways for Channels {
    fn call(&self, call: Call) {
        let _ = self.jobs.send(Job::Call(call));
    }

    fn look(&self, look: Look) {
        let _ = self.looks.send(look);
    }
}
