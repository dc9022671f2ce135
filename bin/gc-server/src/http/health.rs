//! How the server is, for whoever watches it.

use axum::extract::State;
use axum::http::StatusCode;

use super::App;

/// The process answers.
pub(super) async fn live() -> &'static str {
    "alive\n"
}

/// Whether commands can have an effect: Finesse is in service.
pub(super) async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match app.engine.is_in_service() {
        true => (StatusCode::OK, "ready\n"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "Finesse is not in service\n"),
    }
}
