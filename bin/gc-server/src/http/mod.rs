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

use std::any::Any;
use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRef, MatchedPath, Request, State};
use axum::http::{Method, StatusCode, Uri, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use gc_delivery::Delivery;
use gc_events::{ErrorCode, Event};
use gc_group::Lease;
use gc_session::Engine;

use crate::log_control::LogControl;
use tower_http::catch_panic::CatchPanicLayer;

pub(crate) use accept::{ConnectionLimits, Listener};
pub(crate) use audit::Audit;
pub(crate) use browsers::Browsers;
pub(crate) use console::Console;
pub(crate) use front::Front;
pub(crate) use group::{Arrivals, Follower, Forwarder, follower_health_router, follower_router, not_leading};
pub(crate) use limits::{Allowance, Limits, Rate};
pub(crate) use routes::Switch;
pub(crate) use tls::{HTTP1, HTTP2, Tls};

/// The route of live streams.
const STREAM: &str = "/gc/events/{client_destination}";

/// The route of the document about the interface.
const CONTRACT: &str = "/openapi.json";

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
    /// How long it may lead; none: it shares its store with nobody.
    pub(crate) lease: Option<Lease>,
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

/// The routes (docs/wire-format.md, docs/operations.md).
pub(crate) fn router(app: App, console: Option<Arc<Console>>, serves: Serves) -> Router {
    let mut routes = Router::new().route(CONTRACT, get(contract::read)).merge(health());
    if serves != Serves::Administrators {
        routes = routes
            .route("/gc/command", post(command::take))
            .route("/gc/{cluster}/command", post(command::take_at))
            .route(STREAM, get(events::stream))
            .route(METRICS, get(metrics::metrics))
            .merge(console::routes(console));
    }
    if serves != Serves::Clients {
        routes = routes.merge(admin::routes(&app));
    }
    guarded(routes, &app.front, serves).with_state(app)
}

/// What is refused, limited and recorded whatever the route is.
fn guarded<S>(routes: Router<S>, front: &Front, serves: Serves) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    Front: FromRef<S>,
{
    let in_need = front.clone();
    let mut routes = routes
        .fallback(async move |State(front): State<Front>, uri: Uri| not_found(&front, &uri, serves))
        .method_not_allowed_fallback(method_not_allowed);
    if serves != Serves::Clients {
        routes = routes.layer(from_fn_with_state(front.clone(), caller::administration));
    }
    routes = routes.layer(from_fn_with_state(front.clone(), too_many::guard));
    if serves != Serves::Group {
        // The follower has looked at the web page, if there was one.
        routes = routes.layer(from_fn_with_state(front.clone(), browsers::guard));
    }
    routes = routes
        .layer(from_fn_with_state(front.clone(), strict::guard))
        .layer(from_fn_with_state(front.clone(), body::linger))
        .layer(CatchPanicLayer::custom(move |panic| panicked(&in_need, panic)))
        .layer(from_fn_with_state(front.clone(), audit::record));
    match serves {
        Serves::Group => routes.layer(from_fn_with_state(front.clone(), group::introduce)),
        _ => routes,
    }
}

/// The routes of a listener that answers nothing but how the server is. Its connections are its own, so that the monitoring
/// gets in however busy the other one is.
pub(crate) fn health_router(app: App) -> Router {
    only_health(health(), get(metrics::at_health_listener), &app.front).with_state(app)
}

fn only_health<S>(health: Router<S>, metrics: MethodRouter<S>, front: &Front) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let metrics = metrics
        .layer(from_fn_with_state(front.clone(), browsers::guard))
        .layer(from_fn_with_state(front.clone(), audit::record));
    health.route(METRICS, metrics)
}

fn health() -> Router<App> {
    Router::new().route("/health/live", get(health::live)).route("/health/ready", get(health::ready))
}

/// Only what is answered as such: the limits do not apply to it.
fn is_health(request: &Request) -> bool {
    let asks = matches!(*request.method(), Method::GET | Method::HEAD);
    asks && ["/health/live", "/health/ready"].contains(&request.uri().path())
}

/// The page for administrators; whatever else is under `/admin` is JSON.
fn is_page(path: &str) -> bool {
    path == PAGE
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

/// What is there, for whoever asks for something else; `admin::ROUTES` has the rest.
const ROUTES: [(&str, &str); 7] = [
    ("/gc/command", "POST"),
    ("/gc/{cluster}/command", "POST"),
    (STREAM, "GET"),
    (CONTRACT, "GET"),
    (METRICS, "GET"),
    ("/health/live", "GET"),
    ("/health/ready", "GET"),
];

fn not_found(app: &Front, uri: &Uri, serves: Serves) -> Response {
    let text = match serves {
        Serves::Administrators | Serves::Everybody | Serves::Group if is_administration(uri.path()) => {
            let routes = admin::ROUTES.map(|(route, methods)| format!("{methods} {route}"));
            format!("There is nothing here. Under /admin there is: {}.", routes.join(", "))
        }
        Serves::Administrators => "There is nothing here but GET /admin/ and what is under it.".to_owned(),
        _ => {
            "There is nothing here. Commands go to POST /gc/command, events come from GET /gc/events/{client}; GET /openapi.json describes both."
                .to_owned()
        }
    };
    error_answer(app, StatusCode::NOT_FOUND, ErrorCode::GeneralError, text)
}

async fn method_not_allowed(State(app): State<Front>, route: Option<MatchedPath>) -> Response {
    let mut known = ROUTES.iter().chain(&admin::ROUTES);
    let known = known.find(|(known, _)| route.as_ref().is_some_and(|route| route.as_str() == *known));
    let text = match known {
        Some((route, methods)) => format!("This address takes another method: {methods} {route}."),
        // Every route is known.
        None => "This address takes another method.".to_owned(),
    };
    error_answer(&app, StatusCode::METHOD_NOT_ALLOWED, ErrorCode::GeneralError, text)
}

/// A defect of ours. What was said of it may hold what the client sent, so it is not repeated.
fn panicked(app: &Front, _: Box<dyn Any + Send>) -> Response {
    let text =
        "The connector failed at this request. Try again; if it happens again, tell the administrator.";
    error_answer(app, StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::GeneralError, text)
}
