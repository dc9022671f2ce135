//! Lists that come in parts: `Range: objects=1-1000` asks for one, `Content-Range: objects 1-1000/2400` says which one came.
//!
//! The guide has ranges for phone books only, at most 6,000 contacts and no more behind them. For users and teams they are
//! asked for where that is configured, and a server that ignores them or has none is understood.

use finesse_types::{Answer, Credentials, Failure, Request};
use http::HeaderMap;
use http::header::CONTENT_RANGE;

use crate::cluster::Shared;
use crate::rest::Attempt;

/// The most objects that are read in parts: as many as a list may have that comes as a whole.
const MOST: usize = 100_000;

/// Which part of a list an answer is, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    first: usize,
    last: usize,
    /// The length of the list.
    of: usize,
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

impl Shared {
    /// Asks one node, up to three times where that is safe.
    pub(crate) async fn ask_node(
        &self,
        node: usize,
        credentials: Option<&Credentials>,
        request: &Request,
        request_id: &str,
    ) -> Result<Answer, Failure> {
        self.ask_for_whole(node, credentials, request, request_id, 2).await
    }

    /// Asks one node, for every part of a list. `again`: how often a part is asked for again, where that is safe.
    pub(crate) async fn ask_for_whole(
        &self,
        node: usize,
        credentials: Option<&Credentials>,
        request: &Request,
        request_id: &str,
        again: u32,
    ) -> Result<Answer, Failure> {
        let size = self.page_size.filter(|_| request.is_paged());
        let range = match size {
            Some(size) => Some(range(1, size.get())),
            None => request.range().map(str::to_owned),
        };
        let Attempt { answer, part, .. } =
            self.tried(node, credentials, request, request_id, range.as_deref(), again).await;
        if range.is_some() && matches!(answer, Err(Failure::Refused { status: 416, .. })) {
            // This release has no such ranges.
            return self.tried(node, credentials, request, request_id, None, again).await.answer;
        }
        let (mut whole, mut part) = (answer?, part.filter(|_| request.is_paged()));
        while let Some(Part { first, last, of }) = part.filter(|part| part.last < part.of) {
            let next = range_behind(first, last);
            let further = self.tried(node, credentials, request, request_id, Some(&next), again).await;
            let unreadable = |reason: &str| Failure::Unreadable { status: 206, reason: reason.to_owned() };
            let comes_next = further.part.is_some_and(|next| next.first == last + 1);
            match further.answer? {
                _ if !comes_next => return Err(unreadable("another part of the list than the next one")),
                _ if of > MOST => return Err(unreadable("more than 100000 objects")),
                answer => _ = whole.append(answer),
            }
            part = further.part;
        }
        Ok(whole)
    }
}

fn range(first: usize, last: usize) -> String {
    format!("objects={first}-{last}")
}

/// The range of the same size behind this one.
fn range_behind(first: usize, last: usize) -> String {
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
