//! Notifications that nothing in the world causes.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::{Body, Refused};
use crate::engine::Engine;
use crate::world::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewError {
    user: String,
    /// The call it is about; absent: it is about the user.
    dialog: Option<String>,
    error_type: String,
    #[serde(default)]
    error_message: String,
    #[serde(default)]
    error_data: String,
}

/// An error that nobody's request caused, as the contact centre raises some.
pub(super) async fn error(
    State(engine): State<Arc<Engine>>,
    Body(new): Body<NewError>,
) -> Result<StatusCode, Refused> {
    let error = ApiError::new(&new.error_type, &new.error_message, &new.error_data);
    let known = engine.act(|world| world.push_error(&new.user, new.dialog.as_deref(), &error));
    told(known, &new.user)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewUpdate {
    user: String,
    /// The node of the publish-subscribe service: `/finesse/api/User/1001/Dialogs`
    node: String,
    update: String,
}

/// A notification as it is written, such as one that a running system was seen to send.
pub(super) async fn update(
    State(engine): State<Arc<Engine>>,
    Body(new): Body<NewUpdate>,
) -> Result<StatusCode, Refused> {
    told(engine.act(|world| world.push_update(&new.user, new.node, new.update)), &new.user)
}

fn told(known: bool, user: &str) -> Result<StatusCode, Refused> {
    if known { Ok(StatusCode::NO_CONTENT) } else { Err(Refused::no_user(user)) }
}
