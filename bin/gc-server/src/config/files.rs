//! Files that keys name.

use std::path::Path;

use gc_private::NamedFile;
use secrecy::SecretString;

use super::{ConfigError, bad};

/// The file that this key names.
pub(super) fn named<'a>(key: &str, path: &'a Path) -> Result<&'a Path, ConfigError> {
    match path.as_os_str().is_empty() {
        true => Err(bad(key, "is empty: write the name of a file")),
        false => Ok(path),
    }
}

/// Certificates of authorities, as PEM. They are checked here, where key and file are known.
pub(super) fn read_authorities(key: &str, path: &Path) -> Result<String, ConfigError> {
    gc_net::read_authorities(named(key, path)?).map_err(|fault| bad(key, fault))
}

/// Certificates, as PEM.
pub(super) fn read_certificates(key: &str, path: &Path) -> Result<String, ConfigError> {
    let read = gc_private::read_certificates(named(key, path)?);
    read.map_err(|reason| bad(key, format!("{}: {reason}", path.display())))
}

/// The file with the secret of this key, if nobody but the connector may use it.
pub(crate) fn read_private(key: &str, path: &Path) -> Result<SecretString, ConfigError> {
    read_secret(key, path, Ok)
}

/// What is made of the secret in this file. A file that holds something else is none to protect: that is said first.
pub(super) fn read_secret<T>(
    key: &str,
    path: &Path,
    make: impl FnOnce(SecretString) -> Result<T, ConfigError>,
) -> Result<T, ConfigError> {
    let file = NamedFile::read(named(key, path)?);
    let file = file.map_err(|reason| bad(key, format!("{}: {reason}", path.display())))?;
    let exposed = file.exposed(path);
    let made = make(file.text)?;
    match exposed {
        Some(exposed) => Err(bad(key, exposed)),
        None => Ok(made),
    }
}
