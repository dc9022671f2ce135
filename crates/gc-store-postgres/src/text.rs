//! How our values are written as PostgreSQL's, and read again.

use std::{
    borrow::Cow,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use sha2::{Digest, Sha256};

/// What stands before the two characters that are written for another one.
const MARK: char = '\u{1}';

/// A text without NUL, which PostgreSQL does not take. Nearly always it is the text itself.
pub(crate) fn written(text: &str) -> Cow<'_, str> {
    if !text.contains(['\0', MARK]) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace(MARK, "\u{1}1").replace('\0', "\u{1}0"))
}

/// The text that was written so.
pub(crate) fn read(text: String) -> String {
    if !text.contains(MARK) {
        return text;
    }
    text.replace("\u{1}0", "\0").replace("\u{1}1", "\u{1}")
}

/// What tells these texts from all others, in 32 bytes.
pub(crate) fn key(texts: &[&str]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(number(text.len()).to_be_bytes());
        hash.update(text);
    }
    hash.finalize().to_vec()
}

/// A number as PostgreSQL has it. None of ours gets as large as its largest.
pub(crate) fn number<N: TryInto<i64>>(number: N) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

/// A number that was written so.
pub(crate) fn number_read(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// Nanoseconds since 1970: what a clock can be, from 1678 to 2262.
pub(crate) fn nanoseconds(at: SystemTime) -> i64 {
    match at.duration_since(UNIX_EPOCH) {
        Ok(since) => number(since.as_nanos()),
        Err(before) => number(before.duration().as_nanos()).saturating_neg(),
    }
}

/// A time that was written so.
pub(crate) fn time(nanoseconds: i64) -> SystemTime {
    let distance = Duration::from_nanos(nanoseconds.unsigned_abs());
    let time =
        if nanoseconds < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) };
    time.unwrap_or(UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_written_without_nul_and_comes_back() {
        for text in ["", "Müller", "\0", "\u{1}", "\u{1}0", "a\0\u{1}1\u{1}\u{1}0\0b", "\\u0000"] {
            let there = written(text);
            assert!(!there.contains('\0'), "{there:?}");
            assert_eq!(read(there.into_owned()), text);
        }
    }

    #[test]
    fn keys_differ_where_texts_do() {
        assert_ne!(key(&["ab", "c"]), key(&["a", "bc"]));
        assert_ne!(key(&["a"]), key(&["a", ""]));
        assert_eq!(key(&["a", "b"]), key(&["a", "b"]));
    }

    #[test]
    fn a_time_comes_back_to_the_nanosecond() {
        for distance in [Duration::ZERO, Duration::new(1_790_000_000, 123_456_789)] {
            for at in [UNIX_EPOCH + distance, UNIX_EPOCH - distance] {
                assert_eq!(time(nanoseconds(at)), at);
            }
        }
    }
}
