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
    /// The keys that seal the agents' passwords: `name:key` on each line, the first one seals.
    pub(crate) key_file: Option<PathBuf>,
    /// The same as text, for an environment variable.
    pub(crate) key: Option<SecretString>,
    /// Undelivered events of all clients together, in the file.
    #[serde(deserialize_with = "mebibytes")]
    pub(crate) max_undelivered_mib: NonZeroUsize,
}

impl Default for Store {
    fn default() -> Self {
        let max_undelivered_mib = NonZeroUsize::new(1024).unwrap_or(NonZeroUsize::MIN);
        Self { path: None, key_file: None, key: None, max_undelivered_mib }
    }
}
