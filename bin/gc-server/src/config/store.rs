//! Where clients, sessions, commands and events are kept.

use std::path::Path;
#[cfg(feature = "demo")]
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use gc_delivery::{Journal, MemoryJournal};
use gc_environment::{Environment, RealEnvironment};
use gc_group::{Alone, Member};
use gc_store::{InvalidKeys, RedbJournal, Sealer, StoreBounds};
use secrecy::SecretString;

use super::faults::{all, both};
use super::files::{named, read_authorities, read_private};
#[cfg(feature = "demo")]
use super::sections::Store;
use super::{Config, ConfigError, bad, database};
use crate::SharedStore;
use crate::connect::Trial;
use crate::version::version;

/// A disk that has failed is tried again after this.
const TRY_DISK: Duration = Duration::from_secs(30);

impl Config {
    /// The same with everything kept in this file, and this key.
    #[cfg(feature = "demo")]
    pub(crate) fn with_store(mut self, path: PathBuf, key: SecretString) -> Self {
        self.store = Store { path: Some(path), key: Some(key), ..Store::default() };
        self
    }

    /// Opens the store, or makes it. Without one everything is in memory.
    pub(crate) fn journal(&self) -> Result<Arc<dyn Journal>, ConfigError> {
        let bounds = self.store_bounds();
        let StoreBounds { outbox, in_memory, .. } = bounds;
        if let Some(url) = &self.store.url {
            return database::journal(url, self.store.ca_file.as_deref(), bounds);
        }
        let Some(path) = &self.store.path else {
            return Ok(Arc::new(MemoryJournal::new(outbox).with_budget(in_memory)));
        };
        let journal =
            RedbJournal::open(path, bounds, Arc::new(RealEnvironment)).map_err(ConfigError::Store)?;
        let journal = Arc::new(journal);
        // Ends with the journal.
        tokio::spawn(journal.recover_every(TRY_DISK));
        Ok(journal)
    }

    /// How much is kept.
    pub(crate) fn store_bounds(&self) -> StoreBounds {
        let in_memory = self.outbox.max_memory_mib.get() << 20;
        StoreBounds { outbox: self.bounds(), in_memory, on_disk: self.store.max_undelivered_mib.get() << 20 }
    }

    /// Joins the connectors that share the database, if there is a `[group]`; else this one has its store for itself.
    pub(crate) async fn join(&self) -> Result<Arc<SharedStore>, ConfigError> {
        let id = RealEnvironment.id();
        let (Some(group), Some(url)) = (self.group(), &self.store.url) else {
            return Ok(Arc::new(Alone::with(id, self.journal()?)));
        };
        let (me, ca_file) = (Member::new(id, group.url.as_str(), version()), self.store.ca_file.as_deref());
        database::join(url, ca_file, me, self.store_bounds()).await
    }

    /// Logs what a restart loses.
    pub(crate) fn say_what_is_kept(&self) {
        match (&self.store.path, &self.store.url) {
            (None, None) => {
                tracing::info!("everything is in memory: a restart loses it (store.path is not configured)");
            }
            (Some(path), _) => {
                tracing::info!(path = %path.display(), "clients, sessions, commands and events are kept");
            }
            (None, Some(url)) => database::say(url, self.store.ca_file.as_deref()),
        }
    }

    /// The file itself may be in use by the connector that runs.
    pub(super) fn check_store(&self) -> Result<(), ConfigError> {
        let store = &self.store;
        let one = match (&store.path, &store.url) {
            (Some(_), Some(_)) => Err(bad("store.url", "cannot stand beside store.path: choose one")),
            _ => Ok(()),
        };
        let database = match (&store.url, &store.ca_file) {
            (None, None) => Ok(()),
            (Some(url), file) => database::check(url, file.as_deref()),
            (None, Some(file)) => {
                let useless = Err::<(), _>(bad("store.ca_file", "has no effect without store.url"));
                both(useless, read_authorities("store.ca_file", file)).map(drop)
            }
        };
        all([one, database, store.path.as_deref().map_or(Ok(()), check_path)]).map(drop)
    }

    /// Whether the address of the database has its password in it.
    pub(super) fn has_store_password(&self) -> bool {
        self.store.url.as_ref().is_some_and(database::has_password)
    }

    /// Connects to the database, and says what is there.
    pub(super) fn try_database(&self) -> Option<Trial> {
        let url = self.store.url.as_ref()?;
        let result = database::look(url, self.store.ca_file.as_deref());
        Some(Trial::new("store.url: the database", result.map_err(|error| error.to_string())))
    }

    /// The connectors on the database that live; none without one.
    pub(super) fn members(&self) -> Option<Result<Vec<Member>, String>> {
        let url = self.store.url.as_ref()?;
        let found = database::members(url, self.store.ca_file.as_deref());
        Some(found.map_err(|error| error.to_string()))
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
        let text = store.key.as_ref().map(|text| sealer("store.key", text));
        let file = store.key_file.as_ref();
        let file = file.map(|path| sealer("store.key_file", &read_private("store.key_file", path)?));
        let sealer = match (text, file) {
            (None, None) => return Ok(None),
            (Some(sealer), None) | (None, Some(sealer)) => sealer,
            (Some(text), Some(file)) => {
                let choose = Err(bad("store.key", "cannot stand beside store.key_file: choose one"));
                both(choose, both(text, file)).map(|(sealer, _)| sealer)
            }
        };
        let place = match store.path.is_some() || store.url.is_some() {
            true => Ok(()),
            false => Err(bad("store.path", "is missing: without it no key is needed")),
        };
        both(place, sealer).map(|((), sealer)| sealer)
    }
}

fn check_path(path: &Path) -> Result<(), ConfigError> {
    named("store.path", path)?;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    match directory.is_none_or(Path::is_dir) {
        true if !path.is_dir() => Ok(()),
        true => Err(bad("store.path", format!("{} is a directory: name a file in it", path.display()))),
        false => Err(bad("store.path", format!("{}: its directory does not exist", path.display()))),
    }
}
