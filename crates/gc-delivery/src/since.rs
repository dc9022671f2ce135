//! Where a live stream begins.

use std::{str::FromStr, time::SystemTime};

use jiff::Timestamp;

use crate::Cursor;

/// The place behind which a live stream begins: `since` in its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// Behind the entry of this id. An id of another epoch, or one that was never given out, begins with a gap.
    Cursor(Cursor),
    /// Behind this number of the present epoch; 0 is its beginning. One that was never given begins with a gap.
    Sequence(u64),
    /// With the first entry that was appended at this time or later. If what is held does not go back to it, it begins with
    /// a gap; a time that is still to come means now.
    Time(SystemTime),
}

/// The text is none of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither the id of an event (<epoch>.<sequence>), nor a number, nor a time with its zone (RFC 3339)")]
pub struct InvalidSince;

impl From<Cursor> for Since {
    fn from(cursor: Cursor) -> Self {
        Self::Cursor(cursor)
    }
}

impl FromStr for Since {
    type Err = InvalidSince;

    fn from_str(text: &str) -> Result<Self, InvalidSince> {
        let text = text.trim();
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().map(Self::Sequence).map_err(|_| InvalidSince);
        }
        if let Ok(cursor) = text.parse() {
            return Ok(Self::Cursor(cursor));
        }
        let time: Timestamp = text.parse().map_err(|_| InvalidSince)?;
        time.try_into().map(Self::Time).map_err(|_| InvalidSince)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use uuid::Uuid;

    use super::*;
    use crate::Epoch;

    #[test]
    fn an_id_a_number_and_a_time_are_read() {
        let cursor = Cursor { epoch: Epoch::from(Uuid::max()), sequence: 42 };
        assert_eq!(cursor.to_string().parse(), Ok(Since::Cursor(cursor)));
        assert_eq!(" 42 ".parse(), Ok(Since::Sequence(42)));
        assert_eq!("0".parse(), Ok(Since::Sequence(0)));
        let time = UNIX_EPOCH + Duration::from_millis(1_795_960_800_500);
        for text in ["2026-11-29T14:00:00.5Z", "2026-11-29T15:00:00.5+01:00", "2026-11-29t14:00:00.500z"] {
            assert_eq!(text.parse(), Ok(Since::Time(time)), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        let texts = [
            "",
            "-1",
            "+1",
            "1.5",
            "yesterday",
            "18446744073709551616",
            "2026-11-29",
            "2026-11-29T14:00:00",
            "14:00",
            "2026-13-29T14:00:00Z",
            "2026-11-29T15:00:00 01:00",
            "99999-01-01T00:00:00Z",
        ];
        for text in texts {
            assert_eq!(text.parse::<Since>(), Err(InvalidSince), "{text}");
        }
    }
}
