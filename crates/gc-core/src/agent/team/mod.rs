//! What a supervisor sees of the team, and does with its members.

mod follow;
mod member;

use std::collections::{BTreeMap, BTreeSet};

use finesse_types::User;

/// The teams of a supervisor.
#[derive(Debug, Default)]
pub(in crate::agent) struct Team {
    /// The teams whose members' changes are reported to the supervisor.
    followed: BTreeSet<String>,
    /// Each member as last reported.
    members: BTreeMap<String, User>,
}
