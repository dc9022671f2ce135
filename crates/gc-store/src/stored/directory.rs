//! Which outbox a client has at present.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use super::lock;
use crate::{ClientKey, Epoch, Outbox};

/// The outbox that each client has at present.
pub type Directory = BTreeMap<ClientKey, Arc<dyn Outbox>>;

/// A client that is to be forgotten. Its outbox is not in the directory any more, and comes back if the store does not forget it.
pub struct Forgotten {
    directory: Arc<Mutex<Directory>>,
    client: ClientKey,
    outbox: Option<Arc<dyn Outbox>>,
}

impl Forgotten {
    /// Takes the outbox of a client out of the directory, and hands that over before the next one of the client can be opened.
    pub fn hand_over<T>(
        directory: &Arc<Mutex<Directory>>,
        client: &ClientKey,
        hand_over: impl FnOnce(Self) -> T,
    ) -> T {
        let mut present = lock(directory);
        let outbox = present.remove(client);
        hand_over(Self { directory: Arc::clone(directory), client: client.clone(), outbox })
    }

    /// Who.
    #[must_use]
    pub fn client(&self) -> &ClientKey {
        &self.client
    }

    /// Its outbox, if it has one.
    #[must_use]
    pub fn epoch(&self) -> Option<Epoch> {
        self.outbox.as_ref().map(|outbox| outbox.epoch())
    }

    /// The store has not forgotten it. An outbox that was opened since ends ([`super::Ledger::plan`]).
    pub(super) fn put_back(self) {
        if let Some(outbox) = self.outbox {
            lock(&self.directory).insert(self.client, outbox);
        }
    }
}
