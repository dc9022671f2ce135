//! `/admin/clients`: clients are listed, shown and forgotten.

use std::error::Error;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use gc_access::Principal;
use gc_delivery::{BreakerState, ClientKey, ClientStatus, JournalError, LastAttempt, Order};
use gc_events::ErrorCode;
use gc_session::{Connected, ForgetError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{MAX_PAGE, PAGE, no_client};
use crate::http::caller::Caller;
use crate::http::{App, error_answer};

/// Which page is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    /// The page begins behind this client.
    pub(super) after: Option<String>,
    pub(super) limit: Option<usize>,
}

pub(super) fn all() -> MethodRouter<App> {
    get(list)
}

pub(super) fn one() -> MethodRouter<App> {
    get(show).delete(forget)
}

/// Clients of one page.
#[derive(Debug, Serialize)]
pub(super) struct Clients {
    pub(super) clients: Vec<Client>,
    pub(super) next: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Client {
    pub(super) destination: String,
    /// None: it has to say Hello again.
    pub(super) cluster: Option<String>,
    /// As in logs: without the query.
    pub(super) callback: Option<String>,
    pub(super) order: &'static str,
    pub(super) undelivered: u64,
    pub(super) oldest_age_seconds: Option<u64>,
    pub(super) dead_letters: u64,
    pub(super) last_sequence: u64,
    pub(super) last_attempt: Option<String>,
    pub(super) breaker: Option<&'static str>,
    pub(super) agents: usize,
}

async fn list(
    State(app): State<App>,
    caller: Caller,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Json<Clients>, Response> {
    let page = page.ok().filter(|Query(page)| page.limit.is_none_or(|limit| (1..=MAX_PAGE).contains(&limit)));
    let Some(Query(page)) = page else {
        let text = format!("The query takes after=<client> and limit=<1 to {MAX_PAGE}>.");
        return Err(error_answer(&app, StatusCode::BAD_REQUEST, ErrorCode::GeneralError, text));
    };
    clients(&app, &caller.who, &page).await.map(Json)
}

/// A page of the clients that this principal administers; the answer if they cannot be read.
pub(super) async fn clients(app: &App, who: &Principal, page: &Page) -> Result<Clients, Response> {
    let Page { after, limit } = page;
    let limit = limit.unwrap_or(PAGE);
    let behind = app.delivery.client_keys().into_iter();
    let behind = behind.filter(|client| after.as_deref().is_none_or(|after| client.as_str() > after));
    let mut behind = behind.filter(|client| who.may_administer(client.as_str()));
    let mut found = Vec::new();
    // Not all at once: meanwhile nobody else gets at the agents.
    while found.len() <= limit {
        let some: Vec<_> = behind.by_ref().take(limit + 1).collect();
        if some.is_empty() {
            break;
        }
        found.extend(app.engine.administered(who, some));
    }
    let has_more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| has_more).map(|(client, _)| client.to_string());
    let mut clients = Vec::new();
    for (client, connected) in found {
        match app.delivery.status(&client).await {
            Ok(status) => clients.push(described(&client, connected, &status)),
            // It was forgotten meanwhile.
            Err(JournalError::NoOutbox(_)) => {}
            Err(error) => return Err(unreadable(app, &client, &error)),
        }
    }
    Ok(Clients { clients, next })
}

async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(client): Path<ClientKey>,
) -> Result<Json<Client>, Response> {
    let connected = app.engine.administered(&caller.who, [client.clone()]).pop();
    let (_, connected) = connected.ok_or_else(|| no_client(&app, client.as_str()))?;
    match app.delivery.status(&client).await {
        Ok(status) => Ok(Json(described(&client, connected, &status))),
        Err(JournalError::NoOutbox(_)) => Err(no_client(&app, client.as_str())),
        Err(error) => Err(unreadable(&app, &client, &error)),
    }
}

async fn forget(State(app): State<App>, Path(client): Path<ClientKey>) -> Result<Json<Value>, Response> {
    let conflict = |text: String| error_answer(&app, StatusCode::CONFLICT, ErrorCode::GeneralError, text);
    match app.engine.forget(&client).await {
        Ok(counts) => {
            Ok(Json(json!({ "undelivered": counts.undelivered, "deadLetters": counts.dead_letters })))
        }
        Err(ForgetError::Connected(agents)) => Err(conflict(format!(
            "Agents of it are connected or about to be: {agents}. Sign them out first (with force_logout, or as a supervisor at \
             Finesse), and wait until their sessions are over (session.keep_signed_out)."
        ))),
        Err(ForgetError::Journal(error)) => {
            tracing::error!(%client, error = &error as &dyn Error, "the client cannot be removed from the store");
            Err(may_come_back(&app))
        }
        Err(ForgetError::InMemory(_)) => {
            tracing::error!(%client, "the client cannot be removed from the store while its disk fails");
            Err(may_come_back(&app))
        }
        Err(ForgetError::Unknown(_)) => Err(no_client(&app, client.as_str())),
        // It may be a Connect.
        Err(_) => Err(conflict(
            "The client is in use: a command of it is pending. Try again when it has ended.".to_owned(),
        )),
    }
}

fn may_come_back(app: &App) -> Response {
    let text = "The client is forgotten, but cannot be removed from the store now: it may come back with the next \
                start. The log says why.";
    error_answer(app, StatusCode::SERVICE_UNAVAILABLE, ErrorCode::PleaseRetry, text)
}

fn unreadable(app: &App, client: &ClientKey, error: &JournalError) -> Response {
    tracing::error!(%client, error = error as &dyn Error, "the outbox cannot be read");
    let text = "The client's outbox cannot be read now. Try again; the log says why.";
    error_answer(app, StatusCode::SERVICE_UNAVAILABLE, ErrorCode::PleaseRetry, text)
}

fn described(client: &ClientKey, connected: Connected, status: &ClientStatus) -> Client {
    let ClientStatus { callback, order, counts, oldest, last_attempt, breaker } = status;
    let last_attempt = last_attempt.as_ref().map(|last| match last {
        LastAttempt::Delivered => "delivered".to_owned(),
        LastAttempt::Failed(failure) => failure.to_string(),
    });
    let breaker = breaker.map(|breaker| match breaker {
        BreakerState::Closed => "closed",
        BreakerState::Open => "open",
        BreakerState::Probing => "probing",
    });
    let order = match order {
        Order::Client => "client",
        Order::Agent { .. } => "agent",
    };
    Client {
        destination: client.to_string(),
        cluster: connected.cluster.map(|cluster| cluster.to_string()),
        callback: callback.as_ref().map(ToString::to_string),
        order,
        undelivered: counts.undelivered,
        oldest_age_seconds: oldest.map(|age| age.as_secs()),
        dead_letters: counts.dead_letters,
        last_sequence: counts.last,
        last_attempt,
        breaker,
        agents: connected.agents,
    }
}
