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

use axum::Json;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use gc_access::Principal;
use gc_events::ErrorCode;
use gc_rules::ClientKey;

use super::audit::Reason;
use super::caller::Caller;
use super::{App, Route, error_answer};

/// The addresses for administrators.
pub(super) static ROUTES: [Route; 17] = [
    Route(super::PAGE, "GET", |_| page::one()),
    Route("/admin/status", "GET", |_| status::one()),
    Route("/admin/clusters", "GET", |_| clusters::all()),
    Route(members::ROUTE, "GET", |_| members::all()),
    Route("/admin/agents", "GET", |_| agents::all()),
    Route("/admin/agents/{id}", "GET", |_| agents::one()),
    Route("/admin/agents/{id}/move", "POST", |_| agents::to_another_node()),
    Route(RECORDING, "GET, POST or DELETE", |_| recordings::of_agent()),
    Route("/admin/clients", "GET", |_| clients::all()),
    Route("/admin/clients/{client}", "GET or DELETE", |app| of_client(app, clients::one())),
    Route("/admin/clients/{client}/dead-letters", "GET or DELETE", |app| of_client(app, dead_letters::all())),
    Route("/admin/clients/{client}/dead-letters/replay", "POST", |app| {
        of_client(app, dead_letters::replay())
    }),
    Route("/admin/clients/{client}/dead-letters/{id}", "GET or DELETE", |app| {
        of_client(app, dead_letters::one())
    }),
    Route("/admin/clients/{client}/dead-letters/{id}/replay", "POST", |app| {
        of_client(app, dead_letters::replay_of_one())
    }),
    Route("/admin/errors", "GET", |_| errors::all()),
    Route("/admin/refusals", "GET", |_| get(refusals)),
    Route("/admin/log", "GET or PUT", log::one),
];

/// The route of recordings.
const RECORDING: &str = "/admin/agents/{id}/recording";

/// What a list has on one page, unless the request says otherwise; and at most.
const PAGE: usize = 100;
const MAX_PAGE: usize = 1000;

fn of_client(app: &App, answers: MethodRouter<App>) -> MethodRouter<App> {
    answers.layer(from_fn_with_state(app.clone(), own_client))
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
