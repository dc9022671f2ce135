//! `/admin/errors`: the errors that clients were sent since the start, by code.

use axum::Json;
use axum::extract::State;
use axum::routing::{MethodRouter, get};
use gc_access::Principal;
use gc_session::{ErrorCount, RecentError};
use jiff::Timestamp;
use serde::Serialize;

use crate::http::App;
use crate::http::caller::Caller;

pub(super) fn all() -> MethodRouter<App> {
    get(async |State(app): State<App>, caller: Caller| Json(errors(&app, &caller.who)))
}

#[derive(Debug, Serialize)]
pub(super) struct Errors {
    pub(super) errors: Vec<Code>,
}

#[derive(Debug, Serialize)]
pub(super) struct Code {
    pub(super) code: String,
    pub(super) count: u64,
    /// The newest first.
    pub(super) last: Vec<Occurrence>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Occurrence {
    pub(super) at: Option<String>,
    pub(super) text: String,
    pub(super) client: String,
    pub(super) agent: Option<String>,
    pub(super) command_id: Option<String>,
}

/// Those that this administrator's clients were sent.
pub(super) fn errors(app: &App, who: &Principal) -> Errors {
    let code = |ErrorCount { code, count, last }: ErrorCount| Code {
        code,
        count,
        last: last.into_iter().map(occurrence).collect(),
    };
    Errors { errors: app.engine.errors(who).into_iter().map(code).collect() }
}

fn occurrence(RecentError { at, text, client, agent, command }: RecentError) -> Occurrence {
    Occurrence {
        // To the second: nobody needs more.
        at: Timestamp::try_from(at).ok().map(|at| format!("{at:.0}")),
        text,
        client: client.to_string(),
        agent,
        command_id: command.map(|command| command.to_string()),
    }
}
