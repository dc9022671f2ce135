//! `/admin/log`: what is logged, from now on until the next reload or restart.

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use gc_events::ErrorCode;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::http::audit::Reason;
use crate::http::body;
use crate::http::caller::Caller;
use crate::http::{App, error_answer};
use crate::log_control::{LogSettings, Logged};

pub(super) fn one(app: &App) -> MethodRouter<App> {
    get(show).put(change).route_layer(from_fn_with_state(app.clone(), of_everything))
}

/// The log is one for all clients.
async fn of_everything(State(app): State<App>, caller: Caller, request: Request, next: Next) -> Response {
    if !caller.who.may_administer_all() {
        caller.note.refused(Reason::RightMissing);
        let text =
            "The log is that of all clients: this needs the right admin without destinations and cluster.";
        return error_answer(&app, StatusCode::FORBIDDEN, ErrorCode::GeneralError, text);
    }
    next.run(request).await
}

/// What is logged, and of which of the agents there is nothing to log at the moment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    #[serde(flatten)]
    logged: Logged,
    /// The level holds as soon as one is.
    not_connected: Vec<String>,
}

fn shown(app: &App, caller: &Caller, logged: Logged) -> Json<Shown> {
    let agents = app.engine.agents(&caller.who);
    let is_there = |id: &str| agents.iter().any(|(agent, _)| agent.agent() == id);
    let not_connected = logged.agents.keys().filter(|id| !is_there(id)).cloned().collect();
    Json(Shown { logged, not_connected })
}

async fn show(State(app): State<App>, caller: Caller) -> Result<Json<Shown>, Response> {
    let log = app.log.as_ref().ok_or_else(|| not_ours(&app))?;
    Ok(shown(&app, &caller, log.logged()))
}

async fn change(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Shown>, Response> {
    let bad = |text: String| error_answer(&app, StatusCode::BAD_REQUEST, ErrorCode::GeneralError, text);
    let body = body::read_json(&app, &headers, body).await?;
    // serde would read a list as the members in order.
    let object: Map<String, Value> = serde_json::from_slice(&body).map_err(|_| bad(SHAPE.to_owned()))?;
    let wanted: LogSettings = serde_json::from_value(Value::Object(object))
        .map_err(|error| bad(format!("{SHAPE} In what came: {error}.")))?;
    let log = app.log.as_ref().ok_or_else(|| not_ours(&app))?;
    let set = log.set(wanted, caller.who.name());
    set.map(|logged| shown(&app, &caller, logged))
        .map_err(|error| bad(format!("{} {error}.", error.member())))
}

const SHAPE: &str = r#"Send {"filter":"gc_session=debug,info","agents":{"1001":"debug"}}; without a member it is as configured."#;

/// Whoever embeds the connector logs.
fn not_ours(app: &App) -> Response {
    let text = "The log is that of the program around the connector, so that it cannot be changed here.";
    error_answer(app, StatusCode::CONFLICT, ErrorCode::GeneralError, text)
}
