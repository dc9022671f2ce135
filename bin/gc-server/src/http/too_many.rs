//! The answer to whoever reaches a limit: 429, and when to try again. No other place makes one, so none is without
//! `Retry-After`, and each is counted for the log.

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

/// 503, with the time after which it may work.
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
    use super::*;

    #[test]
    fn the_time_to_wait_is_in_whole_seconds_and_never_too_short() {
        for (ms, seconds) in [(1, "1"), (999, "1"), (1000, "1"), (1001, "2")] {
            let answer = retry_after(Response::default(), Duration::from_millis(ms));
            assert_eq!(answer.headers()[header::RETRY_AFTER], seconds, "{ms} ms");
        }
    }
}
