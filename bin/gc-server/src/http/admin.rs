//! `/admin`: the connector as a whole, and its clients one by one, for administrators. `caller::administration` has let them in.

mod agents;
mod clients;
mod clusters;
mod dead_letters;
mod errors;
mod log;
pub(super) mod members;
mod named_agent;
mod page;
mod recordings;
mod status;

pub(super) use page::files;

use std::collections::BTreeMap;

use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use gc_access::Principal;
use gc_core::ClientKey;
use gc_events::ErrorCode;

use super::audit::Reason;
use super::caller::Caller;
use super::{App, error_answer};

/// What is there, for whoever asks for something else.
pub(super) const ROUTES: [(&str, &str); 17] = [
    (super::PAGE, "GET"),
    ("/admin/status", "GET"),
    ("/admin/clusters", "GET"),
    (members::ROUTE, "GET"),
    ("/admin/agents", "GET"),
    ("/admin/agents/{id}", "GET"),
    ("/admin/agents/{id}/move", "POST"),
    ("/admin/errors", "GET"),
    ("/admin/log", "GET or PUT"),
    (RECORDING, "GET, POST or DELETE"),
    ("/admin/refusals", "GET"),
    ("/admin/clients", "GET"),
    ("/admin/clients/{client}", "GET or DELETE"),
    ("/admin/clients/{client}/dead-letters", "GET or DELETE"),
    ("/admin/clients/{client}/dead-letters/replay", "POST"),
    ("/admin/clients/{client}/dead-letters/{id}", "GET or DELETE"),
    ("/admin/clients/{client}/dead-letters/{id}/replay", "POST"),
];

/// The route of recordings.
const RECORDING: &str = "/admin/agents/{id}/recording";

/// What a list has on one page, unless the request says otherwise; and at most.
const PAGE: usize = 100;
const MAX_PAGE: usize = 1000;

pub(super) fn routes(app: &App) -> Router<App> {
    let of_client = Router::new()
        .route("/admin/clients/{client}", clients::one())
        .merge(dead_letters::routes())
        .route_layer(from_fn_with_state(app.clone(), own_client));
    Router::new()
        .route("/admin/refusals", get(refusals))
        .merge(page::routes())
        .route("/admin/status", status::one())
        .route("/admin/clusters", clusters::all())
        .route(members::ROUTE, members::all())
        .route("/admin/agents", agents::all())
        .route("/admin/agents/{id}", agents::one())
        .route("/admin/agents/{id}/move", agents::to_another_node())
        .route("/admin/errors", errors::all())
        .route("/admin/log", log::one(app))
        .route("/admin/clients", clients::all())
        .route(RECORDING, recordings::of_agent())
        .merge(of_client)
}

/// Lets administrators reach their own clients only. Another's is answered like one that is not there.
async fn own_client(
    State(app): State<App>,
    caller: Caller,
    params: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
    next: Next,
) -> Response {
    let Ok(params) = params else {
        let text = "The address is not UTF-8.";
        return error_answer(&app, StatusCode::BAD_REQUEST, ErrorCode::GeneralError, text);
    };
    let client = params.iter().find(|(name, _)| *name == "client").map(|(_, client)| ClientKey::from(client));
    // Every route that this guards has one.
    let Some(client) = client else { return no_client(&app, "") };
    caller.note.client(&client);
    if app.engine.administered(&caller.who, [client.clone()]).is_empty() {
        caller.note.refused(Reason::NotItsOwn);
        return no_client(&app, client.as_str());
    }
    next.run(request).await
}

fn no_client(app: &App, client: &str) -> Response {
    let text = format!("There is no client {client:?}.");
    error_answer(app, StatusCode::NOT_FOUND, ErrorCode::GeneralError, text)
}

/// How many requests were refused since the start, by reason. For administrators of some clients: those that named one of
/// these.
async fn refusals(State(app): State<App>, caller: Caller) -> Json<BTreeMap<&'static str, u64>> {
    Json(counted_refusals(&app, &caller.who))
}

fn counted_refusals(app: &App, who: &Principal) -> BTreeMap<&'static str, u64> {
    let refusals = &app.audit.refusals;
    if who.may_administer_all() {
        return refusals.counts().collect();
    }
    let own = app.engine.administered(who, refusals.clients());
    refusals.counts_of(own.iter().map(|(client, _)| client))
}
