//! What a follower answers: it identifies callers and keeps their limits as the leader does, and passes on what they ask.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRef, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use futures_util::{StreamExt, future};
use gc_access::Right;
use gc_delivery::ClientKey;
use gc_environment::{Environment, RealEnvironment};
use gc_events::ErrorCode;
use gc_group::{Lead, Member};
use gc_protocol::{CommandName, Request as CommandRequest};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::super::audit::Reason;
use super::super::caller::Caller;
use super::super::console::{self, Console};
use super::super::{
    CONTRACT, CONTRACT_PAGE, Front, METRICS, Route, STREAM, Serves, admin, body, contract, error_answer,
    guarded, health, metrics, too_many,
};
use super::forwarded::Forwarded;
use super::forwarder::{Answered, Forwarder, NoAnswer, Outgoing, Repeat};
use super::leader::misdirected;

/// When to try again where nobody leads. The next one leads a second after the last one has let go, and 15 s after one that has not.
const NEXT_LEADER: Duration = Duration::from_secs(2);
/// Of one connection (RFC 9110, section 7.6.1), of the place where it leads, or of how it says who asks: not passed on.
const NOT_PASSED_ON: [HeaderName; 12] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::EXPECT,
    header::HOST,
    header::AUTHORIZATION,
];

const NO_LEADER: &str = "No connector leads the group at the moment. Nothing was begun. Send it again after the time in Retry-After.";
const NOT_REACHED: &str = "The connector that leads the group cannot be reached. Nothing was begun. Send it again after the time in \
                           Retry-After.";
const UNKNOWN: &str = "The connector that leads the group has not answered. Whether this was begun is not known: its events, if they come, \
                       show it. Ask for the agent's state before you send it again.";

/// What the handlers of a connector work with that follows.
#[derive(Clone)]
pub(crate) struct Follower {
    pub(crate) front: Front,
    pub(crate) forwarder: Arc<Forwarder>,
    /// Ends the live streams.
    pub(crate) stop: CancellationToken,
}

impl Deref for Follower {
    type Target = Front;

    fn deref(&self) -> &Front {
        &self.front
    }
}

impl FromRef<Follower> for Front {
    fn from_ref(follower: &Follower) -> Self {
        follower.front.clone()
    }
}

/// The routes of a follower: those of a leader.
pub(crate) fn follower_router(follower: &Follower, console: Option<Arc<Console>>, serves: Serves) -> Router {
    let mut routes = Router::new()
        .route(CONTRACT, get(contract::read))
        .route(CONTRACT_PAGE, get(contract::show))
        .merge(contract::files())
        .merge(of_health());
    if serves != Serves::Administrators {
        routes = routes
            .route("/gc/command", post(command))
            .route("/gc/{cluster}/command", post(command))
            .route(STREAM, get(stream))
            .route(METRICS, get(metrics::of_follower))
            .merge(console::routes(console));
    }
    if serves != Serves::Clients {
        routes = routes.merge(admin::files());
        let others = admin::ROUTES.iter().filter(|Route(path, ..)| *path != admin::members::ROUTE);
        for Route(path, ..) in others {
            routes = routes.route(path, any(administration));
        }
        routes = routes.route(admin::members::ROUTE, admin::members::all());
    }
    guarded(routes, &follower.front, serves).with_state(follower.clone())
}

/// How a follower is, for whoever watches it.
fn of_health() -> Router<Follower> {
    Router::new().route("/health/live", get(health::live)).route("/health/ready", get(ready))
}

/// The routes of its listener for health checks.
pub(crate) fn follower_health_router(follower: &Follower) -> Router {
    let metrics = get(metrics::of_follower_at_health_listener);
    super::super::only_health(of_health(), metrics, &follower.front).with_state(follower.clone())
}

/// Nothing is answered at the listener of the group: followers that take this connector for the leader ask again.
pub(crate) fn not_leading() -> Router {
    Router::new().fallback(async || misdirected())
}

/// Whether commands can have an effect: somebody leads, and says that a cluster is in service there.
async fn ready(State(follower): State<Follower>) -> (StatusCode, String) {
    match follower.forwarder.view().lead {
        Lead::At(Member { url, standing, .. }) if standing.sees.is_empty() => {
            let text = format!("follows {url}: Finesse is not in service there\n");
            (StatusCode::SERVICE_UNAVAILABLE, text)
        }
        Lead::At(member) => (StatusCode::OK, format!("ready: follows {}\n", member.url)),
        Lead::Here => (StatusCode::SERVICE_UNAVAILABLE, "begins to lead\n".to_owned()),
        Lead::Nobody => (StatusCode::SERVICE_UNAVAILABLE, "nobody leads the group\n".to_owned()),
    }
}

