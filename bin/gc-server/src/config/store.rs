//! Where clients, sessions, commands and events are kept.

#[cfg(feature = "demo")]
use std::path::PathBuf;
use std::sync::Arc;

use gc_delivery::{Journal, MemoryJournal};
use gc_environment::RealEnvironment;
use gc_store::{InvalidKeys, RedbJournal, Sealer};
use secrecy::SecretString;

#[cfg(feature = "demo")]
use super::sections::Store;
use super::{Config, ConfigError, bad, unreadable};
use crate::private::PrivateFile;

impl Config {
    /// The same with everything kept in this file, and this key.
    #[cfg(feature = "demo")]
    pub(crate) fn with_store(mut self, path: PathBuf, key: SecretString) -> Self {
        self.store = Store { path: Some(path), key: Some(key), key_file: None };
        self
    }

    /// Opens the store, or makes it. Without one everything is in memory.
    pub(super) fn journal(&self) -> Result<Arc<dyn Journal>, ConfigError> {
        let bounds = self.bounds();
        let Some(path) = &self.store.path else {
            tracing::info!("everything is kept in memory: a restart loses sessions and events (store.path)");
            return Ok(Arc::new(
                MemoryJournal::new(bounds).with_budget(self.outbox.max_memory_mib.get() << 20),
            ));
        };
        let journal =
            RedbJournal::open(path, bounds, Arc::new(RealEnvironment)).map_err(ConfigError::Store)?;
        tracing::info!(path = %path.display(), "clients, sessions, commands and events are kept");
        if self.store.key_file.is_none() && self.store.key.is_none() {
            tracing::warn!(
                "a restart ends the agents' sessions: there is no key for their passwords (store.key_file)"
            );
        }
        Ok(Arc::new(journal))
    }

    /// What seals the passwords of sessions that are kept.
    pub(super) fn sealer(&self) -> Result<Option<Arc<Sealer>>, ConfigError> {
        let store = &self.store;
        let sealer = |key: &str, text: &SecretString| {
            let unusable = |error: InvalidKeys| bad(key, error);
            Sealer::parse(text, Arc::new(RealEnvironment))
                .map(|sealer| Some(Arc::new(sealer)))
                .map_err(unusable)
        };
        match (&store.path, &store.key, &store.key_file) {
            (None, None, None) | (Some(_), None, None) => Ok(None),
            (None, ..) => Err(bad("store.path", "is missing: without it no key is needed")),
            (_, Some(_), Some(_)) => Err(bad("store.key", "cannot stand beside store.key_file: choose one")),
            (_, Some(text), None) => sealer("store.key", text),
            (_, None, Some(path)) => {
                let key = "store.key_file";
                let file = PrivateFile::read(path).map_err(|reason| unreadable(key, path, reason))?;
                match file.exposed(path) {
                    Some(exposed) => Err(bad(key, exposed)),
                    None => sealer(key, &file.text),
                }
            }
        }
    }
}
