//! What becomes of dead letters.

use std::sync::Arc;

use tokio::select;
use uuid::Uuid;

use super::{Delivery, UnknownClient};
use crate::{Batch, ClientKey, Cursor, DeadLetter, JournalError, Outbox, Record, client::Client};

impl Delivery {
    /// The client's dead letters, in the order in which they were given up.
    ///
    /// # Errors
    /// When the client is not known, or the journal cannot read them.
    pub async fn dead_letters(&self, client: &ClientKey) -> Result<Vec<DeadLetter>, JournalError> {
        self.known(client)?.outbox().dead_letters().await
    }

    /// Appends the client's dead letters to its outbox again, or the one whose event has this id: with the same id and a new
    /// number, behind everything else. They are dead letters no more. Returns how many.
    ///
    /// # Errors
    /// When the client is not known or is forgotten meanwhile, or the journal fails. What was appended before is delivered.
    pub async fn replay(&self, client: &ClientKey, id: Option<Uuid>) -> Result<usize, JournalError> {
        let known = self.known(client)?;
        let letters = letters(&*known.outbox(), id).await?;
        let commit = {
            let clients = self.clients();
            let is_known = clients.get(client).is_some_and(|present| Arc::ptr_eq(present, &known));
            if !is_known {
                return Err(JournalError::NoOutbox(client.clone()));
            }
            let (epoch, at) = (known.outbox().epoch(), self.environment.now());
            let record = |letter: &DeadLetter| {
                let (id, message) = (letter.entry.id, letter.entry.message.clone());
                Record { client: client.clone(), epoch, id, at, message }
            };
            // Handed over under the lock, as other messages are.
            self.writer.append(letters.iter().map(record).collect::<Batch>())
        };
        // In this order: what a crash leaves in both places is delivered, and can be replayed once more.
        commit.await?;
        remove(&known, &letters).await?;
        tracing::info!(%client, events = letters.len(), "dead letters replayed");
        Ok(letters.len())
    }

    /// Deletes the client's dead letters, or the one whose event has this id. Returns how many.
    ///
    /// # Errors
    /// When the client is not known or is forgotten meanwhile, or the journal fails.
    pub async fn purge(&self, client: &ClientKey, id: Option<Uuid>) -> Result<usize, JournalError> {
        let known = self.known(client)?;
        let letters = letters(&*known.outbox(), id).await?;
        remove(&known, &letters).await?;
        tracing::info!(%client, events = letters.len(), "dead letters purged");
        Ok(letters.len())
    }

    pub(super) fn known(&self, client: &ClientKey) -> Result<Arc<Client>, JournalError> {
        self.client(client).map_err(|UnknownClient(client)| JournalError::NoOutbox(client))
    }
}

/// Those that can be removed: the numbers of another epoch, from before the journal lost its disk, mean nothing here.
async fn letters(outbox: &dyn Outbox, id: Option<Uuid>) -> Result<Vec<DeadLetter>, JournalError> {
    let mut letters = outbox.dead_letters().await?;
    letters
        .retain(|letter| letter.entry.epoch == outbox.epoch() && id.is_none_or(|id| letter.entry.id == id));
    Ok(letters)
}

/// Asks the delivery task, which alone may settle, and waits until they are gone.
async fn remove(client: &Client, letters: &[DeadLetter]) -> Result<(), JournalError> {
    let cursors: Vec<Cursor> = letters.iter().map(|letter| letter.entry.cursor()).collect();
    if cursors.is_empty() {
        return Ok(());
    }
    client.removed.send(cursors.clone()).map_err(|_| JournalError::Closed)?;
    loop {
        let outbox = client.outbox();
        let counts = outbox.counts();
        let present = outbox.dead_letters().await?;
        if !present.iter().any(|letter| cursors.contains(&letter.entry.cursor())) {
            return Ok(());
        }
        select! {
            // The change comes first: with it they may be gone.
            biased;
            () = counts.changed() => {}
            () = client.removed.closed() => return Err(JournalError::Closed),
        }
    }
}
