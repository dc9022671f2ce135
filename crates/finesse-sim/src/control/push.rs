//! Notifications on demand, without a change in the world.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::{Body, ErrorResponse};
use crate::engine::Engine;
use crate::world::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewError {
    user: String,
    /// The call concerned; absent: the error concerns the user.
    dialog: Option<String>,
    error_type: String,
    #[serde(default)]
    error_message: String,
    #[serde(default)]
    error_data: String,
}

/// Sends an error that no request caused, as the contact centre sometimes does.
pub(super) async fn error(
    State(engine): State<Arc<Engine>>,
    Body(new): Body<NewError>,
) -> Result<StatusCode, ErrorResponse> {
    let error = ApiError::new(&new.error_type, &new.error_message, &new.error_data);
    let found = engine.act(|world| world.push_error(&new.user, new.dialog.as_deref(), &error));
    to_response(found, &new.user)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewUpdate {
    user: String,
    /// The node of the publish-subscribe service: `/finesse/api/User/1001/Dialogs`
    node: String,
    update: String,
}

/// Sends any notification unchanged, for instance one captured from a real system.
pub(super) async fn update(
    State(engine): State<Arc<Engine>>,
    Body(new): Body<NewUpdate>,
) -> Result<StatusCode, ErrorResponse> {
    to_response(engine.act(|world| world.push_update(&new.user, new.node, new.update)), &new.user)
}

fn to_response(found: bool, user: &str) -> Result<StatusCode, ErrorResponse> {
    if found { Ok(StatusCode::NO_CONTENT) } else { Err(ErrorResponse::no_user(user)) }
}
