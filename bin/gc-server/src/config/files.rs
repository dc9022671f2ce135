//! Files that keys name.

use std::path::Path;

use gc_private::NamedFile;
use secrecy::SecretString;

use super::{ConfigError, bad};

/// Certificates of authorities, as PEM. They are checked here, where key and file are known.
pub(super) fn read_authorities(key: &str, path: &Path) -> Result<String, ConfigError> {
    gc_net::read_authorities(path).map_err(|fault| bad(key, fault))
}

/// A file without a secret.
pub(super) fn read_public(key: &str, path: &Path) -> Result<String, ConfigError> {
    gc_private::read_public(path).map_err(|reason| bad(key, format!("{}: {reason}", path.display())))
}

/// The file with the secret of this key, if nobody but the connector may use it.
pub(crate) fn read_private(key: &str, path: &Path) -> Result<SecretString, ConfigError> {
    let file = NamedFile::read(path).map_err(|reason| bad(key, format!("{}: {reason}", path.display())))?;
    match file.exposed(path) {
        Some(exposed) => Err(bad(key, exposed)),
        None => Ok(file.text),
    }
}
