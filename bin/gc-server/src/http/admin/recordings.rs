//! `/admin/agents/{id}/recording`: an agent is recorded, its recording is read and dropped.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use gc_events::ErrorCode;
use gc_session::{AgentRecording, RecordError, RecordingState, RecordingStatus};
use serde_json::{Value, json};

use crate::http::audit::Reason;
use crate::http::caller::Caller;
use crate::http::{App, error_answer};

use super::named_agent::{self, AtQuery};

pub(super) fn of_agent() -> MethodRouter<App> {
    get(read).post(start).delete(end)
}

/// The recording so far, as a scenario.
async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    at: AtQuery,
) -> Result<Response, Response> {
    let recording = one_of(&app, &caller, &id, at)?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], recording.text()).into_response())
}

async fn start(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    at: AtQuery,
) -> Result<(StatusCode, Json<Value>), Response> {
    caller.note.agent(&id);
    let cluster = named_agent::cluster(&app, at)?;
    let answer = |status, text: &str| error_answer(&app, status, ErrorCode::GeneralError, text);
    match app.engine.record(&caller.who, cluster.as_deref(), &id) {
        Ok(status) => Ok((StatusCode::CREATED, Json(described(&status)))),
        Err(RecordError::WhichCluster) => Err(named_agent::in_several_clusters(&app, &caller)),
        Err(RecordError::Exists) => {
            let text = "There is a recording of this agent already. GET reads it, DELETE ends and drops it.";
            Err(answer(StatusCode::CONFLICT, text))
        }
        Err(RecordError::TooMany) => {
            let text = "There are as many recordings as there may be (recording.max_agents). Drop one first.";
            Err(answer(StatusCode::CONFLICT, text))
        }
        Err(_) => Err(named_agent::unknown(&app, &caller, &id)),
    }
}

/// Ends the recording and drops it.
async fn end(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    at: AtQuery,
) -> Result<Json<Value>, Response> {
    let status = one_of(&app, &caller, &id, at)?.status();
    app.engine.drop_recording(&status.agent);
    Ok(Json(described(&status)))
}

/// The one recording that is meant, among those that the caller may have. Another's is answered like one that is not there.
#[expect(clippy::result_large_err, reason = "it is the answer, and made once a request")]
fn one_of(app: &App, caller: &Caller, id: &str, at: AtQuery) -> Result<AgentRecording, Response> {
    let found = |cluster: Option<&str>| app.engine.recordings(&caller.who, cluster, id);
    named_agent::only_one(app, caller, id, at, found)?.ok_or_else(|| {
        caller.note.refused(Reason::UnknownAgent);
        let text = format!("There is no recording of an agent {id:?}. POST begins one.");
        error_answer(app, StatusCode::NOT_FOUND, ErrorCode::GeneralError, text)
    })
}

fn described(status: &RecordingStatus) -> Value {
    let state = match status.state {
        RecordingState::Waiting => "waiting",
        RecordingState::Recording => "recording",
        RecordingState::Full => "full",
        RecordingState::Over => "over",
    };
    json!({
        "agentId": status.agent.agent(), "cluster": status.agent.cluster().as_str(), "state": state, "bytes": status.bytes,
    })
}
