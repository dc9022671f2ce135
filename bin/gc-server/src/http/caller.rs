//! Who asks: one extractor for everything that is not for everybody.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use gc_access::{Bearer, ClientCertificate, Presented, Principal, Right};
use gc_events::ErrorCode;

use super::limits::Open;
use super::{App, error_answer};

/// The other end of a connection, as the accept loop knows it. Every request of the connection carries it.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    pub(super) address: IpAddr,
    /// What the handshake has verified.
    pub(super) certificate: Option<Arc<ClientCertificate>>,
    /// Whether there is room for nothing but health checks.
    pub(super) is_reserved: bool,
}

/// Whoever sent the request. Nobody who is known gets 401, whatever is asked for; who asks too much gets 429.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) who: Arc<Principal>,
    /// Where the request came from.
    pub(super) peer: IpAddr,
    /// The request counts as one of the caller's while this is there.
    pub(super) open: Option<Arc<Open>>,
}

impl FromRequestParts<App> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        // It was asked for before: it counts once.
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        // The accept loop leaves none out.
        let Some(peer) = parts.extensions.get::<Peer>() else { return Err(unknown_caller(app)) };
        let headers = parts.headers.get_all(header::AUTHORIZATION);
        let bearer = Bearer::from_headers(headers.iter().map(HeaderValue::as_bytes));
        let presented = Presented { peer: peer.address, bearer, certificate: peer.certificate.as_deref() };
        let who = app.authenticator.authenticate(&presented).map_err(|reason| {
            tracing::info!(peer = %peer.address, %reason, "caller not known");
            unknown_caller(app)
        })?;
        let open = app.limits.request_of(&who).map_err(|too_many| {
            tracing::debug!(principal = who.name(), "too many requests of a client");
            too_many.answer(app)
        })?;
        let caller = Self { who, peer: peer.address, open: open.map(Arc::new) };
        parts.extensions.insert(caller.clone());
        Ok(caller)
    }
}

impl Caller {
    /// The 403 for a caller without this right.
    pub(super) fn lacks(&self, app: &App, right: Right) -> Option<Response> {
        if self.who.may(right) {
            return None;
        }
        tracing::info!(principal = self.who.name(), %right, "right missing");
        let text =
            format!("This needs the right {right}, which this caller does not have. Ask the administrator.");
        Some(error_answer(app, StatusCode::FORBIDDEN, ErrorCode::GeneralError, text))
    }
}

/// The same for every reason: a caller must not learn how near it was.
fn unknown_caller(app: &App) -> Response {
    let text = "The connector does not know who is calling. Send the header Authorization: Bearer <token>, with a token that \
                the administrator gave you.";
    let mut answer = error_answer(app, StatusCode::UNAUTHORIZED, ErrorCode::GeneralError, text);
    answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    answer
}

/// Whatever is under `/admin` is for administrators. It is looked at before the routes, so that an address without
/// anything, or with another method, says nothing to anybody else.
pub(super) async fn administration(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path != "/admin" && !path.starts_with("/admin/") {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let refused = match Caller::from_request_parts(&mut parts, &app).await {
        Ok(caller) => caller.lacks(&app, Right::Admin),
        Err(unknown) => Some(unknown),
    };
    match refused {
        Some(refused) => refused,
        None => next.run(Request::from_parts(parts, body)).await,
    }
}
