//! Where a reader of an outbox stands.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One lifetime of a client's outbox. An outbox that begins again at 1 (the process was restarted
/// with its outboxes in memory, the client was forgotten) has a new epoch, so that a number of
/// before is not taken for one of now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Epoch(Uuid);

impl From<Uuid> for Epoch {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl Epoch {
    /// The id itself.
    #[must_use]
    pub fn id(self) -> Uuid {
        self.0
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.simple())
    }
}

/// A place in an outbox: just behind the entry `sequence`. Written `<epoch>.<sequence>`, which is
/// the `id:` of a live stream and comes back as `Last-Event-ID`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// The outbox's lifetime.
    pub epoch: Epoch,
    /// The last number seen; 0 stands before the first.
    pub sequence: u64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.epoch, self.sequence)
    }
}

/// The text is not `<epoch>.<sequence>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an event id of the form <epoch>.<sequence>")]
pub struct InvalidCursor;

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let (epoch, sequence) = text.trim().split_once('.').ok_or(InvalidCursor)?;
        let epoch = Epoch(Uuid::try_parse(epoch).map_err(|_| InvalidCursor)?);
        let sequence = sequence.parse().map_err(|_| InvalidCursor)?;
        Ok(Self { epoch, sequence })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read_back() {
        let cursor = Cursor { epoch: Epoch::from(Uuid::max()), sequence: 42 };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }

    #[test]
    fn other_texts_are_not_cursors() {
        for text in ["", ".", "42", "nonsense.1", "00000000000000000000000000000000.-1"] {
            assert_eq!(text.parse::<Cursor>(), Err(InvalidCursor), "{text}");
        }
    }
}
