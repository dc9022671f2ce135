//! The HTTP listener: commands in, the live stream out, and how the server is.

mod accept;
mod admin;
mod audit;
mod body;
mod browsers;
mod caller;
mod command;
mod connection;
mod console;
mod contract;
mod events;
mod front;
mod group;
mod health;
mod limits;
mod metrics;
mod network;
mod peer;
mod routes;
mod slots;
mod static_file;
mod strict;
mod tally;
mod tls;
mod too_many;
mod write_timeout;

use std::ops::Deref;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRef, MatchedPath, Request, State};
use axum::http::{Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use futures_util::FutureExt;
use gc_delivery::Delivery;
use gc_events::{ErrorCode, Event};
use gc_group::Lease;
use gc_session::Engine;

use crate::log_control::LogControl;

pub(crate) use accept::{ConnectionLimits, Listener};
pub(crate) use audit::Audit;
pub(crate) use browsers::Browsers;
pub(crate) use console::Console;
pub(crate) use front::{Front, FrontParts};
pub(crate) use group::{
    Arrivals, Follower, Forwarder, Own, Way, follower_health_router, follower_router, not_leading,
};
pub(crate) use limits::{Allowance, Limits, Rate};
pub(crate) use routes::{Routes, Switch};
pub(crate) use tls::{HTTP1, HTTP2, Tls};

/// The route of live streams.
const STREAM: &str = "/gc/events/{client_destination}";

/// The route of the document about the interface.
const CONTRACT: &str = "/openapi.json";

/// The route of the same for people.
const CONTRACT_PAGE: &str = "/contract";

/// The route of the page for administrators.
const PAGE: &str = "/admin/";

/// The route of figures.
const METRICS: &str = "/metrics";

/// What the handlers of a connector work with that leads.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) front: Front,
    pub(crate) engine: Arc<Engine>,
    pub(crate) delivery: Arc<Delivery>,
    /// How long it may lead.
    pub(crate) lease: Lease,
    /// What followers have passed on.
    pub(crate) arrivals: Arc<Arrivals>,
    /// None: somebody else logs.
    pub(crate) log: Option<Arc<LogControl>>,
}

impl Deref for App {
    type Target = Front;

    fn deref(&self) -> &Front {
        &self.front
    }
}

impl FromRef<App> for Front {
    fn from_ref(app: &App) -> Self {
        app.front.clone()
    }
}

/// Whom a listener answers, beside health checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Serves {
    Everybody,
    /// Administrators have a listener of their own: here is nothing for them.
    Clients,
    Administrators,
    /// Clients and administrators whom another connector of the group has let in.
    Group,
}

/// An address of the interface: its path, the methods that it takes, in words, and who answers.
struct Route(&'static str, &'static str, fn(&App) -> MethodRouter<App>);

/// What every listener answers, in the order of the contract.
static FOR_EVERYBODY: [Route; 4] = [
    Route("/health/live", "GET", |_| get(health::live)),
    Route("/health/ready", "GET", |_| get(health::ready)),
    Route(CONTRACT, "GET", |_| get(contract::read)),
    Route(CONTRACT_PAGE, "GET", |_| get(contract::show)),
];

/// What clients and the monitoring ask for.
static FOR_CLIENTS: [Route; 4] = [
    Route("/gc/command", "POST", |_| post(command::take)),
    Route("/gc/{cluster}/command", "POST", |_| post(command::take_at)),
    Route(STREAM, "GET", |_| get(events::stream)),
    Route(METRICS, "GET", |_| get(metrics::metrics)),
];

/// All of the interface. Files of pages are not part of it.
fn interface() -> impl Iterator<Item = &'static Route> {
    FOR_EVERYBODY.iter().chain(&FOR_CLIENTS).chain(&admin::ROUTES)
}

fn routes_of(routes: &[Route], app: &App) -> Router<App> {
    routes.iter().fold(Router::new(), |router, Route(path, _, answers)| router.route(path, answers(app)))
}

/// The routes (docs/wire-format.md, docs/operations.md).
pub(crate) fn router(app: App, console: Option<Arc<Console>>, serves: Serves) -> Router {
    let mut routes = routes_of(&FOR_EVERYBODY, &app).merge(contract::files());
    if serves != Serves::Administrators {
        routes = routes.merge(routes_of(&FOR_CLIENTS, &app)).merge(console::routes(console));
    }
    if serves != Serves::Clients {
        routes = routes.merge(routes_of(&admin::ROUTES, &app)).merge(admin::files());
    }
    guarded(routes, &app.front, serves).with_state(app)
}

/// What is refused, limited and recorded whatever the route is.
fn guarded<S>(routes: Router<S>, front: &Front, serves: Serves) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    Front: FromRef<S>,
{
    routes
        .fallback(async move |State(front): State<Front>, uri: Uri| not_found(&front, &uri, serves))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(Guards { front: front.clone(), serves }, guard))
}

/// The one layer around all routes: a request copies each layer as often as there are others around it.
#[derive(Clone)]
struct Guards {
    front: Front,
    serves: Serves,
}

