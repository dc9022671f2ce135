//! The header `Range: objects=1-6000`, with which clients request a part of the contacts in phone books.

use crate::world::Refusal;

/// The requested objects of a list, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    first: usize,
    last: usize,
}

impl Range {
    /// Reads the header and limits it to a list of this length; `None` without the header. The first object of an empty
    /// list may be requested, because clients do not know the length in advance.
    pub(super) fn parse(header: &str, length: usize) -> Result<Option<Self>, Refusal> {
        if header.is_empty() {
            return Ok(None);
        }
        let refused = || Refusal::range(header);
        let (first, last) =
            header.strip_prefix("objects=").and_then(|range| range.split_once('-')).ok_or_else(refused)?;
        let number = |text: &str| text.trim().parse::<usize>().map_err(|_| refused());
        let (first, last) = (number(first)?, number(last)?);
        if first == 0 || last < first || (first > length && first > 1) {
            return Err(refused());
        }
        Ok(Some(Self { first, last: last.min(length) }))
    }

    /// Whether it includes the object at this position, counted from 1.
    pub(super) fn contains(self, place: usize) -> bool {
        (self.first..=self.last).contains(&place)
    }

    /// The `Content-Range` header of the response.
    pub(super) fn content_range(self, length: usize) -> String {
        format!("objects {}-{}/{length}", self.first, self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_limited_to_the_list() {
        assert_eq!(Range::parse("", 5), Ok(None));
        let range = Range::parse("objects=2-6000", 5).unwrap().unwrap();
        assert_eq!(
            (range.contains(1), range.contains(2), range.contains(5), range.contains(6)),
            (false, true, true, false)
        );
        assert_eq!(range.content_range(5), "objects 2-5/5");
        assert_eq!(Range::parse("objects=1-6000", 0).unwrap().unwrap().content_range(0), "objects 1-0/0");
    }

    #[test]
    fn a_range_that_cannot_be_satisfied_is_refused() {
        for header in ["objects=6-9", "objects=0-3", "objects=3-2", "bytes=1-2", "objects=1", "objects=a-b"] {
            assert_eq!(Range::parse(header, 5), Err(Refusal::range(header)), "{header}");
        }
    }
}
