//! Commands that followers have passed on: each is carried out once, however often it arrives.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::sync::watch;
use tokio::time::Instant;
use uuid::Uuid;

/// So long an answer is kept. A follower gives up much earlier.
const KEPT: Duration = Duration::from_secs(60);
/// Answers that are kept, a few hundred bytes each: more than the commands of a minute of 10,000 agents.
const MOST: usize = 50_000;

/// What was asked: its digest.
pub(super) type Digest = [u8; 32];

/// An answer that can be given again.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        (self.status, self.headers, self.body).into_response()
    }
}

/// What arrived within the last minute, and its answers.
#[derive(Debug, Default)]
pub(crate) struct Arrivals(Mutex<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    of: BTreeMap<Uuid, (Digest, Waiting)>,
    /// The oldest first.
    order: VecDeque<(Instant, Uuid)>,
}

/// The answer, once it is there.
type Waiting = watch::Receiver<Option<Answer>>;

/// How something arrives.
pub(super) enum Arrival {
    /// For the first time: the answer goes in here.
    First(watch::Sender<Option<Answer>>, Waiting),
    /// Once more.
    Again(Waiting),
    /// Under the id of something else.
    Other,
}

impl Arrivals {
    /// Something arrives under this id.
    pub(super) fn of(&self, id: Uuid, digest: Digest) -> Arrival {
        let now = Instant::now();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match known.of.get(&id) {
            Some((first, waiting)) if *first == digest => return Arrival::Again(waiting.clone()),
            Some(_) => return Arrival::Other,
            None => {}
        }
        let is_old = |(since, _): &(Instant, Uuid)| now.duration_since(*since) >= KEPT;
        while known.order.len() >= MOST || known.order.front().is_some_and(is_old) {
            let Some((_, oldest)) = known.order.pop_front() else { break };
            known.of.remove(&oldest);
        }
        let (answer, waiting) = watch::channel(None);
        known.of.insert(id, (digest, waiting.clone()));
        known.order.push_back((now, id));
        Arrival::First(answer, waiting)
    }
}

/// The answer, when it is there; none if nobody will give it.
pub(super) async fn answered(mut waiting: Waiting) -> Option<Answer> {
    waiting.wait_for(Option::is_some).await.ok()?.clone()
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    fn answer() -> Answer {
        Answer { status: StatusCode::ACCEPTED, headers: HeaderMap::new(), body: Bytes::from_static(b"{}") }
    }

    #[tokio::test(start_paused = true)]
    async fn the_second_arrival_gets_the_answer_to_the_first() {
        let arrivals = Arrivals::default();
        let id = Uuid::from_u128(1);
        let Arrival::First(first, _) = arrivals.of(id, [1; 32]) else { panic!("it is the first") };
        let Arrival::Again(waiting) = arrivals.of(id, [1; 32]) else { panic!("it has arrived") };
        assert!(matches!(arrivals.of(id, [2; 32]), Arrival::Other));
        first.send_replace(Some(answer()));
        assert_eq!(answered(waiting).await.unwrap().status, StatusCode::ACCEPTED);
        // Later, too, but not for ever.
        advance(KEPT / 2).await;
        assert!(matches!(arrivals.of(id, [1; 32]), Arrival::Again(_)));
        advance(KEPT / 2).await;
        assert!(matches!(arrivals.of(Uuid::from_u128(2), [1; 32]), Arrival::First(..)));
        assert!(matches!(arrivals.of(id, [1; 32]), Arrival::First(..)));
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_are_kept_than_there_is_room_for() {
        let arrivals = Arrivals::default();
        for number in 0..=MOST {
            arrivals.of(Uuid::from_u128(u128::try_from(number).unwrap()), [0; 32]);
        }
        assert_eq!(arrivals.0.lock().unwrap().of.len(), MOST);
        assert!(matches!(arrivals.of(Uuid::from_u128(1), [0; 32]), Arrival::Again(_)));
        assert!(matches!(arrivals.of(Uuid::from_u128(0), [0; 32]), Arrival::First(..)));
    }

    #[tokio::test]
    async fn nobody_waits_for_an_answer_that_will_not_come() {
        let arrivals = Arrivals::default();
        let Arrival::First(first, waiting) = arrivals.of(Uuid::from_u128(1), [0; 32]) else { panic!() };
        drop(first);
        assert!(answered(waiting).await.is_none());
    }
}
