//! Which agent a request is about: the id is in its path, and in its query the cluster, if several have an agent of this id.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::Response;
use gc_events::ErrorCode;
use serde::Deserialize;

use crate::http::audit::Reason;
use crate::http::caller::Caller;
use crate::http::{App, error_answer};

/// In which cluster the agent is, if several have one of this id.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct At {
    pub(super) cluster: Option<String>,
}

/// The same, as it was read.
pub(super) type AtQuery = Result<Query<At>, QueryRejection>;

/// The cluster, if the query has one.
#[expect(clippy::result_large_err, reason = "it is the answer, and made once a request")]
pub(super) fn cluster(app: &App, at: AtQuery) -> Result<Option<String>, Response> {
    let text = "The query takes cluster=<name>.";
    at.map(|Query(at)| at.cluster)
        .map_err(|_| error_answer(app, StatusCode::BAD_REQUEST, ErrorCode::GeneralError, text))
}

/// The one that is meant of what there is for this agent, which the audit entry names: `found` is given the cluster, and finds what the caller
/// may have of an agent of this id.
#[expect(clippy::result_large_err, reason = "it is the answer, and made once a request")]
pub(super) fn only_one<T>(
    app: &App,
    caller: &Caller,
    id: &str,
    at: AtQuery,
    found: impl FnOnce(Option<&str>) -> Vec<T>,
) -> Result<Option<T>, Response> {
    caller.note.agent(id);
    let cluster = cluster(app, at)?;
    let mut found = found(cluster.as_deref());
    match (found.pop(), found.is_empty()) {
        (Some(_), false) => Err(in_several_clusters(app, caller)),
        (one, _) => Ok(one),
    }
}

/// There is an agent of this id in several clusters.
pub(super) fn in_several_clusters(app: &App, caller: &Caller) -> Response {
    caller.note.refused(Reason::WhichCluster);
    let text = "Agents of several clusters have this id. Add ?cluster=<name>.";
    error_answer(app, StatusCode::CONFLICT, ErrorCode::GeneralError, text)
}

/// There is none, or it is another's.
pub(super) fn unknown(app: &App, caller: &Caller, id: &str) -> Response {
    caller.note.refused(Reason::UnknownAgent);
    let text = format!("No agent {id:?} is connected.");
    error_answer(app, StatusCode::NOT_FOUND, ErrorCode::GeneralError, text)
}
