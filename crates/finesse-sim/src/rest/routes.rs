//! Methods and paths: who may send a request, and its effect.

use std::sync::Arc;

use hyper::{Method, StatusCode};

use super::answer::Answer;
use super::body::{self, UserRequest};
use super::{Call, HEAD_START, Pretend, reads};
use crate::credentials::Credentials;
use crate::engine::{Delivery, Engine};
use crate::render;
use crate::world::{Caller, Origin, Refusal, Scope, World};

/// Authenticates, routes and carries out a request.
pub(super) async fn handle(engine: &Arc<Engine>, call: &Call) -> Result<Answer, Refusal> {
    let Some(path) = call.path.strip_prefix("/finesse/api/") else {
        return Ok(Answer::page(StatusCode::NOT_FOUND));
    };
    let segments: Vec<String> =
        path.split('/').filter(|segment| !segment.is_empty()).map(str::to_owned).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();

    // The only request that needs no credentials, and the only one that works while out of service.
    if (&call.method, segments.as_slice()) == (&Method::GET, &["SystemInfo"]) {
        return Ok(Answer::xml(engine.act(|world| render::system_info("SystemInfo", world, call.side))));
    }
    let caller = engine.act(|world| {
        if !world.sides.in_service(call.side) {
            return Err(Refusal::out_of_service());
        }
        match &call.credentials {
            Some(Credentials::Basic(name, password)) => world.sign_in(name, password),
            Some(Credentials::Bearer(token)) => world.bearer(token),
            None => Err(Refusal::unauthorized("")),
        }
    })?;
    match (&call.method, segments.as_slice()) {
        (&Method::GET, path) => engine.act(|world| reads::read(world, &caller, path, call)),
        (&Method::PUT, ["User", id]) => change_user(engine, call, &caller, id).await,
        (&Method::POST, ["User", id, "Dialogs"]) => make_call(engine, call, &caller, id).await,
        (&Method::PUT, ["Dialog", id]) => change_dialog(engine, call, &caller, id).await,
        _ => Ok(Answer::page(StatusCode::METHOD_NOT_ALLOWED)),
    }
}

/// `PUT /User/{id}`
async fn change_user(
    engine: &Arc<Engine>,
    call: &Call,
    caller: &Caller,
    id: &str,
) -> Result<Answer, Refusal> {
    let request = body::user_request(&call.body)?;
    let id = engine.act(|world| world.resolve_user(id))?;
    if matches!(request, UserRequest::SignOn(_)) && *caller != Caller::User(id.clone()) {
        return Err(Refusal::other_user());
    }
    let requester = match caller {
        Caller::User(requester) => requester,
        Caller::Administrator => return Err(Refusal::other_user()),
    };
    let source = format!("/finesse/api/User/{id}");
    run(engine, call, (&id, requester), Scope::User, source, |world| match request {
        UserRequest::SignOn(request) => world.sign_on(&id, request),
        UserRequest::Change { requested, reason } => world.change_state(caller, &id, requested, reason),
    })
    .await
}

/// `POST /User/{id}/Dialogs`
async fn make_call(engine: &Arc<Engine>, call: &Call, caller: &Caller, id: &str) -> Result<Answer, Refusal> {
    let id = engine.act(|world| world.resolve_user(id))?;
    if *caller != Caller::User(id.clone()) {
        return Err(Refusal::other_user());
    }
    let request = body::new_dialog(&call.body)?;
    let source = format!("/finesse/api/User/{id}/Dialogs");
    run(engine, call, (&id, &id), Scope::Dialogs, source, |world| world.new_dialog(&id, request)).await
}

/// `PUT /Dialog/{id}`
async fn change_dialog(
    engine: &Arc<Engine>,
    call: &Call,
    caller: &Caller,
    dialog: &str,
) -> Result<Answer, Refusal> {
    let Caller::User(id) = caller else {
        return Err(Refusal::other_user());
    };
    let (action, target) = body::dialog_action(&call.body)?;
    let source = format!("/finesse/api/Dialog/{dialog}");
    run(engine, call, (id, id), Scope::Dialogs, source, |world| {
        world.act(id, dialog, target.as_deref(), action)
    })
    .await
}

/// Carries out a change of `user` requested by `requester`: responds 202 on success, and delivers the notifications
/// as the faults specify.
async fn run(
    engine: &Arc<Engine>,
    call: &Call,
    (user, requester): (&str, &str),
    scope: Scope,
    source: String,
    change: impl FnOnce(&mut World) -> Result<(), Refusal>,
) -> Result<Answer, Refusal> {
    let (user, requester) = (user.to_owned(), requester.to_owned());
    let origin = Origin { user, requester, request_id: call.request_id.clone(), scope, source };
    let (outcome, mut sent) = engine.act_as(call.delivery, |world| {
        world.request(origin, |world| match &call.pretend {
            None => change(world),
            Some(Pretend::Silence) => Ok(()),
            Some(Pretend::Error(error)) => Err(Refusal::Later(error.clone())),
        })
    });
    outcome?;
    if call.delivery == Delivery::First {
        // The channel closes once all are published, or when the simulator stops; the response is sent in both cases.
        let _ = sent.recv().await;
        tokio::time::sleep(HEAD_START).await;
    }
    Ok(Answer::accepted())
}
