//! Reason codes and wrap-up reasons, for users and in the administrator's configuration: the same lists, because here
//! all of them apply to everybody.

use super::Call;
use super::readers::configuration;
use super::uri::parameter;
use crate::render;
use crate::world::{Caller, Refusal, World};

/// One of these lists, or one entry; `None` for another path.
pub(super) fn read(
    world: &World,
    caller: &Caller,
    path: &[&str],
    call: &Call,
) -> Option<Result<String, Refusal>> {
    let (allowed, path) = match path {
        ["User", id, path @ ..] => (world.readable_user(caller, id).map(|_| ()), path),
        path => (configuration(world, caller, call), path),
    };
    let file = &world.file;
    let found = match path {
        ["ReasonCodes"] => codes(world, call),
        ["WrapUpReasons"] => Ok(render::wrap_up_reasons(&file.wrap_up_reasons)),
        // System codes are not in the lists, but can be read one by one, because events name them.
        ["ReasonCode", id] => {
            let code = file.reason_codes.iter().find(|code| code.id == *id);
            code.map(render::reason_code).ok_or_else(|| Refusal::not_found("Not Found", id))
        }
        ["WrapUpReason", id] => {
            let reason = file.wrap_up_reasons.iter().find(|reason| reason.id == *id);
            reason.map(render::wrap_up_reason).ok_or_else(|| Refusal::not_found("Not Found", id))
        }
        _ => return None,
    };
    Some(allowed.and(found))
}

fn codes(world: &World, call: &Call) -> Result<String, Refusal> {
    let category = parameter(&call.query, "category").ok_or_else(|| Refusal::missing("category"))?;
    if !matches!(category.as_str(), "NOT_READY" | "LOGOUT" | "ALL") {
        return Err(Refusal::invalid_input("There is no such category", &category));
    }
    Ok(render::reason_codes(&category, world.selectable_reasons(&category)))
}
