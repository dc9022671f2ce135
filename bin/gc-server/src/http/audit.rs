//! The audit log: who asked what of whom, and what came of it. One middleware around everything writes it, so that no answer
//! is left out; extractors and handlers add what only they know to the request's [`Note`].

mod line;
mod reason;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::ACCESS_CONTROL_REQUEST_METHOD;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use gc_access::Principal;
use gc_core::{ClientKey, CommandId};
use gc_protocol::{Command, CommandName, Request as CommandRequest};
use gc_session::Resolution;
use tokio_util::task::TaskTracker;

use super::caller::{Peer, is_administration};
use super::{App, STREAM};
use line::Line;
pub(crate) use reason::{Reason, Refusals};

/// What the audit log needs while the server runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Audit {
    pub(crate) refusals: Arc<Refusals>,
    /// Commands whose outcome is awaited.
    awaited: TaskTracker,
}

impl Audit {
    /// Waits until the outcomes of all accepted commands are written. For the end: every command has one by then.
    pub(crate) async fn finish(&self) {
        self.awaited.close();
        self.awaited.wait().await;
    }
}

/// What is known of one request so far. It travels with the request.
#[derive(Clone, Debug, Default)]
pub(super) struct Note(Arc<Mutex<Noted>>);

#[derive(Debug, Default)]
struct Noted {
    principal: Option<Arc<Principal>>,
    command: Option<CommandName>,
    agent: Option<String>,
    client: Option<String>,
    command_id: Option<String>,
    reason: Option<Reason>,
    resolution: Option<Resolution>,
}

impl Note {
    fn with(&self, change: impl FnOnce(&mut Noted)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(super) fn principal(&self, who: &Arc<Principal>) {
        self.with(|noted| noted.principal = Some(Arc::clone(who)));
    }

    /// Why the request is refused. Without it the status says so.
    pub(super) fn refused(&self, reason: impl Into<Reason>) {
        self.with(|noted| noted.reason = Some(reason.into()));
    }

    /// The client whose events are asked for.
    pub(super) fn client(&self, client: &ClientKey) {
        self.with(|noted| noted.client = Some(client.as_str().to_owned()));
    }

    /// The command, and whom it is for. Of its arguments only the destination of a Connect is kept.
    pub(super) fn command(&self, request: &CommandRequest) {
        self.with(|noted| {
            noted.command = Some(request.name);
            noted.command_id = request.correlation_id.clone();
            let id = Some(request.id.clone());
            match request.name {
                CommandName::Hello | CommandName::Beat => noted.client = id,
                CommandName::Connect => {
                    noted.agent = id;
                    if let Ok(Command::Connect { destination, .. }) = request.command() {
                        noted.client = Some(destination);
                    }
                }
                _ => noted.agent = id,
            }
        });
    }

    pub(super) fn accepted(&self, command: &CommandId, client: &ClientKey, resolution: Resolution) {
        self.client(client);
        self.with(|noted| {
            noted.command_id = Some(command.as_str().to_owned());
            noted.resolution = Some(resolution);
        });
    }
}

/// Writes one line for each command, each request for events or the administration, and each refusal.
pub(super) async fn record(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let (address, action) = (request.extensions().get::<Peer>().map(|peer| peer.address), action(&request));
    let (is_health, is_preflight) = (request.uri().path().starts_with("/health/"), is_preflight(&request));
    let note = Note::default();
    request.extensions_mut().insert(note.clone());
    let response = next.run(request).await;

    let status = response.status();
    let refused = status.is_client_error() || status.is_server_error();
    // That Finesse is out of service refuses nothing.
    let is_unhealthy = is_health && status == StatusCode::SERVICE_UNAVAILABLE;
    if is_unhealthy || (!refused && (is_health || is_preflight)) {
        return response;
    }
    let mut noted = std::mem::take(&mut *note.0.lock().unwrap_or_else(PoisonError::into_inner));
    let resolution = noted.resolution.take();
    let reason = refused.then(|| noted.reason.unwrap_or_else(|| Reason::of(status)));
    let line = Line::new(address, action, noted);
    match reason {
        Some(reason) => {
            app.audit.refusals.count(reason);
            line.refused(reason);
        }
        None => line.accepted(),
    }
    if let Some(resolution) = resolution {
        app.audit.awaited.spawn(line.resolved(resolution));
    }
    response
}

/// Writes that a live stream was ended, because its caller may no longer read it.
pub(super) fn cut(who: Arc<Principal>, address: IpAddr, client: &ClientKey) {
    let noted = Noted { principal: Some(who), client: Some(client.as_str().to_owned()), ..Noted::default() };
    Line::new(Some(address), format!("GET {STREAM}"), noted).cut();
}

fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// Method and route. What else the address holds may be a secret that somebody has put into the wrong place.
fn action(request: &Request) -> String {
    let path = request.uri().path();
    let route = match request.extensions().get::<MatchedPath>() {
        Some(route) => route.as_str(),
        None if is_administration(path) => "/admin",
        None => "elsewhere",
    };
    let method = match *request.method() {
        Method::GET
        | Method::POST
        | Method::PUT
        | Method::DELETE
        | Method::HEAD
        | Method::OPTIONS
        | Method::PATCH => request.method().as_str(),
        _ => "another method",
    };
    format!("{method} {route}")
}
