//! What one server's web container serves: the WebSocket at `/ws`, BOSH at `/http-bind`, each with and without a slash at the
//! end. Responses to other requests are those of Openfire's web container (Jetty).

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use hyper::StatusCode;

use super::page::page;
use super::{bosh, websocket};
use crate::engine::Engine;
use crate::world::Side;

/// The routes of one server. Its clones share its BOSH sessions; another one has its own.
pub(crate) fn router(engine: Arc<Engine>, side: Side) -> Router {
    Router::new().fallback(answer).with_state((engine, side, bosh::Sessions::default()))
}

/// The WebSocket on the port of the REST API as well, where it is since 12.6(1).
pub(crate) fn beside_rest(engine: Arc<Engine>, side: Side) -> Router {
    let upgrade = |State((engine, side)): State<(Arc<Engine>, Side)>, request: Request| {
        websocket::answer(engine, side, request)
    };
    let websocket = axum::routing::any(upgrade);
    Router::new().route("/ws", websocket.clone()).route("/ws/", websocket).with_state((engine, side))
}

async fn answer(
    State((engine, side, sessions)): State<(Arc<Engine>, Side, bosh::Sessions)>,
    request: Request,
) -> Response {
    match request.uri().path() {
        "/ws" | "/ws/" => websocket::answer(engine, side, request).await,
        "/http-bind" | "/http-bind/" => bosh::answer(engine, side, sessions, request).await,
        "/" => page(StatusCode::OK, "Notification service"),
        _ => page(StatusCode::NOT_FOUND, "Not Found"),
    }
}
