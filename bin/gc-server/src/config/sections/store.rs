//! `[store]`.

use std::{num::NonZeroUsize, path::PathBuf};

use secrecy::SecretString;
use serde::Deserialize;

use super::mebibytes;

/// What survives a restart.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Store {
    /// The file. Without it everything is in memory.
    pub(crate) path: Option<PathBuf>,
    /// The database instead of a file, with its password.
    pub(crate) url: Option<SecretString>,
    /// Authorities that the database's certificate is trusted for, beside those of the system.
    pub(crate) ca_file: Option<PathBuf>,
    /// The keys that seal the agents' passwords: `name:key` on each line, the first one seals.
    pub(crate) key_file: Option<PathBuf>,
    /// The same as text, for an environment variable.
    pub(crate) key: Option<SecretString>,
    /// Undelivered events of all clients together, in the file or the database.
    #[serde(deserialize_with = "mebibytes")]
    pub(crate) max_undelivered_mib: NonZeroUsize,
}

impl Default for Store {
    fn default() -> Self {
        let max_undelivered_mib = NonZeroUsize::new(1024).unwrap_or(NonZeroUsize::MIN);
        Self { path: None, url: None, ca_file: None, key_file: None, key: None, max_undelivered_mib }
    }
}
