//! What can be wrong with the file, in words for whoever runs the service; the database's own words stand behind them.

use std::{
    error, io,
    path::{Path, PathBuf},
};

use redb::Error;

use super::holder;
use crate::stored::Incomplete;

/// Why the file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// It does not hold what a store holds.
    #[error("it is no store, or damaged: {0}")]
    Damaged(String),
    /// A row is not what was written there.
    #[error("it is no store, or damaged: a row cannot be read: {0}")]
    Row(#[source] serde_json::Error),
    /// Something between the rows is missing.
    #[error("it is no store, or damaged: {0}")]
    Incomplete(#[source] Incomplete),
    /// A read failed like this.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    /// What is at its path is not what was written there.
    #[error("{0} while it was in use")]
    Displaced(&'static str),
    /// The database or the system failed.
    #[error("{} ({_0})", words(_0))]
    Database(#[source] Error),
}

/// Why a store cannot be opened. Its file is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// It is open already, here or in another process.
    #[error("{path}: it is in use by {holder}")]
    InUse {
        /// The file.
        path: PathBuf,
        /// Which process has it open, in the words of [`holder`].
        holder: String,
    },
    /// A newer version of this program has written it.
    #[error("{path}: its format {found} is newer than {newest}, the newest that is known here")]
    TooNew {
        /// The file.
        path: PathBuf,
        /// The format that was found.
        found: u64,
        /// The newest format that can be read.
        newest: u64,
    },
    /// It is no store, or a damaged one.
    #[error("{path}: {reason}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        reason: Box<dyn error::Error + Send + Sync>,
    },
    /// It is not for this program alone. The text names the file.
    #[error("{0}")]
    Exposed(String),
    /// The system does not let it be opened, read or written.
    #[error("{path}: {reason}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        reason: io::Error,
    },
}

impl OpenError {
    pub(super) fn in_use(path: &Path) -> Self {
        Self::InUse { path: path.to_owned(), holder: holder(path) }
    }

    /// Whether the same file may be opened later, without anybody changing anything.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::InUse { .. })
    }
}

impl From<Incomplete> for Fault {
    fn from(incomplete: Incomplete) -> Self {
        Self::Incomplete(incomplete)
    }
}

/// All that the database calls an error.
impl<E: Into<Error>> From<E> for Fault {
    fn from(error: E) -> Self {
        Self::Database(error.into())
    }
}

impl Fault {
    /// The same about the file at this path.
    pub(super) fn of(self, path: &Path) -> OpenError {
        if matches!(self, Self::Database(Error::DatabaseAlreadyOpen)) {
            return OpenError::in_use(path);
        }
        let path = path.to_owned();
        match self {
            Self::Database(Error::Io(reason)) if !is_damage(&reason) => OpenError::Io { path, reason },
            other => OpenError::Damaged { path, reason: other.into() },
        }
    }
}

fn is_damage(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
}

fn words(error: &Error) -> &'static str {
    match error {
        Error::DatabaseAlreadyOpen => "it is in use by another process",
        Error::Corrupted(_) | Error::UpgradeRequired(_) => "it is no store, or damaged",
        Error::Io(error) => match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "the disk is full",
            io::ErrorKind::FileTooLarge => "the file may not grow",
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                "the system does not let it be used"
            }
            io::ErrorKind::NotFound => "it is not there",
            _ if is_damage(error) => "it is no store, or damaged",
            _ => "the disk failed",
        },
        _ => "it cannot be used any more",
    }
}
