//! `GET /gc/events/{client_destination}`: the live stream as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event as Sse, KeepAlive, Sse as SseResponse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, stream};
use gc_access::Right;
use gc_delivery::{ClientKey, Cursor, Entry, Item, Subscription, UnknownClient};
use gc_events::ErrorCode;
use serde_json::{Value, json};

use super::audit::Reason;
use super::caller::Caller;
use super::limits::OpenRequest;
use super::{App, error_answer};

/// A comment line in the silence, so that proxies keep the connection and a dead one is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// What a client asks of its stream. An empty value counts as absent.
#[derive(Debug, Default)]
struct StreamRequest {
    /// Whether each `data:` is an object with the event and what callbacks carry in headers.
    envelope: bool,
    /// The last event that the client has seen: from the header `Last-Event-ID`, else from the query, for clients that
    /// cannot set a header.
    after: Option<Cursor>,
}

impl StreamRequest {
    fn read(query: &[(String, String)], headers: &HeaderMap) -> Result<Self, &'static str> {
        let in_query = |wanted: &str| {
            let mut values = query.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value.trim());
            values.rfind(|value| !value.is_empty())
        };
        let envelope = match in_query("envelope") {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => return Err("The query value envelope must be true or false."),
        };
        let header = headers.get("last-event-id").map(|value| String::from_utf8_lossy(value.as_bytes()));
        let header = header.as_deref().map(str::trim).filter(|id| !id.is_empty());
        let after = header.or(in_query("last_event_id")).map(str::parse).transpose();
        let after = after.map_err(|_| "Last-Event-ID must be the id of an event, <epoch>.<sequence>.")?;
        Ok(Self { envelope, after })
    }
}

pub(super) async fn stream(
    State(app): State<App>,
    caller: Caller,
    client: Result<Path<String>, PathRejection>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    if let Some(refused) = caller.lacks(&app, Right::Read) {
        return refused;
    }
    let bad = |text: &str| error_answer(&app, StatusCode::BAD_REQUEST, ErrorCode::PleaseRetry, text);
    let Ok(Path(client)) = client else {
        return bad("The client's destination in the address is not UTF-8.");
    };
    let Ok(Query(query)) = query else { return bad("The query of the address cannot be read.") };
    let request = match StreamRequest::read(&query, &headers) {
        Ok(request) => request,
        Err(text) => return bad(text),
    };
    let client = client.trim();
    let client = ClientKey::from(client);
    caller.note.client(&client);
    let own = app.engine.may_watch(&caller.who, &client);
    let subscription = own.then(|| app.delivery.subscribe(&client, request.after));
    match subscription {
        Some(Ok(subscription)) => {
            let open = caller.open.clone();
            let revoked = caller.revoked(app, client);
            let events = events(subscription, request.envelope, open).take_until(revoked);
            let events = SseResponse::new(events);
            events.keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
        }
        // Somebody else's is answered like one that is not there.
        Some(Err(UnknownClient(_))) | None => {
            caller.note.refused(if own { Reason::UnknownClient } else { Reason::NotItsOwn });
            let text =
                format!("There is no client {:?}. Send Hello#<client destination> first.", client.as_str());
            error_answer(&app, StatusCode::NOT_FOUND, ErrorCode::PleaseRetry, text)
        }
    }
}

/// The stream is a request of its caller for as long as it lives.
fn events(
    subscription: Subscription,
    envelope: bool,
    open: Option<Arc<OpenRequest>>,
) -> impl Stream<Item = Result<Sse, Infallible>> {
    stream::unfold((subscription, open), move |(mut subscription, open)| async move {
        let item = subscription.next().await?;
        Some((Ok(sse(&item, envelope)), (subscription, open)))
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

/// What a callback carries in headers.
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
