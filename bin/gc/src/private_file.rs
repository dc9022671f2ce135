//! Files that may hold a token.

use std::path::Path;

use gc_private::NamedFile;
use secrecy::{ExposeSecret, SecretString};

use crate::failed::{Failed, Kind};

/// Reads it; none if there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<NamedFile>, Failed> {
    match NamedFile::read(path) {
        Ok(file) => Ok(Some(file)),
        Err(unreadable) if unreadable.is_missing() => Ok(None),
        Err(unreadable) => Err(Failed::new(Kind::Config, format!("{}: {unreadable}", path.display()))),
    }
}

/// The token in this file: its first line.
pub(crate) fn token(path: &Path) -> Result<SecretString, Failed> {
    let config = |text: String| Failed::new(Kind::Config, text);
    let file =
        NamedFile::read(path).map_err(|unreadable| config(format!("{}: {unreadable}", path.display())))?;
    if let Some(exposed) = file.exposed(path) {
        return Err(config(exposed));
    }
    let token = file.text.expose_secret().lines().next().unwrap_or_default().trim();
    match token.is_empty() {
        true => Err(config(format!("{}: its first line should be the token", path.display()))),
        false => Ok(SecretString::from(token)),
    }
}
