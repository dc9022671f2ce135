//! Files without secrets that keys name.

use std::path::Path;

use gc_delivery::Trust;

use super::{ConfigError, bad};

/// Certificates of authorities, as PEM. They are checked here, where key and file are known.
pub(super) fn read_authorities(key: &str, path: &Path) -> Result<String, ConfigError> {
    let pem = read_public(key, path)?;
    match Trust::Authority(pem.clone()).client_config() {
        Ok(_) => Ok(pem),
        Err(error) => Err(bad(key, format!("{}: {error}", path.display()))),
    }
}

/// A file without a secret.
pub(super) fn read_public(key: &str, path: &Path) -> Result<String, ConfigError> {
    let unreadable = |reason| ConfigError::File { key: key.to_owned(), path: path.to_owned(), reason };
    std::fs::read_to_string(path).map_err(unreadable)
}
