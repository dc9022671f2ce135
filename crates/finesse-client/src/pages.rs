//! Requests to one node, where a list may come in parts ([`range`](crate::range)).
//!
//! The guide has ranges for phone books only, at most 6,000 contacts and no more behind them. For users and teams they are
//! asked for where that is configured, and a server that ignores them or has none is understood.

use std::num::NonZeroUsize;
use std::time::Duration;

use finesse_types::{Answer, Failure};
use gc_measure::Durations;

use crate::attempts::{Attempts, Call};
use crate::range::{Part, range, range_behind};
use crate::rest::Attempt;

/// The most objects that are read in parts: as many as a list may have that comes as a whole.
const MOST: usize = 100_000;

/// Asks one node for the whole of what a request is for.
#[derive(Debug)]
pub(crate) struct Pages {
    attempts: Attempts,
    size: Option<NonZeroUsize>,
}

impl Pages {
    /// `size`: of a part of the lists that are asked for in parts; none asks for them as a whole.
    pub(crate) fn new(attempts: Attempts, size: Option<NonZeroUsize>) -> Self {
        Self { attempts, size }
    }

    /// How long attempts took, by operation and outcome.
    pub(crate) fn took(&self) -> &Durations<(&'static str, &'static str)> {
        self.attempts.took()
    }

    /// It waited for its turn until its time was over.
    pub(crate) fn had_no_turn(&self, call: Call<'_>, waited: Duration) {
        self.attempts.had_no_turn(call, waited);
    }

    /// Asks one node, up to three times where that is safe.
    pub(crate) async fn ask_node(&self, node: usize, call: Call<'_>) -> Result<Answer, Failure> {
        self.ask_for_whole(node, call, 2).await
    }

    /// Asks one node, for every part of a list. `again`: how often a part is asked for again, where that is safe.
    pub(crate) async fn ask_for_whole(
        &self,
        node: usize,
        call: Call<'_>,
        again: u32,
    ) -> Result<Answer, Failure> {
        let size = self.size.filter(|_| call.request.is_paged());
        let range = match size {
            Some(size) => Some(range(1, size.get())),
            None => call.request.range().map(str::to_owned),
        };
        let Attempt { answer, part, .. } = self.attempts.tried(node, call, range.as_deref(), again).await;
        if range.is_some() && matches!(answer, Err(Failure::Refused { status: 416, .. })) {
            // This release has no such ranges.
            return self.attempts.tried(node, call, None, again).await.answer;
        }
        let (mut whole, mut part) = (answer?, part.filter(|_| call.request.is_paged()));
        while let Some(Part { first, last, of }) = part.filter(|part| part.last < part.of) {
            let next = range_behind(first, last);
            let further = self.attempts.tried(node, call, Some(&next), again).await;
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
