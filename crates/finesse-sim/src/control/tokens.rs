//! Access tokens for single sign-on: issue and revoke.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use jiff::fmt::serde::unsigned_duration::friendly::compact::required as friendly;
use serde::{Deserialize, Serialize};

use super::{Body, ErrorResponse};
use crate::engine::Engine;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewToken {
    user: String,
    /// The token itself; by default a new one.
    #[serde(default)]
    token: Option<String>,
    #[serde(default = "one_hour", with = "friendly")]
    lifetime: Duration,
}

fn one_hour() -> Duration {
    Duration::from_secs(3600)
}

#[derive(Serialize)]
pub(super) struct Issued {
    token: String,
    refresh_token: String,
    /// In seconds.
    expires_in: u64,
}

pub(super) async fn issue(
    State(engine): State<Arc<Engine>>,
    Body(new): Body<NewToken>,
) -> Result<(StatusCode, Json<Issued>), ErrorResponse> {
    let (token, refresh) = (new.token.unwrap_or_else(|| engine.new_id()), engine.new_id());
    let issued = engine.act(|world| world.issue_token(&token, &refresh, &new.user, new.lifetime));
    let issued = issued.ok_or_else(|| ErrorResponse::no_user(&new.user))?;
    let expires_in = issued.lifetime.as_secs();
    let issued = Issued { token: issued.token, refresh_token: issued.refresh, expires_in };
    Ok((StatusCode::CREATED, Json(issued)))
}

pub(super) async fn revoke(
    State(engine): State<Arc<Engine>>,
    Path(token): Path<String>,
) -> Result<StatusCode, ErrorResponse> {
    if engine.act(|world| world.revoke_token(&token)) {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ErrorResponse::new(StatusCode::NOT_FOUND, "there is no such token"))
    }
}
