//! Who asks: one extractor for everything that is not for everybody.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, Version, header};
use axum::response::Response;
use gc_access::{Bearer, Denied, Presented, Principal, Right};
use gc_delivery::ClientKey;
use gc_events::ErrorCode;

use super::audit::{self, Note, Reason};
use super::group::Forwarded;
use super::limits::{OpenRequest, TooMany};
use super::peer::Peer;
use super::{Front, error_answer, is_administration, is_page, too_many};

/// What a request carries of who asks.
#[derive(Clone, Debug)]
pub(super) struct Credentials {
    peer: Peer,
    bearer: Bearer,
}

impl Credentials {
    /// The caller who presents this, as of now: the clients may have been reloaded since the last time.
    fn authenticate(&self, app: &Front) -> Result<Arc<Principal>, Denied> {
        let Self { peer, bearer } = self;
        if let Some(forwarded) = &peer.forwarded {
            return app.clients.borrow().vouched(forwarded.principal.as_deref());
        }
        let certificate = peer.certificate.as_deref();
        app.clients.borrow().authenticate(&Presented { peer: peer.address, bearer: *bearer, certificate })
    }
}

/// The caller of a request. An unknown caller gets 401 for every request; one over its limit gets 429.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) who: Arc<Principal>,
    /// For the audit log.
    pub(super) note: Note,
    /// Where the request came from.
    pub(super) peer: IpAddr,
    /// The request counts as one of the caller's while this is there.
    pub(super) open: Option<Arc<OpenRequest>>,
    credentials: Credentials,
}

impl<S> FromRequestParts<S> for Caller
where
    S: Send + Sync,
    Front: FromRef<S>,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        // It was asked for before: it counts once.
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        let app = &Front::from_ref(state);
        // The accept loop leaves none out.
        let is_page = is_page(parts.uri.path());
        let Some(peer) = parts.extensions.get::<Peer>() else { return Err(unknown_caller(app, is_page)) };
        let headers = parts.headers.get_all(header::AUTHORIZATION);
        let headers = headers.iter().map(HeaderValue::as_bytes);
        // A browser repeats what its user has entered, also when another page has caused the request: so it may only read.
        let reads = matches!(parts.method, Method::GET | Method::HEAD);
        let bearer = match reads && is_administration(parts.uri.path()) {
            true => Bearer::from_browser(headers),
            false => Bearer::from_headers(headers),
        };
        let note = parts.extensions.get::<Note>().cloned().unwrap_or_default();
        let credentials = Credentials { peer: peer.clone(), bearer };
        let who = credentials.authenticate(app).map_err(|denied| {
            note.refused(denied);
            unknown_caller(app, is_page)
        })?;
        note.principal(&who);
        let open = match peer.is_counted {
            true => None,
            false => app.limits.request_of(&who).map_err(|too_many| too_many::answer(app, too_many))?,
        };
        // A follower counts the connections of its clients.
        if peer.forwarded.is_none() {
            peer.user.is(&who, &app.limits).map_err(|too_many| one_too_many(app, too_many, parts.version))?;
        }
        let caller = Self { who, note, peer: peer.address, open: open.map(Arc::new), credentials };
        parts.extensions.insert(caller.clone());
        Ok(caller)
    }
}

impl Caller {
    /// The 403 for a caller without this right.
    pub(super) fn lacks(&self, app: &Front, right: Right) -> Option<Response> {
        if self.who.may(right) {
            return None;
        }
        self.note.refused(Reason::RightMissing);
        let text =
            format!("This needs the right {right}, which this caller does not have. Ask the administrator.");
        Some(error_answer(app, StatusCode::FORBIDDEN, ErrorCode::GeneralError, text))
    }

    /// What a follower says of the request, if it has come through one.
    pub(super) fn forwarded(&self) -> Option<&Forwarded> {
        self.credentials.peer.forwarded.as_deref()
    }

    /// Whether its limits were kept before: it could not be passed on, and has stayed here.
    pub(super) fn is_counted(&self) -> bool {
        self.credentials.peer.is_counted
    }

    /// From where it names a callback. This machine's own addresses mean another machine behind a follower.
    pub(super) fn origin(&self) -> gc_delivery::Caller {
        match self.forwarded() {
            Some(_) => gc_delivery::Caller::Other,
            None => self.peer.into(),
        }
    }

    /// Waits until the clients are reloaded and this caller may no longer read the events of this one: it has not the right, or
    /// `is_own` says that the client is not its own.
    pub(super) async fn revoked(
        self,
        app: Front,
        client: ClientKey,
        is_own: impl Fn(&Principal) -> bool + Send,
    ) {
        let mut clients = app.clients.clone();
        while clients.changed().await.is_ok() {
            let now = self.credentials.authenticate(&app);
            if !now.is_ok_and(|who| who.may(Right::Read) && is_own(&who)) {
                return audit::cut(self.who, self.peer, &client);
            }
        }
        // The server is being stopped, which ends the stream otherwise.
        std::future::pending().await
    }
}

/// 429 on a connection that the client may not have; it ends after this.
fn one_too_many(app: &Front, too_many: TooMany, version: Version) -> Response {
    let mut answer = too_many::answer(app, too_many);
    // HTTP/2 has no such header. What is idle ends anyway.
    if version < Version::HTTP_2 {
        answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}

/// The same for every reason: a caller must not learn how near it was.
fn unknown_caller(app: &Front, is_page: bool) -> Response {
    let text = "The request has no token, or one that the connector does not know. Send the header Authorization: Bearer <token>, \
                with a token that the administrator gave you.";
    let mut answer = error_answer(app, StatusCode::UNAUTHORIZED, ErrorCode::GeneralError, text);
    // A browser asks its user then.
    let scheme = if is_page {
        r#"Basic realm="Generic Connector: any name, and a token as the password""#
    } else {
        "Bearer"
    };
    answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
    answer
}

/// Whatever is under `/admin` is for administrators. It is looked at before the routes, so that an address without
/// anything, or with another method, says nothing to anybody else. The error is the answer to one who is none.
pub(super) async fn administration(app: &Front, request: Request) -> Result<Request, Response> {
    if !is_administration(request.uri().path()) {
        return Ok(request);
    }
    let (mut parts, body) = request.into_parts();
    let caller = Caller::from_request_parts(&mut parts, app).await?;
    match caller.lacks(app, Right::Admin) {
        Some(refused) => Err(refused),
        None => Ok(Request::from_parts(parts, body)),
    }
}
