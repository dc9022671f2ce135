//! Requests that two programs could read differently: those that hyper would accept. docs/security.md lists all.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Version, header};
use axum::response::Response;
use gc_events::ErrorCode;

use super::{Front, error_answer};

/// The answer to one of them.
pub(super) fn refusal(app: &Front, request: &Request) -> Option<Response> {
    let text = ambiguous(request.headers())?;
    let mut answer = error_answer(app, StatusCode::BAD_REQUEST, ErrorCode::PleaseRetry, text);
    // What follows on this connection may belong to this request. HTTP/2 has frames.
    if request.version() < Version::HTTP_2 {
        answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Some(answer)
}

fn ambiguous(headers: &HeaderMap) -> Option<&'static str> {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    let coding = codings.next().map(HeaderValue::as_bytes);
    if codings.next().is_some() || coding.is_some_and(|coding| !coding.eq_ignore_ascii_case(b"chunked")) {
        return Some("Send the header Transfer-Encoding at most once, and only with the value chunked.");
    }
    if headers.get_all(header::HOST).iter().nth(1).is_some() {
        return Some("Send the header Host once.");
    }
    None
}
