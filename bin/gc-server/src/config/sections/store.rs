//! `[store]`.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;

/// What survives a restart.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Store {
    /// The file. Without it everything is in memory.
    pub(crate) path: Option<PathBuf>,
    /// The keys that seal the agents' passwords: `name:key` on each line, the first one seals.
    pub(crate) key_file: Option<PathBuf>,
    /// The same as text, for an environment variable.
    pub(crate) key: Option<SecretString>,
}
