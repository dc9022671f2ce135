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
use gc_delivery::{ClientKey, Cursor, Entry, Item, Since, Subscription, UnknownClient};
use gc_events::{Dialect, Envelope, ErrorCode, Event, Gap, RawEvent};

use super::audit::Reason;
use super::caller::Caller;
use super::limits::OpenRequest;
use super::{App, error_answer, group, too_many};

/// A comment line in the silence, so that proxies keep the connection and a dead one is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// When to try again where the connector is being stopped: it may be back, or another one of its group leads.
const RESTART: Duration = Duration::from_secs(2);
const STOPPING: &str = "The connector is being stopped. Ask for the stream again after the time in Retry-After, with the same Last-Event-ID.";

/// What a client asks of its stream. An empty value counts as absent.
#[derive(Debug, Default)]
struct StreamRequest {
    /// Whether each `data:` is an object with the event and what callbacks carry in headers.
    envelope: bool,
    /// Where the stream begins: behind the last event that the client has seen, from the header `Last-Event-ID`, else from
    /// `last_event_id` in the query, for clients that cannot set a header; else at `since`. The header comes first because
    /// a browser whose stream has ended asks for the same address again, and adds it.
    since: Option<Since>,
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
        let seen = header.or(in_query("last_event_id")).map(str::parse::<Cursor>).transpose();
        let seen = seen.map_err(|_| "Last-Event-ID must be the id of an event, <epoch>.<sequence>.")?;
        let since = in_query("since").map(str::parse).transpose().map_err(
            |_| "The query value since must be the id of an event (<epoch>.<sequence>), its number, or a time such as 2026-11-29T14:00:00Z (+ is %2B in an address).",
        )?;
        Ok(Self { envelope, since: seen.map(Since::Cursor).or(since) })
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
    let subscription = own.then(|| app.delivery.subscribe(&client, request.since));
    match subscription {
        // Clients ask again as soon as a stream ends.
        Some(Ok(subscription)) if subscription.has_ended() => {
            caller.note.refused(Reason::Stopping);
            match caller.forwarded() {
                Some(_) => group::misdirected(),
                None => too_many::unavailable(&app, STOPPING, RESTART),
            }
        }
        Some(Ok(subscription)) => {
            let open = caller.open.clone();
            let (engine, own) = (Arc::clone(&app.engine), client.clone());
            let revoked = caller.revoked(app.front.clone(), client, move |who| engine.may_watch(who, &own));
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
            let event = Event::Gap(Gap { from: gap.from, to: gap.to, other_epoch: gap.foreign });
            let cursor = gap.cursor();
            let data = match envelope {
                true => in_envelope(cursor, event).to_json(Dialect::default()),
                false => event.to_json(Dialect::default()),
            };
            Sse::default().event("Gap").id(cursor.to_string()).data(data)
        }
    }
}

/// What a callback carries in headers.
fn enveloped(entry: &Entry) -> String {
    let message = &entry.message;
    // The event is text already, in the dialect of the configuration.
    let Ok(event) = RawEvent::new(&message.event_type, &message.body) else { return message.body.clone() };
    let envelope = Envelope {
        id: Some(entry.id.to_string()),
        agent_id: message.agent_id.clone(),
        dialog_id: message.dialog_id.clone(),
        command_id: message.command_id.clone(),
        session_url: message.session_url.clone(),
        ..in_envelope(entry.cursor(), Event::Unknown(event))
    };
    envelope.to_json(Dialect::default())
}

fn in_envelope(cursor: Cursor, event: Event) -> Envelope {
    let (sequence, epoch) = (cursor.sequence, cursor.epoch.to_string());
    Envelope {
        sequence,
        epoch,
        id: None,
        agent_id: None,
        dialog_id: None,
        command_id: None,
        session_url: None,
        event,
    }
}
