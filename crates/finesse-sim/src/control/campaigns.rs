//! Campaigns: the dialer connects agents with customers.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::calls::Created;
use super::{Body, ErrorResponse};
use crate::engine::Engine;
use crate::world::{Campaign, CampaignKind};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewCampaignCall {
    kind: CampaignKind,
    agent: String,
    customer: String,
    #[serde(default = "renewals")]
    campaign: String,
    #[serde(default)]
    account: String,
    #[serde(default = "yes")]
    skippable: bool,
    #[serde(default)]
    blended: bool,
    #[serde(default)]
    first_other_in: bool,
    #[serde(default)]
    answered: bool,
    #[serde(default)]
    variables: BTreeMap<String, String>,
}

fn renewals() -> String {
    "Renewals".to_owned()
}

fn yes() -> bool {
    true
}

pub(super) async fn create(
    State(engine): State<Arc<Engine>>,
    Body(call): Body<NewCampaignCall>,
) -> Result<(StatusCode, Json<Created>), ErrorResponse> {
    let campaign = Campaign {
        kind: call.kind,
        agent: call.agent,
        customer: call.customer,
        name: call.campaign,
        account: call.account,
        skippable: call.skippable,
        blended: call.blended,
        first_other_in: call.first_other_in,
        answered: call.answered,
        variables: call.variables.into_iter().collect(),
    };
    let dialog_id = engine.act(|world| world.campaign(campaign))?;
    Ok((StatusCode::CREATED, Json(Created { dialog_id })))
}
