//! `/admin/agents`: agents who are connected are listed, shown, and moved to another node of Finesse.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use gc_access::Principal;
use gc_events::ErrorCode;
use gc_rules::{AgentKey, OpenCall};
use gc_session::{AgentStatus, PendingStatus, StreamStatus};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::http::caller::Caller;
use crate::http::{App, error_answer};

use super::named_agent::{self, At, AtQuery};
use super::{MAX_PAGE, PAGE};

pub(super) fn all() -> MethodRouter<App> {
    get(list)
}

pub(super) fn one() -> MethodRouter<App> {
    get(show)
}

pub(super) fn to_another_node() -> MethodRouter<App> {
    post(move_it)
}

/// Which agents are asked for, and which page of them.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cluster: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) client: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stream: Option<Stream>,
    /// The page begins behind this one: `cluster/agent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) limit: Option<usize>,
}

/// Whether the agent has its notification stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Stream {
    Open,
    Absent,
}

#[derive(Debug, Serialize)]
pub(super) struct Agents {
    pub(super) agents: Vec<Agent>,
    pub(super) next: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Agent {
    pub(super) agent: String,
    pub(super) cluster: String,
    /// Whose it is.
    pub(super) client: String,
    pub(super) state: Option<String>,
    pub(super) extension: String,
    pub(super) stream: StreamShown,
    pub(super) open_commands: Vec<Command>,
    pub(super) calls: Vec<Call>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StreamShown {
    pub(super) open: bool,
    /// Since it was opened, or since there is none.
    pub(super) age_seconds: u64,
    pub(super) transport: Option<&'static str>,
    pub(super) node: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Command {
    pub(super) command_id: String,
    pub(super) command: String,
    pub(super) client: String,
    pub(super) age_seconds: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Call {
    pub(super) dialog_id: String,
    pub(super) state: String,
    pub(super) call_type: String,
}

impl Wanted {
    /// Whether it can be read as such a query, and its limit is one.
    pub(super) fn is_possible(&self) -> bool {
        self.limit.is_none_or(|limit| (1..=MAX_PAGE).contains(&limit))
    }

    /// By what is known without asking the agent's task.
    fn may_match(&self, agent: &AgentKey, client: &str) -> bool {
        let is_behind = self.after.as_ref().is_none_or(|after| agent.to_string() > *after);
        is_behind
            && self.cluster.as_deref().is_none_or(|cluster| agent.cluster().as_str() == cluster)
            && self.client.as_deref().is_none_or(|wanted| wanted == client)
    }

    fn matches(&self, status: &AgentStatus) -> bool {
        let stream = match status.stream {
            StreamStatus::Open { .. } => Stream::Open,
            StreamStatus::Absent { .. } => Stream::Absent,
        };
        self.state.as_ref().is_none_or(|state| status.overview.state.as_ref() == Some(state))
            && self.stream.is_none_or(|wanted| wanted == stream)
    }
}

/// A page of the agents that this administrator may see.
pub(super) async fn agents(app: &App, who: &Principal, wanted: &Wanted) -> Agents {
    let limit = wanted.limit.unwrap_or(PAGE);
    let mut known = app.engine.agents(who);
    // As the cursor is compared.
    known.sort_by_key(|(agent, _)| agent.to_string());
    let (mut found, mut last, mut next) = (Vec::new(), None, None);
    for (agent, _) in known.into_iter().filter(|(agent, client)| wanted.may_match(agent, client.as_str())) {
        let status = app.engine.agent(who, &agent).await;
        let Some(status) = status.filter(|status| wanted.matches(status)) else { continue };
        if found.len() == limit {
            next = last;
            break;
        }
        last = Some(agent.to_string());
        found.push(Agent::from(status));
    }
    Agents { agents: found, next }
}

async fn list(
    State(app): State<App>,
    caller: Caller,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<Agents>, Response> {
    let Some(Query(wanted)) = wanted.ok().filter(|Query(wanted)| wanted.is_possible()) else {
        let text = format!(
            "The query takes cluster, client, state, stream=<open or absent>, after=<cluster/agent> and limit=<1 to {MAX_PAGE}>."
        );
        return Err(error_answer(&app, StatusCode::BAD_REQUEST, ErrorCode::GeneralError, text));
    };
    Ok(Json(agents(&app, &caller.who, &wanted).await))
}

/// In which cluster the agent is, and to which node it is moved; without it to the other one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Destination {
    cluster: Option<String>,
    node: Option<String>,
}

async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    at: AtQuery,
) -> Result<Json<Agent>, Response> {
    let agent = one_of(&app, &caller, &id, at)?;
    let status = app.engine.agent(&caller.who, &agent).await;
    status.map(|status| Json(Agent::from(status))).ok_or_else(|| named_agent::unknown(&app, &caller, &id))
}

async fn move_it(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    destination: Result<Query<Destination>, QueryRejection>,
) -> Result<(StatusCode, Json<Value>), Response> {
    let (at, node) = match destination {
        Ok(Query(Destination { cluster, node })) => (Ok(Query(At { cluster })), node),
        Err(error) => (Err(error), None),
    };
    let agent = one_of(&app, &caller, &id, at)?;
    match app.engine.move_agent(&agent, node.as_deref()) {
        Ok(node) => Ok((StatusCode::ACCEPTED, Json(json!({ "node": node })))),
        Err(error) => {
            let text = format!("The agent stays where it is: {error}.");
            Err(error_answer(&app, StatusCode::CONFLICT, ErrorCode::GeneralError, text))
        }
    }
}

/// The one agent that is meant, among those that the caller administers.
#[expect(clippy::result_large_err, reason = "it is the answer, and made once a request")]
fn one_of(app: &App, caller: &Caller, id: &str, at: AtQuery) -> Result<AgentKey, Response> {
    let found = |cluster: Option<&str>| {
        let all = app.engine.agents(&caller.who).into_iter().map(|(agent, _)| agent);
        let is_meant = |agent: &AgentKey| {
            agent.agent() == id && cluster.is_none_or(|cluster| agent.cluster().as_str() == cluster)
        };
        all.filter(is_meant).collect()
    };
    named_agent::only_one(app, caller, id, at, found)?.ok_or_else(|| named_agent::unknown(app, caller, id))
}

impl From<AgentStatus> for Agent {
    fn from(status: AgentStatus) -> Self {
        let AgentStatus { agent, owner, overview, stream, commands } = status;
        Self {
            agent: agent.agent().to_owned(),
            cluster: agent.cluster().to_string(),
            client: owner.to_string(),
            state: overview.state,
            extension: overview.extension,
            stream: stream.into(),
            open_commands: commands.into_iter().map(Command::from).collect(),
            calls: overview.calls.into_iter().map(Call::from).collect(),
        }
    }
}

impl From<StreamStatus> for StreamShown {
    fn from(stream: StreamStatus) -> Self {
        match stream {
            StreamStatus::Open { transport, node, age } => {
                Self { open: true, age_seconds: age.as_secs(), transport: Some(transport), node }
            }
            StreamStatus::Absent { age } => {
                Self { open: false, age_seconds: age.as_secs(), transport: None, node: None }
            }
        }
    }
}

impl From<PendingStatus> for Command {
    fn from(PendingStatus { id, name, client, age }: PendingStatus) -> Self {
        let (command_id, client) = (id.to_string(), client.to_string());
        Self { command_id, command: name, client, age_seconds: age.as_secs() }
    }
}

impl From<OpenCall> for Call {
    fn from(OpenCall { dialog, state, call_type }: OpenCall) -> Self {
        Self { dialog_id: dialog, state, call_type }
    }
}
