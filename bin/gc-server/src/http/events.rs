//! `GET /gc/events/{client_destination}`: the live stream as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event as Sse, KeepAlive, Sse as SseResponse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, stream};
use gc_delivery::{ClientId, Cursor, Entry, Item, Subscription};
use gc_events::ErrorCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{App, error_answer};

/// A comment line in the silence, so that proxies keep the connection and a dead one is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How a stream is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// Whether each `data:` is an object with the event and what callbacks carry in headers.
    envelope: bool,
    /// Like the header `Last-Event-ID`, for clients that cannot set one.
    last_event_id: Option<String>,
}

pub(super) async fn stream(
    State(app): State<App>,
    client: Result<Path<String>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let bad = |text: String| error_answer(&app, StatusCode::BAD_REQUEST, ErrorCode::PleaseRetry, text);
    let Path(client) = match client {
        Ok(client) => client,
        Err(rejection) => return bad(format!("{}.", rejection.body_text())),
    };
    let Query(asked) = match asked {
        Ok(asked) => asked,
        Err(rejection) => return bad(format!("{}.", rejection.body_text())),
    };
    let header = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let after = match header.or(asked.last_event_id.as_deref()).map(str::parse::<Cursor>).transpose() {
        Ok(after) => after,
        Err(error) => return bad(format!("Last-Event-ID is {error}.")),
    };
    match app.delivery.subscribe(&ClientId::from(client.trim()), after) {
        Ok(subscription) => {
            let events = SseResponse::new(events(subscription, asked.envelope));
            events.keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
        }
        Err(error) => {
            let text = format!("{error}. Send Hello#{client} first.");
            error_answer(&app, StatusCode::NOT_FOUND, ErrorCode::PleaseRetry, text)
        }
    }
}

fn events(subscription: Subscription, envelope: bool) -> impl Stream<Item = Result<Sse, Infallible>> {
    stream::unfold(subscription, move |mut subscription| async move {
        let item = subscription.next().await?;
        Some((Ok(sse(&item, envelope)), subscription))
    })
}

fn sse(item: &Item, envelope: bool) -> Sse {
    match item {
        Item::Entry(entry) => {
            let data = match envelope {
                true => enveloped(entry),
                false => entry.message.body.clone(),
            };
            Sse::default().event(&entry.message.event_type).id(entry.cursor().to_string()).data(data)
        }
        // What lies in the gap cannot be replayed: the client asks for the present state (refresh).
        Item::Gap(gap) => {
            let gap_event =
                json!({ "type": "Gap", "from": gap.from, "to": gap.to, "otherEpoch": gap.foreign });
            let data = if envelope { json!({ "event": gap_event }) } else { gap_event };
            Sse::default().event("Gap").id(gap.cursor().to_string()).data(data.to_string())
        }
    }
}

/// What a callback carries in headers, beside the event.
fn enveloped(entry: &Entry) -> String {
    let message = &entry.message;
    let event = serde_json::from_str(&message.body).unwrap_or(Value::Null);
    let envelope = json!({
        "sequence": entry.sequence,
        "id": entry.id.to_string(),
        "agentId": message.agent_id,
        "dialogId": message.dialog_id,
        "commandId": message.command_id,
        "sessionUrl": message.session_url,
        "event": event,
    });
    envelope.to_string()
}
