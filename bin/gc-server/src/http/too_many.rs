//! The answer to whoever reaches a limit: 429, and when to try again. No other place makes one, so none is without
//! `Retry-After`, and each is counted for the log. A 503 has it exactly where nothing was begun: clients that obey it send the same again.

use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use gc_events::{ErrorCode, Event};
use gc_session::Engine;

use super::limits::TooMany;
use super::peer::Peer;
use super::tally::{Limit, Subject};
use super::{Front, error_answer, event_answer, is_health};

/// When to try again what cannot be answered now, where no better time is known. A restart takes about as long, and so does a takeover; a
/// database that is away is tried more often.
pub(super) const SOON: Duration = Duration::from_secs(2);

/// The answer to a request of an address beyond its rate, and on the places for health checks to everything else. Health checks
/// are always let through.
pub(super) fn refusal(app: &Front, request: &Request) -> Option<Response> {
    let peer = request.extensions().get::<Peer>().filter(|_| !is_health(request))?;
    if peer.is_reserved {
        app.limits.tally().count(Subject::Everybody, Limit::AllConnections);
        let text = "The connector serves as many connections as it can. Send it again later.";
        return Some(unavailable(app, text, Duration::from_secs(1)));
    }
    if peer.is_counted {
        return None;
    }
    app.limits.request_from(peer.address).err().map(|too_many| answer(app, too_many))
}

/// 429 for a request beyond one of the limits of an address or a client.
pub(super) fn answer(app: &Front, too_many: TooMany) -> Response {
    let text = match too_many.limit {
        Limit::ClientConnections => {
            "There are too many connections of this client. Use the others, or send it again after the time in Retry-After."
        }
        _ => {
            "There are too many requests of this client or this address. Send it again after the time in Retry-After."
        }
    };
    answer_with(app, too_many, &Engine::error(ErrorCode::PleaseRetry, text))
}

/// 429 with this event.
pub(super) fn answer_with(app: &Front, TooMany { subject, limit, wait }: TooMany, event: &Event) -> Response {
    app.limits.tally().count(subject, limit);
    retry_after(event_answer(app, StatusCode::TOO_MANY_REQUESTS, event), wait)
}

/// Of what only reads every 503 says when to try again. Whether anything else was begun is known only to whoever refuses it
/// ([`unavailable`]).
pub(super) fn with_time(answer: Response) -> Response {
    let lacks = answer.status() == StatusCode::SERVICE_UNAVAILABLE
        && !answer.headers().contains_key(header::RETRY_AFTER);
    if lacks { retry_after(answer, SOON) } else { answer }
}

/// 503 for what was not begun, with the time after which it may work.
pub(super) fn unavailable(app: &Front, text: &str, wait: Duration) -> Response {
    let answer = error_answer(app, StatusCode::SERVICE_UNAVAILABLE, ErrorCode::PleaseRetry, text);
    retry_after(answer, wait)
}

fn retry_after(mut answer: Response, wait: Duration) -> Response {
    let seconds = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0));
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    answer
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn the_time_to_wait_is_in_whole_seconds_and_never_too_short() {
        for (ms, seconds) in [(1, "1"), (999, "1"), (1000, "1"), (1001, "2")] {
            let answer = retry_after(Response::default(), Duration::from_millis(ms));
            assert_eq!(answer.headers()[header::RETRY_AFTER], seconds, "{ms} ms");
        }
    }

    #[test]
    fn an_answer_for_later_says_when_and_keeps_the_time_that_it_has() {
        let answer = |status, wait: Option<u64>| {
            let answer = Response::builder().status(status).body(Body::empty()).unwrap();
            let answer = match wait {
                Some(wait) => retry_after(answer, Duration::from_secs(wait)),
                None => answer,
            };
            with_time(answer).headers().get(header::RETRY_AFTER).cloned()
        };
        assert_eq!(answer(503, None), Some(HeaderValue::from(2)));
        assert_eq!(answer(503, Some(60)), Some(HeaderValue::from(60)));
        assert_eq!(answer(500, None), None);
    }
}
