//! `/admin/clients/{client}/dead-letters`: what could not be delivered is listed, delivered again, or deleted.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use gc_delivery::{ClientKey, DeadLetter, JournalError, Reason};
use gc_events::ErrorCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::no_client;
use crate::http::{App, error_answer};

pub(super) fn all() -> MethodRouter<App> {
    get(list).delete(purge_all)
}

pub(super) fn one() -> MethodRouter<App> {
    get(show).delete(purge_one)
}

pub(super) fn replay() -> MethodRouter<App> {
    post(replay_all)
}

pub(super) fn replay_of_one() -> MethodRouter<App> {
    post(replay_one)
}

async fn list(State(app): State<App>, Path(client): Path<String>) -> Result<Json<Value>, Response> {
    let letters = letters(&app, &client).await?;
    Ok(Json(letters.iter().map(described).collect()))
}

async fn show(
    State(app): State<App>,
    Path((client, id)): Path<(String, String)>,
) -> Result<Json<Value>, Response> {
    let letter = letter(&app, &client, &id).await?;
    let mut shown = described(&letter);
    let body = &letter.entry.message.body;
    if let Some(members) = shown.as_object_mut() {
        let event = serde_json::from_str(body).unwrap_or_else(|_| Value::from(body.as_str()));
        members.insert("event".to_owned(), event);
    }
    Ok(Json(shown))
}

async fn replay_all(State(app): State<App>, Path(client): Path<String>) -> Result<Json<Value>, Response> {
    let replayed = app.delivery.replay(&ClientKey::from(client.as_str()), None).await;
    replayed.map(|letters| counted("replayed", &letters)).map_err(|error| failed(&app, &client, &error))
}

async fn replay_one(
    State(app): State<App>,
    Path((client, id)): Path<(String, String)>,
) -> Result<Json<Value>, Response> {
    let letter = letter(&app, &client, &id).await?;
    let replayed = app.delivery.replay(&ClientKey::from(client.as_str()), Some(letter.entry.id)).await;
    replayed.map(|letters| counted("replayed", &letters)).map_err(|error| failed(&app, &client, &error))
}

async fn purge_all(State(app): State<App>, Path(client): Path<String>) -> Result<Json<Value>, Response> {
    let purged = app.delivery.purge(&ClientKey::from(client.as_str()), None).await;
    purged.map(|letters| counted("purged", &letters)).map_err(|error| failed(&app, &client, &error))
}

async fn purge_one(
    State(app): State<App>,
    Path((client, id)): Path<(String, String)>,
) -> Result<Json<Value>, Response> {
    let letter = letter(&app, &client, &id).await?;
    let purged = app.delivery.purge(&ClientKey::from(client.as_str()), Some(letter.entry.id)).await;
    purged.map(|letters| counted("purged", &letters)).map_err(|error| failed(&app, &client, &error))
}

/// How many, and which, by the numbers that clients have seen missing.
fn counted(what: &str, letters: &[DeadLetter]) -> Json<Value> {
    let numbers = letters.iter().map(|DeadLetter { entry, .. }| {
        json!({ "id": entry.id.to_string(), "epoch": entry.epoch.to_string(), "sequence": entry.sequence })
    });
    Json(json!({ what: letters.len(), "events": numbers.collect::<Vec<_>>() }))
}

async fn letters(app: &App, client: &str) -> Result<Vec<DeadLetter>, Response> {
    let letters = app.delivery.dead_letters(&ClientKey::from(client)).await;
    letters.map_err(|error| failed(app, client, &error))
}

async fn letter(app: &App, client: &str, id: &str) -> Result<DeadLetter, Response> {
    let found = letters(app, client).await?.into_iter().find(|letter| letter.entry.id.to_string() == id);
    found.ok_or_else(|| {
        let text = format!("{client:?} has no dead letter with the id {id:?}.");
        error_answer(app, StatusCode::NOT_FOUND, ErrorCode::GeneralError, text)
    })
}

fn failed(app: &App, client: &str, error: &JournalError) -> Response {
    if let JournalError::NoOutbox(_) = error {
        return no_client(app, client);
    }
    tracing::error!(client, error = error as &dyn std::error::Error, "dead letters cannot be used");
    let text = "The dead letters cannot be read or changed now. Try again; the log says why.";
    error_answer(app, StatusCode::SERVICE_UNAVAILABLE, ErrorCode::PleaseRetry, text)
}

/// Without the event itself, which holds names and numbers.
fn described(letter: &DeadLetter) -> Value {
    let (entry, message) = (&letter.entry, &letter.entry.message);
    let (reason, failure) = match &letter.reason {
        Reason::Expired(failure) => ("expired", Some(failure.to_string())),
        Reason::Refused(failure) => ("refused", Some(failure.to_string())),
        Reason::Overflow => ("overflow", None),
    };
    let at = Timestamp::try_from(entry.at).ok().map(|at| at.to_string());
    json!({
        "id": entry.id.to_string(), "epoch": entry.epoch.to_string(), "sequence": entry.sequence, "at": at,
        "type": message.event_type, "agentId": message.agent_id, "dialogId": message.dialog_id,
        "commandId": message.command_id, "reason": reason, "failure": failure,
    })
}
