//! `/desktop/sso/token`: issues and renews tokens of single sign-on (guide, "Finesse REST API with SSO"; no real one was
//! seen). The pages of an identity provider are not there: Basic credentials stand for what the agent enters on them.

use std::sync::Arc;
use std::time::Duration;

use hyper::{Method, StatusCode};
use serde::Serialize;

use super::Call;
use super::answer::Answer;
use super::uri::parameter;
use crate::credentials::Credentials;
use crate::engine::Engine;
use crate::world::{Caller, IssuedToken};

pub(super) const PATH: &str = "/desktop/sso/token";

/// How long a token lives that is not issued by the control API.
const LIFETIME: Duration = Duration::from_secs(3600);

#[derive(Serialize)]
struct Issued<'a> {
    token: &'a str,
    refresh_token: &'a str,
    expires_in: u64,
    user_id: &'a str,
    user_principal: &'a str,
    realm: &'a str,
}

pub(super) fn serve(engine: &Arc<Engine>, call: &Call) -> Answer {
    let (token, refresh) = (engine.new_id(), engine.new_id());
    let issued = match call.method {
        Method::GET => issue(engine, call, &token, &refresh),
        Method::POST => {
            let field = |name| parameter(&call.body, name).unwrap_or_default();
            let (old, by) = (field("token"), field("refresh-token"));
            engine.act(|world| world.renew_token(&old, &by, &token, &refresh))
        }
        _ => return Answer::page(StatusCode::METHOD_NOT_ALLOWED),
    };
    let Some(IssuedToken { token, refresh, user, lifetime }) = issued else {
        return Answer::page(StatusCode::UNAUTHORIZED);
    };
    let (user_id, expires_in) = (user.as_str(), lifetime.as_secs());
    let issued = Issued {
        token: &token,
        refresh_token: &refresh,
        expires_in,
        user_id,
        user_principal: user_id,
        realm: "simulator",
    };
    match serde_json::to_string(&issued) {
        Ok(body) => Answer::custom(200, body, "application/json"),
        Err(_) => Answer::page(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// To the user of the credentials; `cc_username`, where it is there, has to be the same.
fn issue(engine: &Arc<Engine>, call: &Call, token: &str, refresh: &str) -> Option<IssuedToken> {
    let Some(Credentials::Basic(name, password)) = &call.credentials else { return None };
    engine.act(|world| {
        let Ok(Caller::User(user)) = world.sign_in(name, password) else { return None };
        let wanted = parameter(&call.query, "cc_username");
        let is_same = wanted.is_none_or(|name| world.user_by_name(&name).is_some_and(|of| of.id() == user));
        is_same.then(|| world.issue_token(token, refresh, &user, LIFETIME)).flatten()
    })
}
