//! Files that somebody has named, in a configuration or on a command line.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use rustix::process::geteuid;
use secrecy::SecretString;
use thiserror::Error;

use crate::Rights;

/// The text of a file, and who may use it. Both are of the same file, even if another one takes its place meanwhile.
#[derive(Debug)]
pub struct NamedFile {
    /// It may hold secrets.
    pub text: SecretString,
    rights: Rights,
}

impl NamedFile {
    /// Reads it.
    ///
    /// # Errors
    /// When it cannot be read, or is no text.
    pub fn read(path: &Path) -> Result<Self, Unreadable> {
        let (text, rights) = read(path)?;
        Ok(Self { text: text.into(), rights })
    }

    /// What is wrong if others than the program may use the file, and what to do.
    #[must_use]
    pub fn exposed(&self, path: &Path) -> Option<String> {
        self.rights.exposed(path)
    }
}

/// The text of a file that anybody may read.
///
/// # Errors
/// When it cannot be read, or is no text.
pub fn read_public(path: &Path) -> Result<String, Unreadable> {
    read(path).map(|(text, _)| text)
}

/// Certificates as PEM, which anybody may read. Between them may be comments, in whatever encoding.
///
/// # Errors
/// When it cannot be read.
pub fn read_certificates(path: &Path) -> Result<String, Unreadable> {
    let mut bytes = Vec::new();
    File::open(path)?.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn read(path: &Path) -> Result<(String, Rights), Unreadable> {
    let mut file = File::open(path)?;
    let rights = Rights::of(&file)?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok((text, rights))
}

/// Why a file cannot be read. `Display` goes on behind the name of the file: `/etc/gc/gc.toml: does not exist`.
#[derive(Debug, Error)]
#[error("{}", in_words(.0))]
pub struct Unreadable(#[from] io::Error);

impl Unreadable {
    /// Whether there is no file of this name.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.0.kind() == ErrorKind::NotFound
    }
}

fn in_words(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "does not exist".to_owned(),
        ErrorKind::PermissionDenied => {
            format!("may not be opened by the user {}, as whom this program runs", geteuid().as_raw())
        }
        ErrorKind::IsADirectory => "is a directory: name a file".to_owned(),
        ErrorKind::NotADirectory => "does not exist: a part of its path is not a directory".to_owned(),
        ErrorKind::InvalidData => "is not text in UTF-8".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn why_a_file_cannot_be_read_is_said_in_our_words() {
        let folder = tempfile::tempdir().unwrap();
        let (text, binary) = (folder.path().join("text"), folder.path().join("binary"));
        std::fs::write(&text, "hush").unwrap();
        std::fs::write(&binary, [0xff, 0xfe]).unwrap();
        assert_eq!(read_public(&text).unwrap(), "hush");
        assert_eq!(read_certificates(&binary).unwrap(), "\u{fffd}\u{fffd}");
        assert_eq!(NamedFile::read(&text).unwrap().text.expose_secret(), "hush");
        let below = text.join("below");
        for (path, says, is_missing) in [
            (folder.path().join("nothing"), "does not exist", true),
            (folder.path().to_owned(), "is a directory: name a file", false),
            (below, "does not exist: a part of its path is not a directory", false),
            (binary, "is not text in UTF-8", false),
        ] {
            let unreadable = NamedFile::read(&path).unwrap_err();
            assert_eq!((unreadable.to_string().as_str(), unreadable.is_missing()), (says, is_missing));
        }
        // Root may read everything, so the error is made here.
        let denied = Unreadable(ErrorKind::PermissionDenied.into()).to_string();
        assert!(denied.starts_with("may not be opened by the user "), "{denied}");
        let other = Unreadable(io::Error::other("the disk is on fire")).to_string();
        assert_eq!(other, "cannot be read: the disk is on fire");
    }
}
