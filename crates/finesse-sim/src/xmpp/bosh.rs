//! XMPP in HTTP requests: BOSH (XEP-0124, XEP-0206) at `/http-bind` and `/http-bind/`, as Openfire serves it.

mod request;
mod session;
mod terms;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::response::{IntoResponse, Response};
use hyper::header::{CONTENT_TYPE, HeaderValue, ORIGIN};
use hyper::{Method, StatusCode};
use tokio::sync::{mpsc, oneshot};

use super::MAX_STANZA;
use super::page::page;
use super::stanza::Framing;
use super::stream::Stream;
use crate::engine::Engine;
use crate::rest::cors;
use crate::world::Side;
use request::Request as BoshRequest;
use session::{Incoming, Session};

/// The sessions of one server, by their ids. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Sessions(Arc<Mutex<HashMap<String, mpsc::Sender<Incoming>>>>);

impl Sessions {
    fn get(&self, sid: &str) -> Option<mpsc::Sender<Incoming>> {
        self.all().get(sid).cloned()
    }

    fn add(&self, sid: &str, session: mpsc::Sender<Incoming>) {
        self.all().insert(sid.to_owned(), session);
    }

    fn remove(&self, sid: &str) {
        self.all().remove(sid);
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, mpsc::Sender<Incoming>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers any request to the path of BOSH. Browsers of any origin may send them.
pub(super) async fn answer(
    engine: Arc<Engine>,
    side: Side,
    sessions: Sessions,
    request: Request<Body>,
) -> Response {
    let origin = request.headers().get(ORIGIN).cloned();
    let preflight = cors::is_preflight(request.method(), request.headers());
    let mut response = match *request.method() {
        Method::OPTIONS => StatusCode::OK.into_response(),
        Method::POST => bind(engine, side, sessions, request.into_body()).await,
        _ => page(StatusCode::BAD_REQUEST, "The request has no body"),
    };
    cors::allow(origin, preflight, &mut response);
    response
}

async fn bind(engine: Arc<Engine>, side: Side, sessions: Sessions, body: Body) -> Response {
    let Ok(body) = to_bytes(body, MAX_STANZA).await else {
        return wrapped(&request::terminate("policy-violation"));
    };
    let Some(request) = std::str::from_utf8(&body).ok().and_then(BoshRequest::read) else {
        return wrapped(&request::terminate("bad-request"));
    };
    let session = match &request.sid {
        Some(sid) => sessions.get(sid),
        None => Some(begin(&engine, side, sessions, &request)),
    };
    let Some(session) = session else { return wrapped(&request::terminate("item-not-found")) };
    let (reply, answer) = oneshot::channel();
    if session.send(Incoming { request, reply }).await.is_err() {
        return wrapped(&request::terminate("item-not-found"));
    }
    // Without an answer the session has just ended.
    let body = answer.await.unwrap_or_else(|_| request::terminate("item-not-found"));
    wrapped(&body)
}

/// A new session in a task of its own.
fn begin(
    engine: &Arc<Engine>,
    side: Side,
    sessions: Sessions,
    request: &BoshRequest,
) -> mpsc::Sender<Incoming> {
    let (sender, incoming) = mpsc::channel(8);
    let sid = engine.new_id();
    sessions.add(&sid, sender.clone());
    let stream = Stream::new(Arc::clone(engine), side, Framing::Bosh);
    let session = Session::new(sid.clone(), request, engine.hub(side).domain(), stream);
    engine.tasks.spawn(async move {
        session.run(incoming).await;
        sessions.remove(&sid);
    });
    sender
}

fn wrapped(body: &str) -> Response {
    let mut response = body.to_owned().into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/xml; charset=utf-8"));
    response
}
