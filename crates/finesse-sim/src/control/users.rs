//! Users, their states and their streams.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::{Body, ErrorResponse};
use crate::engine::Engine;
use crate::world::User;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserView {
    id: String,
    login_name: String,
    name: String,
    team: String,
    /// The extension the user is signed in at; empty when signed out.
    extension: String,
    /// The user's own extension.
    usual_extension: String,
    state: &'static str,
    pending_state: &'static str,
    /// The resources of the user's XMPP streams that receive notifications.
    streams: Vec<String>,
}

pub(super) async fn list(State(engine): State<Arc<Engine>>) -> Json<Vec<UserView>> {
    let mut users: Vec<UserView> = engine.act(|world| world.users().map(view).collect());
    for user in &mut users {
        user.streams = engine.hubs().iter().flat_map(|hub| hub.resources(&user.id)).collect();
    }
    Json(users)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPassword {
    password: SecretString,
}

pub(super) async fn change_password(
    State(engine): State<Arc<Engine>>,
    Path(user): Path<String>,
    Body(new): Body<NewPassword>,
) -> Result<StatusCode, ErrorResponse> {
    if engine.act(|world| world.change_password(&user, new.password)) {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ErrorResponse::no_user(&user))
    }
}

fn view(user: &User) -> UserView {
    let profile = &user.profile;
    UserView {
        id: profile.id.clone(),
        login_name: profile.login_name.clone(),
        name: format!("{} {}", profile.first_name, profile.last_name),
        team: profile.team.clone(),
        extension: user.extension.clone(),
        usual_extension: profile.extension.clone(),
        state: user.state.name(),
        pending_state: user.pending.as_ref().map_or("", |(state, _)| state.name()),
        streams: Vec::new(),
    }
}
