//! Files that may hold a token.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use gc_private::Rights;
use secrecy::{ExposeSecret, SecretString};

use crate::failed::{Failed, Kind};

/// A file's text, and what is wrong if others may read it.
pub(crate) struct PrivateFile {
    pub(crate) text: SecretString,
    pub(crate) exposed: Option<String>,
}

impl PrivateFile {
    /// Reads it; none if there is no such file.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, Failed> {
        let unreadable = |error| Failed::new(Kind::Config, format!("{}: {error}", path.display()));
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        // Of the file that is read, even if another one takes its place meanwhile.
        let exposed = Rights::of(&file).map_err(unreadable)?.exposed(path);
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(unreadable)?;
        Ok(Some(Self { text: SecretString::from(text), exposed }))
    }
}

/// The token in this file: its first line.
pub(crate) fn token(path: &Path) -> Result<SecretString, Failed> {
    let config = |text: String| Failed::new(Kind::Config, text);
    let file = PrivateFile::read(path)?
        .ok_or_else(|| config(format!("{}: there is no such file", path.display())))?;
    if let Some(exposed) = file.exposed {
        return Err(config(exposed));
    }
    let token = file.text.expose_secret().lines().next().unwrap_or_default().trim();
    match token.is_empty() {
        true => Err(config(format!("{}: its first line should be the token", path.display()))),
        false => Ok(SecretString::from(token)),
    }
}
