//! What becomes of dead letters.

use std::{collections::BTreeSet, sync::Arc};

use tokio::select;
use uuid::Uuid;

use super::{Delivery, UnknownClient};
use crate::{
    Batch, ClientKey, DeadLetter, Epoch, JournalError, Outbox, Record,
    client::{Client, Removal},
};

impl Delivery {
    /// The client's dead letters, in the order in which they were given up.
    ///
    /// # Errors
    /// When the client is not known, or the journal cannot read them.
    pub async fn dead_letters(&self, client: &ClientKey) -> Result<Vec<DeadLetter>, JournalError> {
        self.known(client)?.outbox().dead_letters().await
    }

    /// Appends the client's dead letters to its outbox again, or the one whose event has this id: with the same id and a new
    /// number in the present epoch, behind everything else. They are dead letters no more. Returns them as they were, with the epoch and the
    /// number that each had before.
    ///
    /// # Errors
    /// When the client is not known or is forgotten meanwhile, or the journal fails. What was appended before is delivered.
    pub async fn replay(
        &self,
        client: &ClientKey,
        id: Option<Uuid>,
    ) -> Result<Vec<DeadLetter>, JournalError> {
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
        Ok(letters)
    }

    /// Deletes the client's dead letters, or the one whose event has this id. Returns them.
    ///
    /// # Errors
    /// When the client is not known or is forgotten meanwhile, or the journal fails.
    pub async fn purge(&self, client: &ClientKey, id: Option<Uuid>) -> Result<Vec<DeadLetter>, JournalError> {
        let known = self.known(client)?;
        let letters = letters(&*known.outbox(), id).await?;
        remove(&known, &letters).await?;
        tracing::info!(%client, events = letters.len(), "dead letters purged");
        Ok(letters)
    }

    pub(super) fn known(&self, client: &ClientKey) -> Result<Arc<Client>, JournalError> {
        self.client(client).map_err(|UnknownClient(client)| JournalError::NoOutbox(client))
    }
}

/// All of them, or those whose event has this id.
async fn letters(outbox: &dyn Outbox, id: Option<Uuid>) -> Result<Vec<DeadLetter>, JournalError> {
    let mut letters = outbox.dead_letters().await?;
    letters.retain(|letter| id.is_none_or(|id| letter.entry.id == id));
    Ok(letters)
}

/// Asks the delivery task, which alone may settle, and waits until they are gone.
async fn remove(client: &Client, letters: &[DeadLetter]) -> Result<(), JournalError> {
    let unwanted: BTreeSet<_> = letters.iter().map(place).collect();
    let mut asked = None;
    loop {
        let outbox = client.outbox();
        let mut counts = outbox.counts();
        let present = match outbox.dead_letters().await {
            // They go on in the next one, with other numbers.
            Err(JournalError::Superseded) => {
                counts.until(|counts| counts.superseded.then_some(())).await;
                continue;
            }
            present => present?,
        };
        let present = present.iter().filter(|letter| unwanted.contains(&place(letter)));
        let (epoch, letters) = (outbox.epoch(), present.map(|letter| letter.number).collect::<Vec<_>>());
        if letters.is_empty() {
            break;
        }
        if asked.replace(epoch) != Some(epoch) {
            client.removals.send(Removal { epoch, letters }).map_err(|_| JournalError::Closed)?;
        }
        select! {
            // The change comes first: with it they may be gone.
            biased;
            () = counts.changed() => {}
            () = client.removals.closed() => return Err(JournalError::Closed),
        }
    }
    for DeadLetter { entry, .. } in letters {
        let (client, epoch, sequence, id) = (&client.key, entry.epoch, entry.sequence, entry.id);
        tracing::debug!(%client, %epoch, sequence, %id, "dead letter removed");
    }
    Ok(())
}

/// Where its entry was appended, which is the same in each epoch.
fn place(letter: &DeadLetter) -> (Epoch, u64) {
    (letter.entry.epoch, letter.entry.sequence)
}
