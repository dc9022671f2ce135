//! What a connector answers that does not lead.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use gc_environment::Watcher;
use gc_events::{Dialect, ErrorCode};
use gc_group::{Lead, View};
use gc_session::Engine;

use super::health::live;

/// After so many seconds another connector mostly leads.
const RETRY_AFTER: &str = "1";

#[derive(Clone)]
struct Following {
    view: Watcher<View>,
    dialect: Dialect,
}

/// The routes of a connector that does not lead.
pub(crate) fn follower(view: Watcher<View>, dialect: Dialect) -> Router {
    Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .fallback(refused)
        .with_state(Following { view, dialect })
}

/// Whether commands can have an effect: a connector leads that they can be passed on to.
async fn ready(State(mut following): State<Following>) -> (StatusCode, &'static str) {
    following.view.read(|view| match view.lead {
        Lead::At(_) => (StatusCode::OK, "ready: another connector leads\n"),
        Lead::Here => (StatusCode::SERVICE_UNAVAILABLE, "this connector begins to lead\n"),
        Lead::Nobody => (StatusCode::SERVICE_UNAVAILABLE, "no connector of the group is known to lead\n"),
    })
}

async fn refused(State(following): State<Following>) -> Response {
    let text = "Another connector leads. Ask that one, or this one again in a second. Nothing was begun.";
    let body = Engine::error(ErrorCode::PleaseRetry, text).to_json(following.dialect);
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::RETRY_AFTER, RETRY_AFTER)];
    (StatusCode::SERVICE_UNAVAILABLE, headers, body).into_response()
}
