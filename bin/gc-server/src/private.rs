//! Files with secrets: only the connector may read them.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use gc_private::Rights;
use secrecy::SecretString;

/// The text of a file, and who may use it. Both are of the same file, even if another one takes its place meanwhile.
pub(crate) struct PrivateFile {
    pub(crate) text: SecretString,
    rights: Rights,
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
