//! The headers of lists that come in parts: `Range: objects=1-1000` asks for one, `Content-Range: objects 1-1000/2400` says
//! which one came.

use http::HeaderMap;
use http::header::CONTENT_RANGE;

/// Which part of a list an answer is, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) first: usize,
    pub(crate) last: usize,
    /// The length of the list.
    pub(crate) of: usize,
}

impl Part {
    /// Reads `Content-Range`. What cannot be read is not there.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(CONTENT_RANGE)?.to_str().ok()?.trim();
        let (range, of) = text.strip_prefix("objects")?.trim_start_matches([' ', '=']).split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let number = |text: &str| text.trim().parse().ok();
        let part = Self { first: number(first)?, last: number(last)?, of: number(of)? };
        (part.first >= 1 && part.last >= part.first && part.last <= part.of).then_some(part)
    }
}

/// The header that asks for these, counted from 1.
pub(crate) fn range(first: usize, last: usize) -> String {
    format!("objects={first}-{last}")
}

/// The range of the same size behind this one.
pub(crate) fn range_behind(first: usize, last: usize) -> String {
    range(last + 1, last + 1 + (last - first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_says_where_it_is_or_is_not_one() {
        let of = |text: &str| Part::of(&HeaderMap::from_iter([(CONTENT_RANGE, text.parse().unwrap())]));
        let part = Part { first: 1, last: 1000, of: 2400 };
        assert_eq!(of("objects 1-1000/2400"), Some(part));
        assert_eq!(of("objects=1-1000/2400"), Some(part));
        for no_part in [
            "bytes 1-2/3",
            "objects 1-0/0",
            "objects 0-2/3",
            "objects 3-2/3",
            "objects 1-9/3",
            "objects 1-2/*",
        ] {
            assert_eq!(of(no_part), None, "{no_part}");
        }
        assert_eq!(range_behind(1, 1000), "objects=1001-2000");
    }
}
