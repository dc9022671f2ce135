//! Files with secrets: only the connector may read them.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use gc_private::Rights;
use secrecy::SecretString;

use crate::config::{ConfigError, bad, unreadable};

/// The text of a file, and who may use it. Both are of the same file, even if another one takes its place meanwhile.
pub(crate) struct PrivateFile {
    pub(crate) text: SecretString,
    rights: Rights,
}

/// Reads the file with the secret of this key, if nobody but the connector may use it.
pub(crate) fn read_private(key: &str, path: &Path) -> Result<SecretString, ConfigError> {
    let file = PrivateFile::read(path).map_err(|reason| unreadable(key, path, reason))?;
    match file.exposed(path) {
        Some(exposed) => Err(bad(key, exposed)),
        None => Ok(file.text),
    }
}

impl PrivateFile {
    pub(crate) fn read(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let rights = Rights::of(&file)?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        Ok(Self { text: SecretString::from(text), rights })
    }

    /// What is wrong if others than the connector may use the file, and what to do.
    pub(crate) fn exposed(&self, path: &Path) -> Option<String> {
        self.rights.exposed(path)
    }
}
