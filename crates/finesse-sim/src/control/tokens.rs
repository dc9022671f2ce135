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
    #[serde(default = "one_hour", with = "friendly")]
    lifetime: Duration,
}

fn one_hour() -> Duration {
    Duration::from_secs(3600)
}

#[derive(Serialize)]
pub(super) struct Issued {
    token: String,
}

pub(super) async fn issue(
    State(engine): State<Arc<Engine>>,
    Body(new): Body<NewToken>,
) -> Result<(StatusCode, Json<Issued>), ErrorResponse> {
    let token = engine.new_id();
    if engine.act(|world| world.issue_token(&token, &new.user, new.lifetime)) {
        Ok((StatusCode::CREATED, Json(Issued { token })))
    } else {
        Err(ErrorResponse::no_user(&new.user))
    }
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
