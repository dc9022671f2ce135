//! The REST API under `/finesse/api`.
//!
//! - `routes`: the table of methods and paths   - `reads`, `reasons`, `range`: GET requests
//! - `body`: reading requests   - `answer`: responses
//! - `sso`: tokens   - `uri`: percent-encoding   - `session`: the cookie of the web container   - `cors`: clients in browsers

mod answer;
mod body;
pub(crate) mod cors;
mod range;
mod readers;
mod reads;
mod reasons;
mod routes;
mod session;
mod sso;
mod uri;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use hyper::header::{ACCEPT, CONTENT_TYPE, ORIGIN, RANGE};
use hyper::{HeaderMap, Method, StatusCode};

use crate::credentials::Credentials;
use crate::engine::{Delivery, Engine};
use crate::faults::{self, Then};
use crate::net::HangUp;
use crate::world::{ApiError, Caller, Refusal, Side};
use answer::Answer;

/// The largest accepted body.
const MAX_BODY: usize = 64 * 1024;

/// How long a response is delayed so that its notifications are read first (fault `eventFirst`).
const HEAD_START: Duration = Duration::from_millis(100);

/// The state shared by all requests at one server.
#[derive(Clone)]
struct Endpoint {
    engine: Arc<Engine>,
    side: Side,
    tls: bool,
}

/// One function serves every path, because Finesse's errors differ from a router's.
pub(crate) fn router(engine: Arc<Engine>, side: Side, tls: bool) -> Router {
    Router::new().fallback(serve).with_state(Endpoint { engine, side, tls })
}

/// A parsed request.
pub(super) struct Call {
    /// The server that received it.
    pub(super) side: Side,
    pub(super) method: Method,
    /// Percent-decoded.
    pub(super) path: String,
    pub(super) query: String,
    pub(super) body: String,
    /// The header `requestId`; empty without one.
    pub(super) request_id: String,
    /// The header `Range`; empty without one.
    pub(super) range: String,
    pub(super) credentials: Option<Credentials>,
    pub(super) delivery: Delivery,
    /// A fault: respond 202 without carrying out the request.
    pub(super) pretend: Option<Pretend>,
    /// A fault: carry out the request, but do not respond.
    pub(super) answer_lost: bool,
}

/// What follows the 202 of a request that is not carried out.
pub(super) enum Pretend {
    Silence,
    Error(ApiError),
}

async fn serve(State(endpoint): State<Endpoint>, request: Request) -> Response {
    let request_id = request.headers().get("requestid").cloned();
    let origin = request.headers().get(ORIGIN).cloned();
    let preflight = cors::is_preflight(request.method(), request.headers());
    endpoint.engine.count_request(endpoint.side);
    let answer = if !endpoint.engine.act(|world| world.sides.web_application(endpoint.side)) {
        Answer::page(StatusCode::SERVICE_UNAVAILABLE)
    } else if preflight {
        Answer::empty()
    } else {
        respond(&endpoint, request).await
    };
    let mut response = answer.into_response();
    cors::allow(origin, preflight, &mut response);
    if let Some(request_id) = request_id {
        response.headers_mut().insert("requestid", request_id);
    }
    response
}

async fn respond(endpoint: &Endpoint, request: Request) -> Answer {
    let engine = &endpoint.engine;
    let (head, body) = request.into_parts();
    let Some(path) = uri::decode_path(head.uri.path()) else {
        return Answer::page(StatusCode::BAD_REQUEST);
    };
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY).await else {
        return Answer::page(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let mut call = Call {
        side: endpoint.side,
        method: head.method,
        path,
        query: head.uri.query().unwrap_or_default().to_owned(),
        body: String::from_utf8_lossy(&body).trim().to_owned(),
        request_id: text(&head.headers, "requestid"),
        range: text(&head.headers, RANGE.as_str()),
        credentials: Credentials::of(&head.headers),
        delivery: Delivery::Usual,
        pretend: None,
        answer_lost: false,
    };
    if let Some(answer) = apply_fault(engine, &mut call).await {
        return answer;
    }
    if call.path == sso::PATH {
        return sso::serve(engine, &call);
    }
    if !accepts_xml(&text(&head.headers, ACCEPT.as_str())) {
        return Answer::page(StatusCode::NOT_ACCEPTABLE);
    }
    let writes = matches!(call.method, Method::PUT | Method::POST);
    if writes && !is_xml(&text(&head.headers, CONTENT_TYPE.as_str())) {
        return Answer::page(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let answer = match routes::handle(engine, &call).await {
        Ok(_) if call.answer_lost => Answer::hang_up(HangUp),
        Ok(answer) => answer,
        Err(Refusal::Now(status, error)) => Answer::refusal(status, &error),
        // The world turns these into notifications itself.
        Err(Refusal::Later(error)) => Answer::refusal(400, &error),
    };
    let known = call.credentials.is_some() && !answer.is_unauthorized();
    if known && !session::is_open(&head.headers) {
        answer.with_cookie(session::open(&engine.new_id(), endpoint.tls))
    } else {
        answer
    }
}

/// Applies the first fault that matches; returns a response if the fault has one.
async fn apply_fault(engine: &Arc<Engine>, call: &mut Call) -> Option<Answer> {
    let action = body::action(&call.body);
    let user = match &call.credentials {
        Some(Credentials::Basic(name, _)) => Some(name.clone()),
        Some(Credentials::Bearer(token)) => match engine.act(|world| world.bearer(token)) {
            Ok(Caller::User(id)) => Some(id),
            _ => None,
        },
        None => None,
    };
    let fault = engine.faults.take(&faults::Request {
        node: call.side,
        method: call.method.as_str(),
        path: &call.path,
        action: action.as_deref(),
        user: user.as_deref(),
    })?;
    match fault {
        Then::Answer { status, body, content_type, headers } => {
            return Some(Answer::custom(status, body, &content_type).with_headers(&headers));
        }
        Then::Drop => return Some(Answer::hang_up(HangUp)),
        Then::Delay { ms } => tokio::time::sleep(Duration::from_millis(ms)).await,
        Then::Silent => call.pretend = Some(Pretend::Silence),
        Then::LoseEvents => call.delivery = Delivery::Lost,
        Then::LoseAnswer => {
            call.delivery = Delivery::Lost;
            call.answer_lost = true;
        }
        Then::EventFirst => call.delivery = Delivery::First,
        Then::ReorderEvents => call.delivery = Delivery::Reordered,
        Then::DelayNode { node, ms } => call.delivery = Delivery::Late(node, Duration::from_millis(ms)),
        Then::DuplicateEvents => call.delivery = Delivery::Twice,
        Then::ApiError { error_type, error_message, error_data } => {
            call.pretend = Some(Pretend::Error(ApiError::new(&error_type, &error_message, &error_data)));
        }
    }
    None
}

fn text(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

fn is_xml(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(kind.as_str(), "application/xml" | "text/xml")
}

/// A missing `Accept` accepts everything.
fn accepts_xml(accept: &str) -> bool {
    accept.is_empty()
        || accept.split(',').any(|kind| {
            let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            is_xml(&kind) || matches!(kind.as_str(), "*/*" | "application/*" | "text/*")
        })
}
