//! `POST /gc/command`.

use std::time::Duration;

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use gc_core::{ClusterId, CommandId, Refusal};
use gc_events::ErrorCode;
use gc_protocol::Request;
use gc_session::{Engine, Receipt, SubmitError};
use serde_json::{Map, Value, json};
use tokio::time::timeout;

use super::audit::Reason;
use super::body;
use super::caller::Caller;
use super::limits::TooMany;
use super::tally::{Limit, Subject};
use super::{App, error_answer, event_answer, too_many};

/// When to try again if there are too many commands without an outcome, or too many clients.
const COMMAND_WAIT: Duration = Duration::from_secs(1);
const CLIENT_WAIT: Duration = Duration::from_secs(60);

/// 202 for what is taken: its outcome comes as events. Everything else says why in an event's JSON.
pub(super) async fn take(State(app): State<App>, caller: Caller, headers: HeaderMap, body: Body) -> Response {
    submit(app, caller, None, headers, body).await
}

/// The same for an agent of this cluster: for clients that do not send what says where they belong.
pub(super) async fn take_at(
    State(app): State<App>,
    caller: Caller,
    cluster: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Ok(Path(cluster)) = cluster else {
        let text = "The cluster in the address is not UTF-8.";
        return error_answer(&app, StatusCode::BAD_REQUEST, ErrorCode::GeneralError, text);
    };
    submit(app, caller, Some(ClusterId::from(cluster)), headers, body).await
}

async fn submit(
    app: App,
    Caller { who, note, peer, open: _open, .. }: Caller,
    at: Option<ClusterId>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let refused = |status, code, text: String| error_answer(&app, status, code, text);
    let body = match body::read_json(&app, &headers, body).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let request = match Request::from_json(&body) {
        Ok(request) => request,
        Err(error) => return refused(StatusCode::BAD_REQUEST, error.code(), error.to_string()),
    };
    note.command(&request);
    if let Err(too_many) = app.limits.command(request.name, peer, &who) {
        return too_many::answer(&app, too_many);
    }
    let too_many = |limit, wait| {
        let subject = Subject::client(&who).unwrap_or_else(|| Subject::address(peer));
        TooMany { subject, limit, wait }
    };
    match app.engine.submit_as(&who, peer.into(), &request, at.as_ref()) {
        Ok(Receipt::Accepted { command_id, client, commit, resolution }) => {
            // It was begun, whoever waits for the answer.
            note.accepted(&command_id, &client, resolution);
            // What is answered with 202 has an outcome, whatever happens to this process.
            let kept = match timeout(app.request_timeout, commit).await {
                Ok(kept) => kept.map_err(|error| error.to_string()),
                // It waits on: what is handed over is not taken back.
                Err(_) => Err(format!("it took longer than {:?}", app.request_timeout)),
            };
            if let Err(error) = kept {
                note.refused(Reason::Failed);
                tracing::error!(%command_id, error, "a command was started but could not be saved");
                return not_kept(&app, &command_id);
            }
            let accepted = json!({ "status": "accepted", "commandId": command_id.as_str() });
            (StatusCode::ACCEPTED, axum::Json(accepted)).into_response()
        }
        Ok(Receipt::Refused { reason, event }) => {
            note.refused(reason);
            let status = match reason {
                Refusal::BadArguments => StatusCode::BAD_REQUEST,
                Refusal::RightMissing | Refusal::NotItsOwn => StatusCode::FORBIDDEN,
                Refusal::UnknownClient
                | Refusal::UnknownAgent
                | Refusal::NotOwner
                | Refusal::WhichCluster => StatusCode::CONFLICT,
                Refusal::TooManyClients => {
                    return too_many::answer_with(&app, too_many(Limit::Clients, CLIENT_WAIT), &event);
                }
            };
            event_answer(&app, status, &event)
        }
        Err(busy) => {
            note.refused(&busy);
            let status = match busy {
                SubmitError::Stopping | SubmitError::Overloaded | SubmitError::StoreAway => {
                    StatusCode::SERVICE_UNAVAILABLE
                }
                SubmitError::TooMany { .. } => {
                    let event = Engine::error(ErrorCode::PleaseRetry, busy.to_string());
                    return too_many::answer_with(&app, too_many(Limit::Commands, COMMAND_WAIT), &event);
                }
                SubmitError::Repeated => StatusCode::CONFLICT,
                SubmitError::Callback(_) => StatusCode::BAD_REQUEST,
            };
            let text = match busy {
                SubmitError::Callback(why) => {
                    format!("Send a callbackFqdn and a callbackEndpoint that can be used: {why}.")
                }
                busy => busy.to_string(),
            };
            refused(status, ErrorCode::PleaseRetry, text)
        }
    }
}

/// It was begun, and nobody knows whether it is kept. With its id the client recognizes what still comes of it.
fn not_kept(app: &App, id: &CommandId) -> Response {
    let text = "The command was started but could not be saved. Its events, if they come, carry this commandId. Ask for the agent's state before you send it again.";
    let event = Engine::error(ErrorCode::PleaseRetry, text).to_json(app.engine.dialect());
    // An event is an object.
    let mut body = serde_json::from_str::<Map<String, Value>>(&event).unwrap_or_default();
    body.insert("commandId".to_owned(), id.as_str().into());
    (StatusCode::SERVICE_UNAVAILABLE, axum::Json(body)).into_response()
}