async fn command(State(follower): State<Follower>, caller: Caller, request: Request) -> Response {
    let (parts, sent) = request.into_parts();
    let body = match body::read_json(&follower, &parts.headers, sent).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    // What the leader would refuse is not passed on, and the audit log has the command here, too.
    let read = match CommandRequest::from_json(&body) {
        Ok(read) => read,
        Err(error) => {
            return error_answer(&follower, StatusCode::BAD_REQUEST, error.code(), error.to_string());
        }
    };
    caller.note.command(&read);
    if let Err(too_many) = follower.limits.command(read.name, caller.peer, &caller.who) {
        return too_many::answer(&follower, too_many);
    }
    let arrival = RealEnvironment.id();
    caller.note.numbered(arrival);
    let repeat = match read.name {
        CommandName::Hello | CommandName::Beat => Repeat::Harmless,
        _ => Repeat::Arrived,
    };
    passed_on(&follower, &caller, parts, body.into(), Some(arrival), repeat).await
}

async fn stream(
    State(follower): State<Follower>,
    caller: Caller,
    client: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    if let Some(refused) = caller.lacks(&follower, Right::Read) {
        return refused;
    }
    let (parts, _) = request.into_parts();
    let Ok(Path(client)) = client else {
        let text = "The client's destination in the address is not UTF-8.";
        return error_answer(&follower, StatusCode::BAD_REQUEST, ErrorCode::PleaseRetry, text);
    };
    let client = ClientKey::from(client.trim());
    caller.note.client(&client);
    match asked(&follower, &caller, parts, Bytes::new(), None, Repeat::Harmless).await {
        Ok((leader, answer)) if answer.status() == StatusCode::OK => {
            live(&follower, caller, client, leader, answer)
        }
        Ok((_, answer)) => whole(answer),
        Err(none) => none,
    }
}

/// What is there for administrators, with any method: the leader knows which ones there are.
async fn administration(State(follower): State<Follower>, caller: Caller, request: Request) -> Response {
    let only_reads = request.method().is_safe();
    let (parts, sent) = request.into_parts();
    let body = match body::read_whole(&follower, sent).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let repeat = if only_reads { Repeat::Harmless } else { Repeat::Never };
    passed_on(&follower, &caller, parts, body.into(), None, repeat).await
}

/// The leader's answer, as it is.
async fn passed_on(
    follower: &Follower,
    caller: &Caller,
    parts: Parts,
    body: Bytes,
    arrival: Option<Uuid>,
    repeat: Repeat,
) -> Response {
    match asked(follower, caller, parts, body, arrival, repeat).await {
        Ok((_, answer)) => whole(answer),
        Err(none) => none,
    }
}

/// The leader and its answer; ours if there is none.
async fn asked(
    follower: &Follower,
    caller: &Caller,
    parts: Parts,
    body: Bytes,
    arrival: Option<Uuid>,
    repeat: Repeat,
) -> Result<(Uuid, Response), Response> {
    let Parts { method, uri, mut headers, .. } = parts;
    of_the_connection(&mut headers);
    headers.remove(header::CONTENT_LENGTH);
    let own = follower.forwarder.own();
    let forwarded = Forwarded {
        by: own.to_owned(),
        principal: (!caller.who.is_open()).then(|| caller.who.name().to_owned()),
        address: caller.peer,
        arrival,
        perhaps_at: None,
    };
    let Some(target) = target(&uri) else {
        let text = "This address has a segment . or .., which would lead elsewhere.";
        return Err(error_answer(follower, StatusCode::BAD_REQUEST, ErrorCode::GeneralError, text));
    };
    caller.note.through(own);
    let outgoing = Outgoing { method, target, headers, body, forwarded, repeat };
    match follower.forwarder.pass_on(outgoing).await {
        Ok(Answered { mut answer, leader, url }) => {
            caller.note.passed_on_to(&url);
            if let Some(reason) = Reason::taken_from(answer.headers_mut()) {
                caller.note.refused(reason);
            }
            Ok((leader, answer))
        }
        Err(none) => {
            let not_begun = |text| (Reason::NoLeader, too_many::unavailable(follower, text, NEXT_LEADER));
            let (reason, answer) = match none {
                NoAnswer::NoLeader => not_begun(NO_LEADER),
                NoAnswer::NotReached => not_begun(NOT_REACHED),
                NoAnswer::Unknown => {
                    let status = StatusCode::SERVICE_UNAVAILABLE;
                    (Reason::Failed, error_answer(follower, status, ErrorCode::PleaseRetry, UNKNOWN))
                }
            };
            caller.note.refused(reason);
            Err(answer)
        }
    }
}

