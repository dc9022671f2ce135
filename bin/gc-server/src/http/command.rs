//! `POST /gc/command`.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request as HttpRequest, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use gc_events::ErrorCode;
use gc_protocol::Request;
use gc_rules::{ClusterId, CommandId, Refusal};
use gc_session::{Engine, Receipt, SubmitError};
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::time::timeout;
use uuid::Uuid;

use super::audit::Reason;
use super::body;
use super::caller::Caller;
use super::group::{self, Forwarded};
use super::limits::TooMany;
use super::tally::{Limit, Subject};
use super::{App, error_answer, event_answer, too_many};

/// When to try again if there are too many commands without an outcome, or too many clients.
const COMMAND_WAIT: Duration = Duration::from_secs(1);
const CLIENT_WAIT: Duration = Duration::from_secs(60);

/// 202 for what is taken: its outcome comes as events. Everything else says why in an event's JSON.
pub(super) async fn take(State(app): State<App>, caller: Caller, sent: HttpRequest) -> Response {
    submit(app, caller, None, sent).await
}

/// The same for an agent of this cluster: for clients that do not send what says where they belong.
pub(super) async fn take_at(
    State(app): State<App>,
    caller: Caller,
    cluster: Result<Path<String>, PathRejection>,
    sent: HttpRequest,
) -> Response {
    let Ok(Path(cluster)) = cluster else {
        let text = "The cluster in the address is not UTF-8.";
        return error_answer(&app, StatusCode::BAD_REQUEST, ErrorCode::GeneralError, text);
    };
    submit(app, caller, Some(ClusterId::from(cluster)), sent).await
}

async fn submit(app: App, caller: Caller, at: Option<ClusterId>, sent: HttpRequest) -> Response {
    let (parts, body) = sent.into_parts();
    let body = match body::read_json(&app, &parts.headers, body).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let Some(Forwarded { arrival: Some(arrival), perhaps_at, .. }) = caller.forwarded().cloned() else {
        return carry_out(app, caller, at, body, None).await;
    };
    if perhaps_at.is_some_and(|perhaps_at| perhaps_at != app.member) {
        return begun_elsewhere(&app, &caller, &body, arrival);
    }
    let (arrivals, note) = (Arc::clone(&app.arrivals), caller.note.clone());
    let place = at.clone().map(|at| at.to_string()).unwrap_or_default();
    let what = [caller.who.name().as_bytes(), place.as_bytes(), &body].map(<[u8]>::to_vec);
    let refused = error_answer(&app, StatusCode::CONFLICT, ErrorCode::PleaseRetry, OTHER);
    let carried_out = {
        let note = note.clone();
        async move { note.marked(carry_out(app, caller, at, body, Some(arrival)).await) }
    };
    let answer = group::once(&arrivals, arrival, &what, carried_out).await;
    note.again();
    answer.unwrap_or(refused)
}

const OTHER: &str = "Another command has arrived under the same number.";

/// The follower has sent the command to another leader, which did not answer and does not lead any more. Here is decided what becomes
/// of it:
///
/// - That one has begun it, and the store has it as open: it goes on here since this connector leads, so the answer is 202.
/// - Anything else is 503, and nothing is begun. It may never have arrived; or it has ended, of which the store keeps nothing; or it
///   was begun, and the leader died before the commit. Those three look the same from here, and in the latter two a second beginning
///   might call a customer twice. So there is no `Retry-After`: whoever sent it asks for the agent's state, and decides.
///
/// So the commands of the last leader are found by their ids alone: the client's `correlationId`, else the number that the follower
/// gave (docs/architecture.md, "What was sent is repeated only if it cannot happen twice").
fn begun_elsewhere(app: &App, caller: &Caller, body: &[u8], arrival: Uuid) -> Response {
    let request = match Request::from_json(body) {
        Ok(request) => request,
        Err(error) => return error_answer(app, StatusCode::BAD_REQUEST, error.code(), error.to_string()),
    };
    caller.note.command(&request);
    caller.note.numbered(arrival);
    let id = CommandId::from(request.correlation_id.clone().unwrap_or_else(|| arrival.to_string()));
    if app.engine.has_pending(&caller.who, &request, &id) {
        return accepted(&id);
    }
    caller.note.refused(Reason::Failed);
    let text = "The connector that led the group has gone. Whether this command was begun is not known. Ask for the agent's state \
                before you send it again.";
    error_answer(app, StatusCode::SERVICE_UNAVAILABLE, ErrorCode::PleaseRetry, text)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Accepted<'a> {
    status: &'static str,
    command_id: &'a str,
}

fn accepted(id: &CommandId) -> Response {
    let accepted = Accepted { status: "accepted", command_id: id.as_str() };
    (StatusCode::ACCEPTED, axum::Json(accepted)).into_response()
}

/// `id`: what a follower calls it, if it has come through one.
async fn carry_out(
    app: App,
    caller: Caller,
    at: Option<ClusterId>,
    body: Vec<u8>,
    id: Option<Uuid>,
) -> Response {
    let (origin, is_counted) = (caller.origin(), caller.is_counted());
    let Caller { who, note, peer, open: _open, .. } = caller;
    let refused = |status, code, text: String| error_answer(&app, status, code, text);
    let request = match Request::from_json(&body) {
        Ok(request) => request,
        Err(error) => return refused(StatusCode::BAD_REQUEST, error.code(), error.to_string()),
    };
    note.command(&request);
    if !is_counted && let Err(too_many) = app.limits.command(request.name, peer, &who) {
        return too_many::answer(&app, too_many);
    }
    let too_many = |limit, wait| {
        let subject = Subject::client(&who).unwrap_or_else(|| Subject::address(peer));
        TooMany { subject, limit, wait }
    };
    let submitted = match id {
        None => app.engine.submit_as(&who, origin, &request, at.as_ref()),
        Some(id) => {
            let id = CommandId::from(id.to_string());
            app.engine.submit_numbered(&who, origin, &request, at.as_ref(), id)
        }
    };
    match submitted {
        Err(SubmitError::Stopping) if id.is_some() => {
            note.refused(&SubmitError::Stopping);
            group::misdirected()
        }
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
            accepted(&command_id)
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
                    return too_many::unavailable(&app, &busy.to_string(), too_many::SOON);
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

/// It was begun, and nobody knows whether it is kept. With its id the client recognizes what still comes of it. It is not to be sent
/// again as it is, so there is no `Retry-After`.
fn not_kept(app: &App, id: &CommandId) -> Response {
    let text = "The command was started but could not be saved. Its events, if they come, carry this commandId. Ask for the agent's state before you send it again.";
    let event = Engine::error(ErrorCode::PleaseRetry, text).to_json(app.engine.dialect());
    // An event is an object.
    let mut body = serde_json::from_str::<Map<String, Value>>(&event).unwrap_or_default();
    body.insert("commandId".to_owned(), id.as_str().into());
    (StatusCode::SERVICE_UNAVAILABLE, axum::Json(body)).into_response()
}