async fn guard(State(Guards { front, serves }): State<Guards>, mut request: Request, next: Next) -> Response {
    if serves == Serves::Group
        && let Some(refused) = group::introduce(&front, &mut request)
    {
        return refused;
    }
    let (of_all, only_reads) = (front.clone(), request.method().is_safe());
    let answer = audit::record(front, request, move |request| async move {
        let inside = of_all.clone();
        let admitted = move |request| admitted(inside, serves, request, next);
        let answered = body::linger(of_all.clone(), request, admitted);
        AssertUnwindSafe(answered).catch_unwind().await.unwrap_or_else(|_| panicked(&of_all))
    });
    let answer = answer.await;
    if only_reads { too_many::with_time(answer) } else { answer }
}

/// What is refused before its route is asked.
async fn admitted(front: Front, serves: Serves, request: Request, next: Next) -> Response {
    if let Some(refused) = strict::refusal(&front, &request) {
        return refused;
    }
    let within = front.clone();
    let limited = move |request: Request| async move {
        if let Some(refused) = too_many::refusal(&within, &request) {
            return refused;
        }
        let request = match serves {
            Serves::Clients => Ok(request),
            _ => caller::administration(&within, request).await,
        };
        match request {
            Ok(request) => next.run(request).await,
            Err(refused) => refused,
        }
    };
    match serves {
        // The follower has looked at the web page, if there was one.
        Serves::Group => limited(request).await,
        _ => browsers::guard(front, request, limited).await,
    }
}

/// The routes of a listener that answers nothing but how the server is. Its connections are its own, so that the monitoring
/// gets in however busy the other one is.
pub(crate) fn health_router(app: App) -> Router {
    let health =
        Router::new().route("/health/live", get(health::live)).route("/health/ready", get(health::ready));
    only_health(health, get(metrics::at_health_listener), &app.front).with_state(app)
}

fn only_health<S>(health: Router<S>, metrics: MethodRouter<S>, front: &Front) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let routes = health.route(METRICS, metrics.layer(from_fn_with_state(front.clone(), guard_metrics)));
    routes.layer(map_response(async |answer| too_many::with_time(answer)))
}

async fn guard_metrics(State(front): State<Front>, request: Request, next: Next) -> Response {
    let inside = front.clone();
    let looked_at = move |request| browsers::guard(inside, request, |request| next.run(request));
    audit::record(front, request, looked_at).await
}

/// Only what is answered as such: the limits do not apply to it.
fn is_health(request: &Request) -> bool {
    let asks = matches!(*request.method(), Method::GET | Method::HEAD);
    asks && ["/health/live", "/health/ready"].contains(&request.uri().path())
}

/// The page for administrators, or what leads to it; whatever else is under `/admin` is JSON.
fn is_page(path: &str) -> bool {
    path == PAGE || PAGE.strip_suffix('/') == Some(path)
}

fn is_administration(path: &str) -> bool {
    path == "/admin" || path.starts_with("/admin/")
}

/// An answer whose body is an event's JSON.
fn event_answer(app: &Front, status: StatusCode, event: &Event) -> Response {
    let body = event.to_json(app.dialect);
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// An answer whose body is an `Error` event.
fn error_answer(app: &Front, status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Response {
    event_answer(app, status, &Engine::error(code, message))
}

fn not_found(app: &Front, uri: &Uri, serves: Serves) -> Response {
    let text = match serves {
        Serves::Administrators | Serves::Everybody | Serves::Group if is_administration(uri.path()) => {
            let routes: Vec<_> =
                admin::ROUTES.iter().map(|Route(path, methods, _)| format!("{methods} {path}")).collect();
            format!("There is nothing here. Under /admin there is: {}.", routes.join(", "))
        }
        Serves::Administrators => "There is nothing here but GET /admin/ and what is under it.".to_owned(),
        _ => {
            "There is nothing here. Commands go to POST /gc/command, events come from GET /gc/events/{client}; GET /openapi.json describes both, and /contract shows that."
                .to_owned()
        }
    };
    error_answer(app, StatusCode::NOT_FOUND, ErrorCode::GeneralError, text)
}

async fn method_not_allowed(State(app): State<Front>, route: Option<MatchedPath>) -> Response {
    let known =
        interface().find(|Route(path, ..)| route.as_ref().is_some_and(|route| route.as_str() == *path));
    let text = match known {
        Some(Route(path, methods, _)) => format!("This address takes another method: {methods} {path}."),
        // A file of a page.
        None => "This address takes another method.".to_owned(),
    };
    error_answer(&app, StatusCode::METHOD_NOT_ALLOWED, ErrorCode::GeneralError, text)
}

/// A defect of ours. What was said of it may hold what the client sent, so it is not repeated.
fn panicked(app: &Front) -> Response {
    let text =
        "The connector failed at this request. Try again; if it happens again, tell the administrator.";
    error_answer(app, StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::GeneralError, text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use gc_events::Dialect;
    use gc_protocol::contract::openapi;

    use super::*;

    #[test]
    fn the_contract_describes_every_address_and_method_and_no_others() {
        let document = openapi(Dialect::Gc4412);
        let described = document["paths"].as_object().unwrap().iter().flat_map(|(path, methods)| {
            methods.as_object().unwrap().keys().map(move |method| format!("{} {path}", method.to_uppercase()))
        });
        let described: BTreeSet<_> = described.collect();
        let answered = interface().flat_map(|Route(path, methods, _)| {
            methods
                .split([' ', ','])
                .filter(|word| !["", "or"].contains(word))
                .map(move |method| format!("{method} {path}"))
        });
        let answered: BTreeSet<_> = answered.collect();
        assert_eq!(described, answered);
    }
}
