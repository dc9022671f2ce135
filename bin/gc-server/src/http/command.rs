//! `POST /gc/command`.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gc_core::Refusal;
use gc_events::ErrorCode;
use gc_protocol::Request;
use gc_session::{Busy, Receipt};
use serde_json::json;

use super::{App, error_answer, event_answer};

/// 202 for what is taken: its outcome comes as events. Everything else says why in an event's JSON.
pub(super) async fn take(
    State(app): State<App>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => {
            return error_answer(&app, rejection.status(), ErrorCode::PleaseRetry, rejection.body_text());
        }
    };
    if !is_json(&headers) {
        let text = "Send the command with the header Content-Type: application/json.";
        return error_answer(&app, StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::PleaseRetry, text);
    }
    let request = match Request::from_json(&body) {
        Ok(request) => request,
        Err(error) => return error_answer(&app, StatusCode::BAD_REQUEST, error.code(), error.to_string()),
    };
    match app.engine.submit(&request) {
        Ok(Receipt::Accepted { command_id }) => {
            let accepted = json!({ "status": "accepted", "commandId": command_id.as_str() });
            (StatusCode::ACCEPTED, axum::Json(accepted)).into_response()
        }
        Ok(Receipt::Refused { reason, event }) => {
            let status = match reason {
                Refusal::BadArguments => StatusCode::BAD_REQUEST,
                Refusal::UnknownClient | Refusal::UnknownAgent | Refusal::NotOwner => StatusCode::CONFLICT,
            };
            event_answer(&app, status, &event)
        }
        Err(busy) => {
            let status = match busy {
                Busy::Stopping => StatusCode::SERVICE_UNAVAILABLE,
                Busy::LaneFull => StatusCode::TOO_MANY_REQUESTS,
                Busy::Callback(_) => StatusCode::BAD_REQUEST,
            };
            error_answer(&app, status, ErrorCode::PleaseRetry, busy.to_string())
        }
    }
}

/// Without this a web page that an agent happens to open could send commands.
fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|value| value.split(';').next()).unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}
