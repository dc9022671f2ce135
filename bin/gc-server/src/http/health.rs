//! How the server is, for whoever watches it.

use axum::extract::State;
use axum::http::StatusCode;

use super::App;

/// The process answers.
pub(super) async fn live() -> &'static str {
    "alive\n"
}

/// Whether commands can have an effect: Finesse is in service and we are not stopping.
pub(super) async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match (app.engine.is_stopping(), app.engine.is_in_service()) {
        (true, _) => (StatusCode::SERVICE_UNAVAILABLE, "stopping\n"),
        (false, false) => (StatusCode::SERVICE_UNAVAILABLE, "Finesse is not in service\n"),
        (false, true) => (StatusCode::OK, "ready\n"),
    }
}
