//! The JSON control API: customers, faults, the system's state. docs/simulator.md describes each call.

mod calls;
mod campaigns;
mod pages;
mod push;
mod system;
mod tokens;
mod users;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Path, Query, State};
use axum::http::StatusCode;
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;

use crate::engine::Engine;
use crate::faults::Fault;
use crate::world::{CallError, Side};

/// The routes of the control API.
pub(crate) fn router(engine: Arc<Engine>) -> Router {
    Router::new()
        .route("/sim/calls", get(calls::list).post(calls::create))
        .route("/sim/calls/{dialog}", delete(calls::hang_up))
        .route("/sim/calls/{dialog}/transfer", post(calls::transfer))
        .route("/sim/campaign", post(campaigns::create))
        .route("/sim/users", get(users::list))
        .route("/sim/users/{user}/password", post(users::change_password))
        .route("/sim/streams", delete(close_all_streams))
        .route("/sim/streams/{user}", delete(close_streams))
        .route("/sim/faults", get(list_faults).post(add_faults).delete(clear_faults))
        .route("/sim/errors", post(push::error))
        .route("/sim/notify", post(push::update))
        .route("/sim/tokens", post(tokens::issue))
        .route("/sim/tokens/{token}", delete(tokens::revoke))
        .route("/sim/system", get(system::show).post(system::set))
        .route("/sim/reset", post(reset))
        .fallback(async || {
            ErrorResponse::new(StatusCode::NOT_FOUND, "there is no such path; see docs/simulator.md")
        })
        .method_not_allowed_fallback(async || {
            ErrorResponse::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "this path does not support the method; see docs/simulator.md",
            )
        })
        .layer(from_fn(pages::allow))
        .with_state(engine)
}

/// An error response: `{"error":"…"}`
pub(super) struct ErrorResponse {
    status: StatusCode,
    message: String,
}

impl ErrorResponse {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    fn no_user(name: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("there is no user {name:?}"))
    }
}

impl IntoResponse for ErrorResponse {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "error": self.message }))).into_response()
    }
}

impl From<CallError> for ErrorResponse {
    fn from(error: CallError) -> Self {
        let status = match error {
            CallError::NotSignedIn(_)
            | CallError::Busy(_)
            | CallError::NotConnected(_)
            | CallError::NotReady(_) => StatusCode::CONFLICT,
            CallError::Unknown(_) => StatusCode::NOT_FOUND,
            CallError::Variable(_) | CallError::NoNumber => StatusCode::BAD_REQUEST,
        };
        Self::new(status, error.to_string())
    }
}

/// A JSON body of any content type (curl's default is another); errors are JSON as well.
pub(super) struct Body<T>(pub(super) T);

impl<T: serde::de::DeserializeOwned> FromRequest<Arc<Engine>> for Body<T> {
    type Rejection = ErrorResponse;

    async fn from_request(
        request: axum::extract::Request,
        engine: &Arc<Engine>,
    ) -> Result<Self, Self::Rejection> {
        let body = Bytes::from_request(request, engine)
            .await
            .map_err(|rejection| ErrorResponse::new(rejection.status(), rejection.body_text()))?;
        match serde_json::from_slice(&body) {
            Ok(body) => Ok(Self(body)),
            Err(error) => Err(ErrorResponse::new(StatusCode::BAD_REQUEST, format!("invalid body: {error}"))),
        }
    }
}

/// One rule or a list of rules.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    Many(Vec<serde_json::Value>),
    One(serde_json::Value),
}

async fn add_faults(
    State(engine): State<Arc<Engine>>,
    Body(faults): Body<OneOrMany>,
) -> Result<Json<Vec<Fault>>, ErrorResponse> {
    let faults = match faults {
        OneOrMany::Many(faults) => faults,
        OneOrMany::One(fault) => vec![fault],
    };
    let faults: Result<Vec<Fault>, _> = faults.into_iter().map(serde_json::from_value).collect();
    match faults {
        Ok(faults) => {
            engine.faults.add(faults);
            Ok(Json(engine.faults.list()))
        }
        Err(error) => Err(ErrorResponse::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string())),
    }
}

async fn list_faults(State(engine): State<Arc<Engine>>) -> Json<Vec<Fault>> {
    Json(engine.faults.list())
}

async fn clear_faults(State(engine): State<Arc<Engine>>) -> StatusCode {
    engine.faults.clear();
    StatusCode::NO_CONTENT
}

/// Restores the initial state: users signed out, no calls, no faults, streams closed.
async fn reset(State(engine): State<Arc<Engine>>) -> StatusCode {
    engine.faults.clear();
    engine.act(crate::world::World::reset);
    engine.hubs().iter().for_each(|hub| hub.close_all("system-shutdown"));
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Closing {
    /// The stream error to send; absent: the connection is closed without one.
    condition: Option<String>,
    /// Only the streams at this server.
    node: Option<Side>,
}

/// Ends every stream of both nodes, or of one, with `system-shutdown`.
async fn close_all_streams(State(engine): State<Arc<Engine>>, Query(closing): Query<Closing>) -> StatusCode {
    let condition = closing.condition.as_deref().unwrap_or("system-shutdown");
    for side in [Side::A, Side::B] {
        if closing.node.is_none_or(|node| node == side) {
            engine.hub(side).close_all(condition);
        }
    }
    StatusCode::NO_CONTENT
}

async fn close_streams(
    State(engine): State<Arc<Engine>>,
    Path(user): Path<String>,
    Query(closing): Query<Closing>,
) -> Json<serde_json::Value> {
    let user =
        engine.act(|world| world.user_by_name(&user).map(|known| known.id().to_owned())).unwrap_or(user);
    let hubs = match closing.node {
        Some(side) => vec![engine.hub(side)],
        None => engine.hubs().to_vec(),
    };
    let closed: usize = hubs.iter().map(|hub| hub.close(&user, closing.condition.as_deref())).sum();
    Json(json!({ "closed": closed }))
}
