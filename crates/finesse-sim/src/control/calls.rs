//! Customers' calls: create, list, hang up, hand over.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::{Body, ErrorResponse};
use crate::engine::Engine;
use crate::world::{Call, CustomerCall, World};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewCall {
    from: String,
    to: String,
    #[serde(default)]
    variables: BTreeMap<String, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Created {
    pub(super) dialog_id: String,
}

pub(super) async fn create(
    State(engine): State<Arc<Engine>>,
    Body(call): Body<NewCall>,
) -> Result<(StatusCode, Json<Created>), ErrorResponse> {
    let NewCall { from, to, variables } = call;
    let request = CustomerCall { from, to, variables: variables.into_iter().collect() };
    let dialog_id = engine.act(|world| world.customer_calls(request))?;
    Ok((StatusCode::CREATED, Json(Created { dialog_id })))
}

pub(super) async fn hang_up(
    State(engine): State<Arc<Engine>>,
    Path(dialog): Path<String>,
) -> Result<StatusCode, ErrorResponse> {
    engine.act(|world| world.hang_up(&dialog))?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Transfer {
    to: String,
}

pub(super) async fn transfer(
    State(engine): State<Arc<Engine>>,
    Path(dialog): Path<String>,
    Body(transfer): Body<Transfer>,
) -> Result<Json<Created>, ErrorResponse> {
    engine.act(|world| world.hand_over(&dialog, &transfer.to))?;
    Ok(Json(Created { dialog_id: dialog }))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CallView {
    dialog_id: String,
    from: String,
    to: String,
    state: &'static str,
    /// It waits in a queue and has not been offered to an agent.
    waiting: bool,
    /// The recorder has paused its recording.
    recording_paused: bool,
    parties: Vec<PartyView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PartyView {
    address: String,
    user: Option<String>,
    state: &'static str,
}

pub(super) async fn list(State(engine): State<Arc<Engine>>) -> Json<Vec<CallView>> {
    Json(engine.act(|world| world.calls().map(|call| view(call, world)).collect()))
}

fn view(call: &Call, world: &World) -> CallView {
    let parties = call.parties.iter().map(|party| PartyView {
        address: party.address.clone(),
        user: party.user.clone(),
        state: party.state.name(),
    });
    CallView {
        dialog_id: call.id.clone(),
        from: call.from.clone(),
        to: call.to.clone(),
        state: call.state.name(),
        waiting: world.waits(&call.id),
        recording_paused: call.recording_paused,
        parties: parties.collect(),
    }
}
