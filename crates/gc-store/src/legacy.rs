//! What goes on in another outbox of the same client when one has ended.

use std::sync::Arc;

use crate::{
    Bounds, ClientKey, DeadLetter, Entry, Epoch, Record,
    log::{Effect, Log},
};

/// The undelivered entries and the dead letters of an outbox that has ended.
#[derive(Clone, Debug)]
pub(crate) struct Legacy {
    pub(crate) client: ClientKey,
    pub(crate) dead: Vec<DeadLetter>,
    pub(crate) undelivered: Vec<Arc<Record>>,
    /// What could not be taken over, and what was lost before.
    pub(crate) lost: u64,
}

/// What is to be done to an outbox that takes over, in this order.
pub(crate) enum Step {
    Inherit(DeadLetter),
    Append(Entry),
}

impl Legacy {
    /// A client that has nothing yet.
    pub(crate) fn nothing(client: ClientKey) -> Self {
        Self { client, dead: Vec::new(), undelivered: Vec::new(), lost: 0 }
    }

    /// Begins a log with it in an epoch. `carry_out` is given each step with what it means for the contents.
    pub(crate) fn begin<E>(
        self,
        epoch: Epoch,
        bounds: Bounds,
        mut carry_out: impl FnMut(Step, Vec<Effect>) -> Result<(), E>,
    ) -> Result<Log, E> {
        let mut log = Log::new(bounds);
        log.lost(self.lost);
        for letter in self.dead {
            let mut effects = Vec::new();
            log.inherit(letter.entry.message.size(), letter.reason.clone(), &mut effects);
            carry_out(Step::Inherit(letter), effects)?;
        }
        for record in self.undelivered {
            let mut effects = Vec::new();
            let sequence = log.append(record.message.size(), &mut effects);
            // Its id stays: the receiver recognises a repetition.
            let record = Arc::new(Record { epoch, ..Record::clone(&record) });
            carry_out(Step::Append(Entry { sequence, record }), effects)?;
        }
        Ok(log)
    }
}
