//! Who may read what only administrators may.

use super::Call;
use crate::Platform;
use crate::world::{Caller, Refusal, Side, World};

/// Only the administrator may read lists of the whole contact centre.
pub(super) fn administrator(caller: &Caller) -> Result<(), Refusal> {
    match caller {
        Caller::Administrator => Ok(()),
        Caller::User(id) => Err(Refusal::unauthorized(id)),
    }
}

/// Only the administrator may read the configuration: on UCCE from the primary only, on UCCX from both servers
/// (guide, "Configuration APIs").
pub(super) fn configuration(world: &World, caller: &Caller, call: &Call) -> Result<(), Refusal> {
    administrator(caller)?;
    let primary_only = world.platform == Platform::Ucce;
    if primary_only && call.side == Side::B { Err(Refusal::forbidden(&call.path)) } else { Ok(()) }
}
