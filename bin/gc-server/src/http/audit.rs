//! The audit log: who asked what of whom, and what came of it. One middleware around everything writes it, so that no answer
//! is left out; extractors and handlers add what only they know to the request's [`Note`].

mod line;
mod reason;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{MatchedPath, Request};
use axum::http::header::ACCESS_CONTROL_REQUEST_METHOD;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use gc_access::Principal;
use gc_protocol::{Command, CommandName, Request as CommandRequest};
use gc_rules::{ClientKey, CommandId};
use gc_session::{Resolution, RestoredCommand};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::peer::Peer;
use super::{Front, METRICS, STREAM, contract, is_administration, is_health};
use line::Line;
pub(crate) use reason::{Reason, Refusals};

/// What the audit log needs while the server runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Audit {
    pub(crate) refusals: Arc<Refusals>,
    /// Commands whose outcome is awaited, and changes by administrators.
    awaited: TaskTracker,
}

impl Audit {
    /// Writes the outcomes of these commands, which were accepted before a restart.
    pub(crate) fn goes_on(&self, restored: Vec<RestoredCommand>) {
        for RestoredCommand { command_id, name, agent, client, resolution } in restored {
            let mut line = Line::new(None, name);
            line.agent = Some(agent.agent().to_owned());
            line.client = Some(client.as_str().to_owned());
            line.command_id = Some(command_id.as_str().to_owned());
            self.awaited.spawn(line.write_outcome(resolution));
        }
    }

    /// Waits until the outcomes of all accepted commands are written. For the end: every command has one by then.
    pub(crate) async fn finish(&self) {
        self.awaited.close();
        self.awaited.wait().await;
    }
}

/// What is known of one request so far. It travels with the request.
#[derive(Clone, Debug, Default)]
pub(super) struct Note {
    audit: Audit,
    line: Arc<Mutex<Line>>,
}

impl Note {
    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn principal(&self, who: &Arc<Principal>) {
        self.line().principal = Some(Arc::clone(who));
    }

    /// Why the request is refused. Without it the status says so.
    pub(super) fn refused(&self, reason: impl Into<Reason>) {
        self.line().reason = Some(reason.into());
    }

    /// The answer with the reason, if it has one: for those to whom it is given again.
    pub(super) fn marked(&self, mut answer: Response) -> Response {
        if let Some(reason) = self.line().reason {
            reason.write_on(answer.headers_mut());
        }
        answer
    }

    /// A follower has given the command this id, unless its client has.
    pub(super) fn numbered(&self, id: Uuid) {
        self.line().command_id.get_or_insert_with(|| id.to_string());
    }

    /// The request has come through this follower, or goes through it.
    pub(super) fn through(&self, follower: &str) {
        self.line().through = Some(follower.to_owned());
    }

    /// This leader has answered.
    pub(super) fn passed_on_to(&self, leader: &str) {
        self.line().leader = Some(leader.to_owned());
    }

    /// The request had arrived before.
    pub(super) fn again(&self) {
        self.line().written = true;
    }

    /// The client whose events are asked for.
    pub(super) fn client(&self, client: &ClientKey) {
        self.line().client = Some(client.as_str().to_owned());
    }

    /// The agent that an administrator asks for.
    pub(super) fn agent(&self, agent: &str) {
        self.line().agent = Some(agent.to_owned());
    }

    /// The command, and whom it is for. Of its arguments only the destination of a Connect is kept.
    pub(super) fn command(&self, request: &CommandRequest) {
        let mut line = self.line();
        line.action = request.name.to_string();
        line.command_id.clone_from(&request.correlation_id);
        let id = Some(request.id.clone());
        match request.name {
            CommandName::Hello | CommandName::Beat => line.client = id,
            CommandName::Connect => {
                line.agent = id;
                if let Ok(Command::Connect { destination, .. }) = request.command() {
                    line.client = Some(destination);
                }
            }
            _ => line.agent = id,
        }
    }

    /// The command is accepted. This is written now, because whoever sent it may not wait for the answer.
    pub(super) fn accepted(&self, command: &CommandId, client: &ClientKey, resolution: Resolution) {
        let mut line = self.line();
        line.client = Some(client.as_str().to_owned());
        line.command_id = Some(command.as_str().to_owned());
        line.write_accepted();
        let mut outcome = Box::pin(line.clone().write_outcome(resolution));
        // That of a Beat is there.
        if outcome.as_mut().now_or_never().is_none() {
            self.audit.awaited.spawn(outcome);
        }
    }
}

/// Writes one line for each command, each request for events or the administration, and each refusal.
///
/// What an administrator changes runs in a task of its own: it is done whole, and has its line, also when the caller has
/// gone before the answer.
pub(super) async fn record<F>(
    app: Front,
    request: Request,
    next: impl FnOnce(Request) -> F + Send + 'static,
) -> Response
where
    F: Future<Output = Response> + Send + 'static,
{
    let only_reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if only_reads || !is_administration(request.uri().path()) {
        return recorded(app, request, next).await;
    }
    let done = app.audit.awaited.spawn(recorded(app.clone(), request, next)).await;
    // What panics inside is answered inside.
    done.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

async fn recorded<F>(app: Front, mut request: Request, next: impl FnOnce(Request) -> F) -> Response
where
    F: Future<Output = Response>,
{
    let peer = request.extensions().get::<Peer>();
    let address = peer.map(|peer| peer.address);
    let through = peer.and_then(|peer| peer.forwarded.as_ref()).map(|forwarded| forwarded.by.clone());
    let is_forwarded = through.is_some();
    let (is_health, is_preflight) = (is_health(&request), is_preflight(&request));
    // Asked for again and again, or for everybody.
    let path = request.uri().path();
    let is_routine = is_health || path == METRICS || contract::is_part(path);
    let mut line = Line::new(address, action(&request));
    line.through = through;
    let line = Arc::new(Mutex::new(line));
    let note = Note { audit: app.audit.clone(), line };
    request.extensions_mut().insert(note.clone());
    let mut response = next(request).await;

    let (status, mut line) = (response.status(), note.line());
    let refused = status.is_client_error() || status.is_server_error();
    // That Finesse is out of service refuses nothing.
    let is_unhealthy = is_health && status == StatusCode::SERVICE_UNAVAILABLE;
    if refused && !is_unhealthy {
        let written = || Reason::written_on(response.headers()).unwrap_or_else(|| Reason::of(status));
        let reason = *line.reason.get_or_insert_with(written);
        if is_forwarded {
            reason.write_on(response.headers_mut());
        }
        app.audit.refusals.count(reason);
        // Others could name any number of them.
        let is_known =
            |client: &ClientKey| app.counted.as_ref().is_some_and(|counted| counted.counts(client).is_ok());
        if let Some(client) = line.client.as_deref().map(ClientKey::from).filter(is_known) {
            app.audit.refusals.count_of(client, reason, is_known);
        }
        line.write_refused(reason);
    } else if !(line.written || is_routine || is_preflight) {
        line.write_accepted();
    }
    drop(line);
    response
}

/// Writes that a live stream was ended, because its caller may no longer read it.
pub(super) fn cut(who: Arc<Principal>, address: IpAddr, client: &ClientKey) {
    let mut line = Line::new(Some(address), format!("GET {STREAM}"));
    (line.principal, line.client) = (Some(who), Some(client.as_str().to_owned()));
    line.write_cut();
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
