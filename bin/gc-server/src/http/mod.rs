//! The HTTP door: commands in, the live stream out, and how the server is.

mod accept;
mod command;
mod events;
mod health;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use gc_delivery::Delivery;
use gc_events::{ErrorCode, Event};
use gc_session::Engine;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

pub(crate) use accept::Door;

/// What the handlers work with.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) engine: Arc<Engine>,
    pub(crate) delivery: Arc<Delivery>,
}

/// The routes (docs/wire-format.md).
pub(crate) fn router(app: App, max_body_bytes: usize, request_timeout: Duration) -> Router {
    let commands = Router::new()
        .route("/gc/command", post(command::take))
        .layer(DefaultBodyLimit::max(max_body_bytes))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, request_timeout));
    Router::new()
        .merge(commands)
        .route("/gc/events/{client_destination}", get(events::stream))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(CatchPanicLayer::new())
        .with_state(app)
}

/// An answer whose body is an event's JSON.
fn event_answer(app: &App, status: StatusCode, event: &Event) -> Response {
    json(status, event.to_json(app.engine.dialect()))
}

/// An answer whose body is an `Error` event.
fn error_answer(app: &App, status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Response {
    event_answer(app, status, &Engine::error(code, message))
}

fn json(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

async fn not_found(axum::extract::State(app): axum::extract::State<App>) -> Response {
    let text = "There is nothing here. Commands go to POST /gc/command, events come from GET /gc/events/{client}.";
    error_answer(&app, StatusCode::NOT_FOUND, ErrorCode::GeneralError, text)
}

async fn method_not_allowed(axum::extract::State(app): axum::extract::State<App>) -> Response {
    let text = "This address takes another method: POST /gc/command, GET /gc/events/{client}.";
    error_answer(&app, StatusCode::METHOD_NOT_ALLOWED, ErrorCode::GeneralError, text)
}
