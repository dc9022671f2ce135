//! A supervisor's team: its members' states, and commands for them.

mod follow;
mod member;

use std::collections::{BTreeMap, BTreeSet};

use finesse_types::User;
use serde::{Deserialize, Serialize};

/// The teams of a supervisor.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(in crate::agent) struct Team {
    /// The teams whose changes the supervisor follows.
    followed: BTreeSet<String>,
    /// Each member as reported last.
    members: BTreeMap<String, User>,
    /// The agent is a supervisor.
    supervises: bool,
}

impl Team {
    /// For a supervisor: the members who are known.
    pub(in crate::agent) fn supervised(&self) -> Option<Vec<String>> {
        self.supervises.then(|| self.members.keys().cloned().collect())
    }
}
