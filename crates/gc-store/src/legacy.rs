//! What goes on in another outbox of the same client when one has ended.

use std::sync::Arc;

use crate::{
    Bounds, ClientKey, DeadLetter, Entry, Epoch, Record,
    log::{Effect, Log},
};

/// The undelivered entries and the dead letters of an outbox that has ended.
#[derive(Clone, Debug)]
pub struct Legacy {
    /// Whose outbox it was.
    pub client: ClientKey,
    /// Its dead letters, in their order.
    pub dead: Vec<DeadLetter>,
    /// Its undelivered entries, in their order.
    pub undelivered: Vec<Arc<Record>>,
    /// What could not be taken over, and what was lost before.
    pub lost: u64,
}

/// What is to be done to an outbox that takes over, in this order.
pub enum Step {
    /// It takes over a dead letter, which has its new number. The effects come after that.
    Inherit(DeadLetter),
    /// It takes over an undelivered entry.
    Append(Entry),
}

impl Legacy {
    /// A client that has nothing yet.
    #[cfg(feature = "redb")]
    pub(crate) fn nothing(client: ClientKey) -> Self {
        Self { client, dead: Vec::new(), undelivered: Vec::new(), lost: 0 }
    }

    /// Begins a log with it in an epoch. `carry_out` is given each step with what it means for the contents.
    ///
    /// # Errors
    /// The first one of `carry_out`.
    pub fn begin<E>(
        self,
        epoch: Epoch,
        bounds: Bounds,
        mut carry_out: impl FnMut(Step, Vec<Effect>) -> Result<(), E>,
    ) -> Result<Log, E> {
        let mut log = Log::new(bounds);
        log.lost(self.lost);
        for letter in self.dead {
            let mut effects = Vec::new();
            let number = log.inherit(letter.entry.message.size(), &mut effects);
            carry_out(Step::Inherit(DeadLetter { number, ..letter }), effects)?;
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