/// The path and query with which the leader finds the same route. The client that calls it takes a backslash for a slash, and follows
/// segments such as `..` (WHATWG URL, section 4.4): the one is encoded, the other is none of ours.
fn target(uri: &Uri) -> Option<String> {
    let is_dots = |segment: &str| [".", ".."].contains(&&*segment.to_ascii_lowercase().replace("%2e", "."));
    let path = uri.path().replace('\\', "%5C");
    let query = uri.query().map_or_else(String::new, |query| format!("?{query}"));
    (!path.split('/').any(is_dots)).then(|| path + &query)
}

fn whole(mut answer: Response) -> Response {
    of_the_connection(answer.headers_mut());
    let (status, headers) = (answer.status(), answer.headers().clone());
    (status, headers, Body::from_stream(answer.into_body().into_data_stream())).into_response()
}

/// The leader's live stream, as it comes; dropping it ends the leader's. It ends in order, whatever it ended by, so that the client
/// goes on behind the last whole event: with this leader, with this follower, and when the caller may no longer read it.
fn live(
    follower: &Follower,
    caller: Caller,
    client: ClientKey,
    leader: Uuid,
    mut answer: Response,
) -> Response {
    of_the_connection(answer.headers_mut());
    let (status, headers) = (answer.status(), answer.headers().clone());
    let (forwarder, stop) = (Arc::clone(&follower.forwarder), follower.stop.clone());
    let open = caller.open.clone();
    let own = client.clone();
    let revoked = caller.revoked(follower.front.clone(), client, move |who| who.may_use(own.as_str()));
    let over = async move {
        tokio::select! {
            biased;
            () = forwarder.moved(leader) => {}
            () = stop.cancelled() => {}
            () = revoked => {}
        }
    };
    let parts = answer.into_body().into_data_stream();
    let parts = parts.take_while(|part| future::ready(part.is_ok())).take_until(Box::pin(over));
    // The stream is a request of its caller for as long as it lives.
    let parts = parts.inspect(move |_| _ = &open);
    (status, headers, Body::from_stream(parts)).into_response()
}

/// Removes what is of one connection only.
fn of_the_connection(headers: &mut HeaderMap) {
    let named = headers.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let named = named.flat_map(|value| value.split(',')).filter_map(|name| name.trim().parse().ok());
    let named: Vec<HeaderName> = named.collect();
    for name in named.iter().chain(&NOT_PASSED_ON) {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use url::Url;

    use super::*;

    #[test]
    fn no_path_leads_to_another_route_at_the_leader() {
        let passed_on = |path: &'static str| target(&Uri::from_static(path));
        for path in ["/gc/events/..", "/gc/./command", "/gc/%2E%2e/command", "/gc/events/.%2e?since=1"] {
            assert_eq!(passed_on(path), None, "{path}");
        }
        for (path, at_the_leader) in [
            ("/gc/events/..\\..\\admin\\clients", "/gc/events/..%5C..%5Cadmin%5Cclients"),
            ("/gc/events/CORP\\desk?since=1", "/gc/events/CORP%5Cdesk?since=1"),
            ("/gc/events/...", "/gc/events/..."),
        ] {
            let target = passed_on(path).unwrap();
            assert_eq!(target, at_the_leader);
            let url = Url::parse(&format!("https://gc-2.example:8114{target}")).unwrap();
            assert_eq!(url.path(), target.split('?').next().unwrap());
        }
    }

    #[test]
    fn what_is_of_one_connection_or_a_secret_is_not_passed_on() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-Odd"),
            ("x-odd", "1"),
            ("authorization", "Bearer hush"),
            ("host", "gc-2.example"),
            ("transfer-encoding", "chunked"),
            ("last-event-id", "7"),
            ("content-type", "application/json"),
        ] {
            headers.append(name, HeaderValue::from_static(value));
        }
        of_the_connection(&mut headers);
        let left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(left, ["last-event-id", "content-type"]);
    }
}
