//! The recorder: a login returns a token, with which the recording of a call can be paused and resumed.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use crate::credentials::Credentials;
use crate::engine::Engine;

#[derive(Deserialize)]
pub(super) struct LogIn {
    user: String,
    password: String,
}

/// `{"user","password"}` returns `{"data":{"token"}}`. Tokens are valid until the simulator is reset.
pub(super) async fn log_in(State(engine): State<Arc<Engine>>, Json(log_in): Json<LogIn>) -> Response {
    let token = engine.new_id();
    let known = engine.act(|world| {
        let account = world.file.neighbours.recorder.as_ref();
        let known = account.is_some_and(|account| account.is(&log_in.user, &log_in.password));
        if known {
            world.recorder_tokens.insert(token.clone());
        }
        known
    });
    match known {
        true => Json(json!({ "data": { "token": token } })).into_response(),
        false => refuse(StatusCode::UNAUTHORIZED, "wrong user or password"),
    }
}

/// Pauses or resumes the recording of a call.
pub(super) async fn change(
    State(engine): State<Arc<Engine>>,
    Path((dialog, action)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let Some(Credentials::Bearer(token)) = Credentials::of(&headers) else {
        return refuse(StatusCode::UNAUTHORIZED, "log in first");
    };
    let pause = match action.as_str() {
        "pause" => true,
        "resume" => false,
        _ => return refuse(StatusCode::NOT_FOUND, "there is only pause and resume"),
    };
    engine.act(|world| {
        if !world.recorder_tokens.contains(&token) {
            return refuse(StatusCode::UNAUTHORIZED, "the token is not known");
        }
        match world.pause_recording(&dialog, pause) {
            true => StatusCode::NO_CONTENT.into_response(),
            false => refuse(StatusCode::NOT_FOUND, "this call is not recorded"),
        }
    })
}

fn refuse(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "error": message }))).into_response()
}
