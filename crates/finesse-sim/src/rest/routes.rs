//! Methods and paths: who may ask, and what is done.

use std::sync::Arc;

use hyper::{Method, StatusCode};

use super::answer::Answer;
use super::body::{self, Asked, UserRequest};
use super::{Call, HEAD_START, Pretend};
use crate::Platform;
use crate::engine::{Delivery, Engine};
use crate::render;
use crate::world::{Caller, Origin, Refusal, Scope, World};

/// Finds what a request is for and does it.
pub(super) async fn carry_out(engine: &Arc<Engine>, call: &Call) -> Result<Answer, Refusal> {
    let Some(path) = call.path.strip_prefix("/finesse/api/") else {
        return Ok(Answer::page(StatusCode::NOT_FOUND));
    };
    let segments: Vec<String> =
        path.split('/').filter(|segment| !segment.is_empty()).map(str::to_owned).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();

    // The only request without credentials, and the only one answered while out of service.
    if (&call.method, segments.as_slice()) == (&Method::GET, &["SystemInfo"]) {
        return Ok(Answer::xml(engine.act(|world| render::system_info("SystemInfo", world))));
    }
    let caller = engine.act(|world| {
        if !world.in_service {
            return Err(Refusal::out_of_service());
        }
        match &call.credentials {
            Some((name, password)) => world.sign_in(name, password),
            None => Err(Refusal::unauthorized("")),
        }
    })?;
    match (&call.method, segments.as_slice()) {
        (&Method::GET, path) => engine.act(|world| read(world, &caller, path, &call.query)),
        (&Method::PUT, ["User", id]) => change_user(engine, call, &caller, id).await,
        (&Method::POST, ["User", id, "Dialogs"]) => make_call(engine, call, &caller, id).await,
        (&Method::PUT, ["Dialog", id]) => change_dialog(engine, call, &caller, id).await,
        _ => Ok(Answer::page(StatusCode::METHOD_NOT_ALLOWED)),
    }
}

/// Everything that is only read.
fn read(world: &World, caller: &Caller, path: &[&str], query: &str) -> Result<Answer, Refusal> {
    let file = &world.file;
    let xml = match path {
        ["User", id] => render::user("User", world.readable(caller, id)?, world),
        ["Users"] if *caller == Caller::Administrator => {
            let users: String = world.users().map(|user| render::user("User", user, world)).collect();
            format!("<Users>{users}</Users>")
        }
        ["Users"] => return Err(Refusal::unauthorized("")),
        ["User", id, "Dialogs"] => render::dialogs(world.readable(caller, id)?.id(), world),
        ["User", id, "ReasonCodes"] => {
            world.readable(caller, id)?;
            let category = parameter(query, "category").ok_or_else(|| Refusal::missing("category"))?;
            if !matches!(category, "NOT_READY" | "LOGOUT" | "ALL") {
                return Err(Refusal::invalid_input("There is no such category", category));
            }
            // Agents are offered the codes that they may choose; the system's own are not among them.
            let offered =
                |code: &&crate::ReasonCode| !code.system && (category == "ALL" || code.category == category);
            render::reason_codes(category, file.reason_codes.iter().filter(offered))
        }
        ["User", id, "ReasonCode", code] => {
            world.readable(caller, id)?;
            let found = file.reason_codes.iter().find(|known| known.id == *code);
            render::reason_code(found.ok_or_else(|| Refusal::not_found("Not Found", code))?)
        }
        ["User", id, "WrapUpReasons"] => {
            world.readable(caller, id)?;
            render::wrap_up_reasons(&file.wrap_up_reasons)
        }
        ["User", id, "WrapUpReason", reason] => {
            world.readable(caller, id)?;
            let found = file.wrap_up_reasons.iter().find(|known| known.id == *reason);
            render::wrap_up_reason(found.ok_or_else(|| Refusal::not_found("Not Found", reason))?)
        }
        ["User", id, "Queues"] if world.platform == Platform::Ucce => {
            let team = world.readable(caller, id)?.profile.team.clone();
            let queues = file.queues.iter().filter(|queue| queue.teams.contains(&team));
            let queues: String = queues.map(|queue| render::queue(queue, world)).collect();
            format!("<Queues>{queues}</Queues>")
        }
        ["Queue", id] if world.platform == Platform::Ucce => {
            let found = file.queues.iter().find(|queue| queue.id == *id);
            render::queue(found.ok_or_else(|| Refusal::not_found("Not Found", id))?, world)
        }
        ["Team", id] => {
            let found = file.teams.iter().find(|team| team.id == *id);
            let team = found.ok_or_else(|| Refusal::not_found("TeamId Not Found", id))?;
            if *caller != Caller::Administrator && !world.supervises_team(caller, id) {
                return Err(Refusal::other_team(id));
            }
            let all = parameter(query, "includeLoggedOutAgents") == Some("true");
            let members =
                world.users().filter(|user| user.profile.team == *id && (all || !user.extension.is_empty()));
            render::team(team, members, world)
        }
        ["Dialog", id] => {
            let dialog = world.call(id).ok_or_else(|| Refusal::no_dialog(id))?;
            let viewer = match caller {
                Caller::User(user) if dialog.party(user).is_some() => user.clone(),
                _ => dialog
                    .parties
                    .iter()
                    .filter_map(|party| party.user.clone())
                    .find(|user| world.readable(caller, user).is_ok())
                    .ok_or_else(|| Refusal::no_dialog(id))?,
            };
            render::dialog("Dialog", dialog, &viewer, world)
        }
        // An object without its id.
        ["User" | "Dialog" | "Team" | "Queue"] => return Ok(Answer::page(StatusCode::METHOD_NOT_ALLOWED)),
        _ => return Ok(Answer::page(StatusCode::NOT_FOUND)),
    };
    Ok(Answer::xml(xml))
}

