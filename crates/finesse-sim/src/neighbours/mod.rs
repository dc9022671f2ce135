//! The neighbouring systems that a connector queries, on one port.
//!
//! - `cce`: the configuration API of Unified CCE   - `axl`: Communications Manager
//! - `ccx`: statistics of UCCX's queues   - `recorder`: pausing and resuming a recording

mod axl;
mod cce;
mod ccx;
mod recorder;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};

use crate::credentials::Credentials;
use crate::engine::Engine;

/// The routes of all these systems, whose paths are distinct.
pub(crate) fn router(engine: Arc<Engine>) -> Router {
    Router::new()
        .route("/unifiedconfig/config/skillgroup", get(cce::skill_groups))
        .route("/unifiedconfig/config/agent", get(cce::agents))
        .route("/axl/", post(axl::query))
        .route("/ccx/queues", get(ccx::queues))
        .route("/recorder/login", post(recorder::log_in))
        .route("/recorder/calls/{dialog}/{action}", post(recorder::change))
        .with_state(engine)
}

/// Proof that the request comes from the administrator. CCE's names have a domain, `administrator@site.example`.
struct Administrator;

impl FromRequestParts<Arc<Engine>> for Administrator {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, engine: &Arc<Engine>) -> Result<Self, Response> {
        let known = match Credentials::of(&parts.headers) {
            Some(Credentials::Basic(name, password)) => {
                let name = name.split('@').next().unwrap_or_default();
                engine.act(|world| world.file.administrator.is(name, &password))
            }
            _ => false,
        };
        if known { Ok(Self) } else { Err(unauthorized()) }
    }
}

/// The error page of their web containers.
fn unauthorized() -> Response {
    let page = Html("<!doctype html><html><body><h1>HTTP Status 401 – Unauthorized</h1></body></html>");
    (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Basic realm=\"Cisco\"")], page).into_response()
}
