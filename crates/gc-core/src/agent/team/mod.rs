//! A supervisor's team: its members' states, and commands for them.

mod follow;
mod member;

use std::collections::{BTreeMap, BTreeSet};

use finesse_types::User;

/// The teams of a supervisor.
#[derive(Debug, Default)]
pub(in crate::agent) struct Team {
    /// The teams whose changes the supervisor follows.
    followed: BTreeSet<String>,
    /// Each member as reported last.
    members: BTreeMap<String, User>,
}