/// `PUT /User/{id}`
async fn change_user(
    engine: &Arc<Engine>,
    call: &Call,
    caller: &Caller,
    id: &str,
) -> Result<Answer, Refusal> {
    let request = body::user_request(&call.body)?;
    // The login name works for reading only.
    if !engine.act(|world| world.users().any(|user| user.id() == id)) {
        return Err(Refusal::no_user());
    }
    if matches!(request, UserRequest::SignOn(_)) && *caller != Caller::User(id.to_owned()) {
        return Err(Refusal::other_user());
    }
    let source = format!("/finesse/api/User/{id}");
    run(engine, call, id, Scope::User, source, |world| match request {
        UserRequest::SignOn(request) => world.sign_on(id, request),
        UserRequest::Change { wish, reason } => world.change_state(caller, id, wish, reason),
    })
    .await
}

/// `POST /User/{id}/Dialogs`
async fn make_call(engine: &Arc<Engine>, call: &Call, caller: &Caller, id: &str) -> Result<Answer, Refusal> {
    if *caller != Caller::User(id.to_owned()) {
        return Err(Refusal::other_user());
    }
    let request = match body::new_dialog(&call.body)? {
        Asked::Built(request) => request,
        Asked::NotBuilt(action) => return Err(Refusal::not_implemented(&action)),
    };
    let source = format!("/finesse/api/User/{id}/Dialogs");
    run(engine, call, id, Scope::Dialogs, source, |world| world.make_call(id, request)).await
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
    let (action, target) = match body::dialog_action(&call.body)? {
        Asked::Built(request) => request,
        Asked::NotBuilt(action) => return Err(Refusal::not_implemented(&action)),
    };
    let source = format!("/finesse/api/Dialog/{dialog}");
    run(engine, call, id, Scope::Dialogs, source, |world| world.act(id, dialog, target.as_deref(), action))
        .await
}

/// Carries out a change: 202 when it passes, its notifications as the call's faults say.
async fn run(
    engine: &Arc<Engine>,
    call: &Call,
    user: &str,
    scope: Scope,
    source: String,
    change: impl FnOnce(&mut World) -> Result<(), Refusal>,
) -> Result<Answer, Refusal> {
    let origin = Origin { user: user.to_owned(), request_id: call.request_id.clone(), scope, source };
    let (outcome, sent) = engine.act_as(call.delivery, |world| {
        world.request(origin, |world| match &call.pretend {
            None => change(world),
            Some(Pretend::Silence) => Ok(()),
            Some(Pretend::Error(error)) => Err(Refusal::Later(error.clone())),
        })
    });
    outcome?;
    if call.delivery == Delivery::First {
        // If the publisher is gone the simulator is stopping; the answer goes out all the same.
        let _ = sent.await;
        tokio::time::sleep(HEAD_START).await;
    }
    Ok(Answer::accepted())
}

/// A query parameter; unknown ones are nobody's business.
fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}
