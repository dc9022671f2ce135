//! A group of calls as one transaction.

use std::sync::{Arc, Mutex};

use redb::Database;

use super::{change::Tables, fault::Fault};
use crate::{
    Kept, StoreBounds,
    log::Log,
    stored::{Call, Ledger, Outcome, Shown},
};

/// The file, and what is known of the outboxes in it.
pub(super) struct Disk {
    pub(super) database: Arc<Database>,
    pub(super) ledger: Ledger,
}

impl Disk {
    pub(super) fn new(
        database: Arc<Database>,
        bounds: StoreBounds,
        outboxes: impl IntoIterator<Item = (Arc<Shown>, Log)>,
        kept: Arc<Mutex<Kept>>,
    ) -> Self {
        Self { database, ledger: Ledger::new(bounds, outboxes, kept) }
    }

    /// Commits a group, and gives what each call has come to. After a failure it is not known what is in the file.
    pub(super) fn commit(&mut self, group: &[Call]) -> Result<Vec<Outcome>, Fault> {
        let plan = self.ledger.plan(group);
        let writing = self.database.begin_write()?;
        let mut tables = Tables::open(&writing)?;
        plan.writes().iter().try_for_each(|write| tables.write(write))?;
        drop(tables);
        writing.commit()?;
        Ok(self.ledger.publish(group, plan))
    }
}
